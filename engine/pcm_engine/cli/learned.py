"""What `pcm learn` does with what was learned: sign and write it, add it to the environment, tell of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pcm_engine import installed
from pcm_engine.cli import answers
from pcm_engine.cli.answers import Form
from pcm_engine.cli.loading import TOYBOX, Place
from pcm_engine.installed import Added, Signature
from pcm_engine.learning.errors import Diverged
from pcm_engine.learning.folder import ENVELOPE, KEYSET, PACKAGE, Existing, write_folder
from pcm_schemas.digest import Digest
from pcm_schemas.text import quoted_path

if TYPE_CHECKING:
    from pcm_engine.learning.learn import Learned


@dataclass(frozen=True)
class Made:
    """A package file and the lesson that it came of."""

    file: Path
    learned: "Learned"

    @property
    def trigger(self) -> str:
        """The word that its maker gave it."""
        return self.file.name.removesuffix(PACKAGE)


def kept(made: Made, existing: Existing) -> Signature:
    """Sign and write the folder, the last checkpoint's after a divergence. Raises Diverged, DiskFull, FileRefused."""
    learned, steps = made.learned, made.learned.outcome.state.step
    if learned.files:
        signature = installed.signed(learned.package)
        beside = {
            f"{made.trigger}{ENVELOPE}": signature.envelope,
            KEYSET: signature.chain,
        }
        write_folder(made.file.parent, {**learned.files, **beside}, existing)
    if not learned.files or learned.report.ending == "diverged":
        raise Diverged(step=len(learned.outcome.losses), kept=steps)
    return signature


def add(made: Made, place: Place) -> Added:
    """Add it to the environment, which takes the base in this place if it has none yet."""
    is_toybox = place.source == TOYBOX
    folder = TOYBOX if is_toybox else str(place.folder.resolve())
    return installed.add(made.file, base=folder, label=None if is_toybox else place.label)


def tell_report(made: Made) -> None:
    """The report for people, and where the package lies: told before anything else can go wrong."""
    from pcm_engine.learning.report import lines

    report = made.learned.report
    if report.ending == "interrupted":
        answers.talk(f"stopped after step {report.steps}; what was learned so far is kept")
    for line in lines(report):
        answers.talk(line)
    answers.text(str(made.file))


def told(made: Made, signature: Signature, added: Added, form: Form) -> None:
    """The key, the environment, and what to type next."""
    if form is Form.JSON:
        answers.document(as_document(made, signature, added))
        return
    answers.talk(f"{signed_line(signature)}; {added_line(made, added)}")
    given = "" if added.refusal is None else f" --concept {made.file.parent}"
    answers.talk(f'try: pcm generate "a photo of a {added.trigger}*"{given} -o out.png')


def signed_line(signature: Signature) -> str:
    """Whose key signed it, and that it was made for this."""
    made = f", made now: {signature.fingerprint}" if signature.is_new else ""
    return f"signed with the local key of this machine{made}"


def added_line(made: Made, added: Added) -> str:
    """Which environment has it now, and under which word if that is not its own."""
    name, place = f"local/{made.trigger}", environment_of(added)
    if added.refusal is not None:
        return f"{name} is not added to {place}: {added.refusal}"
    word = "" if added.trigger == made.trigger else f" as {added.trigger}*"
    return f"{name} is in {place}{word}"


def environment_of(added: Added) -> str:
    """An environment for people."""
    if added.is_default:
        return "your default environment"
    return "the environment of " + (
        "this folder" if added.folder == Path.cwd() else quoted_path(str(added.folder))
    )


def as_document(made: Made, signature: Signature, added: Added) -> dict[str, object]:
    """All of it for programs."""
    learned = made.learned
    return {
        "package": str(made.file),
        "sha256": Digest.of(learned.package),
        "size": len(learned.package),
        "name": f"local/{made.trigger}",
        "trigger": added.trigger,
        "key": {"fingerprint": signature.fingerprint, "made": signature.is_new},
        "environment": None if added.refusal else str(added.folder),
        "refusal": added.refusal,
        "report": learned.report.document(),
    }
