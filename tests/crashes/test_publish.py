"""Publishing, the client killed before and after each request: the registry is whole, and publishing again ends it (P48, P49)."""

import random
import time

import pytest

from crashes.doomed import launched, moments
from crashes.installing import client, install, require_sound
from crashes.publishing import Visit, told_publish, watched_publish
from pcm_schemas.digest import Digest
from servers import Server
from simulator.concepts import concept
from simulator.keys import Publisher as Owner
from unit.pcm.conftest import Desk

pytestmark = pytest.mark.slow
LETTERS = "abcdefgh"
RANDOM_ROUNDS = 24
REQUESTS = {
    f"{request}{end}"
    for request in ("POST namespaces", "POST publish", "PUT publish", "POST publish commit")
    for end in ("", " answered")
}


def visit(shop: Desk, server: Server, number: int) -> Visit:
    """An owner who comes for the first time; no two names are one letter apart."""
    name = f"u{LETTERS[number // 8]}{LETTERS[number % 8]}"
    data = concept(f"{name}/{name}", base=shop.base)
    return Visit(shop, server.token(), Owner(name), data, shop.now)


def require_survived(shop: Desk, each: Visit) -> None:
    """After a kill: the same publish again succeeds, there is one release, and it installs."""
    assert each.publish() == "visible"
    name = each.owner.namespace
    install(shop, [f"{name}/{name}"])
    assert client(shop).read(name) == each.data
    require_sound(shop)


def test_a_publish_killed_before_and_after_each_request(shop: Desk, server: Server) -> None:
    passed, _ = moments(watched_publish, visit(shop, server, 0))
    assert passed[-1] == "visible"
    assert set(passed) >= REQUESTS
    for number, step in enumerate(sorted(REQUESTS), start=1):
        each = visit(shop, server, number)
        _, child = moments(watched_publish, each, at=step)
        assert child.was_killed, step
        require_survived(shop, each)


def test_a_publish_killed_at_any_time(shop: Desk, server: Server) -> None:
    began = time.monotonic()
    moments(told_publish, visit(shop, server, 0))
    lasts, chance = time.monotonic() - began, random.Random(9)
    told = list[str]()
    for number in range(1, RANDOM_ROUNDS + 1):
        each = visit(shop, server, number)
        with launched(told_publish, each) as child:
            assert next(child.told()) == "begun"
            time.sleep(chance.uniform(0, lasts))
            child.process.kill()
            told += child.ended()
        require_survived(shop, each)
        assert served(server, each) == [Digest.of(each.data)]
    assert set(told) <= {"visible"}


def served(server: Server, each: Visit) -> list[str]:
    """Digests that the registry lists under the owner's name."""
    import httpx2

    name = each.owner.namespace
    answer = httpx2.get(f"{server.url}/api/v1/names/{name}/{name}").raise_for_status()
    listed = answer.json()["index"]["releases"]
    return [entry["sha256"] for entry in listed]
