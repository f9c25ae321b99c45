"""A30: one client is shown another history: an index entry gone, moved or changed; a journal with an event left out.

Without `require_continued` (P35) a client could not tell; without `follow` and `require_head` (J1, J2) two clients could
be shown two histories under one signed head.
"""

import pytest

from attacks.against import install
from attacks.against import refused as stopped_install
from attacks.forge import refused
from golden import trust_samples as t
from pcm_schemas.index import IndexDocument, require_continued
from pcm_schemas.journal import Head, follow, require_head
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def entries() -> list[t.Fields]:
    made = []
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        data = t.package(version=version)
        made.append(t.entry_fields(data, t.release_envelope(data)))
    return made


def rewritten(kind: str) -> IndexDocument:
    one, two, three = entries()
    return {
        "gone": t.index(one, three),
        "moved": t.index(two, one, three),
        "changed": t.index(one, {**two, "sha256": "sha256:" + "0" * 64}, three),
        "dated anew": t.index({**one, "published": "2026-11-22T10:59:59Z"}, two, three),
        "emptied": t.index(),
    }[kind]


@pytest.mark.parametrize("kind", ["gone", "moved", "changed", "dated anew", "emptied"])
def test_an_index_that_does_not_continue_the_held_one_is_refused(kind: str) -> None:
    held = t.index(*entries())
    assert refused(lambda: require_continued(held, rewritten(kind))).code == "index.rewritten"


def test_what_may_change_may_change() -> None:
    one, two, three = entries()
    yanked = {**two, "yanked": {"at": t.PUBLISHED, "reason": "blurred"}}
    resigned = {**one, "statement": "sha256:" + "1" * 64, "keyset": 2}
    require_continued(t.index(one, two), t.index(resigned, yanked, three, status="quarantined"))


def test_a_journal_with_an_event_left_out_is_refused() -> None:
    one, _, three = t.events()
    assert refused(lambda: follow(Head.at_start(), [one, three])).code == "journal.broken"


def test_a_journal_with_an_event_changed_is_refused() -> None:
    one, two, _ = t.events()
    changed = two.model_copy(update={"data": {"name": "amy/other"}})
    assert refused(lambda: follow(Head.at_start(), [one, changed])).code == "journal.broken"


def test_a_journal_with_another_beginning_is_refused() -> None:
    one, two, _ = t.events()
    strange = one.model_copy(update={"data": {"namespace": "bob"}})
    strange = strange.model_copy(update={"hash": strange.expected_hash()})
    assert refused(lambda: follow(strange.head(), [two])).code == "journal.broken"


def test_a_journal_that_does_not_end_in_the_signed_head_is_refused() -> None:
    one, two, three = t.events()
    signed = three.head()
    found = follow(Head.at_start(), [one, two])
    assert refused(lambda: require_head(found, signed)).code == "journal.broken"
    require_head(follow(found, [three]), signed)


@pytest.mark.parametrize("kind", ["gone", "moved", "changed"])
def test_a_client_that_saw_the_true_one_stays_as_it_was(
    shop: Desk, simulator: Simulator, kind: str
) -> None:
    simulator.publish(concept("amy/cup", "1.1.0", base=shop.base), by=Publisher("amy"))
    install(shop, "amy/cup==1.0.0")
    one, two = simulator.entries["amy/cup"]
    simulator.entries["amy/cup"] = {
        "gone": [one],
        "moved": [two, one],
        "changed": [one, {**two, "size": two["size"] + 1}],
    }[kind]
    simulator.sign()
    assert stopped_install(shop, "amy/cup").code == "index.rewritten"
