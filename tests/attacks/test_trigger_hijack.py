"""A28: trigger hijack. A second concept answers to a word that is taken.

Without the clash of P66 a prompt for one's own face would paint another's.
"""

from attacks.against import install, refused
from pcm.resolution_errors import TriggerClash
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def test_the_second_one_is_refused(shop: Desk, simulator: Simulator) -> None:
    simulator.publish(concept("eve/cup", base=shop.base), by=Publisher("eve"))
    install(shop, "amy/cup")
    error = refused(shop, "eve/cup")
    assert isinstance(error, TriggerClash)
    assert (error.trigger, error.holders) == ("cup", ("amy/cup", "eve/cup"))
