"""The journal, J1 and J2; what breaks it is proved by A30."""

import pytest

from golden import trust_samples as t
from pcm_schemas.digest import canonical_bytes
from pcm_schemas.journal import EventPage, Head, follow, require_head
from pcm_schemas.record_errors import ResponseInvalid
from pcm_schemas.trust_errors import TargetInvalid


def page(*events: t.Fields, **changes: object) -> bytes:
    head = t.events()[-1].head().model_dump(mode="json")
    return canonical_bytes({"events": list(events), "head": head, **changes})


def test_j1_events_are_chained_from_64_zeros() -> None:
    events = t.events()
    assert events[0].prev == "sha256:" + "0" * 64
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.hash for event in events] == [event.expected_hash() for event in events]


def test_j2_a_page_is_followed_to_the_signed_head() -> None:
    read = EventPage.parse(page(*(event.model_dump(mode="json") for event in t.events())))
    signed = Head.parse(read.head.to_bytes())
    require_head(follow(Head.at_start(), read.events), signed)


@pytest.mark.parametrize(
    "change",
    [{"seq": 0}, {"type": "account.created"}, {"data": {"deep": {}}}, {"hash": "x"}, {"extra": 1}],
)
def test_j1_what_is_no_event_is_refused(change: t.Fields) -> None:
    with pytest.raises(ResponseInvalid):
        EventPage.parse(page({**t.events()[0].model_dump(mode="json"), **change}))


@pytest.mark.parametrize("data", [b"", b"{}", b'{"hash":1}', b"[]"])
def test_j2_what_is_no_head_is_refused(data: bytes) -> None:
    with pytest.raises(TargetInvalid):
        Head.parse(data)
