"""What can go wrong on this disk: the store, the base list, the project's files (P72, P73, P75)."""

from typing import ClassVar

from pcm_schemas.errors import PcmError
from pcm_schemas.text import printable, quoted, quoted_path
from pcm_schemas.trust_errors import SignatureMissing


class StoreCorrupt(PcmError):
    """A blob whose bytes are not what its name says; it was moved out of the store."""

    code: ClassVar[str] = "store.corrupt"
    digest: str
    reason: str

    def message(self) -> str:
        return f"the stored blob {self.digest} is damaged: {self.reason}"

    def hint(self) -> str:
        return "it was set aside; `pcm sync` fetches it again"


class StoreFull(PcmError):
    """No room for bytes."""

    code: ClassVar[str] = "store.full"
    folder: str
    needed: int

    def message(self) -> str:
        return f"no room for {self.needed:,} bytes in {quoted_path(self.folder)}"

    def hint(self) -> str:
        return "free some space, or move pcm's folders with PCM_HOME"


class StoreLocked(PcmError):
    """Another process holds the lock and does not let go."""

    code: ClassVar[str] = "store.locked"
    lock: str
    waited: float

    def message(self) -> str:
        return f"another pcm holds {quoted_path(self.lock)} since {self.waited:.0f} s"

    def hint(self) -> str:
        return "wait until it is done, or end it"


class BaseUnknown(PcmError):
    """A base that is neither listed nor a folder; `listed` are the ones that are."""

    code: ClassVar[str] = "project.incomplete"
    base: str
    listed: tuple[str, ...]

    def message(self) -> str:
        return f"no base is called {quoted(self.base)}, and no folder is"

    def hint(self) -> str:
        known = f"; listed: {', '.join(self.listed)}" if self.listed else ""
        if self.base.startswith("hf:"):
            return f"fetch and measure it with `pcm base add {printable(self.base)}`{known}"
        return f"measure one with `pcm base add toybox` or `pcm base add FOLDER`{known}"


class FileUnreadable(PcmError):
    """A file of pcm that is there and cannot be understood."""

    code: ClassVar[str] = "project.invalid"
    path: str
    reason: str

    def message(self) -> str:
        return f"{quoted_path(self.path)} cannot be read: {self.reason}"

    def hint(self) -> str:
        return f"mend or remove {quoted_path(self.path)}"


class PackageAbsent(PcmError):
    """A `file:` requirement whose file is not there."""

    code: ClassVar[str] = "release.not_found"
    path: str

    def message(self) -> str:
        return f"there is no package file at {quoted_path(self.path)}"

    def hint(self) -> str:
        return "check the path; it is read from the folder of pcm.toml"


class NotInstalled(PcmError):
    """A name that the environment does not hold; `near` are those that look like it."""

    code: ClassVar[str] = "release.not_found"
    name: str
    near: tuple[str, ...] = ()

    def message(self) -> str:
        return f"{quoted(self.name)} is not installed here"

    def hint(self) -> str:
        guess = f"; installed: {', '.join(self.near)}" if self.near else ""
        return f"`pcm list` shows what is{guess}"


class LockMissing(PcmError):
    """No `pcm.lock` where one is needed."""

    code: ClassVar[str] = "lock.missing"
    folder: str

    def message(self) -> str:
        return f"there is no pcm.lock in {quoted_path(self.folder)}"

    def hint(self) -> str:
        return "run `pcm lock`, or `pcm sync` without `--locked`"


class ProjectExists(PcmError):
    """A `pcm.toml` that `pcm init` would overwrite."""

    code: ClassVar[str] = "usage"
    path: str

    def message(self) -> str:
        return f"{quoted_path(self.path)} is there already"

    def hint(self) -> str:
        return "edit it, or use `pcm base use`, `pcm add`"


class FileUnsigned(SignatureMissing):
    """A `file:` package that nobody signed, where that was not allowed (P61)."""

    code: ClassVar[str] = "signature.missing"

    def hint(self) -> str:
        return "if it is your own or you know who made it: `--allow-unsigned`"
