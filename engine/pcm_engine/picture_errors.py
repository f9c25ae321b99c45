"""What a picture file and its recipe may be refused for (P75)."""

from typing import ClassVar

from pcm_schemas.errors import PcmError
from pcm_schemas.text import quoted_path


class PictureNotFound(PcmError):
    """A picture that is not there."""

    code: ClassVar[str] = "name.not_found"
    path: str

    def message(self) -> str:
        return f"there is no picture {quoted_path(self.path)}"

    def hint(self) -> str:
        return "give a PNG that `pcm generate` wrote"


class RecipeMissing(PcmError):
    """A file that is no PNG, or one without a recipe."""

    code: ClassVar[str] = "request.invalid"
    path: str

    def message(self) -> str:
        return f"{quoted_path(self.path)} holds no recipe"

    def hint(self) -> str:
        return "give a PNG that `pcm generate` wrote, not a copy that an editor or a website saved anew"


class RecipeInvalid(PcmError):
    """A recipe that breaks its own format, or values that no recipe may hold."""

    code: ClassVar[str] = "request.invalid"
    reason: str

    def message(self) -> str:
        return f"this is no recipe: {self.reason}"

    def hint(self) -> str:
        return "upgrade pcm if the picture is newer than it; else make the picture anew"


class DiskFull(PcmError):
    """A write for which there is no space; nothing of it is left."""

    code: ClassVar[str] = "store.full"
    path: str

    def message(self) -> str:
        return f"no space is left to write {quoted_path(self.path)}"

    def hint(self) -> str:
        return "free some space; nothing half-written was left"


class FileRefused(PcmError):
    """A file that cannot be written here, or must not be."""

    code: ClassVar[str] = "usage"
    path: str
    reason: str
    remedy: str = "choose another file with `-o`"

    def message(self) -> str:
        return f"{quoted_path(self.path)} cannot be written: {self.reason}"

    def hint(self) -> str:
        return self.remedy


class PictureBroken(PcmError):
    """A picture that came out as not-a-number."""

    code: ClassVar[str] = "engine.unsupported"
    dtype: str

    def message(self) -> str:
        return f"the base computed values that are not finite in {self.dtype}"

    def hint(self) -> str:
        return "try another seed or lower guidance; if it stays, the base's files are damaged"
