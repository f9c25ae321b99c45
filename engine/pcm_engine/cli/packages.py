"""Concepts for a picture: files named on a command line, installed ones, and those that pcm itself put somewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pcm_engine import installed
from pcm_engine.cli import answers
from pcm_engine.cli.errors import (
    ConceptChanged,
    ConceptGone,
    PackageNotFound,
    TriggerTwice,
    TriggerUnknown,
)
from pcm_engine.errors import UnknownTrigger, Unsupported, reading
from pcm_engine.gate import Gate
from pcm_engine.prompt import canonical, parse
from pcm_engine.recipe import UsedConcept, dial
from pcm_schemas import limits
from pcm_schemas.base_model import Tier
from pcm_schemas.digest import Digest
from pcm_schemas.errors import PcmError
from pcm_schemas.manifest import Manifest
from pcm_schemas.name import parse_trigger
from pcm_schemas.package import read

SUFFIX: Final = ".safetensors"
NOTHING: Final = Gate()
LEARNED: Final = "concepts"
"""Where `pcm learn` writes, in the folder it is called in."""


@dataclass(frozen=True)
class Given:
    """A concept that a command was given or that is installed: bytes checked by R1-R14, and the word that calls it here.

    `path` is its file, or for an installed one its name. `told` is what `pcm.toml` says of its gate, `accept` the worst
    tier that its environment lets in (P13).
    """

    path: Path
    data: bytes
    manifest: Manifest
    sha256: Digest
    trigger: str
    gate: Gate
    told: Gate = NOTHING
    accept: Tier = Tier.SAME


def read_given(texts: Sequence[str]) -> dict[str, Given]:
    """Every `--concept` by its trigger. Raises PackageNotFound, TriggerTwice and what R1-R14 raise."""
    found: dict[str, Given] = {}
    for text in texts:
        given = read_one(text)
        if (other := found.get(given.trigger)) is not None:
            raise TriggerTwice(given.trigger, str(other.path), str(given.path))
        found[given.trigger] = given
    return found


def read_one(text: str) -> Given:
    """`FILE`, `FOLDER`, or either with ` as WORD*`, read once and checked."""
    place, _, word = text.partition(" as ") if not is_there(text) else (text, "", "")
    path = package_file(Path(place.strip()))
    try:
        return opened(path, word.strip() or None)
    except PcmError:
        answers.talk(f"{path} cannot be used:")
        raise


def is_there(text: str) -> bool:
    """Whether a text is the path of something. Raises FileUnreadable where the system does not say."""
    with reading(path := Path(text)):
        return path.exists()


def opened(path: Path, word: str | None = None) -> Given:
    """Read a package file, no further than one may be long (R1), to answer to `word` or its own trigger.

    Raises FileUnreadable, what R1-R14 raise, and Unsupported for a bundle.
    """
    with reading(path), path.open("rb") as file:
        data = file.read(limits.PACKAGE + 1)
    return checked(path, data, word)


def checked(path: Path, data: bytes, word: str | None) -> Given:
    """The concept in these bytes. Raises what R1-R14 raise, and Unsupported for a bundle."""
    package = read(data)
    manifest = package.manifest
    if manifest.trigger is None or manifest.gate is None:
        raise bundle(manifest)
    trigger = parse_trigger(canonical(word or manifest.trigger))
    return Given(path, data, manifest, package.digest, trigger, dial(manifest.gate))


def read_installed(word: str) -> Given:
    """The installed concept that answers to a word here. Raises NotInstalled, StoreCorrupt, ReleaseRevoked, KeyRevoked."""
    found = installed.find(f"{word}*")
    given = checked(Path(found.name), found.data, found.trigger)
    return replace(given, told=found.told, accept=found.accept)


def with_installed(prompt: str, given: Mapping[str, Given]) -> dict[str, Given]:
    """The given concepts, and beside them the installed ones that other words of a prompt call (P66).

    Raises TriggerUnknown for a word that calls neither.
    """
    words = {*given, *(one.trigger for one in installed.held())}
    try:
        named = parse(prompt, words).triggers
    except UnknownTrigger as error:
        raise unknown(canonical(error.trigger), tuple(sorted(words))) from error
    return {**given, **{word: read_installed(word) for word in named if word not in given}}


def unknown(word: str, words: tuple[str, ...]) -> TriggerUnknown:
    """What is said of a word that nothing answers to: the file here that would, or how to install one."""
    if installed.wanted(word):
        return TriggerUnknown(
            word, words, "run `pcm sync`: pcm.toml asks for it, and it is not installed"
        )
    install = f"install one: `pcm install '{word}*'`"
    file = next((one.path for one in known() if one.trigger == word), None)
    given = "give its file: `--concept FILE`" if file is None else f"add `--concept {file}`"
    first, second = (install, given) if file is None else (given, install)
    return TriggerUnknown(word, words, f"{first}; {second}; or write the word without the star")


def package_file(path: Path) -> Path:
    """The file itself, or the one package of a folder. Raises PackageNotFound, FileUnreadable."""
    with reading(path):
        if path.is_file():
            return path
        if not path.is_dir():
            raise PackageNotFound(str(path))
        inside = sorted(path.glob(f"*{SUFFIX}"))
    if len(inside) != 1:
        count = "no" if not inside else str(len(inside))
        raise PackageNotFound(str(path), f"the folder holds {count} {SUFFIX} files, not one")
    return inside[0]


def known_files() -> Iterator[Path]:
    """Package files that lie where pcm writes them: `concepts/*/`, then those that ship with Toybox."""
    yield from sorted(Path(LEARNED).glob(f"*/*{SUFFIX}"))
    yield from sorted((Path(__file__).parents[1] / "toybox" / "concepts").glob(f"*{SUFFIX}"))


def known() -> Iterator[Given]:
    """The known files that are packages; what else lies there is no business of this command."""
    for path in known_files():
        try:
            yield opened(path)
        except PcmError:
            continue


def find_used(used: UsedConcept, given: Sequence[Given]) -> Given:
    """A recipe's concept, by its digest: given, installed, or lying here. Raises ConceptChanged, ConceptGone."""
    here = installed.held()
    same = [read_installed(one.trigger) for one in here if one.sha256 == used.sha256]
    candidates = [*given, *same, *known()]
    for candidate in candidates:
        if candidate.sha256 == used.sha256:
            return replace(candidate, trigger=used.trigger)
    others = [(each.manifest.name, str(each.path), each.sha256) for each in candidates]
    for name, path, sha256 in (*others, *((one.name, one.name, one.sha256) for one in here)):
        if name == used.name:
            raise ConceptChanged(used.name, path, used.sha256, sha256)
    raise ConceptGone(used.name, used.sha256)


def bundle(manifest: Manifest) -> Unsupported:
    """What is said of a package without tensors."""
    return Unsupported(
        f"{manifest.name} is a bundle: it only names other concepts",
        f"give these: {', '.join(manifest.requires)}",
    )
