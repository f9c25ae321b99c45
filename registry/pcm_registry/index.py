"""Rows to index documents and search documents (P33–P37). Pure: what a row holds comes in as a mapping."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pcm_schemas.digest import Digest
from pcm_schemas.index import IndexBase, IndexDocument, IndexEntry, Yank
from pcm_schemas.manifest import Manifest
from pcm_schemas.search import SearchDocument
from pcm_schemas.version import Version

Row = Mapping[str, Any]


def manifest_of(row: Row) -> Manifest:
    """The manifest that a release was published with."""
    return Manifest.parse(row["manifest"].encode("utf-8"))


def entry_of(row: Row) -> IndexEntry:
    """The index entry of a release row (P34)."""
    manifest = manifest_of(row)
    return IndexEntry(
        keyset=row["keyset"],
        kind=manifest.kind,
        manifest=Digest.of(row["manifest"].encode("utf-8")),
        manifest_version=1,
        published=row["published"],
        requires=manifest.requires,
        sha256=row["sha256"],
        signatures=tuple(row["signatures"]),
        size=row["size"],
        statement=row["statement"],
        version=row["version"],
        **_optional(row, manifest),
    )


def document_of(name: str, status: str, rows: Sequence[Row]) -> IndexDocument:
    """The index document of a name from its rows in the order of publication (P33, P35)."""
    return IndexDocument(
        bases=_bases(map(manifest_of, rows)),
        index=1,
        name=name,
        releases=tuple(map(entry_of, rows)),
        status=status,  # type: ignore[arg-type]  # the model checks the word
    )


def summary_of(rows: Sequence[Row]) -> SearchDocument | None:
    """What search shows of a name: its newest release neither yanked nor pre-release, else the newest not yanked."""
    standing = [row for row in rows if row["yanked_at"] is None]
    if not standing:
        return None
    newest = max(standing, key=lambda row: _rank(row["version"]))
    architectures = {base.architecture for base in _bases(map(manifest_of, standing)).values()}
    return SearchDocument.of(
        manifest_of(newest), architectures=tuple(architectures), updated=rows[-1]["published"]
    )


def _optional(row: Row, manifest: Manifest) -> dict[str, Any]:
    """Fields that an entry leaves out where they do not apply."""
    found = dict[str, Any]()
    if manifest.base is not None:
        found |= {"base": manifest.base.digest, "trigger": manifest.trigger}
    if row["yanked_at"] is not None:
        found["yanked"] = Yank(at=row["yanked_at"], reason=row["yanked_reason"])
    return found


def _rank(text: str) -> tuple[bool, Version]:
    version = Version.parse(text)
    return (not version.is_prerelease, version)


def _bases(manifests: Iterable[Manifest]) -> dict[str, IndexBase]:
    """The bases by digest; the first manifest that names one describes it, so that history stays (P35)."""
    found = dict[str, IndexBase]()
    for base in (manifest.base for manifest in manifests):
        if base is not None and base.digest not in found:
            found[base.digest] = IndexBase(
                architecture=base.architecture,
                label=base.label,
                prediction_type=base.prediction_type,
                sketch=base.sketch,
            )
    return found
