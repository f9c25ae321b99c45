"""The bases of this machine: measured once, named, and found again by name or folder (P11, P68)."""

from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field

from pcm.config import Folders
from pcm.files import read_if_there, replace_atomically
from pcm.store_errors import BaseUnknown, FileUnreadable
from pcm_schemas import fields as f
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.document import read_canonical, validated
from pcm_schemas.errors import BaseUnreadable
from pcm_schemas.manifest_parts import Prediction, Sketches
from pcm_schemas.sketch import Sketch
from pcm_schemas.tier import LayerWidths

BUNDLED: Final = "toybox"
LISTED: Final = 16_777_216  # most bytes of bases.json
Pair = Annotated[tuple[int, ...], Field(min_length=2, max_length=2)]


class BaseRecord(f.Document):
    """A measured base: what a resolver compares, and where it was measured."""

    architecture: f.LabelText
    digest: f.DigestText
    files: f.DigestText
    folder: Annotated[f.Text, Field(max_length=4_096)]
    layers: tuple[Pair, ...]
    name: Annotated[f.Text, Field(min_length=1, max_length=512)]
    prediction_type: Prediction
    sketches: Sketches

    def measured(self) -> "MeasuredBase":
        """What tiers are computed from."""
        sketch = Sketch(kv=self.sketches.kv, text=self.sketches.text)
        widths = tuple((pair[0], pair[1]) for pair in self.layers)
        digest = Digest(self.digest)
        return MeasuredBase(self.architecture, self.prediction_type, digest, sketch, widths)


@dataclass(frozen=True)
class MeasuredBase:
    """A base as it was measured (P13); never what a label says."""

    architecture: str
    prediction_type: str
    digest: Digest
    sketch: Sketch
    layers: LayerWidths | None


class BaseList(f.Document):
    """The file `bases.json`, by name."""

    bases: tuple[BaseRecord, ...]
    version: Literal[1]

    @classmethod
    def read(cls, folders: Folders) -> Self:
        """Read the list; an empty one where there is none. Raises FileUnreadable."""
        data = read_if_there(folders.bases, LISTED)
        if data is None:
            return cls(bases=(), version=1)

        def refuse(why: str) -> FileUnreadable:
            return FileUnreadable(str(folders.bases), why)

        return validated(cls, read_canonical(data, limit=LISTED, refuse=refuse), refuse=refuse)

    def find(self, name: str) -> BaseRecord | None:
        """Return the base of this name, or None."""
        return next((each for each in self.bases if each.name == name), None)

    def with_base(self, record: BaseRecord) -> Self:
        """Add a base, in place of one of the same name."""
        kept = [each for each in self.bases if each.name != record.name]
        ordered = sorted([*kept, record], key=lambda each: each.name)
        return self.model_copy(update={"bases": tuple(ordered)})

    def write(self, folders: Folders) -> None:
        """Write the list whole."""
        replace_atomically(folders.bases, canonical_bytes(self))


def add_base(place: str, folders: Folders, *, name: str | None = None) -> BaseRecord:
    """Measure a base and put it on the list: `pcm base add`. Raises BaseUnknown, BaseUnreadable."""
    folder = folder_of(place, listed=BaseList.read(folders))
    record = measure(folder, name=name or (BUNDLED if place == BUNDLED else folder.name))
    BaseList.read(folders).with_base(record).write(folders)
    return record


def find_base(wanted: str, folders: Folders, *, relative_to: Path) -> BaseRecord:
    """Return the base that `pcm.toml` names: one of the list, or a folder, measured if it changed.

    Raises BaseUnknown, BaseUnreadable.
    """
    listed = BaseList.read(folders)
    if (record := listed.find(wanted)) is not None:
        return record
    folder = relative_to / wanted
    if not folder.is_dir():
        raise BaseUnknown(wanted, tuple(each.name for each in listed.bases))
    same = [each for each in listed.bases if each.files == files_digest(folder)]
    return same[0] if same else measure(folder, name=wanted)


def folder_of(place: str, *, listed: BaseList) -> Path:
    """The folder of a base: the bundled one by its name, else a path. Raises BaseUnknown."""
    folder = bundled() if place == BUNDLED else Path(place).absolute()
    if folder is None or not folder.is_dir():
        raise BaseUnknown(place, tuple(each.name for each in listed.bases))
    return folder


def bundled() -> Path | None:
    """Where the base that ships with pcm lies; its package is found, not imported."""
    spec = find_spec("pcm_engine")
    places = spec.submodule_search_locations if spec is not None else None
    return None if not places else Path(places[0]) / "toybox" / "weights" / "small"


def measure(folder: Path, *, name: str) -> BaseRecord:
    """Measure a folder (P11, P12)."""
    from pcm.base import measure_folder

    found = measure_folder(folder)
    return BaseRecord(
        architecture=found.architecture,
        digest=found.digest,
        files=files_digest(folder),
        folder=str(folder),
        layers=tuple((out, text) for out, text in found.layers),
        name=name,
        prediction_type=found.prediction_type,  # type: ignore[arg-type]  # the model refuses other words
        sketches=Sketches.model_validate(asdict(found.sketch)),
    )


def files_digest(folder: Path) -> Digest:
    """Digest of names and contents of the files that a measurement reads (P11)."""
    parts = [
        *sorted(folder.glob("unet/*.safetensors")),
        *sorted(folder.glob("text_encoder*/*.safetensors")),
    ]
    settings = folder / "scheduler" / "scheduler_config.json"
    if not parts or not settings.is_file():
        raise BaseUnreadable(f"{folder.name}/ holds no base model")
    listed = {str(path.relative_to(folder)): _hashed(path) for path in (*parts, settings)}
    return Digest.of(canonical_bytes(listed))


def _hashed(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
