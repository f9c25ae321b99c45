"""Installing by name from a registry: TUF, keysets, index, blobs (P28–P44, P69)."""

from dataclasses import replace

import pytest

from pcm.client import Locking
from pcm.resolution_errors import LockedRevoked, NoVersion
from pcm.transfer_errors import NameNotFound, Offline, Unreachable
from pcm.workplace import Network, Switches
from pcm_schemas.requirement import Requirement
from pcm_schemas.trust_errors import ReleaseRevoked
from simulator import faults
from simulator.concepts import bundle, concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

AMY, LIBRARY = Publisher("amy"), Publisher("library")
OFFLINE = Switches(network=Network.OFFLINE)


def req(text: str) -> Requirement:
    return Requirement.from_input(text)


@pytest.fixture
def shop(desk: Desk) -> Desk:
    simulator = Simulator()
    for version in ("1.0.0", "1.1.0", "2.0.0rc1"):
        simulator.publish(concept("library/teddy-bear", version, base=desk.base), by=LIBRARY)
    simulator.publish(concept("amy/cup", base=desk.base), by=AMY)
    simulator.publish(bundle("amy/tea", ["amy/cup as mug", "library/teddy-bear<1.1"]), by=AMY)
    return desk.with_registry(simulator)


def simulator_of(desk: Desk) -> Simulator:
    assert desk.simulator is not None
    desk.simulator.requests.clear()
    return desk.simulator


def test_a_bare_name_installs_the_newest_final_release(shop: Desk) -> None:
    outcome = shop.client().install([req("teddy-bear*")])
    package = outcome.lock.packages[0]
    assert (package.name, package.version) == ("library/teddy-bear", "1.1.0")
    assert package.source == "pcm:https://registry.example"
    assert shop.client().sync(Locking.FIXED).lock == outcome.lock


def test_requests_are_as_few_as_promised(shop: Desk) -> None:
    """P42: with the root at hand at most 10 and the package; `sync --locked` of what is stored none (P69)."""
    simulator = simulator_of(shop)
    shop.client().install([req("amy/cup")])
    simulator.requests.remove("GET /tuf/1.root.json")
    assert len(simulator.requests) <= 11
    simulator.requests.clear()
    shop.client().sync(Locking.FIXED)
    assert simulator.requests == []
    shop.client().lock()
    assert simulator.requests == ["GET /tuf/2.root.json", "GET /tuf/timestamp.json"]


def test_a_bundle_brings_its_dependencies_and_aliases(shop: Desk) -> None:
    outcome = shop.client().install([req("amy/tea")])
    found = {p.name: (p.version, p.trigger) for p in outcome.lock.packages}
    assert found == {
        "amy/cup": ("1.0.0", "mug"),
        "amy/tea": ("1.0.0", None),
        "library/teddy-bear": ("1.0.0", "teddy-bear"),
    }
    assert [depth for depth, _ in shop.client().relations().tree()] == [0, 1, 1]
    assert shop.client().relations().chains("amy/cup") == (
        ("amy/tea", "amy/tea 1.0.0 requires amy/cup as mug"),
    )


def test_only_what_is_named_moves(shop: Desk) -> None:
    shop.client().install([req("teddy-bear"), req("amy/cup")])
    simulator = simulator_of(shop)
    simulator.publish(concept("library/teddy-bear", "1.2.0", base=shop.base), by=LIBRARY)
    simulator.publish(concept("amy/cup", "1.1.0", base=shop.base), by=AMY)
    assert shop.client().lock().changes == ()
    assert [str(c) for c in shop.client().install([req("amy/cup")]).changes] == [
        "~ amy/cup 1.0.0 → 1.1.0"
    ]
    upgraded = shop.client().lock(frozenset({"*"}))
    assert [str(c) for c in upgraded.changes] == ["~ library/teddy-bear 1.1.0 → 1.2.0"]


def test_a_yanked_release_stays_locked_and_is_not_chosen_anew(shop: Desk) -> None:
    shop.client().install([req("teddy-bear")])
    simulator_of(shop).yank("library/teddy-bear", "1.1.0")
    kept = shop.client().lock()
    assert kept.lock.packages[0].version == "1.1.0"
    assert kept.yanked == ("library/teddy-bear 1.1.0 is yanked: broken",)
    shop.client().remove(["library/teddy-bear"])
    assert shop.client().install([req("teddy-bear")]).lock.packages[0].version == "1.0.0"


def test_a_revoked_release_is_not_chosen_nor_synced(shop: Desk) -> None:
    """Attack A40: revoked in the lock and in the store."""
    shop.client().install([req("teddy-bear")])
    simulator_of(shop).revoke("releases", name="library/teddy-bear", version="1.1.0")
    tomorrow = replace(shop, now=shop.now.replace(day=24))
    with pytest.raises(ReleaseRevoked):
        tomorrow.client().sync(Locking.FIXED)
    with pytest.raises(LockedRevoked, match=r"newest good version: 1\.0\.0"):
        shop.client().lock()
    upgraded = shop.client().lock(upgrade=frozenset({"library/teddy-bear"}))
    assert upgraded.lock.packages[0].version == "1.0.0"


def test_a_name_that_is_not_there_is_looked_up_nowhere_else(shop: Desk) -> None:
    with pytest.raises(NameNotFound) as caught:
        shop.client().install([req("amy/nothing")])
    assert (caught.value.name, caught.value.source) == (
        "amy/nothing",
        "pcm:https://registry.example",
    )


def test_every_version_is_explained(shop: Desk) -> None:
    with pytest.raises(NoVersion) as caught:
        shop.client().install([req("teddy-bear>=3")])
    assert [str(each) for each in caught.value.fallen] == [
        "2.0.0rc1: not >=3",
        "1.1.0: not >=3",
        "1.0.0: not >=3",
    ]


def test_offline_uses_what_is_held(shop: Desk) -> None:
    with pytest.raises(Offline):
        shop.client(OFFLINE).install([req("amy/cup")])
    shop.client().install([req("amy/cup")])
    simulator = simulator_of(shop)
    assert shop.client(OFFLINE).lock().changes == ()
    assert shop.client(OFFLINE).sync(Locking.FIXED).changes == ()
    with pytest.raises(Offline):
        shop.client(OFFLINE).install([req("teddy-bear")])
    assert simulator.requests == []


def test_without_a_network_it_is_an_error_unless_offline_is_automatic(shop: Desk) -> None:
    shop.client().install([req("amy/cup")])
    simulator_of(shop).faults.append(faults.unreachable)
    with pytest.raises(Unreachable):
        shop.client().lock()
    assert shop.client(Switches(network=Network.IF_THERE)).lock().changes == ()
    assert any(line.startswith("offline:") for line in shop.said)


def test_a_project_with_pins_in_it_needs_no_first_use(shop: Desk) -> None:
    outcome = shop.client().install([req("amy/cup")])
    assert [each.pin.holder for each in outcome.pinned] == ["https://registry.example"]
    assert shop.client().install([req("amy/cup")]).pinned == ()
