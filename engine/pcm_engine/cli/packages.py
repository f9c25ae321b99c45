"""Package files named on a command line, or lying where `pcm learn` and pcm itself put them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pcm_engine.cli import answers
from pcm_engine.cli.errors import (
    ConceptChanged,
    ConceptGone,
    PackageNotFound,
    TriggerTwice,
)
from pcm_engine.errors import Unsupported
from pcm_engine.gate import Gate
from pcm_engine.prompt import canonical
from pcm_engine.recipe import UsedConcept, dial
from pcm_schemas import limits
from pcm_schemas.digest import Digest
from pcm_schemas.errors import PcmError
from pcm_schemas.manifest import Manifest
from pcm_schemas.name import parse_trigger
from pcm_schemas.package import read

SUFFIX: Final = ".safetensors"
LEARNED: Final = "concepts"
"""Where `pcm learn` writes, in the folder it is called in."""


@dataclass(frozen=True)
class Given:
    """A concept that a command was given: its file's bytes, checked by R1-R14, and the word that calls it here."""

    path: Path
    data: bytes
    manifest: Manifest
    sha256: Digest
    trigger: str
    gate: Gate


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
    place, _, word = text.partition(" as ") if not Path(text).exists() else (text, "", "")
    path = package_file(Path(place.strip()))
    try:
        return opened(path, word.strip() or None)
    except PcmError:
        answers.talk(f"{path} cannot be used:")
        raise


def opened(path: Path, word: str | None = None) -> Given:
    """Read a package file, no further than one may be long (R1), to answer to `word` or its own trigger."""
    with path.open("rb") as file:
        data = file.read(limits.PACKAGE + 1)
    package = read(data)
    manifest = package.manifest
    if manifest.trigger is None or manifest.gate is None:
        raise bundle(manifest)
    trigger = parse_trigger(canonical(word or manifest.trigger))
    return Given(path, data, manifest, package.digest, trigger, dial(manifest.gate))


def package_file(path: Path) -> Path:
    """The file itself, or the one package of a folder. Raises PackageNotFound."""
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
        except (PcmError, OSError):
            continue


def find_used(used: UsedConcept, given: Sequence[Given]) -> Given:
    """The file of a recipe's concept, by its digest. Raises ConceptChanged, ConceptGone."""
    candidates = [*given, *known()]
    for candidate in candidates:
        if candidate.sha256 == used.sha256:
            return replace(candidate, trigger=used.trigger)
    for candidate in candidates:
        if candidate.manifest.name == used.name:
            raise ConceptChanged(used.name, str(candidate.path), used.sha256, str(candidate.sha256))
    raise ConceptGone(used.name, used.sha256)


def bundle(manifest: Manifest) -> Unsupported:
    """What is said of a package without tensors."""
    return Unsupported(
        f"{manifest.name} is a bundle: it only names other concepts",
        f"give these: {', '.join(manifest.requires)}",
    )
