"""`pcm cache prune` says what it removed, to people and to programs (P73)."""

import json
import os
import time

import pytest

from pcm.cli.boundary import run
from pcm.config import Folders
from pcm.files import GRACE
from pcm.store import Store


@pytest.fixture
def store() -> Store:
    """An hour-old blob that nothing names, beside an hour-old leftover."""
    found = Store(Folders.from_environment().data)
    path, old = found.path(found.put(b"concept")), time.time() - GRACE - 60
    leftover = found.root / "tmp" / "1-00"
    leftover.write_bytes(b"part")
    for each in (path, leftover):
        os.utime(each, (old, old))
    return found


def test_it_is_told_in_a_sentence(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache", "prune"]) == 0
    assert capsys.readouterr().out == "removed 1 of the store, 1 left by crashes: 11 bytes\n"
    assert [*store.digests()] == []
    assert run(["cache", "prune"]) == 0
    assert capsys.readouterr().out.startswith("nothing to remove")


def test_it_is_told_in_json(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    removed = [*store.digests()]
    assert run(["cache", "prune", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"removed": removed, "leftovers": 1, "freed": 11}
