"""What a registry says of a name, and why a version is not the one here (P67)."""

import pytest

from pcm.client import found_in
from pcm.looking import describe, passed_over
from pcm.workplace import Network, Switches
from pcm_schemas.requirement import Requirement
from simulator.concepts import bundle, concept, identity, place, write_base
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

AMY = Publisher("amy")


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Two cups, the older one of them installed because a bundle asks for it."""
    simulator = Simulator()
    for version in ("1.0.0", "1.1.0", "2.0.0rc1"):
        simulator.publish(concept("amy/cup", version, base=desk.base), by=AMY)
    simulator.publish(bundle("amy/set", ["amy/cup<2"]), by=AMY)
    return desk.with_registry(simulator)


def installed(desk: Desk, *texts: str) -> None:
    desk.client().install([Requirement.from_input(text) for text in texts])


def reasons(desk: Desk, name: str = "amy/cup") -> dict[str, str]:
    """Reasons by version, asked for without a server."""
    client = desk.client(Switches(network=Network.OFFLINE))
    relations = client.relations()
    found = passed_over(found_in(relations.lock, name), relations, client.work())
    return {each.version: each.reason for each in found}


def test_each_other_version_has_its_one_reason(shop: Desk) -> None:
    assert shop.simulator is not None
    other = identity(write_base(shop.folders.data / "other", seed=7))
    shop.simulator.publish(concept("amy/cup", "1.2.0", base=other, label="Another"), by=AMY)
    shop.simulator.publish(concept("amy/cup", "1.3.0", base=shop.base), by=AMY)
    shop.simulator.yank("amy/cup", "1.3.0", "cracked")
    installed(shop, "amy/set", "amy/cup!=1.0.0")
    assert reasons(shop) == {
        "2.0.0rc1": "not <2",
        "1.3.0": "yanked: cracked",
        "1.2.0": "for Another; you have tiny; bases published: Another, Tiny base",
        "1.0.0": "not !=1.0.0",
    }


def test_what_would_do_is_older_or_waits_for_an_upgrade(shop: Desk) -> None:
    installed(shop, "amy/cup==1.0.0")
    installed(shop, "amy/cup")
    assert reasons(shop)["1.0.0"] == "older than 1.1.0"
    assert shop.simulator is not None
    shop.simulator.publish(concept("amy/cup", "1.2.0", base=shop.base), by=AMY)
    describe(Requirement.from_input("amy/cup"), shop.client().work())
    assert reasons(shop)["1.2.0"] == "newer than the lock: `pcm lock --upgrade amy/cup` takes it"


def test_a_revoked_version_is_told_by_why_and_by_info(shop: Desk) -> None:
    installed(shop, "amy/cup")
    assert shop.simulator is not None
    shop.simulator.revoke("releases", name="amy/cup", version="1.0.0")
    found = describe(Requirement.from_input("amy/cup"), shop.client().work())
    told = {each.version: each.reason for each in found.fallen}
    assert "was revoked" in told["1.0.0"]
    assert reasons(shop)["1.0.0"] == told["1.0.0"]


def test_nothing_is_asked_of_a_server_and_a_file_stands_alone(
    shop: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.folder)
    place(shop.folder / "hat", concept("amy/hat", base=shop.base), name="hat", by=AMY)
    installed(shop, "amy/cup", "file:hat/hat.safetensors")
    assert shop.simulator is not None
    asked = len(shop.simulator.requests)
    assert reasons(shop, "amy/hat") == {}
    assert {*reasons(shop)} == {"2.0.0rc1", "1.0.0"}
    assert len(shop.simulator.requests) == asked
