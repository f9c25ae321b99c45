"""A39: a yanked version is in a lock.

Without the lock's exemption (P36, P70) a yank would break every project that uses the release.
"""

from attacks.against import install
from pcm.client import Locking
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def test_it_stays_with_a_warning(shop: Desk, simulator: Simulator) -> None:
    install(shop, "amy/cup")
    simulator.yank("amy/cup", "1.0.0")
    assert shop.client().sync(Locking.FIXED).lock.packages[0].version == "1.0.0"
    assert shop.client().lock().yanked == ("amy/cup 1.0.0 is yanked: broken",)
