"""A2: freeze. A mirror replays a correctly signed timestamp for ever.

Without the timestamp's expiry a client would never learn of a revocation.
"""

from datetime import UTC, datetime, timedelta

from attacks.against import install, refused
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def test_an_expired_timestamp_is_refused(shop: Desk, simulator: Simulator) -> None:
    install(shop, "amy/cup")
    simulator.sign()
    simulator.stamp(datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1))
    assert refused(shop, "hat").code == "tuf.expired"
