"""pcm as a library: typed, silent, on the environment of the working folder unless another is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pcm.client import Client, Locking, found_in
from pcm.config import Folders
from pcm.connecting import connector
from pcm.environment import Environment
from pcm.files import replace_atomically
from pcm.looking import Description, describe
from pcm.looking import search as find
from pcm.relocking import Outcome
from pcm.workplace import Switches
from pcm_schemas.lockfile import LockedPackage
from pcm_schemas.name import ConceptName
from pcm_schemas.requirement import Requirement
from pcm_schemas.search import SearchDocument

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Installed:
    """A concept of an environment. Its bytes are verified each time they are read."""

    package: LockedPackage
    client: Client

    def read(self) -> bytes:
        """The package file's bytes (P73); raises StoreCorrupt, Offline."""
        return self.client.read(self.package.name)

    def link(self, folder: Path) -> Path:
        """Write `NAME.safetensors` into a folder, for tools that want files; returns its path."""
        path = folder / f"{ConceptName.parse(self.package.name).name}.safetensors"
        replace_atomically(path, self.read())
        return path


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
    word = name.removesuffix("*")
    return Installed(found_in(client.held_lock(), word), client)


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
    switches = Switches()
    return Client(found, connector(found, switches, say=progress or _silent), switches)


def _silent(_line: str) -> None:
    """Say nothing."""
