"""The folder of a learned concept, on disk whole or not at all: package, signature, previews, card."""

import os
import secrets
import shutil
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from pcm_engine.picture_errors import FileRefused
from pcm_engine.pictures_io import refused

CARD = "README.md"
PREVIEWS = "previews"
KEYSET = "keyset.json"
PACKAGE, ENVELOPE = ".safetensors", ".safetensors.dsse.json"


class Existing(Enum):
    """What happens to a folder that is there already."""

    KEEP = "keep"
    REPLACE = "replace"


def require_free(folder: Path, existing: Existing) -> None:
    """Refuse a folder that must not be written, before anything is learned. Raises FileRefused."""
    if not os.path.lexists(folder):
        return
    if existing is Existing.KEEP:
        raise FileRefused(
            str(folder),
            "it is there already",
            "replace it with `--replace`, or choose another with `--out`",
        )
    if not is_ours(folder):
        raise FileRefused(
            str(folder),
            "it holds other things than a learned concept",
            "choose another with `--out`",
        )


def is_ours(folder: Path) -> bool:
    """Whether it holds what `pcm learn` writes and nothing else, so that replacing it loses nothing of the user's."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    packages = {name for name in names if name.endswith(PACKAGE)}
    envelopes = {name.removesuffix(PACKAGE) + ENVELOPE for name in packages}
    return len(packages) == 1 and names - packages <= {CARD, PREVIEWS, KEYSET, *envelopes}


def write_folder(folder: Path, files: Mapping[str, bytes], existing: Existing) -> None:
    """Write every file into a folder beside `folder`, which then takes its name. Raises DiskFull, FileRefused."""
    require_free(folder, existing)
    beside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        beside.mkdir(parents=True)
        for name, data in files.items():
            _write(beside / name, data)
        _take_place(beside, folder)
    except OSError as error:
        raise refused(folder, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    """One file, on the disk itself before it counts."""
    path.parent.mkdir(exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _take_place(beside: Path, folder: Path) -> None:
    """Move the new folder to its name, and the old one, if there is one, out of the way first and then off."""
    if not folder.exists():
        beside.rename(folder)
        return
    old = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    folder.rename(old)
    try:
        beside.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
