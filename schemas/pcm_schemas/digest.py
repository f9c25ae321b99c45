"""What names bytes, and which bytes a value has: Digest and canonical JSON (conventions, P15)."""

import hashlib
import json
import re
from typing import Any, Final, Protocol, Self, runtime_checkable

from pcm_schemas import limits
from pcm_schemas.errors import DigestInvalid, NotCanonical
from pcm_schemas.text import is_text_with_newlines

DIGEST_PATTERN: Final = r"^sha256:[0-9a-f]{64}$"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class Digest(str):
    """`sha256:` and 64 lower-case hex digits. Invariant: every Digest has that form."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Accept the written form and nothing else; raise DigestInvalid."""
        if _DIGEST.fullmatch(text) is None:
            raise DigestInvalid(text)
        return super().__new__(cls, text)

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Digest of these bytes."""
        return cls("sha256:" + hashlib.sha256(data).hexdigest())

    @property
    def hex(self) -> str:
        """The 64 hex digits alone, as URLs, TUF and in-toto write them."""
        return self.removeprefix("sha256:")


@runtime_checkable
class Dumpable(Protocol):
    """A pydantic model of this package: its fields as plain values, absent ones left out."""

    def model_dump(self, *, mode: str, exclude_none: bool) -> dict[str, Any]:
        """Plain values of the fields."""
        ...


def canonical_bytes(value: object) -> bytes:
    """Return the one byte string of a document or plain value (P15): the only function that decides what is signed.

    Raises NotCanonical for a value outside the subset: floats, integers beyond 2⁵³−1 or below 0, keys that are not
    ASCII, strings that are not Text.
    """
    plain = (
        value.model_dump(mode="json", exclude_none=True) if hasattr(value, "model_dump") else value
    )
    return encode_text(plain)


def encode(value: object) -> bytes:
    """RFC 8785 on the subset, without looking into strings: R6 compares with it and leaves Text to R7."""
    _require_subset(_flattened(value))
    return _dumped(value)


def encode_text(value: object) -> bytes:
    """As `encode`, of a value in which every string and key is Text; looked through once for both."""
    items = _flattened(value)
    _require_text(items)
    _require_subset(items)
    return _dumped(value)


def _dumped(value: object) -> bytes:
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
            "utf-8"
        )
    except UnicodeEncodeError as error:
        raise NotCanonical("a string holds a surrogate") from error
    except RecursionError as error:
        raise NotCanonical("nested too deep to write") from error


def strings_in(value: object) -> list[str]:
    """Return every string and key of a value, at any depth."""
    return [item for item in _flattened(value) if isinstance(item, str)]


def _require_text(items: list[object]) -> None:
    if not all(is_text_with_newlines(item) for item in items if isinstance(item, str)):
        raise NotCanonical("a string is not Text")


def _require_subset(items: list[object]) -> None:
    for item in items:
        if type(item) is not str and not _is_allowed(item):
            raise NotCanonical(f"a value of type {type(item).__name__} is outside the subset")


def _is_allowed(item: object) -> bool:
    if isinstance(item, dict):
        return all(isinstance(key, str) and key.isascii() for key in item)
    if isinstance(item, int) and not isinstance(item, bool):
        return 0 <= item <= limits.INTEGER
    return item is None or isinstance(item, (str, bool, list, tuple))


def _flattened(value: object) -> list[object]:
    """Return the value and everything in it, keys too; a list, so that depth costs no stack."""
    found = [value]
    for item in found:
        if type(item) is str:
            continue
        if isinstance(item, dict):
            found.extend(item)
            found.extend(item.values())
        elif isinstance(item, (list, tuple)):
            found.extend(item)
    return found
