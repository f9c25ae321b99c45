"""The trade-off of a concept without training again: one prompt at many gates, scored for the text and for the likeness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, UInt8

from pcm_engine.concept import Concept
from pcm_engine.errors import UnknownGate, Unsupported
from pcm_engine.evaluation.sheets import as_bytes
from pcm_engine.gate import Gate
from pcm_engine.prompt import canonical, parse
from pcm_engine.request import Gates

BIASES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)
SEEDS = (0, 1, 2, 3)
TOGETHER = 8
"""Pictures a call: rows of one batch have gates of their own."""

Pictures = UInt8[np.ndarray, "pictures height width 3"]


@runtime_checkable
class Scores(Protocol):
    """How well pictures follow a prompt, and how like the concept they are; higher is better."""

    @property
    def label(self) -> str:
        """What a manifest calls this scorer (P9)."""
        ...

    def text(self, pictures: Pictures, prompt: str) -> Float[np.ndarray, " pictures"]:
        """Of each picture, how much of the prompt it shows; the prompt's triggers stand as supercategories."""
        ...

    def image(self, pictures: Pictures) -> Float[np.ndarray, " pictures"]:
        """Of each picture, how like the concept's own pictures it is."""
        ...


@runtime_checkable
class Composes(Protocol):
    """What a sweep needs of a composer."""

    @property
    def loaded(self) -> Mapping[str, Concept]:
        """The concepts by trigger."""
        ...

    def __call__(self, prompt: Sequence[str], **options: Any) -> Any:  # noqa: ANN401 - a pipeline's call
        """Paint."""
        ...


@dataclass(frozen=True)
class Point:
    """Mean scores of the pictures at one gate."""

    gate: Gate
    text: float
    image: float

    def beats(self, other: "Point") -> bool:
        """Tell whether this is at least as good in both scores and better in one."""
        no_worse = self.text >= other.text and self.image >= other.image
        return no_worse and (self.text, self.image) != (other.text, other.image)


@dataclass(frozen=True, eq=False)
class Sweep:
    """The points of one prompt in the order of the gates, and the picture of the first seed at each."""

    prompt: str
    trigger: str
    scorer: str
    points: tuple[Point, ...]
    strip: Pictures

    @property
    def front(self) -> tuple[Point, ...]:
        """The points that no other beats, sorted by text (P9)."""
        kept = [one for one in self.points if not any(each.beats(one) for each in self.points)]
        return tuple(sorted(kept, key=lambda point: point.text))

    @property
    def balanced(self) -> Point:
        """The point of the front whose worse score, each as a share of its best in the sweep, is highest.

        Of several that are equally good the middle one: it stands farthest from where either score falls.
        """
        best_text = max(point.text for point in self.points) or 1.0
        best_image = max(point.image for point in self.points) or 1.0
        worse = {p: min(p.text / best_text, p.image / best_image) for p in self.front}
        equal = [point for point in self.front if worse[point] == max(worse.values())]
        return equal[len(equal) // 2]


def sweep(
    composer: Composes,
    prompt: str,
    scorer: Scores,
    *,
    trigger: str | None = None,
    biases: Sequence[float] = BIASES,
    gates: Gates = MappingProxyType({}),
    seeds: Sequence[int] = SEEDS,
    **options: Any,  # noqa: ANN401 - whatever the pipeline takes
) -> Sweep:
    """Paint the prompt at every bias and seed, several gates a batch, and score.

    `trigger` is whose gate moves: the prompt's first, unless told; `gates` are the other controls and concepts. Raises
    UnknownTrigger, UnknownGate for a trigger that the prompt does not name, Unsupported where it names none,
    GateOutOfRange.
    """
    word = _moved(prompt, trigger, composer.loaded)
    moved = [replace(gates.get(word, Gate()), bias=bias) for bias in biases]
    asked = [({**gates, word: gate}, seed) for gate, seed in product(moved, seeds)]
    painted = _painted(composer, prompt, asked, options)
    plain = _in_words(prompt, composer)
    text, image = scorer.text(painted, plain), scorer.image(painted)
    by_gate = [array.reshape(len(moved), len(seeds)).mean(1) for array in (text, image)]
    points = [Point(one, float(t), float(i)) for one, t, i in zip(moved, *by_gate, strict=True)]
    return Sweep(prompt, word, scorer.label, tuple(points), painted[:: len(seeds)])


def _moved(prompt: str, trigger: str | None, loaded: Mapping[str, object]) -> str:
    named = parse(prompt, loaded).triggers
    if not named:
        raise Unsupported(
            "the prompt names no concept, so there is no gate to move", "name one with its star"
        )
    word = canonical(trigger or named[0])
    if word not in named:
        raise UnknownGate(trigger=word, loaded=named)
    return word


def _painted(
    composer: Composes,
    prompt: str,
    asked: Sequence[tuple[Gates, int]],
    options: Mapping[str, Any],
) -> Pictures:
    """One picture for each gate and seed, in that order."""
    calls = [asked[k : k + TOGETHER] for k in range(0, len(asked), TOGETHER)]
    parts = [
        composer(
            [prompt] * len(some),
            gates=[gates for gates, _ in some],
            generator=[torch.Generator().manual_seed(seed) for _, seed in some],
            output_type="np",
            **options,
        ).images
        for some in calls
    ]
    return as_bytes(np.concatenate(parts))


def _in_words(prompt: str, composer: Composes) -> str:
    """The prompt as a scorer reads it: each trigger by the first supercategory of its concept."""
    pieces = parse(prompt, composer.loaded).pieces
    loaded = composer.loaded
    return "".join(
        one if isinstance(one, str) else loaded[one.word].manifest.supercategories[0]
        for one in pieces
    )
