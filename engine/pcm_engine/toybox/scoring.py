"""Scores on Toybox's own base, by one of its oracles: what is asked that can be seen, and the looks of the references."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from pcm_engine.errors import Unsupported
from pcm_engine.evaluation.judges import open_oracle
from pcm_engine.learning.pictures import fitted
from pcm_engine.toybox.oracle import LOOKS, Verdict, judge
from pcm_engine.toybox.places import PLACES
from pcm_engine.toybox.world import ACCESSORY_WORDS, RELATION_WORDS, SMALL

SIZE: Final = (SMALL.size, SMALL.size)
Pictures = UInt8[np.ndarray, "pictures height width 3"]
SAID: Final = {
    "place": {name: (phrase,) for name, (phrase, _, _) in PLACES.items()},
    "accessory": {name: (phrase,) for name, phrase in ACCESSORY_WORDS.items()},
    "relation": RELATION_WORDS,
}
"""Question -> answer -> the phrases that ask for it; places first, since `in the forest` holds a relation's word."""


class ToyboxScores:
    """`text` is the share of what the prompt asks that is seen; `image` the share of the references' looks."""

    @classmethod
    def of(cls, references: Sequence[Image.Image]) -> "ToyboxScores":
        """For pictures of any size: as `pcm learn` reads them, a square from the middle, at Toybox's size."""
        return cls(np.stack([np.asarray(fitted(one, SIZE)) for one in references]))

    def __init__(self, references: Pictures, oracle: str = "reporter") -> None:
        self.label = f"toybox-{oracle}"
        self._oracle = open_oracle(oracle)
        self._looks = looks_of(judge(self._oracle, references))

    def require(self, prompt: str, size: tuple[int | None, int | None]) -> None:
        """Refuse what `text` and `image` would, before a picture is painted. Raises Unsupported."""
        require_asked(prompt)
        told = tuple(side or own for side, own in zip(size, SIZE, strict=True))
        require_size(told)

    def text(self, pictures: Pictures, prompt: str) -> Float[np.ndarray, " pictures"]:
        """Raises Unsupported where the prompt asks for nothing that the oracle can see."""
        return self._shares(pictures, require_asked(prompt))

    def image(self, pictures: Pictures) -> Float[np.ndarray, " pictures"]:
        """The first figure's looks beside those of the references."""
        return self._shares(pictures, self._looks)

    def _shares(
        self, pictures: Pictures, wanted: dict[str, str | None]
    ) -> Float[np.ndarray, " pictures"]:
        require_size((pictures.shape[2], pictures.shape[1]))
        seen = judge(self._oracle, pictures)
        return np.array(
            [np.mean([one.answers[q] == answer for q, answer in wanted.items()]) for one in seen]
        )


def looks_of(verdicts: Sequence[Verdict]) -> dict[str, str | None]:
    """What most of the references show, look by look."""
    questions = [f"first {look}" for look in LOOKS]
    return {q: Counter(one.answers[q] for one in verdicts).most_common(1)[0][0] for q in questions}


def require_asked(prompt: str) -> dict[str, str | None]:
    """What a prompt asks for. Raises Unsupported where it is nothing that the oracle can see."""
    if not (wanted := asked_by(prompt)):
        raise Unsupported(
            "the prompt names no place, accessory or relation that Toybox's oracle knows",
            'ask for one: `"a photo of a NAME* in the forest"`',
        )
    return wanted


def require_size(size: tuple[int, ...]) -> None:
    """Refuse pictures that the oracle cannot see: it was trained on one size. Raises Unsupported."""
    if size != SIZE:
        raise Unsupported(
            f"the pictures are {size[0]}x{size[1]}, and Toybox's oracle judges {SIZE[0]}x{SIZE[1]}",
            "leave the size to the base, or let a CLIP model judge (`--clip`, in Python `ClipScores`)",
        )


def asked_by(prompt: str) -> dict[str, str | None]:
    """What a prompt asks for, question by question; each phrase is read once."""
    wanted: dict[str, str | None] = {}
    rest = prompt.lower()
    for question, answers in SAID.items():
        for answer, phrases in answers.items():
            for phrase in phrases:
                shorter = re.sub(rf"\b{phrase}\b", " ", rest)
                if shorter != rest:
                    wanted[question], rest = answer, shorter
    return wanted
