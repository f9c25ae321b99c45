"""The simulator answers as a real registry does: the same requests, the same status, code and headers that matter."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from crashes.stock import put_up
from pcm_registry import withdrawals
from pcm_schemas.digest import Digest
from pcm_schemas.search import SearchPage
from servers import running
from simulator.concepts import concept, identity
from simulator.keys import Publisher as Owner
from simulator.registry import Simulator

AMY = Owner("amy")
SAME = ("content-type", "cache-control", "accept-ranges", "content-range", "location", "set-cookie")
"""Headers whose value is compared; of the others, what they promise."""


@dataclass(frozen=True)
class Pair:
    """The simulator and a real registry with the same releases; addresses are of things that both have."""

    simulated: httpx2.Client
    real: httpx2.Client
    addresses: dict[str, str]

    def addressed(self, path: str, client: httpx2.Client) -> str:
        """Fill in what is called otherwise on each side: the snapshot's number, the index's hash."""
        stamp = client.get("/tuf/timestamp.json").json()["signed"]
        number = stamp["meta"]["snapshot.json"]["version"]
        snapshot = client.get(f"/tuf/{number}.snapshot.json").json()["signed"]["meta"]
        words = {"snapshot": str(number), **self.addresses}
        if "{index}" in path:
            words["index"] = _index(client, snapshot)
        return path.format(**words)


def _index(client: httpx2.Client, snapshot: dict[str, dict[str, int]]) -> str:
    """Path of the index of amy's cup, found as a client finds it."""
    for name, role in snapshot.items():
        signed = client.get(f"/tuf/{role['version']}.{name}").json()["signed"]
        if (info := signed["targets"].get("index/amy/cup.json")) is not None:
            return f"index/amy/{info['hashes']['sha256']}.cup.json"
    raise AssertionError("nobody lists it")


@pytest.fixture(scope="module")
def pair(base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    base = identity(base_folder)
    cup, old = (concept("amy/cup", version, base=base) for version in ("1.1.0", "1.0.0"))
    simulator = Simulator()
    with running(tmp_path_factory.mktemp("registry")) as server:
        put_up(server, AMY, [old, cup])
        for data in (old, cup):
            simulator.publish(data, by=AMY)
        simulator.revoke("releases", name="amy/cup", version="1.0.0")
        with server.services.database.writing() as connection:
            at = server.services.now
            withdrawals.revoke_release(connection, "amy/cup", version="1.0.0", reason="x", at=at)
        addresses = {
            "blob": Digest.of(cup).hex,
            "envelope": AMY.sign(cup).digest.hex,
            "revoked": Digest.of(old).hex,
        }
        with (
            httpx2.Client(transport=simulator, base_url=simulator.url) as simulated,
            httpx2.Client(base_url=server.url, timeout=60) as real,
        ):
            yield Pair(simulated, real, addresses)


def answered(answer: httpx2.Response) -> dict[str, object]:
    """What a client may rely on."""
    found: dict[str, object] = {name: answer.headers.get(name) for name in SAME}
    tag = answer.headers.get("etag")
    found["status"] = answer.status_code
    found["id"] = "x-request-id" in answer.headers
    found["tag"] = tag is not None
    if tag is not None and answer.status_code == 200 and answer.content:
        assert tag == f'"{Digest.of(answer.content).hex}"'
    if answer.headers.get("content-type") == "application/problem+json" and answer.content:
        problem = json.loads(answer.content)
        found["code"], found["members"] = problem["code"], sorted(problem)
    return found


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [
        "/tuf/1.root.json",
        "/tuf/2.root.json",
        "/tuf/timestamp.json",
        "/tuf/{snapshot}.snapshot.json",
        "/tuf/99999.snapshot.json",
        "/tuf/targets/{index}",
        "/tuf/targets/index/amy/" + "0" * 64 + ".cup.json",
        "/api/v1/blobs/{blob}",
        "/api/v1/blobs/{envelope}",
        "/api/v1/blobs/{revoked}",
        "/api/v1/blobs/" + "0" * 64,
        "/api/v1/blobs/nonsense",
        "/api/v1/search?q=cup",
        "/api/v1/search?q=nothing",
        "/api/v1/nowhere",
        "/nowhere",
    ],
)
def test_both_answer_alike(pair: Pair, method: str, path: str) -> None:
    simulated, real = (
        answered(client.request(method, pair.addressed(path, client)))
        for client in (pair.simulated, pair.real)
    )
    assert simulated == real


@pytest.mark.parametrize(
    "header", [{"Range": "bytes=0-9"}, {"Range": "bytes=5-999999"}, {"If-None-Match": "TAG"}]
)
@pytest.mark.parametrize("path", ["/api/v1/blobs/{blob}", "/tuf/1.root.json"])
def test_both_answer_conditions_and_ranges_alike(
    pair: Pair, header: dict[str, str], path: str
) -> None:
    found = []
    for client in (pair.simulated, pair.real):
        place = pair.addressed(path, client)
        tag = client.get(place).headers["etag"]
        told = {name: value.replace("TAG", tag) for name, value in header.items()}
        answer = client.get(place, headers=told)
        found.append(
            {**answered(answer), "content-range": None, "length": len(answer.content) < 20}
        )
    assert found[0] == found[1]


def test_both_refuse_other_methods_alike(pair: Pair) -> None:
    place = pair.addressed("/api/v1/blobs/{blob}", pair.real)
    answers = [client.delete(place) for client in (pair.simulated, pair.real)]
    assert answered(answers[0]) == answered(answers[1])


def test_both_find_alike(pair: Pair) -> None:
    for words in ("cup", "nothing"):
        simulated, real = (
            SearchPage.parse(client.get("/api/v1/search", params={"q": words}).content)
            for client in (pair.simulated, pair.real)
        )
        assert [_known(each.model_dump()) for each in simulated.items] == [
            _known(each.model_dump()) for each in real.items
        ]


def _known(fields: dict[str, object]) -> dict[str, object]:
    """But for when: a registry tells when it was published, the simulator when it was made."""
    return {name: value for name, value in fields.items() if name != "updated"}
