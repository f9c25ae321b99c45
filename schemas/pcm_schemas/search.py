"""Search documents: for finding only, unsigned; whatever is chosen goes through index and V1–V12 (P37)."""

import hashlib
from typing import Annotated, Final, Self

from pydantic import Field

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.digest import Digest
from pcm_schemas.document import read_json, validated
from pcm_schemas.manifest import Manifest, Word
from pcm_schemas.record_errors import ResponseInvalid

PAGE: Final = 100
CURSOR: Final = 512

Cursor = Annotated[str, Field(max_length=CURSOR)]


class SearchDocument(f.Response):
    """What search knows of a name: its newest release, and all architectures it was published for."""

    name: f.NameText
    description: Annotated[f.Prose, Field(max_length=limits.DESCRIPTION)]
    trigger: Annotated[f.LabelText | None, f.LEFT_OUT] = None
    supercategories: tuple[Word, ...]
    tags: tuple[f.TagText, ...]
    architectures: tuple[f.LabelText, ...]
    version: f.VersionText
    updated: f.TimeText
    license: Annotated[f.Text, Field(max_length=64)]
    preview: Annotated[f.DigestText | None, f.LEFT_OUT] = None

    @classmethod
    def of(cls, manifest: Manifest, *, architectures: tuple[str, ...], updated: str) -> Self:
        """Make the document of a name from the manifest of its newest release."""
        preview = manifest.previews[0].sha256 if manifest.previews else None
        fields = f.told(
            name=manifest.name,
            description=manifest.description,
            trigger=manifest.trigger,
            supercategories=manifest.supercategories or (),
            tags=manifest.tags,
            architectures=tuple(sorted(architectures)),
            version=manifest.version,
            updated=updated,
            license=manifest.license,
            preview=preview,
        )
        return cls(**fields)


class SearchPage(f.Response):
    """What GET `/api/v1/search` answers; `next` is opaque and absent on the last page."""

    items: tuple[SearchDocument, ...]
    next: Annotated[Cursor | None, f.LEFT_OUT] = None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a page; raises ResponseInvalid."""
        value = read_json(data, limit=limits.INDEX_DOCUMENT, refuse=ResponseInvalid)
        return validated(cls, value, refuse=ResponseInvalid)


def shard_of(name: str) -> str:
    """Two hex digits of the static shard that holds a name: the first byte of sha256(name)."""
    return hashlib.sha256(name.encode("utf-8")).hexdigest()[:2]


def preview_of(document: SearchDocument) -> Digest | None:
    """Digest of the picture to show, if any."""
    return None if document.preview is None else Digest(document.preview)
