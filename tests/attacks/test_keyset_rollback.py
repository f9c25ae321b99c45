"""A11: a pinned client is served an older keyset, in which a revoked key is still good, or another one at its version.

Without the two halves of `require_pinned` it would believe either.
"""

from attacks.against import install
from attacks.against import refused as stopped_install
from attacks.forge import believe, pinned, refused, served
from golden import trust_samples as t
from simulator.concepts import concept
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def test_an_older_keyset_is_refused() -> None:
    chain = t.chain()
    error = refused(lambda: believe(served(*chain.keysets[:2]), pin=pinned(chain)))
    assert (error.code, error.args[1:]) == ("keyset.rollback", (3, 2))


def test_another_keyset_at_the_same_version_is_refused() -> None:
    one, two, _ = t.chain().keysets
    rival = t.keyset(t.successor_fields(two, created="2026-11-22T09:59:59Z"), t.KEYSET)
    error = refused(lambda: believe(served(one, two, rival), pin=pinned(t.chain())))
    assert error.code == "keyset.chain_broken"


def test_a_pinned_client_stays_as_it_was(shop: Desk, simulator: Simulator) -> None:
    amy = simulator.publishers["amy"]
    amy.rotate()
    simulator.sign()
    install(shop, "amy/cup")
    later = amy.keysets.pop()
    simulator.publish(concept("amy/cup", "1.1.0", base=shop.base), by=amy)
    assert stopped_install(shop, "amy/cup").code == "keyset.rollback"
    amy.rotate(created="2026-11-02T12:00:00Z")
    assert amy.keysets[-1].version == later.version
    simulator.sign()
    assert stopped_install(shop, "amy/cup").code == "keyset.chain_broken"
