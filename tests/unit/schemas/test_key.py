"""Keys: ids and weak points, P23."""

import pytest

from golden import independent_trust
from golden import trust_samples as t
from pcm_schemas.key import FIELD, SMALL_ORDER, PublicKey, key_id, require_sound
from pcm_schemas.trust_errors import WeakKey

PRINTED = "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9"


def test_p23_the_key_id_that_the_protocol_prints() -> None:
    public = t.SecretKey.from_seed(t.RFC_8032).public
    assert (public.hex()[:8], key_id(public)) == ("d75a9801", PRINTED)
    assert PublicKey.from_hex(public.hex()).id == PRINTED


def test_p23_the_weak_points_are_those_of_small_order_by_a_second_computation() -> None:
    assert all(independent_trust.is_small(y) for y in SMALL_ORDER)
    assert not any(map(independent_trust.is_small, range(2, 20)))


@pytest.mark.parametrize("y", [*sorted(SMALL_ORDER), FIELD, FIELD + 18])
def test_p23_weak_points_are_refused_with_either_sign(y: int) -> None:
    for sign in (0, 1 << 255):
        with pytest.raises(WeakKey):
            require_sound((y | sign).to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_p23_a_key_has_32_bytes(length: int) -> None:
    with pytest.raises(WeakKey):
        PublicKey(bytes([9]) * length)
