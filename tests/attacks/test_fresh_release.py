"""A41: a malicious version of a trusted name is published with the owner's own key.

Without the cooldown of P64, where a project sets it, it would be installed in the minutes before it is found.
"""

from attacks.against import refused
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def test_a_release_younger_than_the_cooldown_waits(shop: Desk, simulator: Simulator) -> None:
    path = shop.folder / "pcm.toml"
    path.write_text(f"cooldown = 7\n{path.read_text()}")
    error = refused(shop, "amy/cup")
    assert error.code == "resolve.no_version"
    assert "newer than the cooldown of 7 days" in error.message()
