"""An environment of its own: a measured small base, a project, folders, a fixed clock."""

from dataclasses import dataclass, field, replace
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
from simulator.registry import Simulator


@dataclass
class Desk:
    """A project's folder, the user's folders, and the base that was measured."""

    folder: Path
    folders: Folders
    base: BaseIdentity
    now: datetime = NOW
    simulator: Simulator | None = None
    said: list[str] = field(default_factory=list)

    def client(self, switches: Switches | None = None) -> Client:
        environment = Environment.find(self.folder, self.folders)
        told = switches or Switches()
        connect = connector(
            environment,
            told,
            transport=None if self.simulator is None else self.simulator.transport,
            say=self.said.append,
            clock=lambda: self.now,
        )
        return Client(environment, connect, told, clock=lambda: self.now)

    def with_registry(self, simulator: Simulator) -> "Desk":
        """Write the registry to the project."""
        registry = simulator.registry
        line = f'[registries]\ndefault = {{ url = "{registry.url}", root = "{registry.root}" }}\n'
        path = self.folder / "pcm.toml"
        path.write_text(path.read_text() + line)
        return replace(self, simulator=simulator)


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
