"""Chains of keysets, P27 and P28. What a forged link ends in is proved by `tests/attacks`."""

import json

import pytest

from golden import trust_samples as t
from pcm.ed25519 import verify
from pcm_schemas import limits
from pcm_schemas.digest import Digest
from pcm_schemas.keyset_chain import Chain, require_not_stale, require_successor
from pcm_schemas.trust_errors import ChainBroken, KeysetMalformed, KeysetStale


def test_p28_a_chain_is_read_and_written_unchanged() -> None:
    chain = t.chain()
    again = Chain.parse(chain.to_bytes(), verify)
    assert (again, again.last.version, again.namespace) == (chain, 3, "amy")
    assert again.find(chain.keysets[1].digest) == chain.keysets[1]
    assert again.find(Digest("sha256:" + "0" * 64)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"namespace": "bob"},
        {"keysets": 2},
        {"chain": []},
        {"chain": [{}]},
        {"extra": 1},
        {"chain": [1]},
    ],
)
def test_p28_what_is_no_chain_is_refused(change: t.Fields) -> None:
    fields = {**json.loads(t.chain().to_bytes()), **change}
    with pytest.raises(KeysetMalformed):
        Chain.parse(json.dumps(fields).encode(), verify)


def test_p28_a_chain_is_bounded_before_it_is_parsed() -> None:
    with pytest.raises(KeysetMalformed):
        Chain.parse(b" " * (limits.KEYSET_CHAIN + 1), verify)
    with pytest.raises(KeysetMalformed):
        Chain.of([], verify)


def test_p27_a_key_may_sign_the_version_that_revokes_it() -> None:
    revoked = t.chain().last.document.revoked
    assert [each.id for each in revoked] == [t.KEYSET.id]


def test_p27_an_expired_owner_can_still_rotate() -> None:
    keys = [t.key(t.RELEASE, "release"), t.key(t.KEYSET, "keyset", expires=t.CREATED)]
    one = t.keyset(t.keyset_fields(keys=keys))
    new = [t.key(t.RELEASE, "release"), t.key(t.LATER, "keyset")]
    late = "2027-06-01T00:00:00Z"
    two = t.keyset(t.successor_fields(one, keys=new, created=late), t.KEYSET, t.LATER)
    require_successor(one, two, verify=verify)


def test_p27_of_two_rivals_the_first_is_kept() -> None:
    one, two, _ = t.chain().keysets
    with pytest.raises(KeysetStale) as caught:
        require_not_stale(two, t.keyset(t.successor_fields(one), t.KEYSET))
    assert (caught.value.held, caught.value.offered) == (2, 2)
    require_not_stale(one, two)


def test_p27_another_namespace_is_no_successor() -> None:
    one = t.keyset()
    with pytest.raises(ChainBroken):
        require_successor(one, t.keyset(t.successor_fields(one, namespace="bob")), verify=verify)
