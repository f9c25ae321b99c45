"""What a concept is called and what it is a kind of: the words of M14 and P8, checked; pure."""

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from difflib import get_close_matches

from pcm_engine.learning.errors import BadWord
from pcm_schemas import limits
from pcm_schemas.name import normalised, parse_trigger

WORD = re.compile(r"[a-z][a-z -]{0,31}")  # P8


@dataclass(frozen=True)
class Naming:
    """Trigger, supercategories and adjectives. Invariant: P1 and P8 hold."""

    trigger: str
    supercategories: tuple[str, ...]
    adjectives: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, trigger: str, *, supercategories: Iterable[str], adjectives: Iterable[str] = ()
    ) -> "Naming":
        """Take words as people write them. Raises NameInvalid, NameReserved, BadWord."""
        kinds = _phrases(supercategories, most=limits.SUPERCATEGORIES)
        if not kinds:
            raise BadWord("no supercategory was given")
        return cls(
            str(parse_trigger(normalised(trigger))),
            kinds,
            _phrases(adjectives, most=limits.ADJECTIVES),
        )

    @property
    def phrases(self) -> tuple[str, ...]:
        """(M14) "A c" for every supercategory c: what the word and the direction start from."""
        return tuple(" ".join((*self.adjectives, kind)) for kind in self.supercategories)

    def require_known(self, known: Set[str]) -> None:
        """Refuse a word that the base has never seen, where its words are known. Raises BadWord."""
        words = [
            word
            for phrase in (*self.supercategories, *self.adjectives)
            for word in re.split(r"[ -]+", phrase)
        ]
        for word in words:
            if word and word not in known:
                near = get_close_matches(word, sorted(known), n=3, cutoff=0.5)
                raise BadWord(f"this base does not know the word {word!r}", tuple(near))


def _phrases(given: Iterable[str], *, most: int) -> tuple[str, ...]:
    """Lower case, single spaces, each once. Raises BadWord."""
    found = tuple(dict.fromkeys(" ".join(phrase.lower().split()) for phrase in given))
    for phrase in found:
        if not WORD.fullmatch(phrase):
            raise BadWord(
                f"{phrase!r} is not a word or two: letters, spaces and hyphens, at most 32"
            )
    if len(found) > most:
        raise BadWord(f"{len(found)} are given, at most {most} can be used")
    return found
