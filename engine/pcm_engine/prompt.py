"""Triggers in a prompt: text in, words and concepts out; pure.

A trigger is written `word*` anywhere in a prompt, punctuation beside it or not. Case and `_` do not matter (P2). A gate
for this prompt may follow it at once, `word*@bias=0.6`; it is no part of what the encoders read.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pcm_engine.errors import UnknownTrigger
from pcm_engine.gate import Gate
from pcm_engine.gate_errors import GateTwice
from pcm_engine.gate_text import inline

STARRED = re.compile(r"(?<![\w*])(\w+(?:-\w+)*)\*(?!\*)")


@dataclass(frozen=True)
class Trigger:
    """A call of the concept that is loaded as `word`."""

    word: str


@dataclass(frozen=True)
class Prompt:
    """A prompt cut at its triggers. Invariant: the pieces are `text` in order, nothing lost but the gates in it."""

    text: str
    pieces: tuple[str | Trigger, ...]
    gates: Mapping[str, Gate] = field(default_factory=dict)

    @property
    def triggers(self) -> tuple[str, ...]:
        """The concepts that this prompt names, each once, in order."""
        return tuple(
            dict.fromkeys(piece.word for piece in self.pieces if isinstance(piece, Trigger))
        )

    def asked(self, beside: Mapping[str, Gate]) -> dict[str, Gate]:
        """The gates of this prompt: what it says itself goes before what is given beside it, control by control."""
        own = {word: gate.over(beside.get(word, Gate())) for word, gate in self.gates.items()}
        return {**beside, **own}


def parse(text: str, loaded: Collection[str]) -> Prompt:
    """Cut `text` at the triggers of `loaded`.

    Raises UnknownTrigger for any other `word*`, except after a number (`2*`) or in the middle of a word (`a*b`);
    GateMalformed, GateOutOfRange and GateTwice for the gates in it.
    """
    pieces: list[str | Trigger] = []
    gates: dict[str, Gate] = {}
    end = 0
    for match in STARRED.finditer(text):
        word = canonical(match[1])
        if word not in loaded:
            _require_plain(text, match, loaded)
            continue
        pieces += [text[end : match.start()], Trigger(word)]
        gate, end = inline(text, match.end())
        if gate is not None and gates.setdefault(word, gate) != gate:
            raise GateTwice(word)
    return Prompt(text, tuple(piece for piece in (*pieces, text[end:]) if piece != ""), gates)


def canonical(word: str) -> str:
    """A trigger as people write it, in the form of P1: lower case, hyphens, no star."""
    return word.removesuffix("*").lower().replace("_", "-")


def _require_plain(text: str, match: re.Match[str], loaded: Collection[str]) -> None:
    """Let a star after a number or between two letters pass as text; anything else was meant as a trigger."""
    is_word = any(letter.isalpha() for letter in match[1])
    if is_word and not re.match(r"\w", text[match.end() :]):
        raise UnknownTrigger(trigger=match[1], loaded=tuple(sorted(loaded)))
