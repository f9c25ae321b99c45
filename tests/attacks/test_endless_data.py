"""A4: endless data, slow drip.

Without the limits of P57 one answer would fill memory, or hold the client for ever.
"""

from collections.abc import Iterator

import httpx2
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


class Dripping(httpx2.SyncByteStream):
    """A byte every ten seconds of a clock that the test holds, never idle for long."""

    def __init__(self, clock: list[float]) -> None:
        self.clock = clock

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.clock[0] += 10
            yield b" "


@pytest.mark.parametrize("part", ["timestamp.json", "/blobs/"])
def test_a_server_that_drips_is_left(
    shop: Desk, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    clock = [0.0]
    drip = httpx2.Response(200, stream=Dripping(clock))
    simulator.faults.append(lambda asked: drip if part in asked.url.path else None)
    monkeypatch.setattr("pcm.transport.time.monotonic", lambda: clock[0])
    assert refused(shop, "amy/cup").code == "network.timeout"
    assert clock[0] < 300
