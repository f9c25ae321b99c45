"""Public keys: their ids, the points that are refused, and what a verifier is (P23). No cryptography here."""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final, Protocol, Self

from pcm_schemas.trust_errors import WeakKey

PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
KEY_ID_PATTERN: Final = r"^[0-9a-f]{64}$"
DER_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 raw bytes in the DER SubjectPublicKeyInfo of an ed25519 key."""
FIELD: Final = 2**255 - 19
_LOW: Final = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
_HIGH: Final = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
SMALL_ORDER: Final = frozenset(
    {0, 1, FIELD - 1, int.from_bytes(_LOW, "little"), int.from_bytes(_HIGH, "little")}
)
"""y of the 8 points whose order divides 8; x and −x share a y."""


class Verifier(Hashable, Protocol):
    """Whether a signature over a message was made with a key: handed in, so that the formats need no cryptography."""

    def __call__(self, public: bytes, message: bytes, *, signature: bytes) -> bool:
        """Answer for 32, any number of, and 64 bytes; never raises."""
        ...


@dataclass(frozen=True)
class PublicKey:
    """32 raw bytes of an ed25519 key. Invariant: a point encoded in the one way, not of small order (P23)."""

    raw: bytes

    def __post_init__(self) -> None:
        """Hold the invariant, however the key is made."""
        require_sound(self.raw)

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """Read the 64 hex digits that a keyset holds; raise WeakKey."""
        return cls(bytes.fromhex(text))

    @property
    def id(self) -> str:
        """Key id of P23."""
        return key_id(self.raw)


def key_id(public: bytes) -> str:
    """sha256 of the key's DER SubjectPublicKeyInfo, in hex; not TUF's key id (P23)."""
    return hashlib.sha256(DER_PREFIX + public).hexdigest()


def require_sound(public: bytes) -> None:
    """Refuse an encoding with y ≥ 2²⁵⁵−19, and the points of small order (P23); raises WeakKey."""
    y = int.from_bytes(public, "little") & ~(1 << 255)
    if len(public) != PUBLIC_BYTES or y >= FIELD or y in SMALL_ORDER:
        raise WeakKey(public.hex())
