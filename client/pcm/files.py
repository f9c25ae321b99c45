"""Reading files bounded and writing them whole: temporary file, fsync, rename (P71, P73).

Many files are written step by step, each step for all of them at once: every file keeps the order of its own steps, and
the disk is waited for once.
"""

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pcm.store_errors import StoreFull

NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
AT_ONCE: Final = 16
GRACE: Final = 3_600.0
"""Seconds that a temporary file is left alone, whoever made it (S2)."""
ALONE: Final = 60.0
"""Seconds that one is left alone whose owner is not seen."""
TEMPORARY: Final = re.compile(r"\.(?P<name>.+)\.(?P<owner>[0-9]+)-[0-9a-f]{8}")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Writing:
    """Bytes on their way to a place, by a temporary file in the same file system."""

    path: Path
    temporary: Path
    data: bytes
    mode: int = 0o644


def read_bounded(path: Path, limit: int) -> bytes:
    """Read a regular file, at most one byte more than `limit`, following no link. Raises OSError."""
    number = os.open(path, os.O_RDONLY | NO_LINK)
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return file.read(limit + 1)


def read_if_there(path: Path, limit: int) -> bytes | None:
    """Read a file as `read_bounded` does; None where there is none."""
    try:
        return read_bounded(path, limit)
    except FileNotFoundError:
        return None


def replace_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file whole or not at all; its folder is made, for its owner alone. Raises StoreFull."""
    write_all([Writing(path, _beside(path), data, mode)])
    sweep([path])


def replace_all(files: Mapping[Path, bytes]) -> None:
    """Write many files, each as `replace_atomically` does."""
    write_all([Writing(path, _beside(path), data) for path, data in files.items()])
    sweep(files)


def write_all(writings: Sequence[Writing]) -> None:
    """Write, flush, rename, flush the folders: a name that is there names bytes that are. Raises StoreFull."""
    folders = [*dict.fromkeys(each.path.parent for each in writings)]
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _at_once(lambda each: write_new(each.temporary, each.data, mode=each.mode), writings)
        for each in writings:
            each.temporary.replace(each.path)
    except BaseException:
        for each in writings:
            each.temporary.unlink(missing_ok=True)
        raise
    _at_once(sync_folder, folders)


def sweep(written: Iterable[Path]) -> None:
    """Remove what writers that were killed left beside these files."""
    names = {(path.parent, path.name) for path in written}
    for folder in {folder for folder, _ in names}:
        for found in folder.iterdir():
            match = TEMPORARY.fullmatch(found.name)
            if match and (folder, match["name"]) in names and _is_stale(found, int(match["owner"])):
                found.unlink(missing_ok=True)


def age(path: Path) -> float:
    """Seconds since a file was written; a file that is gone is new."""
    try:
        return time.time() - path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0


def write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Create a file that must not exist, write it and flush it to the disk. Raises StoreFull."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(number)
        path.chmod(mode)
    except OSError as error:
        path.unlink(missing_ok=True)
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFull(str(path.parent), len(data)) from error
        raise


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a crash."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _is_stale(temporary: Path, owner: int) -> bool:
    """An hour old; or a minute and its owner gone, who in another container would not be seen from here."""
    past = age(temporary)
    return past > GRACE or (past > ALONE and not _lives(owner))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True  # of another user
    return True


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")


def _at_once(action: Callable[[Item], None], items: Iterable[Item]) -> None:
    """Do it for all, waiting for the disk together; the first error ends it when all have ended."""
    listed = [*items]
    if len(listed) == 1:
        return action(listed[0])
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(AT_ONCE, max(1, len(listed)))) as pool:
        [*pool.map(action, listed)]
    return None
