"""Whether preview bytes are what the manifest promises (P20). Pictures are not decoded here."""

from typing import Final

from pcm_schemas.digest import Digest
from pcm_schemas.manifest_parts import Preview
from pcm_schemas.package_errors import PreviewMismatch

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"


def require_preview(preview: Preview, data: bytes) -> None:
    """Refuse bytes whose size, digest or magic bytes are not the manifest's; raises PreviewMismatch."""
    if len(data) != preview.size:
        raise PreviewMismatch(preview.path, f"{len(data)} bytes, the manifest says {preview.size}")
    if Digest.of(data) != preview.sha256:
        raise PreviewMismatch(preview.path, "the digest is not the manifest's")
    if media_type_of(data) != preview.media_type:
        raise PreviewMismatch(preview.path, f"the bytes are not {preview.media_type}")


def media_type_of(data: bytes) -> str | None:
    """Return the media type that the first bytes tell, or None for anything a preview may not be."""
    if data.startswith(_PNG):
        return "image/png"
    if data.startswith(_JPEG):
        return "image/jpeg"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
