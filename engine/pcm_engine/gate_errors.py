"""What can be wrong with a gate as it is written."""

from typing import ClassVar

from pcm_schemas.errors import PcmError
from pcm_schemas.text import quoted


class GateMalformed(PcmError):
    """A gate, on the command line or in a prompt, that does not read."""

    code: ClassVar[str] = "usage"
    text: str
    reason: str

    def message(self) -> str:
        return f"{quoted(self.text)} is no gate: {self.reason}"

    def hint(self) -> str:
        return "write `--gate NAME:bias=0.6,strength=0.9`, or `NAME*@bias=0.6` in the prompt"


class GateTwice(PcmError):
    """One concept with two gates in one prompt: a prompt has one gate a concept (M13)."""

    code: ClassVar[str] = "usage"
    trigger: str

    def message(self) -> str:
        return f"{self.trigger}* has two gates in one prompt"

    def hint(self) -> str:
        return "say it once, or load the concept twice: `--concept FILE as OTHER`, in prompts of their own"


class BiasMoves(PcmError):
    """A bias that the prompt itself says, of the concept whose bias a sweep moves: it would go before every other."""

    code: ClassVar[str] = "usage"
    trigger: str

    def message(self) -> str:
        return f"the prompt says a bias of {self.trigger}*, and the bias is what moves"

    def hint(self) -> str:
        return f"leave `bias=` behind {self.trigger}* out of the prompt; other controls may stay"
