"""DSSE envelopes: read in any form, written in one, rebuilt from key ids and signatures (P22, V1–V3)."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from pcm_schemas import limits
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.document import read_json
from pcm_schemas.key import KEY_ID_PATTERN, SIGNATURE_BYTES
from pcm_schemas.trust_errors import SignatureMalformed, SignatureType

STATEMENT_TYPE: Final = "application/vnd.in-toto+json"
KEYSET_TYPE: Final = "application/vnd.pcm.keyset+json"
PAIR_PATTERN: Final = r"^[0-9a-f]{64}:[A-Za-z0-9+/]{86}==$"
"""`key id:base64` of a 64-byte signature, as index and lock hold it (P34, P68)."""
_KEY_ID: Final = re.compile(KEY_ID_PATTERN[1:-1])
_PAIR: Final = re.compile(PAIR_PATTERN[1:-1])
_STANDARD: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_FOR_URLS: Final = str.maketrans("-_", "+/")


@dataclass(frozen=True)
class Signature:
    """One signature; `keyid` is a hint that may be missing or wrong, and only orders the tries (V4)."""

    sig: bytes
    keyid: str | None = None

    def pair(self) -> str:
        """`key id:base64`, as index and lock hold it."""
        return f"{self.keyid}:{encoded(self.sig)}"

    @classmethod
    def from_pair(cls, text: str) -> Self:
        """Read `key id:base64`; raise SignatureMalformed."""
        if _PAIR.fullmatch(text) is None:
            raise SignatureMalformed("not `key id:base64` of 64 bytes")
        keyid, _, sig = text.partition(":")
        return cls(decoded(sig), keyid)


@dataclass(frozen=True)
class Envelope:
    """A payload with its type and the signatures over both. Invariant: `payload` was decoded once (V2)."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read any DSSE form of at most 16,384 bytes (V1, V2); raise SignatureMalformed."""
        return cls.from_value(read_json(data, limit=limits.ENVELOPE, refuse=SignatureMalformed))

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Read an envelope that stands inside another document; members that P22 does not name are ignored."""
        members = _object(value, "the envelope")
        signatures = members.get("signatures")
        if not isinstance(signatures, list) or not 1 <= len(signatures) <= limits.SIGNATURES:
            raise SignatureMalformed(f"`signatures` is not a list of 1 to {limits.SIGNATURES}")
        payload, payload_type = _string(members, "payload"), _string(members, "payloadType")
        return cls(decoded(payload), payload_type, tuple(map(_signature, signatures)))

    @classmethod
    def rebuilt(cls, payload: bytes, pairs: Iterable[str]) -> Self:
        """Make a release's envelope from its statement and the pairs of index or lock (P34, P69)."""
        return cls(payload, STATEMENT_TYPE, tuple(map(Signature.from_pair, pairs)))

    def require_type(self, expected: str) -> None:
        """Refuse a payload that is called something else (V3); raises SignatureType."""
        if self.payload_type != expected:
            raise SignatureType(self.payload_type, expected)

    def signed_bytes(self) -> bytes:
        """The bytes that the signatures are over."""
        return pae(self.payload_type, self.payload)

    def with_signatures(self, signatures: Iterable[Signature]) -> Self:
        """The same payload under other signatures."""
        return replace(self, signatures=tuple(signatures))

    def to_value(self) -> dict[str, object]:
        """Return the members of the written form (P22); raise SignatureMalformed where a key id is missing."""
        ordered = sorted(self.signatures, key=lambda each: (each.keyid or "", each.sig))
        if not all(_KEY_ID.fullmatch(each.keyid or "") for each in ordered):
            raise SignatureMalformed("a signature without its key's id cannot be written")
        listed = [{"keyid": each.keyid, "sig": encoded(each.sig)} for each in ordered]
        return {
            "payload": encoded(self.payload),
            "payloadType": self.payload_type,
            "signatures": listed,
        }

    def to_bytes(self) -> bytes:
        """Write the one form: canonical JSON, padded standard base64, sorted by key id (P22)."""
        return canonical_bytes(self.to_value())

    def pairs(self) -> tuple[str, ...]:
        """`key id:base64` of each signature in the written order, as index and lock hold them."""
        self.to_value()
        return tuple(sorted(each.pair() for each in self.signatures))

    @property
    def digest(self) -> Digest:
        """Digest of the written form: what the index calls `statement` (P34)."""
        return Digest.of(self.to_bytes())


def pae(payload_type: str, body: bytes) -> bytes:
    """DSSE's pre-authentication encoding: `DSSEv1 SP len SP type SP len SP body`, lengths in bytes (P22)."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def encoded(data: bytes) -> str:
    """Padded standard base64."""
    return base64.b64encode(data).decode("ascii")


def decoded(text: str) -> bytes:
    """Read base64 of either alphabet, not of both; padding is needed (P22). Raises SignatureMalformed."""
    mixed = set(text) & set("-_") and set(text) & set("+/")
    plain = text.translate(_FOR_URLS)
    if mixed or _STANDARD.fullmatch(plain) is None:
        raise SignatureMalformed("not padded base64")
    return base64.b64decode(plain)


def is_whole(signature: Signature) -> bool:
    """Whether it has the length of an ed25519 signature (V4)."""
    return len(signature.sig) == SIGNATURE_BYTES


def _signature(value: object) -> Signature:
    members = _object(value, "a signature")
    keyid = members.get("keyid")
    if keyid is not None and not isinstance(keyid, str):
        raise SignatureMalformed("`keyid` is not a string")
    return Signature(decoded(_string(members, "sig")), keyid)


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise SignatureMalformed(f"{what} is not an object")
    return value


def _string(members: dict[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise SignatureMalformed(f"`{name}` is not a string")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise SignatureMalformed(f"`{name}` holds a surrogate") from error
    return value
