"""A14: a public key of small order. With the identity as key one fixed signature fits every message.

Without `require_sound` (P23) the namespace's owner could deny every signature, and anybody could make one.
"""

import pytest

from attacks.against import refused as stopped_install
from attacks.against import serve_chain
from attacks.forge import believe, refused, unopened
from golden import trust_samples as t
from pcm.ed25519 import verify
from pcm_schemas.key import FIELD, SMALL_ORDER, key_id
from pcm_schemas.keyset import Purpose
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

IDENTITY = (1).to_bytes(32, "little")
FITS_ALL = IDENTITY + bytes(32)
WEAK = [(y | sign << 255).to_bytes(32, "little") for y in sorted(SMALL_ORDER) for sign in (0, 1)]
TWICE = [(FIELD + y).to_bytes(32, "little") for y in (0, 1, 18)]


def test_the_library_alone_would_accept_it() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(IDENTITY).verify(FITS_ALL, b"anything")
    assert not verify(IDENTITY, b"anything", signature=FITS_ALL)


@pytest.mark.parametrize("public", [*WEAK, *TWICE], ids=bytes.hex)
def test_a_keyset_with_a_weak_key_is_refused(public: bytes) -> None:
    weak = {"id": key_id(public), "public": public.hex(), "purposes": [Purpose.RELEASE.value]}
    fields = t.keyset_fields(keys=[*t.keyset_fields()["keys"], weak])
    data = unopened(t.keyset_envelope(fields, t.KEYSET))
    assert refused(lambda: believe(data)).code == "keyset.weak_key"


def test_the_eight_points_are_in_the_list() -> None:
    """5 values of y and a sign: 10 encodings; two of them name a point with x = 0 a second time."""
    assert len(WEAK) == 10


def test_a_client_that_meets_one_stays_as_it_was(shop: Desk, simulator: Simulator) -> None:
    weak = {"id": key_id(IDENTITY), "public": IDENTITY.hex(), "purposes": [Purpose.RELEASE.value]}
    fields = t.keyset_fields(keys=[*t.keyset_fields()["keys"], weak])
    serve_chain(simulator, t.keyset_envelope(fields, t.KEYSET))
    assert stopped_install(shop, "amy/cup").code == "keyset.weak_key"
