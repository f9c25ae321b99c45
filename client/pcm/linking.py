"""Files for other tools: a package under the name that they look for, whole or not at all, and nobody else's touched."""

import os
from pathlib import Path
from typing import ClassVar

from pcm.files import read_if_there, replace_atomically
from pcm_schemas import limits
from pcm_schemas.errors import PcmError
from pcm_schemas.package import read
from pcm_schemas.text import quoted_path


class LinkTaken(PcmError):
    """A file that would be overwritten, and is not an older one of the same concept."""

    code: ClassVar[str] = "usage"
    path: str
    reason: str

    def message(self) -> str:
        return f"{quoted_path(self.path)} is not replaced: {self.reason}"

    def hint(self) -> str:
        return 'give it another name: `.link(FOLDER, name="NAME")`, or move that file away'


def linked(path: Path, data: bytes, *, name: str) -> Path:
    """Write a package file of the concept `name`, unless it is there already; raises LinkTaken, StoreFull."""
    require_own(path, name)
    if not path.is_file() or read_if_there(path, limits.PACKAGE) != data:
        replace_atomically(path, data)
    return path


def require_own(path: Path, name: str) -> None:
    """Refuse a path that holds anything but this concept; raises LinkTaken."""
    if not os.path.lexists(path):
        return
    try:
        held = read_if_there(path, limits.PACKAGE)
        found = read(held or b"").manifest.name
    except OSError as error:  # a link, a folder, or not ours to read
        raise LinkTaken(str(path), error.strerror or "it cannot be read") from error
    except PcmError as error:
        raise LinkTaken(str(path), "it is no package of a concept") from error
    if found != name:
        raise LinkTaken(str(path), f"it is {found}")
