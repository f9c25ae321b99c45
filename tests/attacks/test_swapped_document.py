"""A3: an index or keyset document is swapped for an older one.

Without the target's hash the older index would hide a release.
"""

import pytest

from attacks.against import refused
from simulator import faults
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


@pytest.mark.parametrize("target", ["index/amy/cup", "keysets/amy"])
def test_another_document_is_refused(shop: Desk, simulator: Simulator, target: str) -> None:
    old = simulator.documents()[f"{target}.json"]
    simulator.publish(concept("amy/cup", "1.1.0", base=shop.base), by=Publisher("amy"))
    spoiled = old if target.startswith("index") else old[:-1] + b" "
    part = f".{target.rpartition('/')[2]}.json"
    simulator.faults.append(faults.instead(part, spoiled))
    assert refused(shop, "amy/cup").code == "tuf.mismatch"
