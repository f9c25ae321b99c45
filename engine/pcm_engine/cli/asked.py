"""What `pcm generate` was asked, as one value, and what of it can be refused before anything is loaded."""

import os
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.picture_errors import FileRefused
from pcm_engine.recipe import LARGEST_GUIDANCE, LARGEST_SIDE

SUFFIX: Final = ".png"
MAGIC: Final = b"\x89PNG\r\n\x1a\n"
GRID: Final = 8
"""Pipelines paint in multiples of eight pixels."""
SIZE: Final = re.compile(r"(\d{1,5})(?:x(\d{1,5}))?")


@dataclass(frozen=True)
class Asked:
    """The options of `pcm generate`, named as they are typed; None where nothing was said."""

    prompt: str | None = None
    source: Path | None = None
    output: Path | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: str | None = None
    count: int | None = None
    size: str | None = None
    base: str | None = None
    near: str | None = None
    pareto: Path | None = None
    clip: Path | None = None
    concept: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()


def require_sense(asked: Asked) -> None:
    """Refuse words that do not go together. Raises OptionsRefused."""
    if (asked.prompt is None) == (asked.source is None):
        raise OptionsRefused(
            "one of a prompt and `--from` is needed",
            'write `pcm generate "a cat in the snow" -o cat.png`, or `pcm generate --from cat.png`',
        )
    if asked.prompt is not None and asked.output is None:
        raise OptionsRefused("it is not said where the picture goes", "add `-o FILE.png`")
    if asked.clip is not None and asked.pareto is None:
        raise OptionsRefused(
            "--clip is given without --pareto, which it judges", "add `--pareto PICTURES`"
        )
    if asked.source is not None:
        _require_only_the_recipe(asked)


def _require_only_the_recipe(asked: Asked) -> None:
    names = ("seed", "steps", "guidance", "count", "size", "pareto")
    said = [name for name in names if getattr(asked, name) is not None]
    said += ["gate"] if asked.gate else []
    if said:
        raise OptionsRefused(
            f"--{said[0]} is given beside --from, which repeats the picture as it was made",
            "leave it out, or paint anew from the prompt",
        )


def require_numbers(asked: Asked) -> None:
    """Refuse a size or guidance that cannot be, before a base is loaded. Raises OptionsRefused."""
    if asked.size is not None:
        parse_size(asked.size)
    if asked.guidance is not None:
        parse_guidance(asked.guidance)


def output_files(output: Path, count: int) -> list[Path]:
    """Where the pictures go, numbered where there are several. Raises FileRefused."""
    if output.suffix.lower() != SUFFIX:
        better = output.with_suffix(SUFFIX) if output.name else Path("picture.png")
        raise FileRefused(str(output), "the recipe is kept in PNG files", f"write `-o {better}`")
    digits = len(str(count))
    files = [output.with_stem(f"{output.stem}-{place:0{digits}}") for place in range(1, count + 1)]
    found = [output] if count == 1 else files
    for file in found:
        require_writable(file)
    return found


def require_writable(file: Path) -> None:
    """Refuse a file that cannot be written, or that holds anything but a picture. Raises FileRefused."""
    folder = file.parent
    if not folder.is_dir():
        raise FileRefused(
            str(file), f"there is no folder {folder}", f"make it: `mkdir -p {folder}`"
        )
    if file.is_dir():
        raise FileRefused(str(file), "it is a folder")
    if not os.access(file if file.exists() else folder, os.W_OK):
        raise FileRefused(str(file), "you may not write there")
    if file.exists() and not is_png(file):
        raise FileRefused(str(file), "it exists and is no PNG, so it would be lost")


def is_png(file: Path) -> bool:
    """Whether a file begins as a PNG does; an empty one holds nothing to lose."""
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) in (MAGIC, b"")


def parse_size(text: str) -> tuple[int, int]:
    """`512` or `768x512`, width first. Raises OptionsRefused."""
    match = SIZE.fullmatch(text)
    sides = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not all(GRID <= side <= LARGEST_SIDE and side % GRID == 0 for side in sides):
        raise OptionsRefused(
            f"--size is {text!r}",
            f"write WIDTHxHEIGHT in multiples of {GRID} up to {LARGEST_SIDE}, such as 512x512",
        )
    return sides


def parse_guidance(text: str) -> Decimal:
    """How strongly the prompt is followed, 0 to 100. Raises OptionsRefused."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not (value.is_finite() and 0 <= value <= LARGEST_GUIDANCE):
        raise OptionsRefused(
            f"--guidance is {text!r}", f"write a number from 0 to {LARGEST_GUIDANCE}"
        )
    return value
