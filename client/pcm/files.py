"""Reading files bounded and writing them whole: temporary file, fsync, rename (P71, P73)."""

import errno
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from pcm.store_errors import StoreFull

NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


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
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    write_new(temporary, data, mode=mode)
    temporary.replace(path)
    sync_folder(path.parent)


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
