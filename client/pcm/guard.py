"""One process at a time, or many readers: advisory locks on files (P42, P72)."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Final

from pcm.store_errors import StoreLocked

PATIENCE: Final = 60.0
"""Seconds to wait for another process."""


class Hold(IntEnum):
    """Shared for reading and adding, exclusive for removing (P72)."""

    SHARED = fcntl.LOCK_SH
    EXCLUSIVE = fcntl.LOCK_EX


@contextmanager
def held(
    path: Path, hold: Hold, *, patience: float = PATIENCE, what: Path | None = None
) -> Iterator[None]:
    """Hold the lock file while the block runs; raises StoreLocked, of what it guards, when another keeps it too long."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        _take(number, hold, what=what or path, patience=patience)
        yield
    finally:
        os.close(number)


def _take(number: int, hold: Hold, *, what: Path, patience: float) -> None:
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(number, hold | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - began > patience:
                raise StoreLocked(str(what), patience) from None
            time.sleep(0.02)
        else:
            return
