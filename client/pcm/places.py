"""Where the files of an environment lie, found without reading a document: for `pcm list` (section 15)."""

from pathlib import Path

from pcm.config import Folders

PINS = "pins.json"
"""In the trust folder (P72)."""


def lock_of(start: Path, folders: Folders) -> Path:
    """The lock of the nearest project upwards, else of the user's default environment (P68)."""
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / "pcm.toml").is_file():
            return folder / "pcm.lock"
    return folders.default_environment / "pcm.lock"


def revocations_of(folder: Path, folders: Folders) -> Path | None:
    """The revocations that were last verified for an environment's default registry."""
    import hashlib
    import tomllib

    for file in (folder / "pcm.toml", folders.user_file):
        if file.is_file():
            registries = tomllib.loads(file.read_text("utf-8")).get("registries", {})
            if url := registries.get("default", {}).get("url"):
                place = hashlib.sha256(str(url).encode()).hexdigest()
                return folders.tuf / place / "targets" / "revocations.json"
    return None
