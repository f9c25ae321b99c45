"""Environments on one store, and children that install into them from a real registry."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crashes.doomed import Fuse
from crashes.watching import watch
from pcm.client import Client
from pcm.connecting import connector
from pcm.diagnosis import findings
from pcm.environment import Environment
from pcm.store import Store
from pcm.workplace import Switches
from pcm_schemas.project import Registry
from pcm_schemas.requirement import Requirement
from unit.pcm.conftest import Desk

Tree = dict[str, bytes]
NOTHING_WAITS = "done"
ASKED = (Requirement.from_input("cora/all"),)
CHANGES: Mapping[str, Callable[[Client], object]] = {
    "add": lambda client: client.add(ASKED),
    "install": lambda client: client.install(ASKED),
    "lock": lambda client: client.lock(),
    "remove": lambda client: client.remove(["amy/cup"]),
    "sync": lambda client: client.sync(),
}
"""What changes a project, by the command that does it."""


@dataclass(frozen=True)
class Bench:
    """A project and a home that can be put back to how they were."""

    desk: Desk
    copy: Path

    @classmethod
    def of(cls, desk: Desk) -> "Bench":
        """Keep both as they are now."""
        copy = desk.folder.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        for folder in (desk.folder, desk.folders.data):
            shutil.copytree(folder, copy / folder.name)
        return cls(desk, copy)

    def restored(self) -> Desk:
        """Put both back."""
        for folder in (self.desk.folder, self.desk.folders.data):
            shutil.rmtree(folder)
            shutil.copytree(self.copy / folder.name, folder)
        return self.desk


def with_registry(desk: Desk, registry: Registry) -> Desk:
    """Write a real registry to the project; the desk's clock is that of now, which signed metadata asks for."""
    line = f'[registries]\ndefault = {{ url = "{registry.url}", root = "{registry.root}" }}\n'
    path = desk.folder / "pcm.toml"
    path.write_text(path.read_text() + line)
    return Desk(desk.folder, desk.folders, desk.base, now=datetime.now(UTC).replace(microsecond=0))


def client(desk: Desk) -> Client:
    """A client that says nothing."""
    environment = Environment.find(desk.folder, desk.folders)
    told = Switches()
    connect = connector(environment, told, clock=lambda: desk.now)
    return Client(environment, connect, told, clock=lambda: desk.now)


def install(desk: Desk, names: Sequence[str]) -> None:
    """As `pcm install` does."""
    client(desk).install([Requirement.from_input(name) for name in names])


def watched_install(fuse: Fuse, desk: Desk, names: Sequence[str]) -> None:
    """Install, every change on disk a moment."""
    settle(desk.folder)
    watch(fuse, desk.folders, desk.folder)
    install(desk, names)
    fuse.moment(NOTHING_WAITS)


def told_install(fuse: Fuse, desk: Desk, names: Sequence[str]) -> None:
    """Install, and say when it begins and when it is done."""
    settle(desk.folder)
    fuse.moment("begun")
    install(desk, names)
    fuse.moment(NOTHING_WAITS)


def ready_install(fuse: Fuse, desk: Desk, names: Sequence[str]) -> None:
    """Say that all is warm, wait for a word, install."""
    settle(desk.folder)
    fuse.moment("ready")
    fuse.wire.recv()
    install(desk, names)
    fuse.moment(NOTHING_WAITS)


def ready_change(fuse: Fuse, desk: Desk, command: str) -> None:
    """Say that all is warm, wait for a word, change the project as a command does."""
    settle(desk.folder)
    fuse.moment("ready")
    fuse.wire.recv()
    CHANGES[command](client(desk))
    fuse.moment(NOTHING_WAITS)


def cut_install(_: Fuse, desk: Desk, names: Sequence[str], size: int) -> None:
    """Install in a process that the system ends in the middle of the first write beyond a size."""
    import resource
    import signal

    settle(desk.folder)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    install(desk, names)


def settle(folder: Path) -> None:
    """Leave nothing in the machine's folder for temporary files, and take no proxy."""
    tempfile.tempdir = str(folder.parent)
    for name in [name for name in os.environ if name.startswith("PCM_")]:
        del os.environ[name]


def tree(desk: Desk) -> Tree:
    """Every file of project and home, by its path; locks and what a crash may leave are left out."""
    found = Tree()
    for folder in (desk.folder, desk.folders.data):
        for path in folder.rglob("*"):
            if path.is_file() and path.name != "lock" and not is_leftover(path, desk):
                found[str(path.relative_to(folder.parent))] = path.read_bytes()
    return found


def is_leftover(path: Path, desk: Desk) -> bool:
    """A temporary file of S2, or one of a file that was being replaced."""
    return path.parent == desk.folders.data / "tmp" or path.name.startswith(".")


def require_whole(desk: Desk, before: Tree, after: Tree) -> None:
    """Each file is the old one or the new one, never a part, and each blob is what its name says."""
    for path, data in tree(desk).items():
        assert data in (before.get(path), after.get(path)), path
    assert before.keys() <= tree(desk).keys()
    store = Store(desk.folders.data)
    assert all(store.get(digest) is not None for digest in store.digests())
    if client(desk).environment.lock_path.exists():
        client(desk).verify()


def require_sound(desk: Desk) -> None:
    """The doctor finds nothing."""
    assert [each.error for each in findings(client(desk)) if each.error is not None] == []
