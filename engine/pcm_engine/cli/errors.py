"""What the engine's commands refuse before they paint or learn: words, files, bases (P75)."""

from typing import ClassVar

from pcm_schemas.errors import PcmError, Worded
from pcm_schemas.text import quoted, quoted_path


class OptionsRefused(Worded):
    """Options that do not go together, or a value that cannot be."""

    code: ClassVar[str] = "usage"


class GateUnknown(PcmError):
    """A gate for a concept that was neither given nor called by the prompt."""

    code: ClassVar[str] = "prompt.unknown_trigger"
    trigger: str
    given: tuple[str, ...]

    def message(self) -> str:
        return f"a gate is set for {quoted(self.trigger)}; here: {starred(self.given)}"

    def hint(self) -> str:
        return f"name a concept that the prompt calls, or add `--concept FILE` for {self.trigger}*"


class TriggerUnknown(PcmError):
    """A `word*` in the prompt that no concept answers to, given or installed; `remedy` says where one is."""

    code: ClassVar[str] = "prompt.unknown_trigger"
    trigger: str
    here: tuple[str, ...]
    remedy: str

    def message(self) -> str:
        return f"no concept answers to {self.trigger}*; here: {starred(self.here)}"

    def hint(self) -> str:
        return self.remedy


class TriggerTwice(PcmError):
    """Two given concepts that answer to one word (P66)."""

    code: ClassVar[str] = "resolve.trigger_clash"
    trigger: str
    first: str
    second: str

    def message(self) -> str:
        return f"{self.first} and {self.second} both answer to {self.trigger}*"

    def hint(self) -> str:
        return f'give one another word: `--concept "FILE as {self.trigger}-2*"`'


class PackageNotFound(PcmError):
    """A concept whose file is not there, or a folder without exactly one."""

    code: ClassVar[str] = "name.not_found"
    path: str
    reason: str = "there is no such file or folder"

    def message(self) -> str:
        return f"no concept at {quoted_path(self.path)}: {self.reason}"

    def hint(self) -> str:
        return "give a .safetensors file, or a folder that `pcm learn` wrote: `concepts/NAME`"


class ConceptGone(PcmError):
    """A concept of a recipe whose file is neither given nor known here."""

    code: ClassVar[str] = "blob.not_found"
    concept: str
    sha256: str

    def message(self) -> str:
        return f"the picture was made with {self.concept}, and no file here is {self.sha256}"

    def hint(self) -> str:
        return "give its file with `--concept FILE`"


class ConceptChanged(PcmError):
    """A concept of a recipe of which only other bytes are here."""

    code: ClassVar[str] = "digest.mismatch"
    concept: str
    path: str
    wanted: str
    found: str

    def message(self) -> str:
        return (
            f"{quoted_path(self.path)} is another {self.concept} than the picture was made with: "
            f"{self.found}, not {self.wanted}"
        )

    def hint(self) -> str:
        return "give the file that made the picture, with `--concept FILE`"


class BaseNotFound(PcmError):
    """A base that is not where it was said to be."""

    code: ClassVar[str] = "name.not_found"
    text: str
    reason: str

    def message(self) -> str:
        return f"no base model at {quoted(self.text)}: {self.reason}"

    def hint(self) -> str:
        return "give `toybox`, a folder that diffusers wrote, or `hf:owner/repo`"


class BaseBroken(PcmError):
    """A base that is there and does not load."""

    code: ClassVar[str] = "base.mismatch"
    text: str
    reason: str

    def message(self) -> str:
        return f"the base model {quoted(self.text)} does not load: {self.reason}"

    def hint(self) -> str:
        return "check that its folder is whole: model_index.json and safetensors files"


class BaseChanged(PcmError):
    """Another base than the one that a picture was made on."""

    code: ClassVar[str] = "base.mismatch"
    wanted: str
    found: str

    def message(self) -> str:
        return f"the picture was made on base {self.wanted}; this one is {self.found}"

    def hint(self) -> str:
        return "name the base that made it with `--base`"


def starred(triggers: tuple[str, ...]) -> str:
    """Triggers as they are written in prompts."""
    return ", ".join(f"{trigger}*" for trigger in triggers) or "none"
