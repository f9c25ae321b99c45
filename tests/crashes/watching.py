"""Every change that a process makes below some folders is a moment of its fuse: just before each call to the system.

Names of moments are the steps of P72, and beside them `trust`, `metadata` and `project`.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from crashes.doomed import Fuse
from pcm.config import Folders

WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CALLS: Final = ("os.mkdir", "os.chmod", "os.rename", "os.remove")
PARTS: Final = {"trust": "trust", "tuf": "metadata", "roots": "S5 root", "lock": "S1"}


def watch(fuse: Fuse, folders: Folders, project: Path) -> None:
    """From now on each change below the two folders is a moment. It cannot be undone: for children only."""

    def look(event: str, arguments: tuple[object, ...]) -> None:
        path = touched(event, arguments)
        if path is not None and (name := step_of(event, path, folders, project)) is not None:
            fuse.moment(name)

    flush: Callable[[int], None] = os.fsync

    def watched_flush(number: int) -> None:
        look("os.fsync", (number,))
        flush(number)

    os.fsync = watched_flush  # type: ignore[assignment]  # it raises no audit event of its own
    sys.addaudithook(look)


def touched(event: str, arguments: tuple[object, ...]) -> Path | None:
    """The path that a call changes, if it changes one."""
    first = arguments[0] if arguments else None
    if event == "os.rename":
        return Path(os.fsdecode(arguments[1]))  # type: ignore[arg-type]
    if event in {"os.fsync", "fcntl.flock"} or (event == "open" and isinstance(first, int)):
        return Path(f"/proc/self/fd/{first}").readlink()
    is_write = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & WRITES)
    if is_write or event in CALLS:
        return Path(os.fsdecode(first))  # type: ignore[arg-type]
    return None


def step_of(event: str, path: Path, folders: Folders, project: Path) -> str | None:
    """Which step a change belongs to; None for one that is elsewhere."""
    if path.is_relative_to(project):
        return "S5 lock" if "pcm.lock" in path.name else "project"
    if not path.is_relative_to(folders.data) or path == folders.data:
        return None
    part = path.relative_to(folders.data).parts[0]
    if part == "tmp":
        return "S3" if event in {"os.fsync", "os.chmod"} else "S2"
    return "S4" if part == "blobs" else PARTS.get(part)
