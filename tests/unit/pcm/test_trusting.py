"""Pins read and edited by hand: `pcm trust list|show|accept|remove` (P31)."""

import pytest

from pcm import trusting
from pcm_schemas.keyset import Keyset, fingerprint
from pcm_schemas.record_errors import ProjectIncomplete
from pcm_schemas.requirement import Requirement
from pcm_schemas.trust_errors import ChainBroken, KeysetMalformed, KeysetUnpinned
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import URL, Simulator
from unit.pcm.conftest import Desk

AMY, IMPOSTOR = Publisher("amy"), Publisher("amy", extra="!")


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A registry with a cup of amy's."""
    simulator = Simulator()
    simulator.publish(concept("amy/cup", base=desk.base), by=AMY)
    return desk.with_registry(simulator)


@pytest.fixture
def pinned(shop: Desk) -> Desk:
    shop.client().install([Requirement.from_input("amy/cup")])
    return shop


def accepted(desk: Desk, print_: str, *, agree: trusting.Agree) -> trusting.Trusted:
    work = desk.client().work()
    holder, chain = trusting.served_chain("amy", work)
    return trusting.accept_chain(
        chain, "amy", holder=holder, fingerprint=print_, work=work, agree=agree
    )


def replaced(desk: Desk) -> str:
    """The registry serves another owner's chain from now on; its fingerprint."""
    assert desk.simulator is not None
    desk.simulator.publishers["amy"] = IMPOSTOR
    desk.simulator.sign()
    return fingerprint(IMPOSTOR.keysets[0].digest)


def test_pins_are_listed_with_the_keyset_behind_them(pinned: Desk) -> None:
    folder = pinned.client().work().trust
    (found,) = trusting.pinned(folder)
    assert (found.pin.holder, found.pin.namespace, found.pin.version) == (URL, "amy", 1)
    assert found.keyset is not None
    assert found.keyset.digest == AMY.keysets[0].digest
    assert trusting.pinned(folder, "amy") == (found,)
    assert trusting.pinned(folder, "ben") == ()


def test_p31_a_pin_is_replaced_after_both_were_shown(pinned: Desk) -> None:
    shown = list[tuple[Keyset | None, Keyset]]()

    def agree(before: Keyset | None, after: Keyset) -> bool:
        shown.append((before, after))
        return True

    accepted(pinned, replaced(pinned), agree=agree)
    ((before, after),) = shown
    assert before is not None
    assert (before.digest, after.digest) == (AMY.keysets[0].digest, IMPOSTOR.keysets[0].digest)
    folder = pinned.client().work().trust
    assert trusting.pinned(folder)[0].pin.digest == IMPOSTOR.keysets[0].digest
    assert "accept" in (folder.root / "log").read_text()


def test_p31_a_no_changes_nothing(pinned: Desk) -> None:
    with pytest.raises(KeysetUnpinned):
        accepted(pinned, replaced(pinned), agree=lambda _before, _after: False)
    folder = pinned.client().work().trust
    assert trusting.pinned(folder)[0].pin.digest == AMY.keysets[0].digest
    assert not (folder.root / "log").exists()


def test_p31_another_fingerprint_is_not_even_asked_about(pinned: Desk) -> None:
    replaced(pinned)
    with pytest.raises(ChainBroken):
        accepted(pinned, fingerprint(AMY.keysets[0].digest), agree=lambda *_: pytest.fail("asked"))


def test_a_removed_pin_is_logged_and_the_next_install_pins_anew(pinned: Desk) -> None:
    work = pinned.client().work()
    (gone,) = trusting.remove(work.trust, "amy", now=work.now)
    assert gone.namespace == "amy"
    assert trusting.pinned(work.trust) == ()
    assert "remove" in (work.trust.root / "log").read_text()
    assert trusting.remove(work.trust, "amy", now=work.now) == ()
    assert [each.pin.namespace for each in pinned.client().sync().pinned] == ["amy"]


def test_a_namespace_that_the_registry_has_not_is_named(shop: Desk) -> None:
    with pytest.raises(KeysetMalformed):
        trusting.served_chain("zoe", shop.client().work())


def test_without_a_registry_the_lines_to_type_are_told(desk: Desk) -> None:
    with pytest.raises(ProjectIncomplete) as caught:
        trusting.served_chain("amy", desk.client().work())
    assert caught.value.lines
