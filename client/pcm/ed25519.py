"""ed25519 on the `cryptography` library: the one verifier that the client hands to the formats, and the one signer.

The library accepts points of small order, for some of which one signature fits every message; P23 refuses them.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from pcm_schemas.key import key_id, require_sound
from pcm_schemas.trust_errors import WeakKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@lru_cache(maxsize=64)
def verify(public: bytes, message: bytes, *, signature: bytes) -> bool:
    """Whether the signature over the message was made with the key; a weak key made none (P23, V4).

    A pure question, asked again of the same bytes when the signatures that count are written down (P68).
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        require_sound(public)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (WeakKey, InvalidSignature):
        return False
    return True


@dataclass(frozen=True, repr=False)
class SecretKey:
    """A secret key in memory; it is never printed."""

    _key: "Ed25519PrivateKey"

    @classmethod
    def new(cls) -> Self:
        """Make a key from the system's randomness."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of 32 bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> bytes:
        """The 32 raw public bytes."""
        return self._key.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """Key id of P23."""
        return key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """Return 64 bytes over the message."""
        return self._key.sign(message)

    def to_pem(self, passphrase: str) -> bytes:
        """Encrypted PKCS#8."""
        from cryptography.hazmat.primitives import serialization as s

        lock = s.BestAvailableEncryption(passphrase.encode("utf-8"))
        return self._key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, lock)
