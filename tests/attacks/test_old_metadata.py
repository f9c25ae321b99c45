"""A1: rollback. A mirror serves yesterday's timestamp, or an old snapshot under a new timestamp.

Without versions (P42) a fixed hole could be opened again by showing an old index.
"""

import pytest

from attacks.against import install, refused
from pcm.tuf_errors import MetadataRefused
from simulator import faults
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def test_an_older_timestamp_is_refused(shop: Desk, simulator: Simulator) -> None:
    old = simulator.files["timestamp.json"]
    simulator.sign()
    install(shop, "amy/cup")
    simulator.faults.append(faults.instead("timestamp.json", old))
    error = refused(shop, "hat")
    assert isinstance(error, MetadataRefused)
    assert error.code == "tuf.rollback"


@pytest.mark.parametrize("role", ["snapshot", "b-0"])
def test_an_older_role_under_a_new_timestamp_is_refused(
    shop: Desk, simulator: Simulator, role: str
) -> None:
    install(shop, "amy/cup")
    old = simulator.files[f"{simulator.version}.{role}.json"]
    simulator.sign()
    for name in (role, *(f"b-{n}" for n in range(4) if role == "b-0")):
        simulator.faults.append(faults.instead(f"/{simulator.version}.{name}.json", old))
    assert refused(shop, "hat").code == "tuf.rollback"
