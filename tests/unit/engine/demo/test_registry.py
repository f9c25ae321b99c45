"""The demo's registry is a process that is ended by its own id, whatever happens."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from pcm_engine.demo.errors import StepFailed
from pcm_engine.demo.registry import Registry
from pcm_engine.demo.surroundings import tidy_ending

SERVES = "import time; print('serving on http://127.0.0.1:7', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SERVES}"
FAILS = "print('error[extra.missing]: no server'); raise SystemExit(2)"


def started(program: str, folder: Path) -> Registry:
    registry = Registry(folder / "log")
    try:
        registry.start([sys.executable, "-c", program], folder, os.environ)
    except StepFailed:
        registry.end()
        raise
    return registry


def is_gone(registry: Registry) -> bool:
    return registry.process is not None and registry.process.poll() is not None


def test_it_answers_its_address_and_is_gone_after_the_end(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "log")
    url = registry.start([sys.executable, "-c", SERVES], tmp_path, os.environ)
    assert (url, is_gone(registry)) == ("http://127.0.0.1:7", False)
    registry.end()
    assert is_gone(registry)
    registry.end()


def test_one_that_does_not_listen_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pcm_engine.demo.registry.MERCY", 0.1)
    registry = started(STUBBORN, tmp_path)
    registry.end()
    assert registry.process is not None
    assert registry.process.returncode == -signal.SIGKILL


def test_one_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as caught:
        started(FAILS, tmp_path)
    assert "error[extra.missing]: no server" in caught.value.said


def test_one_that_never_started_needs_no_end(tmp_path: Path) -> None:
    Registry(tmp_path / "log").end()
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_being_asked_to_end_is_an_exception_that_lets_blocks_end(name: str) -> None:
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as caught:
        asked_to_end(number)
    assert caught.value.code == 128 + number
    assert signal.getsignal(number) is before


def asked_to_end(number: int) -> None:
    with tidy_ending():
        os.kill(os.getpid(), number)
        time.sleep(1)
