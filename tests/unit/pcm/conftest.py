"""An environment of its own: a measured small base, a project, folders, a fixed clock."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from pcm.bases import add_base
from pcm.client import Client
from pcm.config import Folders
from pcm.connecting import connector
from pcm.environment import Environment
from pcm.workplace import Switches
from pcm_schemas.base_model import BaseIdentity
from simulator.concepts import identity, write_base
from simulator.keys import NOW


@dataclass
class Desk:
    """A project's folder, the user's folders, and the base that was measured."""

    folder: Path
    folders: Folders
    base: BaseIdentity
    now: datetime = NOW

    def client(self, switches: Switches | None = None) -> Client:
        environment = Environment.find(self.folder, self.folders)
        told = switches or Switches()
        return Client(environment, connector(environment, told), told, clock=lambda: self.now)


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("bases") / "tiny")


@pytest.fixture
def desk(tmp_path: Path, base_folder: Path) -> Desk:
    folders = Folders(tmp_path / "home", tmp_path / "home" / "settings")
    add_base(str(base_folder), folders, name="tiny")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "pcm.toml").write_text('base = "tiny"\nconcepts = []\n')
    return Desk(tmp_path / "project", folders, identity(base_folder))
