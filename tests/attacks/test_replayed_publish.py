"""A32: the requests of a publish are recorded and sent again, by whoever holds the token that is in them.

If an id were not made from the files themselves (P48), a replay would publish a second time, or undo a yank.
"""

import pytest

from publishers import Answer, Publisher, file_of, package


def state(amy: Publisher) -> tuple[bytes, ...]:
    """All that a replay could change: the journal, the signed metadata, the index."""
    places = ("/api/v1/events", "/tuf/timestamp.json", "/api/v1/names/amy/tom-cat")
    return tuple(amy.http.get(place).content for place in places)


def replayed(amy: Publisher, data: bytes) -> list[Answer]:
    """All requests once more."""
    opened = amy.open(file_of(data))
    id_ = opened.json()["id"]
    return [opened, amy.commit(id_), amy.state(id_)]


@pytest.mark.parametrize("times", [1, 3])
def test_a_replay_is_answered_and_changes_nothing(amy: Publisher, times: int) -> None:
    data = package()
    shown = amy.publish_visibly(data)
    before = state(amy)
    for _ in range(times):
        answers = replayed(amy, data)
        assert [answer.status_code for answer in answers] == [200] * 3
        assert [answer.json() for answer in answers] == [shown] * 3
    assert state(amy) == before


def test_a_replay_does_not_undo_a_yank(amy: Publisher) -> None:
    data = package()
    amy.publish_visibly(data)
    place = "/api/v1/releases/amy/tom-cat/1.2.0/yank"
    amy.http.post(place, json={"reason": "blurred"}).raise_for_status()
    before = amy.http.get("/api/v1/names/amy/tom-cat").content
    assert all(answer.is_success for answer in replayed(amy, data))
    assert amy.http.get("/api/v1/names/amy/tom-cat").content == before
