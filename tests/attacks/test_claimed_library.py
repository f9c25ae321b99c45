"""A9: online keys stolen; a new client is to be handed a false `library` keyset.

Without claimed targets (P39), which the walk asks before the bins, the thief's keyset would be pinned at first use.
"""

from attacks.against import install
from pcm_schemas.digest import Digest
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def test_the_claimed_keyset_is_used(shop: Desk, simulator: Simulator) -> None:
    true = simulator.publishers["library"].chain
    simulator.claimed["keysets/library.json"] = true.to_bytes()
    simulator.publishers["library"] = Publisher("library", extra="thief")
    simulator.sign()
    install(shop, "hat")
    pin = shop.client().work().trust.pins().find("https://registry.example", "library")
    assert pin is not None
    assert Digest(pin.digest) == true.last.digest
