"""What learning may be refused for, each a value with its fields (P75: `learn.*`)."""

from typing import ClassVar

from pcm_schemas.errors import PcmError, Worded
from pcm_schemas.text import quoted_path


class BadPicture(PcmError):
    """A picture, or its mask, that cannot be learned from."""

    code: ClassVar[str] = "learn.pictures"
    file: str
    reason: str
    advice: str = "leave it out, or save it again as PNG or JPEG"

    def message(self) -> str:
        return f"{quoted_path(self.file)}: {self.reason}"

    def hint(self) -> str:
        return self.advice


class NoPictures(PcmError):
    """Learning asked for without a picture."""

    code: ClassVar[str] = "learn.pictures"

    def message(self) -> str:
        return "no picture was given"

    def hint(self) -> str:
        return "name three to ten of them: `pcm learn photos/*.png as 'me*' {person}`"


class BadTrigger(Worded):
    """A trigger that is missing, or that is not one word."""

    code: ClassVar[str] = "learn.trigger"


class TriggerExpanded(PcmError):
    """A trigger that the shell took for a pattern and replaced by the names of files."""

    code: ClassVar[str] = "learn.trigger"
    files: tuple[str, ...]
    trigger: str

    def message(self) -> str:
        shown = ", ".join(self.files[:3]) + (", …" if len(self.files) > 3 else "")
        return f"where the trigger should be there are files: {shown}; the shell replaced it by their names"

    def hint(self) -> str:
        return f"quote it: as '{self.trigger}*'"


class BadWord(PcmError):
    """A supercategory or adjective that is missing, not a word, or unknown to the base."""

    code: ClassVar[str] = "learn.supercategory"
    reason: str
    nearest: tuple[str, ...] = ()

    def message(self) -> str:
        return self.reason

    def hint(self) -> str:
        if self.nearest:
            return f"known words nearby: {', '.join(self.nearest)}"
        return "say what it is a kind of, in everyday words: {cat}, or {person, human}"


class BadCovariance(PcmError):
    """Captions whose encodings cannot carry the edit (M1)."""

    code: ClassVar[str] = "learn.covariance"
    reason: str

    def message(self) -> str:
        return self.reason

    def hint(self) -> str:
        return "give more and more varied captions with `--captions FILE`, one a line, that use such words"


class Diverged(PcmError):
    """A loss or gradient that is not finite (T8); `kept` is the step of the checkpoint that was kept, 0 for none."""

    code: ClassVar[str] = "learn.diverged"
    step: int
    kept: int

    def message(self) -> str:
        kept = f"the checkpoint of step {self.kept} is kept" if self.kept else "nothing is kept"
        return f"the loss or its gradient was not finite at step {self.step}; {kept}"

    def hint(self) -> str:
        return "learn more slowly: `--rate 0.3`"


class MemoryShort(PcmError):
    """A device or machine without the memory that a micro-batch needs."""

    code: ClassVar[str] = "learn.memory"
    micro: int

    def message(self) -> str:
        return f"there is not enough memory for {self.micro} pictures at once"

    def hint(self) -> str:
        return f"take fewer at once, with the same result: `--micro {max(1, self.micro // 2)}`"
