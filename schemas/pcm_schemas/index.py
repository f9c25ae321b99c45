"""Index documents: the signed list of a name's releases, append-only (P33–P35); a hint for resolving (V11)."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    field_validator,
    model_validator,
)

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.document import canonical_document
from pcm_schemas.envelope import PAIR_PATTERN
from pcm_schemas.manifest_parts import Prediction, Sketches, Title
from pcm_schemas.package import Package
from pcm_schemas.record_errors import IndexInvalid, IndexMismatch, IndexRewritten
from pcm_schemas.sketch import Sketch
from pcm_schemas.tier import BaseClaim

MANIFEST_VERSION: Final = 1
KINDS: Final = ("perfusion", "bundle")
CHANGEABLE: Final = frozenset({"yanked", "statement", "signatures", "keyset"})
"""Fields of an entry that may change after publication (P35, P62)."""

Pair = Annotated[str, Field(pattern=PAIR_PATTERN)]
Pairs = Annotated[tuple[Pair, ...], Field(min_length=1, max_length=limits.SIGNATURES)]
Reason = Annotated[f.Text, Field(max_length=limits.REASON)]


class IndexBase(f.Document):
    """A base that some entry was published for (P33)."""

    architecture: f.LabelText
    label: Title
    prediction_type: Prediction
    sketch: Sketches

    def claim(self, digest: str) -> BaseClaim:
        """What to compare with a measured base (P13); the index does not tell layer widths."""
        sketch = Sketch(kv=self.sketch.kv, text=self.sketch.text)
        return BaseClaim(self.architecture, self.prediction_type, Digest(digest), sketch)


class Yank(f.Document):
    """When and why a release was withdrawn from new resolutions (P36)."""

    at: f.TimeText
    reason: Reason


class IndexEntry(f.Document):
    """One file of a release (P34), of manifest 1 and a kind that this reader knows."""

    base: Annotated[f.DigestText | None, f.LEFT_OUT] = None
    keyset: f.Positive
    kind: Literal["perfusion", "bundle"]
    manifest: f.DigestText
    manifest_version: Literal[1]
    published: f.TimeText
    requires: Annotated[tuple[str, ...], Field(max_length=limits.REQUIRES)]
    sha256: f.DigestText
    signatures: Pairs
    size: Annotated[int, Field(ge=1, le=limits.PACKAGE)]
    statement: f.DigestText
    trigger: Annotated[f.LabelText | None, f.LEFT_OUT] = None
    version: f.VersionText
    yanked: Annotated[Yank | None, f.LEFT_OUT] = None

    @field_validator("requires")
    @classmethod
    def _are_portable(cls, requires: tuple[str, ...]) -> tuple[str, ...]:
        f.require_portable(requires)
        return requires

    @field_validator("signatures")
    @classmethod
    def _are_sorted(cls, pairs: tuple[str, ...]) -> tuple[str, ...]:
        f.require_sorted(pairs)
        f.require_distinct(pair.partition(":")[0] for pair in pairs)
        return pairs

    @model_validator(mode="after")
    def _has_the_fields_of_its_kind(self) -> Self:
        wanted = self.kind == "perfusion"
        if {self.base is not None, self.trigger is not None} != {wanted}:
            raise ValueError("a perfusion has `base` and `trigger`, a bundle has neither")
        return self


_KNOWN: Final[dict[str, JsonValue]] = {
    "properties": {"kind": {"enum": list(KINDS)}, "manifest_version": {"const": MANIFEST_VERSION}}
}


class FutureEntry(BaseModel):
    """An entry of a manifest or kind that this reader does not know: kept, compared, never chosen (P10, P64)."""

    model_config = ConfigDict(
        extra="allow", strict=True, frozen=True, json_schema_extra={"not": _KNOWN}
    )

    manifest_version: f.Positive
    kind: Annotated[str, Field(max_length=64)]
    version: Annotated[str, Field(max_length=64)]


def _generation(value: object) -> str:
    known = (
        isinstance(value, Mapping)
        and value.get("manifest_version") == MANIFEST_VERSION
        and value.get("kind") in KINDS
    ) or isinstance(value, IndexEntry)
    return "known" if known else "future"


AnyEntry = Annotated[
    Annotated[IndexEntry, Tag("known")] | Annotated[FutureEntry, Tag("future")],
    Discriminator(_generation),
]


class IndexDocument(f.Document):
    """The TUF target `index/{namespace}/{name}.json` (P33)."""

    bases: dict[f.DigestText, IndexBase]
    index: Literal[1]
    name: f.NameText
    releases: Annotated[tuple[AnyEntry, ...], Field(max_length=limits.INDEX_ENTRIES)]
    status: Literal["active", "quarantined", "removed"]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        f.require_distinct((entry.version, entry.base) for entry in self.entries)
        if missing := {e.base for e in self.entries if e.base is not None} - self.bases.keys():
            raise ValueError(f"{min(missing)} is not among `bases`")
        if [entry.published for entry in self.entries] != sorted(
            entry.published for entry in self.entries
        ):
            raise ValueError("`published` decreases")
        _require_one_face(self.entries)
        return self

    @property
    def entries(self) -> tuple[IndexEntry, ...]:
        """The entries that this reader knows (P64), in the order of publication."""
        return tuple(entry for entry in self.releases if isinstance(entry, IndexEntry))

    @classmethod
    def parse(cls, data: bytes, *, name: str) -> Self:
        """Read the index document of a name; raises IndexInvalid."""
        document = canonical_document(cls, data, limit=limits.INDEX_DOCUMENT, refuse=IndexInvalid)
        if document.name != name:
            raise IndexInvalid(f"it lists {document.name}, not {name}")
        return document

    def to_bytes(self) -> bytes:
        """Write the target."""
        return canonical_bytes(self)


def require_continued(held: IndexDocument, offered: IndexDocument) -> None:
    """Refuse an index in which an earlier entry is gone, moved or changed (P35); raises IndexRewritten.

    `yanked` may change, by re-signing `statement`, `signatures` and `keyset` (P62), and the status.
    """
    if offered.name != held.name:
        raise IndexRewritten(held.name, f"it became the index of {offered.name}")
    if len(offered.releases) < len(held.releases):
        raise IndexRewritten(held.name, f"{len(held.releases)} entries became fewer")
    for place, (old, new) in enumerate(zip(held.releases, offered.releases, strict=False)):
        if changed := _changed(old, new):
            raise IndexRewritten(held.name, f"entry {place} ({old.version}): {changed} changed")
    for digest, base in held.bases.items():
        if offered.bases.get(digest) != base:
            raise IndexRewritten(held.name, f"the base {digest} changed")


def require_entry(entry: IndexEntry, package: Package) -> None:
    """Refuse a package that is not the one its index entry lists (V11); raises IndexMismatch."""
    for field, promised, found in differences(entry, package):
        raise IndexMismatch(field, promised, found)


def differences(entry: IndexEntry, package: Package) -> Iterable[tuple[str, str, str]]:
    """Field, promised and found value of sha256, size, base, manifest digest and requires where they differ."""
    base = package.manifest.base
    for field, promised, found in (
        ("sha256", entry.sha256, package.digest),
        ("size", entry.size, package.size),
        ("base", entry.base, None if base is None else base.digest),
        ("manifest", entry.manifest, package.manifest_digest),
        ("requires", entry.requires, package.manifest.requires),
    ):
        if promised != found:
            yield field, str(promised), str(found)


def _changed(old: BaseModel, new: BaseModel) -> str | None:
    """First field of an entry that may not change and did."""
    one, two = _fixed(old), _fixed(new)
    return next((field for field in sorted({*one, *two}) if one.get(field) != two.get(field)), None)


def _fixed(entry: BaseModel) -> dict[str, Any]:
    fields = entry.model_dump(mode="json", exclude_none=True)
    return {field: value for field, value in fields.items() if field not in CHANGEABLE}


def _require_one_face(entries: Iterable[IndexEntry]) -> None:
    """All files of a version have the same requires, kind and trigger (P34)."""
    faces = dict[str, tuple[object, ...]]()
    for entry in entries:
        face = (entry.requires, entry.kind, entry.trigger)
        if faces.setdefault(entry.version, face) != face:
            raise ValueError(f"the files of {entry.version} differ in requires, kind or trigger")
