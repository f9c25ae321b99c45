"""How close two bases are, by what was measured and never by a label (P13)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from pcm_schemas.digest import Digest
from pcm_schemas.sketch import Sketch, cosine

SAME: Final = 5e-6
"""Largest 1 − cos of bf16 and re-saved copies: three times what was measured; an encoder tuned lightly lies above."""
NEAR: Final = 5e-3
"""Largest 1 − cos of fp8 copies and light fine-tunes; a tuned encoder may lie below and be lost, hence the user's word."""

LayerWidths = tuple[tuple[int, int], ...]
"""`(d_out, d_text)` of every cross-attention layer in execution order."""


class Tier(StrEnum):
    """Exact and same install; near needs a word from the user; other never installs."""

    EXACT = "exact"
    SAME = "same"
    NEAR = "near"
    OTHER = "other"


class Measured(Protocol):
    """What two bases are compared by; `layers` is None where a document does not tell them (P33)."""

    @property
    def architecture(self) -> str: ...
    @property
    def prediction_type(self) -> str: ...
    @property
    def digest(self) -> Digest: ...
    @property
    def sketch(self) -> Sketch: ...
    @property
    def layers(self) -> LayerWidths | None: ...


@dataclass(frozen=True)
class BaseClaim:
    """What a manifest or an index says of a base."""

    architecture: str
    prediction_type: str
    digest: Digest
    sketch: Sketch
    layers: LayerWidths | None = None


def compare(first: Measured, second: Measured) -> Tier:
    """Return the tier of two bases (P13); the worse of the two sketches decides, unknown sketches count for nothing."""
    if not _is_comparable(first, second):
        return Tier.OTHER
    if first.digest == second.digest:
        return Tier.EXACT
    distance = sketch_distance(first.sketch, second.sketch)
    if distance is None or distance > NEAR:
        return Tier.OTHER
    return Tier.SAME if distance <= SAME else Tier.NEAR


def sketch_distance(first: Sketch, second: Sketch) -> float | None:
    """1 − cos of the worse of the two sketches; None where a sketch has another label than `s1`."""
    cosines = (cosine(first.kv, second.kv), cosine(first.text, second.text))
    known = [each for each in cosines if each is not None]
    return 1 - min(known) if len(known) == len(cosines) else None


def _is_comparable(first: Measured, second: Measured) -> bool:
    """Whether architecture, prediction type and, where both tell them, layer widths agree."""
    told = first.layers is not None and second.layers is not None
    return (
        first.architecture == second.architecture
        and first.prediction_type == second.prediction_type
        and (not told or first.layers == second.layers)
    )
