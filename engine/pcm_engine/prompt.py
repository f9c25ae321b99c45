"""Triggers in a prompt: text in, words and concepts out; pure.

A trigger is written `word*` anywhere in a prompt, punctuation beside it or not. Case and `_` do not matter (P2).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from pcm_engine.errors import UnknownTrigger

STARRED = re.compile(r"(?<![\w*])(\w+(?:-\w+)*)\*(?!\*)")


@dataclass(frozen=True)
class Trigger:
    """A call of the concept that is loaded as `word`."""

    word: str


@dataclass(frozen=True)
class Prompt:
    """A prompt cut at its triggers. Invariant: the pieces are `text` in order, nothing lost."""

    text: str
    pieces: tuple[str | Trigger, ...]

    @property
    def triggers(self) -> tuple[str, ...]:
        """The concepts that this prompt names, each once, in order."""
        return tuple(
            dict.fromkeys(piece.word for piece in self.pieces if isinstance(piece, Trigger))
        )


def parse(text: str, loaded: Collection[str]) -> Prompt:
    """Cut `text` at the triggers of `loaded`.

    Raises UnknownTrigger for any other `word*`, except after a number (`2*`) or in the middle of a word (`a*b`).
    """
    pieces: list[str | Trigger] = []
    end = 0
    for match in STARRED.finditer(text):
        word = canonical(match[1])
        if word not in loaded:
            _require_plain(text, match, loaded)
            continue
        pieces += [text[end : match.start()], Trigger(word)]
        end = match.end()
    return Prompt(text, tuple(piece for piece in (*pieces, text[end:]) if piece != ""))


def canonical(word: str) -> str:
    """A trigger as people write it, in the form of P1: lower case, hyphens, no star."""
    return word.removesuffix("*").lower().replace("_", "-")


def _require_plain(text: str, match: re.Match[str], loaded: Collection[str]) -> None:
    """Let a star after a number or between two letters pass as text; anything else was meant as a trigger."""
    is_word = any(letter.isalpha() for letter in match[1])
    if is_word and not re.match(r"\w", text[match.end() :]):
        raise UnknownTrigger(trigger=match[1], loaded=tuple(sorted(loaded)))
