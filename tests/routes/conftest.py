"""A real development registry for each test, its owner amy, and others who are not."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from publishers import Publisher, publisher
from servers import Server, running

As = Callable[..., Publisher]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "registry") as found:
        yield found


@pytest.fixture
def as_(server: Server) -> Iterator[As]:
    """A user with these scopes: `as_("publish:amy/*")`."""
    made = list[Publisher]()

    def act(*scopes: str) -> Publisher:
        made.append(publisher(server, *scopes))
        return made[-1]

    yield act
    for each in made:
        each.http.close()


@pytest.fixture
def amy(as_: As) -> Publisher:
    """Amy, who claimed her namespace."""
    found = as_("publish:amy/*", "yank:amy/*", "keyset:amy")
    found.claim().raise_for_status()
    return found


@pytest.fixture
def anyone(server: Server) -> Iterator[httpx2.Client]:
    """Somebody without a token."""
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        yield client
