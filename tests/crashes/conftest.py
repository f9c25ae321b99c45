"""A real registry that is stocked, and a warm parent for children that die."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crashes.doomed import warm_up
from crashes.installing import with_registry
from crashes.stock import fill
from pcm_schemas.project import Registry
from servers import Server, running
from unit.pcm.conftest import Desk, base_folder, desk

__all__ = ["base_folder", "desk", "server", "shop"]


@pytest.fixture(scope="session", autouse=True)
def warm() -> None:
    warm_up()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "registry") as found:
        yield found


@pytest.fixture
def shop(desk: Desk, server: Server) -> Desk:
    """An environment whose default registry is real and has what `stock` holds."""
    fill(server, desk.base)
    return with_registry(desk, Registry(url=server.url, root=server.root))
