"""What can go wrong before and after an upload (P48, P75)."""

from typing import ClassVar

from pcm_schemas.errors import PcmError
from pcm_schemas.text import quoted_path


class FolderUnclear(PcmError):
    """A folder that does not hold exactly one package."""

    code: ClassVar[str] = "usage"
    folder: str
    found: tuple[str, ...]

    def message(self) -> str:
        listed = ", ".join(self.found) or "none"
        return f"{quoted_path(self.folder)} should hold one .safetensors file, and holds {listed}"

    def hint(self) -> str:
        return "name the package file itself"


class PreviewAbsent(PcmError):
    """A preview that the manifest names and the folder lacks."""

    code: ClassVar[str] = "preview.mismatch"
    digest: str

    def message(self) -> str:
        return f"no file in `previews/` beside the package has the digest {self.digest}"

    def hint(self) -> str:
        return "put the previews that were made with the concept beside it"


class PublishUnfinished(PcmError):
    """A publish that was committed and is not yet in the signed index."""

    code: ClassVar[str] = "server.error"
    id: str
    state: str

    def message(self) -> str:
        return f"the publish {self.id} is {self.state}, and not yet in the signed index"

    def hint(self) -> str:
        return "run the same command again: it goes on where it is"


class LocalOnly(PcmError):
    """A concept of this machine's own namespace, asked to be published as it is (P4)."""

    code: ClassVar[str] = "name.reserved"
    name: str

    def message(self) -> str:
        return f"{self.name} is this machine's own: no registry holds the namespace local"

    def hint(self) -> str:
        return f"pack it for your namespace: `--as NAMESPACE/{self.name.partition('/')[2]}`"
