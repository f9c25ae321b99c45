"""A4: endless data, slow drip.

Without the limits of P57 one answer would fill memory, or hold the client for ever.
"""

import pytest

from attacks.against import refused
from simulator import faults
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


@pytest.mark.parametrize("part", ["1.root.json", "timestamp.json", "/targets/", "/blobs/"])
def test_more_bytes_than_were_announced_are_refused(
    shop: Desk, simulator: Simulator, part: str
) -> None:
    simulator.faults.append(faults.endless(part))
    assert refused(shop, "amy/cup").code == "network.too_large"


def test_a_server_that_sends_nothing_times_out(shop: Desk, simulator: Simulator) -> None:
    simulator.faults.append(faults.slow)
    assert refused(shop, "amy/cup").code == "network.timeout"
