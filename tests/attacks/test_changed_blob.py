"""A36: a mirror, a CDN or a poisoned cache changes a byte of a package; or a moved branch serves another one.

Without V8, or the digest that the lock holds, the bytes in hand would not be the ones that were signed.
"""

import pytest

from attacks.against import install, stopped
from attacks.against import refused as stopped_install
from attacks.forge import Offer, refused, sync
from golden import trust_samples as t
from pcm.client import Locking
from pcm_schemas.digest import Digest
from simulator import faults
from simulator.concepts import concept
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


@pytest.mark.parametrize("place", [0, 7, 8, 200, -1])
def test_one_changed_bit_is_refused(place: int) -> None:
    offer = Offer()
    data = bytearray(offer.data)
    data[place] ^= 1
    offer.data = bytes(data)
    assert refused(offer.verify).code == "statement.subject"


def test_another_sound_release_in_place_of_the_locked_one_is_refused() -> None:
    old, new = t.package(), t.package(description="Another cat.")
    fields = t.lock_fields(old, t.release_envelope(old))
    error = refused(lambda: sync(new, fields))
    assert (error.code, error.args[0]) == ("lock.mismatch", "sha256")


@pytest.mark.parametrize("place", [0, 200, -1])
def test_a_client_that_fetches_it_stays_as_it_was(
    shop: Desk, simulator: Simulator, place: int
) -> None:
    data = bytearray(concept("amy/cup", base=shop.base))
    data[place] ^= 1
    simulator.faults.append(faults.instead("/blobs/", bytes(data)))
    assert stopped_install(shop, "amy/cup").code == "digest.mismatch"


def test_a_locked_blob_is_compared_when_it_is_fetched_again(
    shop: Desk, simulator: Simulator
) -> None:
    install(shop, "amy/cup")
    held = shop.client()
    held.work().store.path(Digest(held.held_lock().packages[0].file.sha256)).unlink()
    simulator.faults.append(faults.truncated("/blobs/", concept("amy/cup", base=shop.base)))
    attempt = lambda: shop.client().sync(Locking.FIXED)  # noqa: E731
    assert stopped(shop, attempt).code == "digest.mismatch"
