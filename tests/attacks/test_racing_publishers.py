"""A31: two publishers race for one version, each with bytes of its own and a sound signature.

Without uniqueness looked at again inside the committing transaction (P48) both would be told that they published it.
The two hundred of the same race are in `routes/publish`.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from attacks.against import stopped
from crashes.installing import with_registry
from crashes.publishing import Visit
from pcm_schemas.project import Registry
from publishers import Publisher, code_of, file_of, package
from servers import Server
from simulator.concepts import concept
from simulator.keys import Publisher as Owner
from unit.pcm.conftest import Desk

RACERS = 6


def test_one_commit_wins_and_the_others_are_told(amy: Publisher) -> None:
    """All have opened and uploaded before the first commits."""
    offered = [package(number=number) for number in range(RACERS)]
    ids = [amy.open(file_of(data)).json()["id"] for data in offered]
    for id_, data in zip(ids, offered, strict=True):
        amy.put(id_, data).raise_for_status()
    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(amy.commit, ids))
    lost = [code_of(answer) for answer in answers if not answer.is_success]
    assert lost == [(409, "release.exists")] * (RACERS - 1)
    won = next(id_ for id_, answer in zip(ids, answers, strict=True) if answer.is_success)
    releases = amy.http.get("/api/v1/names/amy/tom-cat").json()["index"]["releases"]
    assert [each["sha256"] for each in releases] == [amy.wait(won)["releases"][0]["sha256"]]


def test_the_client_that_came_second_is_told_and_stays_as_it_was(
    desk: Desk, server: Server
) -> None:
    shop = with_registry(desk, Registry(url=server.url, root=server.root))
    amy, now = Owner("amy"), datetime.now(UTC)
    first, second = (
        Visit(shop, server.token(), amy, concept("amy/cup", base=shop.base, description=text), now)
        for text in ("One cup.", "Another cup.")
    )
    assert first.publish() == "visible"
    assert stopped(shop, second.publish).code == "release.exists"
    assert first.publish() == "visible"
