"""The keyset of a namespace: who may sign what, and whether a signature counts at a time (P26, P27, P29).

Signatures are checked by a verifier that is handed in. Keys are counted by their 32 raw bytes, never by id (P25).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.document import read_canonical, validated
from pcm_schemas.envelope import KEYSET_TYPE, Envelope, Signature, is_whole
from pcm_schemas.key import KEY_ID_PATTERN, PublicKey, Verifier
from pcm_schemas.name import parse_namespace
from pcm_schemas.trust_errors import (
    DuplicateKey,
    KeysetMalformed,
    KeysetUnsigned,
    SignatureMalformed,
)

KeyId = Annotated[str, Field(pattern=KEY_ID_PATTERN)]
Namespace = Annotated[f.LabelText, f.checked(parse_namespace)]
Note = Annotated[f.Text, Field(max_length=limits.NOTE)]


class Purpose(StrEnum):
    """What a key may sign."""

    KEYSET = "keyset"
    RELEASE = "release"


class Key(f.Document):
    """One key of a keyset; retired by `expires`, not by removal (P29)."""

    expires: Annotated[f.TimeText | None, f.LEFT_OUT] = None
    id: KeyId
    note: Annotated[Note | None, f.LEFT_OUT] = None
    public: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    purposes: Annotated[tuple[Literal["keyset", "release"], ...], Field(min_length=1, max_length=2)]

    @field_validator("purposes")
    @classmethod
    def _are_sorted(cls, purposes: tuple[str, ...]) -> tuple[str, ...]:
        f.require_sorted(purposes)
        f.require_distinct(purposes)
        return purposes

    @property
    def raw(self) -> bytes:
        """The 32 bytes by which keys are counted."""
        return bytes.fromhex(self.public)

    def serves(self, purpose: Purpose) -> bool:
        """Whether the key was given this purpose."""
        return purpose.value in self.purposes


class Revocation(f.Document):
    """A key taken out of use: `superseded` from then on, `compromised` for all time (P29)."""

    at: f.TimeText
    id: KeyId
    reason: Literal["compromised", "superseded"]


class Threshold(f.Document):
    """How many keys of each purpose are needed."""

    keyset: Annotated[int, Field(ge=1, le=limits.KEYS)]
    release: Annotated[int, Field(ge=1, le=limits.KEYS)]


class KeysetDocument(f.Document):
    """The payload of a keyset envelope (P26)."""

    created: f.TimeText
    keys: Annotated[tuple[Key, ...], Field(min_length=1, max_length=limits.KEYS)]
    keyset: Literal[1]
    namespace: Namespace
    previous: Annotated[f.DigestText | None, f.LEFT_OUT] = None
    revoked: Annotated[tuple[Revocation, ...], Field(max_length=limits.KEYSET_VERSIONS)]
    threshold: Threshold
    version: Annotated[int, Field(ge=1, le=limits.INTEGER)]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a payload by P26 and P23. Raises KeysetMalformed, DuplicateKey, WeakKey."""
        value = read_canonical(payload, limit=limits.ENVELOPE, refuse=KeysetMalformed)
        document = validated(cls, value, refuse=KeysetMalformed)
        document.require_sound()
        return document

    def require_sound(self) -> None:
        """Hold what a schema cannot say: distinct keys with their own ids, no weak point, thresholds in reach."""
        _require_distinct_keys(self)
        for key in self.keys:
            if PublicKey.from_hex(key.public).id != key.id:
                raise KeysetMalformed(f"{key.id[:16]} is not the id of its key")
        if [key.id for key in self.keys] != sorted(key.id for key in self.keys):
            raise KeysetMalformed("keys are not sorted by id")
        for purpose in Purpose:
            usable = sum(self.is_usable(key) for key in self.keys if key.serves(purpose))
            if self.needed(purpose) > usable:
                raise KeysetMalformed(f"threshold {purpose.value} asks for more than {usable} keys")

    def to_bytes(self) -> bytes:
        """Write the payload that is signed."""
        return canonical_bytes(self)

    def needed(self, purpose: Purpose) -> int:
        """Threshold of a purpose."""
        return self.threshold.keyset if purpose is Purpose.KEYSET else self.threshold.release

    def is_usable(self, key: Key) -> bool:
        """Whether a key counts for a threshold: neither revoked nor expired when the document was made (P26)."""
        revoked = {each.id for each in self.revoked}
        return key.id not in revoked and (key.expires is None or self.created <= key.expires)


@dataclass(frozen=True)
class Keyset:
    """A keyset with its envelope. Invariant: made by `parse`, so it is sound and signed by its own keys (P27)."""

    document: KeysetDocument
    envelope: Envelope

    @classmethod
    def parse(cls, data: bytes, verify: Verifier) -> Self:
        """Read a keyset envelope and check that it is self-signed; raises the keyset errors."""
        try:
            envelope = Envelope.parse(data)
        except SignatureMalformed as error:
            raise KeysetMalformed(error.reason) from error
        return cls.of(envelope, verify)

    @classmethod
    def of(cls, envelope: Envelope, verify: Verifier) -> Self:
        """Open an envelope; raises KeysetMalformed, DuplicateKey, WeakKey, KeysetUnsigned."""
        if envelope.payload_type != KEYSET_TYPE:
            raise KeysetMalformed(f"its payload is not {KEYSET_TYPE}")
        document = KeysetDocument.parse(envelope.payload)
        signed = len(attested(envelope, document, Purpose.KEYSET, verify=verify))
        if signed < document.threshold.keyset:
            needed = document.threshold.keyset
            raise KeysetUnsigned(document.namespace, document.version, signed, needed)
        return cls(document, envelope)

    @property
    def namespace(self) -> str:
        """Whose keys these are."""
        return self.document.namespace

    @property
    def version(self) -> int:
        """Place in the chain."""
        return self.document.version

    @property
    def digest(self) -> Digest:
        """Digest of the payload: what `previous`, pins and `[trust]` lines name."""
        return Digest.of(self.envelope.payload)


FINGERPRINT: Final = 32


def fingerprint(digest: Digest) -> str:
    """First 32 hex of a keyset's digest in groups of four, for people to compare (P30)."""
    shown = digest.hex[:FINGERPRINT]
    return " ".join(shown[place : place + 4] for place in range(0, FINGERPRINT, 4))


def attested(
    envelope: Envelope, document: KeysetDocument, purpose: Purpose, *, verify: Verifier
) -> dict[Key, Signature]:
    """Return the keys of a purpose that signed, each with its signature under its own id (V4).

    Unknown, foreign and damaged signatures are skipped; expiry and revocation are not looked at. Keys are told apart
    by their raw bytes, so one key counts once whatever its ids.
    """
    message, found = envelope.signed_bytes(), dict[bytes, tuple[Key, Signature]]()
    keys = [key for key in document.keys if key.serves(purpose)]
    for signature in filter(is_whole, envelope.signatures):
        likely_first = sorted(keys, key=lambda key: key.id != signature.keyid)
        for key in likely_first:
            if verify(key.raw, message, signature=signature.sig):
                found.setdefault(key.raw, (key, Signature(signature.sig, key.id)))
                break
    return dict(found.values())


def _require_distinct_keys(document: KeysetDocument) -> None:
    for field in ("id", "public"):
        seen = set[str]()
        for key in document.keys:
            if getattr(key, field) in seen:
                raise DuplicateKey(key.id)
            seen.add(getattr(key, field))
