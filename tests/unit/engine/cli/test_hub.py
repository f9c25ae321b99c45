"""Bases on the Hub: its own client against a Hub on loopback, a process of its own each, as it reads its settings once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pcm_engine.cli import hub as ours
from pcm_engine.picture_errors import DiskFull
from pcm_schemas.hub_errors import HubTimeout, HubUnreachable
from simulator.hub import Hub, Reply, serving

PROGRAM = """
import json, sys
from pcm_engine.cli.hub import fetch
from pcm_schemas.errors import PcmError
try:
    folder, commit = fetch(*json.loads(sys.argv[1]))
    print(json.dumps({"commit": commit, "files": sorted(p.name for p in folder.rglob("*") if p.is_file())}))
except PcmError as error:
    print(json.dumps({"code": error.code}))
"""


@pytest.fixture
def hub(base: Path) -> Iterator[Hub]:
    with serving() as served:
        served.of_folder("amy/tiny", base)
        yield served


def fetched(hub: Hub, home: Path, *what: str | None, **more: str) -> dict[str, object]:
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(what)],
        env=environment | {"HF_HUB_DISABLE_XET": "1"} | more,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_model_is_fetched_at_its_commit_and_then_found_offline(hub: Hub, tmp_path: Path) -> None:
    found = fetched(hub, tmp_path, "amy/tiny", "main")
    assert found["commit"] == hub.repositories["amy/tiny"].head
    assert "diffusion_pytorch_model.safetensors" in found["files"]
    hub.asked.clear()
    assert fetched(hub, tmp_path, "amy/tiny", "main", HF_HUB_OFFLINE="1") == found
    assert hub.asked == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "code"),
    [
        (("amy/other", None), "hub.not_found"),
        (("amy/tiny", "nope"), "hub.not_found"),
        (("amy//tiny", None), "hub.not_found"),
    ],
)
def test_what_the_hub_does_not_have(
    what: tuple[str, str | None], code: str, hub: Hub, tmp_path: Path
) -> None:
    assert fetched(hub, tmp_path, *what) == {"code": code}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "code"), [(500, "server.error"), (429, "rate.limited"), (403, "hub.not_found")]
)
def test_a_hub_that_refuses(status: int, code: str, hub: Hub, tmp_path: Path) -> None:
    hub.spoil("", Reply(status))
    assert fetched(hub, tmp_path, "amy/tiny", None) == {"code": code}


@pytest.mark.slow
def test_a_hub_that_is_not_there(tmp_path: Path) -> None:
    gone = Hub(url="http://127.0.0.1:9")
    assert fetched(gone, tmp_path, "amy/tiny", None) == {"code": "network.unreachable"}


def test_offline_and_never_fetched(hub: Hub, tmp_path: Path) -> None:
    found = fetched(hub, tmp_path, "amy/tiny", None, HF_HUB_OFFLINE="1")
    assert found == {"code": "network.offline"}
    assert hub.asked == []


class ReadTimeout(TimeoutError):
    """As network libraries name it."""


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (ReadTimeout("late"), HubTimeout),
        (ConnectionRefusedError("no"), HubUnreachable),
        (OSError(28, "No space left on device"), DiskFull),
    ],
)
def test_the_cause_below_a_wrapped_error_decides(cause: Exception, kind: type[Exception]) -> None:
    wrapped = OSError("could not load the model")
    wrapped.__cause__ = cause
    assert type(ours.typed(wrapped, "amy/tiny")) is kind


def test_what_nobody_foresaw_stays_what_it_was() -> None:
    def strange() -> None:
        with ours.translated("amy/tiny"):
            raise RuntimeError("strange")

    with pytest.raises(RuntimeError):
        strange()
