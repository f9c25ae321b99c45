"""A name from the Hub is told apart from the registry's of that name, wherever it is listed (P61)."""

from attacks.against import install
from hubs import hub
from pcm.listed import origin_of, rows
from simulator.concepts import concept
from simulator.hub import Hub
from simulator.hub_concepts import shelf
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

__all__ = ["hub"]
AMY = Publisher("amy")


def test_a_namespace_of_the_hub_is_unverified_until_a_registry_vouches_for_it(
    desk: Desk, hub: Hub
) -> None:
    shelf(hub, "amy/hat", concept("amy/hat", base=desk.base), by=AMY)
    install(desk, "hf:amy/hat")
    lock, pins = desk.client().environment.lock_path, desk.folders.trust / "pins.json"
    row = rows(lock, None, pins)[0]
    assert row.origin == f"(from {row.source}, unverified namespace)"
    assert row.as_document()["unverified"] is True
    assert origin_of(row.name, row.source, pins).endswith(", unverified namespace)")
    market = Simulator()
    market.publish(concept("amy/cup", base=desk.base), by=AMY)
    install(desk.with_registry(market), "amy/cup")
    cup, hat = rows(lock, None, pins)
    assert (cup.origin, hat.origin) == (cup.source, hat.source)
    assert "unverified" not in hat.as_document()
    assert (origin_of(cup.name, cup.source, pins), origin_of(hat.name, hat.source, pins)) == (
        "",
        f" (from {hat.source})",
    )
