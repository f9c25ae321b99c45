"""A project with a registry that can be told to lie, and a real one with its owner."""

import pytest

from routes.conftest import amy, as_, server
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk, base_folder, desk

__all__ = ["amy", "as_", "base_folder", "desk", "server", "shop", "simulator"]


@pytest.fixture
def simulator(desk: Desk) -> Simulator:
    made = Simulator()
    for name, owner in (("amy/cup", Publisher("amy")), ("library/hat", Publisher("library"))):
        made.publish(concept(name, base=desk.base), by=owner)
    return made


@pytest.fixture
def shop(desk: Desk, simulator: Simulator) -> Desk:
    return desk.with_registry(simulator)
