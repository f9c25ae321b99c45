"""The controls of one concept at generation time, with the ranges of P9 (method.md section 5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from numbers import Real

from pcm_engine.errors import GateOutOfRange


class Lock(StrEnum):
    """What the keys are held at: along the direction only (M10), or the whole prompt (M12)."""

    LOCAL = "local"
    GLOBAL = "global"


RANGES = {"bias": (-1.0, 2.0), "temperature": (0.01, 1.0), "strength": (0.0, 1.0)}
DEFAULT_BIAS = {Lock.LOCAL: 0.7, Lock.GLOBAL: 0.5}


@dataclass(frozen=True)
class Gate:
    """bias, temperature, strength and lock of a concept; None stands for the concept's own default.

    Invariant: what is set lies in the range of P9, and `lock`, which may be given by its word, is a Lock.
    Raises GateOutOfRange.
    """

    bias: float | None = None
    temperature: float | None = None
    strength: float | None = None
    lock: Lock | str | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, Real):
                raise GateOutOfRange(name, f"{value!r}, which is no number", low, high)
            if value is not None and not low <= value <= high:
                raise GateOutOfRange(control=name, value=value, low=low, high=high)
        if self.lock is not None:
            object.__setattr__(self, "lock", _lock_of(self.lock))

    def over(self, default: "Gate") -> "Gate":
        """Fill what is not said here from `default`."""
        said = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        return replace(default, **said)

    def under(self, lock: Lock, default: "Gate") -> "Gate":
        """Fill this gate for a prompt that is locked by `lock` (M12).

        A concept used under the other lock than its default takes that lock's default bias, unless told one.
        """
        filled = replace(self.over(default), lock=lock)
        if lock is default.lock or self.bias is not None:
            return filled
        return replace(filled, bias=DEFAULT_BIAS[lock])


def _lock_of(word: str) -> Lock:
    """The lock of this word. Raises GateOutOfRange."""
    if word in list(Lock):
        return Lock(word)
    raise GateOutOfRange(control="lock", value=word, low=Lock.LOCAL, high=Lock.GLOBAL)


DEFAULT = Gate(DEFAULT_BIAS[Lock.LOCAL], 0.15, 1.0, Lock.LOCAL)
TRAINING = Gate(0.75, 0.1, 1.0, Lock.LOCAL)  # (T6)


def settle(
    present: Iterable[str], asked: Mapping[str, Gate], defaults: Mapping[str, Gate]
) -> dict[str, Gate]:
    """Fill the gates of the concepts that act in one prompt: those present with a strength above 0 (M13).

    The prompt is locked globally only if every one of them says so (M12).
    """
    wanted = {word: asked.get(word, Gate()) for word in present}
    filled = {word: gate.over(defaults[word]) for word, gate in wanted.items()}
    active = {word: gate for word, gate in filled.items() if gate.strength}
    all_global = bool(active) and all(gate.lock is Lock.GLOBAL for gate in active.values())
    lock = Lock.GLOBAL if all_global else Lock.LOCAL
    return {word: wanted[word].under(lock, defaults[word]) for word in active}
