"""pcm as a library: typed, silent, on the environment of the working folder unless another is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pcm.client import Client, Locking, found_in
from pcm.config import Folders
from pcm.connecting import connector
from pcm.environment import Environment
from pcm.linking import linked
from pcm.looking import Description, describe
from pcm.looking import search as find
from pcm.relocking import Outcome
from pcm.store_errors import NotInstalled
from pcm.workplace import Switches
from pcm_schemas.lockfile import LockedPackage
from pcm_schemas.name import ConceptName
from pcm_schemas.project import GateSetting, Project
from pcm_schemas.requirement import Requirement
from pcm_schemas.search import SearchDocument

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Installed:
    """A concept of an environment. Its bytes are verified each time they are read."""

    package: LockedPackage
    client: Client

    @property
    def name(self) -> str:
        """Full name."""
        return self.package.name

    @property
    def version(self) -> str:
        """Its version here."""
        return self.package.version

    @property
    def trigger(self) -> str | None:
        """The word that calls it here (P66); None for a bundle."""
        return self.package.trigger

    @property
    def gate(self) -> GateSetting:
        """What `pcm.toml` says of its gate; what is absent is the concept's own default (P68)."""
        return self._project.gates.get(self.name) or GateSetting()

    @property
    def accepts_near(self) -> bool:
        """Whether the environment lets in a concept of a base that is only close to its own (P13)."""
        return bool(self._project.accept_near)

    def read(self) -> bytes:
        """The package file's bytes (P73); raises StoreCorrupt, Offline, and ReleaseRevoked or KeyRevoked (P36)."""
        return self.client.read(self.name)

    def link(self, folder: Path | str, *, name: str | None = None) -> Path:
        """Write `NAME.safetensors` into a folder, for tools that want files; returns its path.

        A copy, so that no tool can change the store. An older file of the same concept is replaced, any other file
        is not: raises LinkTaken.
        """
        stem = name or ConceptName.parse(self.name).name
        return linked(Path(folder) / f"{stem}.safetensors", self.read(), name=self.name)

    @property
    def _project(self) -> Project:
        return self.client.environment.project()


def install(
    *requirements: str, environment: Environment | None = None, progress: Progress | None = None
) -> Outcome:
    """Install concepts by requirement strings; raises the errors of `pcm.errors.PcmError`."""
    wanted = [Requirement.from_input(text) for text in requirements]
    return _client(environment, progress).install(wanted)


def sync(
    *,
    environment: Environment | None = None,
    locking: Locking = Locking.FREE,
    progress: Progress | None = None,
) -> Outcome:
    """Bring the store to what the lock says."""
    return _client(environment, progress).sync(locking)


def installed(name: str, *, environment: Environment | None = None) -> Installed:
    """Find an installed concept by its full name, or by the trigger that it has here; raises NotInstalled."""
    client = _client(environment, None)
    word, lock = name.removesuffix("*"), client.environment.lock()
    if lock is None:
        raise NotInstalled(word)
    return Installed(found_in(lock, word), client)


def verify(*, environment: Environment | None = None) -> tuple[LockedPackage, ...]:
    """Check everything that is installed; raises the first error."""
    return _client(environment, None).verify()


def search(words: str, *, environment: Environment | None = None) -> tuple[SearchDocument, ...]:
    """Find concepts in the default registry."""
    return find(words, _client(environment, None).work(), limit=100).items


def info(name: str, *, environment: Environment | None = None) -> Description:
    """Read the signed index of a concept."""
    return describe(Requirement.from_input(name), _client(environment, None).work())


def _client(environment: Environment | None, progress: Progress | None) -> Client:
    found = environment or Environment.find(Path.cwd(), Folders.from_environment())
    switches, say = Switches(), progress or _silent
    return Client(found, connector(found, switches, say=say), switches, say=say)


def _silent(_line: str) -> None:
    """Say nothing."""
