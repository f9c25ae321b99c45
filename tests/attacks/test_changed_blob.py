"""A36: a mirror, a CDN or a poisoned cache changes a byte of a package; or a moved branch serves another one.

Without V8, or the digest that the lock holds, the bytes in hand would not be the ones that were signed.
"""

import pytest

from attacks.forge import Offer, refused, sync
from golden import trust_samples as t


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
