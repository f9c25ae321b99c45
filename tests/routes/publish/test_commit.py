"""POST `/api/v1/publish/{id}/commit`: all of a release or nothing, and a second time changes nothing (P48, P49)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from golden import trust_samples
from pcm_schemas.api import NameView, read_response
from pcm_schemas.index import require_entry
from pcm_schemas.package import read
from publishers import Publisher, code_of, file_of, package, publisher
from servers import Server


def test_a_committed_release_becomes_visible(amy: Publisher, server: Server) -> None:
    data = package()
    answer = amy.publish(data)
    id_ = answer.json()["id"]
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/publish/{id_}"
    assert amy.wait(id_)["releases"] == [
        {"name": "amy/tom-cat", "sha256": read(data).digest, "version": "1.2.0"}
    ]
    shown = read_response(NameView, amy.http.get("/api/v1/names/amy/tom-cat").content)
    require_entry(shown.index.entries[0], read(data))


def test_a_second_commit_changes_nothing(amy: Publisher) -> None:
    data = package()
    first = amy.publish_visibly(data)
    again = amy.commit(first["id"])
    assert (again.status_code, again.json()) == (200, first)
    assert len(amy.http.get("/api/v1/events").json()["events"]) == 4


def test_a_commit_before_the_bytes_is_incomplete(amy: Publisher) -> None:
    opened = amy.open(file_of(package())).json()
    assert code_of(amy.commit(opened["id"])) == (409, "publish.incomplete")
    assert amy.http.get("/api/v1/names/amy/tom-cat").status_code == 404


def test_of_two_publishes_of_one_version_the_first_commit_wins(amy: Publisher) -> None:
    one, two = package(number=1), package(number=2)
    ids = [amy.open(file_of(data)).json()["id"] for data in (one, two)]
    for id_, data in zip(ids, (one, two), strict=True):
        amy.put(id_, data).raise_for_status()
    assert amy.commit(ids[0]).status_code == 202
    assert code_of(amy.commit(ids[1])) == (409, "release.exists")


def test_a_key_that_was_revoked_meanwhile_stops_the_commit(amy: Publisher) -> None:
    data = package()
    id_ = amy.open(file_of(data)).json()["id"]
    amy.put(id_, data).raise_for_status()
    held = trust_samples.keyset()
    fields = trust_samples.successor_fields(
        held,
        keys=[
            *trust_samples.keyset_fields()["keys"],
            trust_samples.key(trust_samples.SECOND, "release"),
        ],
        revoked=[
            {"at": trust_samples.CREATED, "id": trust_samples.RELEASE.id, "reason": "compromised"}
        ],
    )
    amy.advance(trust_samples.keyset(fields, trust_samples.KEYSET)).raise_for_status()
    assert code_of(amy.commit(id_)) == (422, "key.revoked")


def test_another_owner_may_not_commit(amy: Publisher, as_: Callable[..., Publisher]) -> None:
    data = package()
    id_ = amy.open(file_of(data)).json()["id"]
    assert code_of(as_("publish:ben/*").commit(id_)) == (403, "auth.scope")
    assert code_of(as_("read").commit(id_)) == (403, "auth.scope")


LOST = (409, "release.exists")


def race(server: Server, count: int) -> list[tuple[int, str]]:
    """That many publishers open, upload and commit the same version, each with bytes of its own; how each ended."""
    user = publisher(server)

    def enter(number: int) -> tuple[int, str]:
        answer = user.publish_or_refuse(package(number=number))
        return (answer.status_code, "won") if answer.is_success else code_of(answer)

    with user.http, ThreadPoolExecutor(count) as pool:
        return list(pool.map(enter, range(count)))


def test_of_fifty_racing_publishers_one_wins(amy: Publisher, server: Server) -> None:
    assert sorted(race(server, 50)) == [(202, "won"), *[LOST] * 49]
    entries = amy.http.get("/api/v1/names/amy/tom-cat").json()["index"]["releases"]
    assert len(entries) == 1


@pytest.mark.slow
def test_of_two_hundred_racing_publishers_one_wins(amy: Publisher, server: Server) -> None:
    assert sorted(race(server, 200)) == [(202, "won"), *[LOST] * 199]
    entries = amy.http.get("/api/v1/names/amy/tom-cat").json()["index"]["releases"]
    assert len(entries) == 1
