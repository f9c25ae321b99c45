"""How concepts become packages and reach somebody else, as data: keys, registry, publishing, installing, refusals; pure.

These steps talk to one registry, which the demo starts and ends: they are done again together (`Again.TOGETHER`).
"""

import os
from pathlib import Path
from typing import Final

from pcm_engine.demo.chapter import Again, Chapter, Place, Step, Table
from pcm_engine.demo.command import Command, Later, Word
from pcm_engine.demo.exhibits import LATER, portrait
from pcm_engine.demo.layout import SHIPPED, SUBJECT, Layout

SERVE: Final = "serve"
URL: Final = Later("URL")
ROOT: Final = Later("ROOT")
BLOB: Final = Later("BLOB")
"""The file of the last concept on the registry's disk."""
TOKEN: Final = "PCM_TOKEN"  # noqa: S105 - the name of a variable
VERSION: Final = "1.0.0"


def packages(layout: Layout) -> Chapter:
    """The learned one and three that ship, and the keys that will vouch for them."""
    files = tuple(layout.package(word) for word in SHIPPED)
    copy = ("python", "-m", "pcm_engine.demo.packages", inside(layout.packages, layout.library))
    key = ("pcm", "key", "new", "library", "--note", "demo")
    return Chapter(
        "Packed and signed",
        "A concept is one file that any tool of the field opens; its manifest says what it is and which base model it "
        "was learned on, measured. Nothing in it is executed. The namespace library gets two keys: the release key "
        "signs this file's digest, name, version and base; the keyset key only changes keys, and is kept apart. "
        "Three more concepts ship with pcm.",
        steps=(
            Step("packages", Command(copy), (), files, layout.library),
            together(layout.library, "library-init", "pcm", "init"),
            together(layout.library, "key", *key),
        ),
        tables=(Table.PACKAGE,),
    )


def published(layout: Layout) -> Chapter:
    """A registry on this machine, and four releases in it."""
    data = inside(layout.registry, layout.library)
    serve = ("pcm-registry", "serve", "--dev", "--data", data, "--port", "0")
    scope = ("--note", "demo", "--scope", "admin", "--days", "1")
    token = Command(("pcm-registry", "token", "new", "--data", data, *scope))
    return Chapter(
        "Published",
        "A registry on this machine, of throw-away keys and for this demo only. Its token says who may ask; it never "
        "replaces a signature. The index that lists these releases is signed too, by keys of the registry's own, so "
        "that nobody can show last week's.",
        steps=(
            together(layout.library, SERVE, *serve),
            together(layout.library, "library-registry", *add_registry()),
            Step("token", token, (), (), layout.library, Again.TOGETHER, keeps=TOKEN),
            *(publish(layout, word) for word in (SUBJECT, *SHIPPED)),
        ),
        tables=(Table.RELEASES,),
    )


def publish(layout: Layout, word: str) -> Step:
    """Sign one and upload it."""
    folder = os.path.relpath(layout.concept(word), layout.library.folder)
    words = ("pcm", "publish", folder, "--as", f"library/{word}", "--version", VERSION)
    return Step(
        f"publish-{word}",
        Command(words),
        (layout.package(word),),
        (),
        layout.library,
        Again.TOGETHER,
    )


def installed(layout: Layout) -> Chapter:
    """Somebody else, with nothing of ours: by name, verified, locked."""
    user = layout.user
    return Chapter(
        "Installed by name",
        "Somebody else, in a fresh environment that holds nothing. A bare name is looked up in one registry and "
        "nowhere else. Each file is verified in twelve steps before it is kept, and pcm.lock holds its digest, its "
        "signatures and the keys that made them.",
        steps=(
            together(user, "user-init", "pcm", "init"),
            together(user, "user-base", "pcm", "base", "add", "toybox"),
            together(user, "user-registry", *add_registry()),
            together(user, "install", "pcm", "install", f"{SUBJECT}*", "teapot*"),
            together(user, "install-chair", "pcm", "install", "chair*"),
            together(user, "list", "pcm", "list"),
        ),
    )


def refused(layout: Layout) -> Chapter:
    """What does not get in: a changed file, and a concept of another base."""
    user, other = layout.user, layout.other
    flip = ("python", "-m", "pcm_engine.demo.tampering", BLOB)
    base = inside(layout.other_base, other)
    make = Command(("python", "-m", "pcm_engine.demo.other_base", base))
    return Chapter(
        "Refused",
        "Somebody with access to the registry's disk changes one bit of a concept: it does not install, and nothing of "
        "it is kept. The bit is turned back, and the same command works. Then somebody with another base model asks "
        "for the bear: it was not learned on that model and would paint nonsense there, so it does not install either.",
        steps=(
            together(user, "tamper", *flip),
            denied(user, "install-tampered", "digest.mismatch", "pcm", "install", f"{LATER}*"),
            together(user, "mend", *flip),
            installs(layout, "install-mended", f"{LATER}*"),
            Step("other-base", make, (), (layout.other_base,), other),
            together(other, "other-init", "pcm", "init", "--base", base),
            together(other, "other-registry", *add_registry()),
            denied(other, "install-elsewhere", "resolve.no_base", "pcm", "install", f"{SUBJECT}*"),
        ),
        rows=(portrait(layout, LATER),),
    )


def installs(layout: Layout, name: str, requirement: str) -> Step:
    """The last install, after which the lock stays as it is."""
    command = Command(("pcm", "install", requirement))
    held = (layout.lock, layout.user.folder / "pcm.toml")
    return Step(name, command, (), held, layout.user, Again.TOGETHER)


def together(place: Place, name: str, *words: Word) -> Step:
    """A step of those that go together."""
    return Step(name, Command(words), (), (), place, Again.TOGETHER)


def denied(place: Place, name: str, code: str, *words: Word) -> Step:
    """A step that must end in an error."""
    return Step(name, Command(words), (), (), place, Again.TOGETHER, refusal=code)


def add_registry() -> tuple[Word, ...]:
    """How everyone gets to know the registry: by its address and its first root's digest."""
    return ("pcm", "registry", "add", URL, "--root-sha256", ROOT)


def inside(path: Path, place: Place) -> str:
    """A path as it is typed in a place."""
    return str(path.relative_to(place.folder))
