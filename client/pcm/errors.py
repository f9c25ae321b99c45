"""The client's error tree: what can go wrong between a person and the library, each a value with fields (P75)."""

from typing import ClassVar

from pcm_schemas.errors import PcmError
from pcm_schemas.text import quoted, quoted_path

__all__ = ["CommandUnknown", "ExtraMissing", "PathGiven", "PcmError", "Unexpected", "UsageInvalid"]


class UsageInvalid(PcmError):
    """A command line that no command answers to; `command` is how far it was understood."""

    code: ClassVar[str] = "usage"
    reason: str
    command: str

    def message(self) -> str:
        return self.reason

    def hint(self) -> str:
        return f"see `{self.command} --help`"


class CommandUnknown(PcmError):
    """A first word that is no command; `nearest` is one that looks like it, if any."""

    code: ClassVar[str] = "usage"
    word: str
    nearest: str | None = None

    def message(self) -> str:
        return f"there is no command {quoted(self.word)}"

    def hint(self) -> str:
        return f"did you mean `pcm {self.nearest}`?" if self.nearest else "see `pcm --help`"


class ExtraMissing(PcmError):
    """A command without the module or distribution it needs; `requirement` is what pip must be told."""

    code: ClassVar[str] = "extra.missing"
    command: str
    module: str
    requirement: str

    def message(self) -> str:
        return f"`{self.command}` needs {self.module}, which is not installed"

    def hint(self) -> str:
        return f'pip install "{self.requirement}"'


class Unexpected(PcmError):
    """Whatever no one foresaw: the kind and text of a foreign exception, without its traceback."""

    code: ClassVar[str] = "internal"
    kind: str
    text: str

    def message(self) -> str:
        return f"{self.kind}: {self.text}" if self.text else self.kind

    def hint(self) -> str:
        return "run it again with PCM_DEBUG=1 to see where, and report that"


class PathGiven(PcmError):
    """A path where a concept is meant: most often a name with `*` that the shell expanded."""

    code: ClassVar[str] = "usage"
    path: str
    concept: str | None = None

    def message(self) -> str:
        return f"{quoted_path(self.path)} is a file or folder here, and a concept was expected"

    def hint(self) -> str:
        name = self.concept or "NAME"
        quote = f"quote the name so that the shell leaves it alone: '{name}*'"
        return f"{quote}; for a package file write file:{self.path}"
