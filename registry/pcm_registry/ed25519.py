"""The verifier that the registry hands to the formats: ed25519 by the `cryptography` library, weak keys refused (P23)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pcm_schemas.key import require_sound
from pcm_schemas.trust_errors import WeakKey


def verify(public: bytes, message: bytes, *, signature: bytes) -> bool:
    """Whether the signature over the message was made with the key; a weak key made none (V4)."""
    try:
        require_sound(public)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (WeakKey, InvalidSignature):
        return False
    return True
