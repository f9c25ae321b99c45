"""Where the client keeps what it knows, and that one variable moves all of it (P68, P72)."""

from dataclasses import fields
from pathlib import Path

from pcm.config import Folders

PLACES = ("data", "settings", "user_file", "keys", "credentials", "bases", "default_environment")


def places(variables: dict[str, str]) -> list[Path]:
    """Every place that the folders name."""
    found = Folders.from_environment(variables)
    told = {*(each.name for each in fields(found)), *PLACES, "trust", "tuf"}
    own = {name for name in vars(Folders) if isinstance(getattr(Folders, name), property)}
    assert own <= told
    return [getattr(found, name) for name in sorted(told)]


def test_pcm_home_moves_every_folder() -> None:
    others = {"HOME": "/home/amy", "XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/config"}
    moved = places({"PCM_HOME": "/mnt/pcm", **others})
    assert all(path.is_relative_to("/mnt/pcm") for path in moved)


def test_a_relative_pcm_home_stays_the_same_when_the_folder_changes() -> None:
    assert all(path.is_absolute() for path in places({"PCM_HOME": "pcm"}))


def test_without_it_the_systems_folders_are_used() -> None:
    found = Folders.from_environment({"HOME": "/home/amy"})
    assert found == Folders(Path("/home/amy/.local/share/pcm"), Path("/home/amy/.config/pcm"))
    told = {"HOME": "/home/amy", "XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/config"}
    assert Folders.from_environment(told) == Folders(Path("/data/pcm"), Path("/config/pcm"))
