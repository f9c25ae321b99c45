"""One base and the concepts chosen for it: the folder of `pcm.toml` and `pcm.lock` (P68, P71)."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from pcm.config import Folders
from pcm.files import read_if_there, replace_atomically
from pcm.guard import PATIENCE, Hold, held
from pcm_schemas import limits
from pcm_schemas.digest import Digest
from pcm_schemas.lockfile import Lockfile
from pcm_schemas.project import Project
from pcm_schemas.record_errors import LockInvalid, ProjectInvalid

PROJECT: Final = "pcm.toml"
LOCK: Final = "pcm.lock"


@dataclass(frozen=True)
class Environment:
    """A folder with both files, or neither yet. The user's own settings answer where its project is silent."""

    folder: Path
    folders: Folders

    @classmethod
    def find(cls, start: Path, folders: Folders) -> Self:
        """The nearest folder upwards with `pcm.toml`, else the user's default environment (P68)."""
        for folder in (start.absolute(), *start.absolute().parents):
            if (folder / PROJECT).is_file():
                return cls(folder, folders)
        return cls(folders.default_environment, folders)

    @property
    def is_default(self) -> bool:
        """Whether it is the user's own, outside every project."""
        return self.folder == self.folders.default_environment

    @property
    def lock_path(self) -> Path:
        """Where the lock is."""
        return self.folder / LOCK

    @property
    def project_path(self) -> Path:
        """Where the project file is."""
        return self.folder / PROJECT

    def changing(self, *, patience: float = PATIENCE) -> AbstractContextManager[None]:
        """Held from reading `pcm.toml` to writing both files, so that they are of one run (P71); raises StoreLocked.

        The lock is a file of the user's folder: nothing is left beside the project, which may be anywhere.
        """
        place = Digest.of(str(self.folder.resolve()).encode()).hex
        path = self.folders.data / "environments" / place / "lock"
        return held(path, Hold.EXCLUSIVE, patience=patience, what=self.folder)

    def text(self) -> str:
        """The text of `pcm.toml`; empty where there is none."""
        return _text(self.project_path, limits.PROJECT)

    def project(self, text: str | None = None) -> Project:
        """Read the project, or another text of it, over the user's settings; raises ProjectInvalid."""
        own = Project.parse(self.text() if text is None else text)
        return own.over(self.user())

    def user(self) -> Project:
        """Read the user's own settings; raises ProjectInvalid."""
        path = self.folders.user_file
        return Project.parse(_text(path, limits.PROJECT), file=str(path))

    def lock(self) -> Lockfile | None:
        """Read the lock; None where there is none. Raises LockInvalid."""
        data = read_if_there(self.lock_path, limits.LOCK)
        return None if data is None else Lockfile.parse(_decoded(data, LockInvalid))

    def write(self, *, text: str, lock: Lockfile | None) -> None:
        """Write what changed, each file whole: the lock first, so that a crash leaves it stale, never the project lost."""
        spelled = None if lock is None else lock.to_text()
        if spelled is not None and spelled != _text(self.lock_path, limits.LOCK):
            replace_atomically(self.lock_path, spelled.encode("utf-8"))
        if text != self.text() or not self.project_path.exists():
            replace_atomically(self.project_path, text.encode("utf-8"))


def _text(path: Path, limit: int) -> str:
    data = read_if_there(path, limit)
    return "" if data is None else _decoded(data, ProjectInvalid)


def _decoded(data: bytes, refuse: type[LockInvalid]) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refuse("not UTF-8") from error
