"""One call of the composer as data: prompts cut at their triggers, gates by prompt; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from pcm_engine.errors import UnknownGate, Unsupported
from pcm_engine.gate import Gate
from pcm_engine.gate_errors import GateTwice
from pcm_engine.prompt import Prompt, canonical, parse
from pcm_schemas.text import quoted

AS_MAP: Final = (
    'map triggers to gates: `gates={"teddy-bear": Gate(bias=0.6)}`, or list such maps, one a prompt'
)
Gates = Mapping[str, Gate]
Given = TypeVar("Given")


@dataclass(frozen=True)
class Request:
    """What is asked, with the gates given beside the prompts.

    Invariant: as many gates as prompts, and as many negative prompts, if there are any.
    """

    prompts: tuple[Prompt, ...]
    negatives: tuple[Prompt, ...]
    gates: tuple[Gates, ...]

    @classmethod
    def of(
        cls,
        prompt: str | Sequence[str],
        *,
        negative_prompt: str | Sequence[str] | None,
        gates: Gates | Sequence[Gates] | None,
        loaded: Collection[str],
    ) -> "Request":
        """Parse a call. Raises UnknownTrigger, UnknownGate, or Unsupported for lists that do not match."""
        prompts = [prompt] if isinstance(prompt, str) else list(prompt)
        return cls(
            tuple(parse(text, loaded) for text in prompts),
            tuple(parse(text, loaded) for text in _listed(negative_prompt, len(prompts))),
            tuple(by_trigger(row, loaded) for row in _listed(gates or {}, len(prompts))),
        )

    def under(self, told: Gates) -> "Request":
        """The same call where an environment says gates too: what was given beside the prompts goes before them."""
        rows = ({**row, **_filled(row, told)} for row in self.gates)
        return replace(self, gates=tuple(rows))

    @property
    def triggers(self) -> tuple[str, ...]:
        """Every concept that a prompt or a negative prompt names, each once."""
        rows = (*self.negatives, *self.prompts)
        return tuple(dict.fromkeys(word for row in rows for word in row.triggers))


def _listed(given: Given | Sequence[Given] | None, count: int) -> Sequence[Given]:
    """One for each prompt: a single one serves all, none stays none."""
    if given is None:
        return ()
    if isinstance(given, str | Mapping | Gate):
        return [given] * count
    if len(given) != count:
        raise Unsupported(
            f"{len(given)} are given for {count} prompts", "give one, or one for each prompt"
        )
    return given


def _filled(row: Gates, told: Gates) -> Gates:
    """What is told of each concept, below what a row says of it."""
    return {word: row.get(word, Gate()).over(gate) for word, gate in told.items()}


def by_trigger(row: Gates, loaded: Collection[str]) -> dict[str, Gate]:
    """Gates by canonical trigger. Raises UnknownGate, and GateTwice for two spellings of one word."""
    named: dict[str, Gate] = {}
    _require_map(row)
    for spelling, gate in row.items():
        _require_gate(spelling, gate)
        word = canonical(spelling)
        if word not in loaded:
            raise UnknownGate(trigger=word, loaded=tuple(sorted(loaded)))
        if word in named:
            raise GateTwice(word)
        named[word] = gate
    return named


def _require_map(row: object) -> None:
    """Raise Unsupported for gates that are no map of triggers."""
    if not isinstance(row, Mapping):
        raise Unsupported(f"gates are given as {type(row).__name__}", AS_MAP)


def _require_gate(trigger: object, gate: object) -> None:
    """Raise Unsupported for a gate written in another way."""
    if not isinstance(trigger, str) or not isinstance(gate, Gate):
        raise Unsupported(
            f"the gate of {trigger!r} is {quoted(repr(gate))}, which is no Gate", AS_MAP
        )
