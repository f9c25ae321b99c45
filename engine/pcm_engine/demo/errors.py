"""What can go wrong in the demo itself; everything else is the error of the command that it ran."""

from typing import ClassVar

from pcm_schemas.errors import PcmError


class StepFailed(PcmError):
    """A command that ended otherwise than the demo promises, with what it said."""

    code: ClassVar[str] = "internal"
    command: str
    said: str

    def message(self) -> str:
        return f"`{self.command}` did not do what the demo shows: {self.said}"

    def hint(self) -> str:
        return "run `pcm demo` again: it goes on from there; if it stays, `pcm demo --out` another folder"
