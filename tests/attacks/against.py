"""An attack on the client: it ends in one error, and its folders are byte for byte as before."""

from pathlib import Path

import pytest

from pcm.workplace import Switches
from pcm_schemas.errors import PcmError
from pcm_schemas.requirement import Requirement
from unit.pcm.conftest import Desk


def install(desk: Desk, *texts: str) -> None:
    desk.client().install([Requirement.from_input(text) for text in texts])


def refused(desk: Desk, *texts: str, switches: Switches | None = None) -> PcmError:
    """Install, and return the error that stops it."""
    before = files(desk.folder), files(desk.folders.data)
    with pytest.raises(PcmError) as caught:
        desk.client(switches).install([Requirement.from_input(text) for text in texts])
    assert (files(desk.folder), files(desk.folders.data)) == before
    return caught.value


def files(folder: Path) -> dict[str, bytes]:
    """Every file but locks, which say nothing."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}
