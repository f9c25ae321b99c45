"""Every kind of source with the same two releases on offer, and a project to ask for them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crashes.installing import with_registry
from crashes.stock import put_up
from pcm.sources.protocol import Source
from pcm_schemas.package import Package, read
from pcm_schemas.project import Registry
from pcm_schemas.requirement import Requirement
from servers import running
from simulator.concepts import bundle, concept, place
from simulator.keys import Publisher as Owner
from simulator.registry import Simulator
from unit.pcm.conftest import Desk, base_folder, desk

__all__ = ["base_folder", "desk", "stall"]
AMY = Owner("amy")
NAMES = ("amy/cup", "amy/all")


@dataclass(frozen=True)
class Stall:
    """A source that has amy's cup and the bundle of it; `asked` spells what a person types for a name."""

    desk: Desk
    packages: dict[str, Package]
    asked: Callable[[str], str]

    def requirement(self, name: str) -> Requirement:
        return Requirement.from_input(self.asked(name))

    @property
    def source(self) -> Source:
        """The source as an operation of the client opens it."""
        return self.desk.client().work().routing.to(self.requirement(NAMES[0]))


Open = Callable[[Desk, Path], AbstractContextManager[Stall]]


def packages(desk: Desk) -> dict[str, bytes]:
    """What every source offers."""
    return {NAMES[0]: concept(NAMES[0], base=desk.base), NAMES[1]: bundle(NAMES[1], [NAMES[0]])}


def read_all(desk: Desk) -> dict[str, Package]:
    return {name: read(data) for name, data in packages(desk).items()}


@contextmanager
def files(desk: Desk, folder: Path) -> Iterator[Stall]:
    """Package files on a stick; what the bundle needs comes from a registry, as it has to (P7)."""
    for name, data in packages(desk).items():
        place(folder / "stick", data, name=name.partition("/")[2], by=AMY)
    simulator = Simulator()
    simulator.publish(packages(desk)[NAMES[0]], by=AMY)
    shop = desk.with_registry(simulator)
    yield Stall(shop, read_all(desk), lambda name: f"file:{folder}/stick/{name[4:]}.safetensors")


@contextmanager
def simulated(desk: Desk, folder: Path) -> Iterator[Stall]:
    """A registry in memory."""
    simulator = Simulator()
    for data in packages(desk).values():
        simulator.publish(data, by=AMY)
    yield Stall(desk.with_registry(simulator), read_all(desk), lambda name: name)


@contextmanager
def served(desk: Desk, folder: Path) -> Iterator[Stall]:
    """A real registry on loopback."""
    with running(folder / "registry") as server:
        put_up(server, AMY, packages(desk).values())
        shop = with_registry(desk, Registry(url=server.url, root=server.root))
        shop = replace(shop, now=datetime.now(UTC).replace(microsecond=0))
        yield Stall(shop, read_all(desk), lambda name: name)


STALLS: dict[str, Open] = {"file": files, "simulator": simulated, "registry": served}
"""One line a kind of source."""


@pytest.fixture(params=sorted(STALLS))
def stall(request: pytest.FixtureRequest, desk: Desk, tmp_path: Path) -> Iterator[Stall]:
    with STALLS[request.param](desk, tmp_path) as found:
        yield found
