"""The clean room of `tests/conftest.py` is clean: no network, no real home, the same numbers every time."""

import os
import random
import socket
from pathlib import Path

import pytest


def test_the_network_is_out_of_reach() -> None:
    with socket.socket() as outgoing, pytest.raises(AssertionError, match="no network"):
        outgoing.connect(("192.0.2.1", 80))  # TEST-NET-1: nobody lives there


def test_loopback_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as outgoing:
        outgoing.connect(server.getsockname())


def test_home_is_empty_and_proxies_are_gone() -> None:
    assert not any(Path.home().iterdir())
    assert not any(name.upper().endswith("_PROXY") for name in os.environ)


@pytest.mark.parametrize("_run", [1, 2])
def test_seeds_are_fixed(_run: int) -> None:
    assert random.random() == random.Random(20_230_501).random()
