"""A8: online keys stolen. A pinned client is served a keyset of the thief's, at a higher version.

Without `require_pinned` the client would follow the thief's chain, and every later release would be the thief's.
"""

import pytest

from attacks.against import install
from attacks.against import refused as stopped_install
from attacks.forge import believe, pinned, refused, served
from golden import trust_samples as t
from pcm.trust import FirstUse
from pcm_schemas.keyset_chain import Chain
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def thiefs_chain() -> bytes:
    keys = [t.key(t.FOREIGN, "keyset", "release")]
    one = t.keyset(t.keyset_fields(keys=keys), t.FOREIGN)
    two = t.keyset(t.successor_fields(one), t.FOREIGN)
    return served(one, two, t.keyset(t.successor_fields(two), t.FOREIGN))


def test_a_chain_that_does_not_go_through_the_pin_is_refused() -> None:
    pin = pinned(Chain((t.keyset(),)))
    error = refused(lambda: believe(thiefs_chain(), pin=pin))
    assert error.code == "keyset.chain_broken"
    assert pin.fingerprint in error.message()


def test_a_project_that_names_the_keyset_is_not_fooled_on_first_use() -> None:
    error = refused(lambda: believe(thiefs_chain(), line=t.keyset().digest))
    assert error.code == "keyset.chain_broken"


def test_a_client_that_allows_no_first_use_is_not_fooled() -> None:
    error = refused(lambda: believe(thiefs_chain(), first_use=FirstUse.DENY))
    assert error.code == "keyset.unpinned"


def test_a_recovered_chain_stops_pinned_clients_until_they_accept_it() -> None:
    """P32: operators may start a chain anew at version old + 1, but never silently."""
    keys = [t.key(t.FOREIGN, "keyset", "release")]
    recovered = served(t.keyset(t.keyset_fields(keys=keys, version=4), t.FOREIGN))
    assert believe(recovered).keyset.version == 4
    error = refused(lambda: believe(recovered, pin=pinned(t.chain())))
    assert error.code == "keyset.chain_broken"


@pytest.mark.parametrize("seen", [1, 2, 3])
def test_the_true_chain_is_followed_from_any_pin_to_its_end(seen: int) -> None:
    chain = t.chain()
    pin = pinned(Chain(chain.keysets[:seen]))
    trusted = believe(chain.to_bytes(), pin=pin, line=chain.keysets[0].digest)
    assert (trusted.pin.version, trusted.is_new) == (3, False)


def test_a_pinned_client_stays_as_it_was(shop: Desk, simulator: Simulator) -> None:
    install(shop, "amy/cup")
    thief = Publisher("amy", extra="thief")
    thief.rotate()
    simulator.publishers["amy"] = thief
    simulator.publish(concept("amy/cup", "1.1.0", base=shop.base), by=thief)
    assert stopped_install(shop, "amy/cup").code == "keyset.chain_broken"
