"""A42: a development registry is passed off as real.

Without P46 keys that lie on one machine in plain files would be believed like ceremony keys.
"""

from attacks.against import refused
from pcm.workplace import Development, Switches
from pcm_schemas.requirement import Requirement
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def test_it_is_refused_unless_that_is_allowed(desk: Desk, simulator: Simulator) -> None:
    simulator.files["1.root.json"] = simulator.root(1, **{"x-pcm-dev": True}).to_bytes()
    shop = desk.with_registry(simulator)
    assert refused(shop, "amy/cup").code == "tuf.dev_root"
    allowed = Switches(development=Development.ANYWHERE)
    shop.client(allowed).install([Requirement.from_input("amy/cup")])
    assert any("development registry" in line for line in shop.said)
