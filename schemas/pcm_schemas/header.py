"""The first steps of the strict reader: from bytes to a header that was bounded before it was parsed (R2–R5)."""

from dataclasses import dataclass
from typing import Any, Final

from pcm_schemas import limits, strict_json
from pcm_schemas.errors import NotCanonical
from pcm_schemas.package_errors import HeaderEncoding, HeaderJson, HeaderLength, HeaderMetadata

DEPTH: Final = 4
MEMBERS: Final = 7


@dataclass(frozen=True)
class Header:
    """A header's raw bytes, the manifest's bytes, the entries of the tensors as read, and the bytes after it."""

    raw: bytes
    manifest: bytes
    tensors: dict[str, Any]
    body: bytes


def open_header(data: bytes) -> Header:
    """Take a package file of at least 8 bytes apart; raise the error of the first of R2–R5 that fails."""
    length = int.from_bytes(data[:8], "little")
    if not 2 <= length <= limits.HEADER or length % 8 or 8 + length > len(data):  # R2
        raise HeaderLength(length, len(data))
    raw = data[8 : 8 + length]
    members = _members(_decoded(raw))  # R3, R4
    manifest = _manifest(members.pop("__metadata__", None))  # R5
    return Header(raw, manifest, members, data[8 + length :])


def _decoded(raw: bytes) -> str:
    if not raw.startswith(b"{"):
        raise HeaderEncoding
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HeaderEncoding from error


def _members(text: str) -> dict[str, Any]:
    try:
        found = strict_json.parse(text, depth=DEPTH)
    except NotCanonical as error:
        raise HeaderJson(error.reason) from error
    if not isinstance(found, dict):
        raise HeaderJson("not an object")
    if len(found) > MEMBERS:
        raise HeaderJson(f"more than {MEMBERS} members")
    return found


def _manifest(metadata: object) -> bytes:
    if not isinstance(metadata, dict) or metadata.keys() != {"pcm"}:
        raise HeaderMetadata("it is not exactly {`pcm`}")
    if not isinstance(metadata["pcm"], str):
        raise HeaderMetadata("`pcm` is not a string")
    try:
        data = metadata["pcm"].encode("utf-8")
    except UnicodeEncodeError as error:
        raise HeaderMetadata("`pcm` holds a surrogate") from error
    if len(data) > limits.MANIFEST:
        raise HeaderMetadata(f"`pcm` is longer than {limits.MANIFEST} bytes")
    return data
