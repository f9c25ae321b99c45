"""Architectures: the layouts that many bases share, and what each asks of a package (P17).

Only widths are known here; how layers are found in a pipeline is the engine's affair.
"""

from dataclasses import dataclass
from typing import Final

Runs = tuple[tuple[int, int], ...]
"""Runs `(width, count)` of cross-attention output widths in execution order; neighbours differ."""


@dataclass(frozen=True)
class Architecture:
    """A row of P17: encoder width, word-embedding widths, layer runs, and the cap of the file in bytes."""

    label: str
    text: int
    embedding: tuple[int, ...]
    layers: Runs
    cap: int


DEFAULT_CAP: Final = 102_400
"""Cap of a package for an architecture that is not in the table, such as `toybox`, and of a bundle."""

_SD: Final = ((320, 2), (640, 2), (1280, 6), (640, 3), (320, 3))
_SDXL: Final = ((640, 4), (1280, 60), (640, 6))

ARCHITECTURES: Final[dict[str, Architecture]] = {
    known.label: known
    for known in (
        Architecture("sd1", text=768, embedding=(768,), layers=_SD, cap=DEFAULT_CAP),
        Architecture("sd2", text=1024, embedding=(1024,), layers=_SD, cap=DEFAULT_CAP),
        Architecture("sdxl", text=2048, embedding=(768, 1280), layers=_SDXL, cap=204_800),
    )
}


def cap_of(label: str | None) -> int:
    """Most bytes a package may have for an architecture; None is a bundle, which has no base."""
    known = ARCHITECTURES.get(label or "")
    return DEFAULT_CAP if known is None else known.cap


def known_by_widths(*, text: int, embedding: tuple[int, ...], layers: Runs) -> Architecture | None:
    """Return the architecture of P17 with exactly these widths, or None for an own layout."""
    rows = ARCHITECTURES.values()
    wanted = (text, embedding, layers)
    return next((row for row in rows if (row.text, row.embedding, row.layers) == wanted), None)


def runs_of(widths: tuple[int, ...]) -> Runs:
    """Fold widths in execution order into runs: (320, 320, 640) → ((320, 2), (640, 1))."""
    runs: list[tuple[int, int]] = []
    for width in widths:
        if runs and runs[-1][0] == width:
            runs[-1] = (width, runs[-1][1] + 1)
        else:
            runs.append((width, 1))
    return tuple(runs)


def values_width(layers: Runs) -> int:
    """Width of the tensor `values`: the outputs of all layers, one after another."""
    return sum(width * count for width, count in layers)
