"""The engine's error tree (P75): what a prompt, a gate, a concept or a pipeline may be refused for."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from pcm_schemas.errors import PcmError, Worded
from pcm_schemas.text import quoted_path


def _words(triggers: Iterable[str]) -> str:
    """Triggers as they are written in prompts."""
    return ", ".join(f"{trigger}*" for trigger in triggers)


class TriggerLost(UserWarning):
    """A trigger that truncation cut off: its concept takes no part in that prompt (M13)."""


class UnknownTrigger(PcmError):
    """A `word*` in a prompt that no loaded concept answers to."""

    code: ClassVar[str] = "prompt.unknown_trigger"
    trigger: str
    loaded: tuple[str, ...]

    def message(self) -> str:
        known = f"loaded: {_words(self.loaded)}" if self.loaded else "no concept is loaded"
        return f"no concept answers to {self.trigger}*; {known}"

    def hint(self) -> str:
        return f"load it with `composer.load(…, alias={self.trigger!r})`, or write the word without the star"


class GateOutOfRange(PcmError):
    """A control outside the range of P9."""

    code: ClassVar[str] = "gate.range"
    control: str
    value: float | str
    low: float | str
    high: float | str

    def message(self) -> str:
        return f"{self.control} is {self.value}"

    def hint(self) -> str:
        word = "or" if isinstance(self.low, str) else "to"
        return f"{self.control} may be {self.low} {word} {self.high}"


class UnknownGate(PcmError):
    """A gate for a concept that is not loaded."""

    code: ClassVar[str] = "prompt.unknown_trigger"
    trigger: str
    loaded: tuple[str, ...]

    def message(self) -> str:
        return f"a gate is given for {self.trigger}*, which is not loaded; loaded: {_words(self.loaded) or 'none'}"

    def hint(self) -> str:
        return "name a loaded trigger in `gates`"


class DependentConcepts(PcmError):
    """Two concepts in one prompt whose directions nearly coincide (M8)."""

    code: ClassVar[str] = "engine.dependent"
    first: str
    second: str
    cosine: float
    eigenvalue: float

    def message(self) -> str:
        return (
            f"{self.first} and {self.second} are nearly the same direction: overlap {self.cosine:.4f}, "
            f"smallest eigenvalue {self.eigenvalue:.4f}, at least 0.01 is needed"
        )

    def hint(self) -> str:
        return f"use {self.first} and {self.second} in different prompts, or give one strength 0"


class Unsupported(Worded):
    """A pipeline that has not what the edit needs, or a request that no rule covers."""

    code: ClassVar[str] = "engine.unsupported"


class WrongWidths(PcmError):
    """A concept whose tensors do not have the widths of this pipeline."""

    code: ClassVar[str] = "engine.widths"
    tensor: str
    found: tuple[int, ...]
    needed: tuple[int, ...]

    def message(self) -> str:
        return f"{self.tensor} has widths {list(self.found)}, this pipeline has {list(self.needed)}"

    def hint(self) -> str:
        return "load a file of this concept that was learned on this base"


class WrongBase(PcmError):
    """A concept learned on another base model (P13)."""

    code: ClassVar[str] = "base.mismatch"
    concept: str
    learned_on: str
    pipeline: str

    def message(self) -> str:
        return f"{self.concept} was learned on {self.learned_on}, this pipeline is {self.pipeline}"

    def hint(self) -> str:
        return "load the file of this concept for this base, or open the pipeline it was learned on"


class NearBase(WrongBase):
    """A concept of a base that is close to this one but not the same (P13)."""

    code: ClassVar[str] = "base.near"

    def hint(self) -> str:
        return "if a close base will do: `--accept-base near`, in Python `Composer(pipeline, accept=Tier.NEAR)`"


class ChangedBase(WrongBase):
    """The same on a pipeline that had words added, or adapters fused, before it was measured (P11)."""

    def message(self) -> str:
        return f"{super().message()}; it has words of its own or fused adapters, which were measured with it"

    def hint(self) -> str:
        return (
            "take textual inversions and fused adapters off, make a new composer, and load a concept or ask "
            "`composer.base` before they come back"
        )


class WrongClipSkip(PcmError):
    """A concept learned at another layer of the text encoder (P9)."""

    code: ClassVar[str] = "base.mismatch"
    concept: str
    learned: int
    asked: int

    def message(self) -> str:
        return f"{self.concept} was learned with clip_skip {self.learned}, this prompt is encoded with {self.asked}"

    def hint(self) -> str:
        return f"generate with clip_skip={self.learned}"


class NegativeClipSkip(WrongClipSkip):
    """The same in a negative prompt, which pipelines read without the clip skip."""

    def message(self) -> str:
        return (
            f"{self.concept} was learned with clip_skip {self.learned}, "
            f"and negative prompts are read with {self.asked}, as the pipeline reads them"
        )

    def hint(self) -> str:
        return f"leave {self.concept} out of the negative prompt"


class TriggerTaken(PcmError):
    """A concept loaded under a trigger that another one holds (P66)."""

    code: ClassVar[str] = "resolve.trigger_clash"
    trigger: str
    holder: str

    def message(self) -> str:
        return f"{self.trigger}* already calls {self.holder}"

    def hint(self) -> str:
        return f'load it under another word: `composer.load(…, alias="{self.trigger}-2")`'


class NoSuchFile(PcmError):
    """A package file that is not there."""

    code: ClassVar[str] = "name.not_found"
    name: str

    def message(self) -> str:
        return f"{self.name} is no file here"

    def hint(self) -> str:
        return 'give the path of a package file, or install it and call `composer.load("NAME*")`'


class FileUnreadable(PcmError):
    """A file or folder that the system does not let be read."""

    code: ClassVar[str] = "usage"
    path: str
    reason: str

    def message(self) -> str:
        return f"{quoted_path(self.path)} cannot be read: {self.reason}"

    def hint(self) -> str:
        return "give a file that you may read"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What the system refuses while a file is looked for or read, as one error that names it. Raises FileUnreadable."""
    try:
        yield
    except OSError as error:
        raise FileUnreadable(str(path), error.strerror or str(error)) from error


class NoSlot(PcmError):
    """More concepts than the bank has slots for."""

    code: ClassVar[str] = "engine.slots"
    slots: int

    def message(self) -> str:
        return f"all {self.slots} slots hold a concept"

    def hint(self) -> str:
        return "unload one, or make the composer with more: `Composer(pipeline, slots=…)`"


class AlreadyAttached(Worded):
    """A pipeline whose projections another composer has, or a composer that is busy or detached."""

    code: ClassVar[str] = "engine.attached"
