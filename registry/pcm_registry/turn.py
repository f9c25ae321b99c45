"""One signing server a data folder: two would sign over each other's snapshots (P48). The system ends a turn with its process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

from pcm_registry.errors import DataMissing, RegistryError
from pcm_schemas.text import quoted_path

FILE: Final = "serving.lock"


class DataInUse(RegistryError):
    """A data folder in which another server signs."""

    code: ClassVar[str] = "store.locked"
    folder: str

    def message(self) -> str:
        return f"another server signs in {quoted_path(self.folder)}"

    def hint(self) -> str:
        return "stop that server first, or give this one another folder with `--data DIR`"


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold a data folder while the block runs; raises DataInUse, DataMissing."""
    if not data.is_dir():
        raise DataMissing("the data folder holds no registry")
    number = os.open(data / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(number)
        raise DataInUse(str(data)) from error
    try:
        yield
    finally:
        os.close(number)
