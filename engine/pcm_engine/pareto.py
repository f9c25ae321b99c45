"""The trade-off of a concept without training again: one prompt at many gates, scored for the text and for the likeness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, UInt8

from pcm_engine.errors import UnknownGate, Unsupported
from pcm_engine.evaluation.sheets import as_bytes
from pcm_engine.gate import Gate
from pcm_engine.gate_errors import BiasMoves
from pcm_engine.picture_errors import PictureBroken
from pcm_engine.prompt import Prompt, canonical, parse
from pcm_engine.request import Gates, by_trigger
from pcm_schemas.manifest import Manifest

BIASES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)
SEEDS = (0, 1, 2, 3)
TOGETHER = 8
"""Pictures a call: rows of one batch have gates of their own."""

Pictures = UInt8[np.ndarray, "pictures height width 3"]
Size = tuple[int | None, int | None]
"""Width and height of the pictures that will be painted; None where the base decides."""


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
class Demanding(Protocol):
    """Scores that not every prompt and size of picture can be judged by: asked before a picture is painted."""

    def require(self, prompt: str, size: Size) -> None:
        """Raise Unsupported for what cannot be judged; the prompt is as `Scores.text` reads it."""
        ...


@runtime_checkable
class Described(Protocol):
    """A concept, loaded or still in its file."""

    @property
    def manifest(self) -> Manifest:
        """What it says it is."""
        ...


@runtime_checkable
class Composes(Protocol):
    """What a sweep needs of a composer."""

    @property
    def loaded(self) -> Mapping[str, Described]:
        """The concepts by trigger."""
        ...

    @property
    def pipeline(self) -> Any:  # noqa: ANN401 - any of diffusers'
        """What paints."""
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

    def save(self, file: Path) -> tuple[Path, Path]:
        """Write the strip as this PNG and the curve beside it as SVG, both or none; where they are.

        A picture and an earlier curve are replaced. Raises FileRefused, DiskFull.
        """
        from pcm_engine.plots import saved

        return saved(self, file)


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

    `trigger` is whose bias moves: the prompt's first, unless told; `gates` are the other controls and concepts. Raises
    what `moves` and `require_judged` do, UnknownGate, GateTwice, GateOutOfRange, PictureBroken, and Unsupported where
    there is no bias or no seed.
    """
    _require_some(biases=biases, seeds=seeds)
    parsed, word = moves(prompt, composer.loaded, trigger)
    require_judged(scorer, parsed, composer.loaded, (options.get("width"), options.get("height")))
    beside = by_trigger(gates, composer.loaded)
    own = parsed.asked(beside).get(word, Gate())
    moved = [replace(own, bias=bias) for bias in biases]
    asked = [({**beside, word: gate}, seed) for gate, seed in product(moved, seeds)]
    painted = _painted(composer, prompt, asked, options)
    text, image = scorer.text(painted, in_words(parsed, composer.loaded)), scorer.image(painted)
    by_gate = [array.reshape(len(moved), len(seeds)).mean(1) for array in (text, image)]
    points = [Point(one, float(t), float(i)) for one, t, i in zip(moved, *by_gate, strict=True)]
    return Sweep(prompt, word, scorer.label, tuple(points), painted[:: len(seeds)])


def moves(
    prompt: str, loaded: Mapping[str, Described], trigger: str | None = None
) -> tuple[Prompt, str]:
    """The prompt cut at its triggers, and the one whose bias moves.

    Raises UnknownTrigger, UnknownGate for a trigger that the prompt does not name, Unsupported where it names none, and
    BiasMoves where it says that bias itself, which would go before every bias of the sweep.
    """
    parsed = parse(prompt, loaded)
    named = parsed.triggers
    if not named:
        raise Unsupported(
            "the prompt names no concept, so there is no gate to move", "name one with its star"
        )
    word = canonical(trigger or named[0])
    if word not in named:
        raise UnknownGate(trigger=word, loaded=named)
    if parsed.gates.get(word, Gate()).bias is not None:
        raise BiasMoves(word)
    return parsed, word


def require_judged(
    scorer: Scores, prompt: Prompt, loaded: Mapping[str, Described], size: Size
) -> None:
    """Ask a scorer that does not judge everything, before anything is painted. Raises Unsupported."""
    if isinstance(scorer, Demanding):
        scorer.require(in_words(prompt, loaded), size)


def in_words(prompt: Prompt, loaded: Mapping[str, Described]) -> str:
    """The prompt as a scorer reads it: each trigger by the first supercategory of its concept."""
    return "".join(
        one if isinstance(one, str) else loaded[one.word].manifest.supercategories[0]
        for one in prompt.pieces
    )


def _require_some(**given: Sequence[float] | Sequence[int]) -> None:
    for name, values in given.items():
        if not len(values):
            raise Unsupported(f"`{name}` is empty", "give one at least")


def _painted(
    composer: Composes,
    prompt: str,
    asked: Sequence[tuple[Gates, int]],
    options: Mapping[str, Any],
) -> Pictures:
    """One picture for each gate and seed, in that order. Raises PictureBroken at the first batch that has one."""
    calls = [asked[k : k + TOGETHER] for k in range(0, len(asked), TOGETHER)]
    return np.concatenate([_batch(composer, prompt, some, options) for some in calls])


def _batch(
    composer: Composes,
    prompt: str,
    asked: Sequence[tuple[Gates, int]],
    options: Mapping[str, Any],
) -> Pictures:
    """One call; bytes hold no not-a-number, so it is looked for here."""
    images = composer(
        [prompt] * len(asked),
        gates=[gates for gates, _ in asked],
        generator=[torch.Generator().manual_seed(seed) for _, seed in asked],
        output_type="np",
        **options,
    ).images
    if not np.isfinite(images).all():
        raise PictureBroken(str(composer.pipeline.dtype).removeprefix("torch."))
    return as_bytes(images)
