"""What `pcm generate` was asked to paint, checked as far as it can be before a base is loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pcm_engine import installed
from pcm_engine.cli import asked as ask
from pcm_engine.cli.asked import Asked
from pcm_engine.cli.errors import GateUnknown
from pcm_engine.cli.gates import parse_gates
from pcm_engine.cli.loading import TOYBOX
from pcm_engine.cli.packages import Given, read_given, with_installed
from pcm_engine.cli.painting import used_concepts
from pcm_engine.gate import Gate
from pcm_engine.recipe import UsedConcept, normal


@dataclass(frozen=True)
class Script:
    """A prompt, the concepts at hand by trigger and those that it uses, where the pictures go, the base as it is named."""

    prompt: str
    given: Mapping[str, Given]
    used: tuple[UsedConcept, ...]
    files: Sequence[Path]
    base: str


def scripted(asked: Asked) -> Script:
    """Read what was asked. Raises FileRefused, OptionsRefused, GateUnknown, TriggerUnknown and what concepts raise."""
    prompt = normal(asked.prompt or "")
    files = ask.output_files(asked.output or Path(), asked.count or 1)
    named, gates = read_given(asked.concept), parse_gates(asked.gate)
    given = with_installed(prompt, named)
    beside = over_told(gates, given)
    ask.require_numbers(asked)
    used = used_concepts(prompt, given, beside)
    return Script(prompt, given, used, files, asked.base or installed.base() or TOYBOX)


def over_told(gates: Mapping[str, Gate], given: Mapping[str, Given]) -> dict[str, Gate]:
    """The gates that were typed, over what the environment says. Raises GateUnknown for one of no concept here."""
    for word in gates:
        if word not in given:
            raise GateUnknown(word, tuple(sorted(given)))
    return {word: gates.get(word, Gate()).over(one.told) for word, one in given.items()}
