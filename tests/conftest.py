"""A clean room for every test: no real home, no network beyond loopback, fixed seeds, one thread a worker (style 5)."""

import os
import random
import socket
import sys
from collections.abc import Callable

# Before anything imports PyTorch or the Hub's library: both read these once.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["MPLBACKEND"] = "Agg"
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

PROXIES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
SEED = 20_230_501  # the month of Perfusion's preprint

settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")


class NetworkReachedError(AssertionError):
    """A test tried to leave this machine."""


def require_loopback(address: object) -> None:
    """Refuse an address that is neither a path (AF_UNIX) nor loopback."""
    if isinstance(address, tuple) and address[0] not in LOOPBACK:
        raise NetworkReachedError(f"tests reach no network: {address!r}")


def guarded(
    connect: Callable[[socket.socket, object], object],
) -> Callable[[socket.socket, object], object]:
    def connect_to_loopback(self: socket.socket, address: object) -> object:
        require_loopback(address)
        return connect(self, address)

    return connect_to_loopback


@pytest.fixture(autouse=True)
def clean_environment(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home of its own, no proxies, no settings of the person who runs the tests."""
    home = tmp_path_factory.mktemp("home")
    for name in [*os.environ]:
        if name.upper() in PROXIES or name.startswith("PCM_"):
            monkeypatch.delenv(name)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("PCM_HOME", str(home / "pcm"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard the one place every Python client passes: connecting a socket."""
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))


@pytest.fixture(autouse=True)
def fixed_seeds() -> None:
    """The global generators; code under test takes its seed as an argument."""
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002 - the legacy generator is what third parties use
    if torch := sys.modules.get("torch"):
        torch.manual_seed(SEED)
