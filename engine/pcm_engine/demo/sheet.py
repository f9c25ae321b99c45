"""The front page's strip, from the demo's own pictures: `python -m pcm_engine.demo.sheet DEMO FILE.png`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.demo.exhibits import PLACES, named
from pcm_engine.demo.layout import Layout
from pcm_engine.pictures_io import write_image

NAMES: Final = (
    f"{named(PLACES[0])}-plain",
    named(PLACES[0]),
    "in-a-teapot",
    "on-a-chair",
    *map(named, PLACES[1:]),
)
"""The base model's own bear, then the learned one everywhere."""
SIDE: Final = 128
GAP: Final = 4
PAPER: Final = 255


def main(arguments: Sequence[str]) -> None:
    """Put them beside one another. Raises OptionsRefused, DiskFull, FileRefused."""
    if len(arguments) != 2:
        raise OptionsRefused("a demo's folder and a file are needed", "make demo, then: demo FILE")
    layout = Layout(Path(arguments[0]))
    found = [layout.picture(name) for name in NAMES]
    if gone := [path.name for path in found if not path.is_file()]:
        raise OptionsRefused(f"the demo has not painted {', '.join(gone)}", "run `make demo` first")
    write_image(Path(arguments[1]), strip(found))


def strip(files: Sequence[Path]) -> np.ndarray:
    """One row, whole pixels, a gap between."""
    width = len(files) * (SIDE + GAP) - GAP
    row = np.full((SIDE, width, 3), PAPER, np.uint8)
    for place, file in enumerate(files):
        start = place * (SIDE + GAP)
        row[:, start : start + SIDE] = small(file)
    return row


def small(file: Path) -> np.ndarray:
    """A picture at the strip's size; enlarged pictures are made smaller by whole pixels."""
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST))


if __name__ == "__main__":
    main(sys.argv[1:])
