"""`pcm generate … --pareto PICTURES`: one prompt at many biases, as a strip of pictures and a curve."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from pcm_engine.cli import answers
from pcm_engine.cli.answers import Form
from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.cli.loading import Opened
from pcm_engine.cli.packages import Given
from pcm_engine.cli.painting import loaded, spoken_warnings
from pcm_engine.learning.errors import NoPictures
from pcm_engine.learning.pictures import fitted, open_all
from pcm_engine.pareto import SEEDS, Point, Scores, Sweep
from pcm_engine.pictures_io import write_bytes, write_image
from pcm_engine.recipe import Recipe
from pcm_schemas.fields import decimal_string

KINDS: Final = (".png", ".jpg", ".jpeg", ".webp")
TOYBOX: Final = "toybox"


def references(folder: Path) -> tuple[Image.Image, ...]:
    """The pictures in a folder, by name. Raises OptionsRefused, BadPicture."""
    if not folder.is_dir():
        raise OptionsRefused(
            f"{folder} is no folder of pictures",
            "name the folder of the pictures it was learned from",
        )
    files = sorted(one for one in folder.iterdir() if one.suffix.lower() in KINDS)
    try:
        return open_all(files)
    except NoPictures as error:
        raise OptionsRefused(
            f"no picture is in {folder}", f"it needs one at least, of {', '.join(KINDS)}"
        ) from error


def scores_for(opened: Opened, pictures: tuple[Image.Image, ...], clip: Path | None) -> Scores:
    """A CLIP where one is given, else Toybox's oracle on Toybox. Raises OptionsRefused, Unsupported."""
    if clip is not None:
        from pcm_engine.clip_scores import ClipScores

        return ClipScores(clip, pictures)
    if opened.source != TOYBOX:
        raise OptionsRefused(
            "only Toybox brings a judge of its own", "name the folder of a CLIP model with `--clip`"
        )
    from pcm_engine.toybox.scoring import ToyboxScores
    from pcm_engine.toybox.world import SMALL

    size = (SMALL.size, SMALL.size)
    return ToyboxScores(np.stack([np.asarray(fitted(one, size)) for one in pictures]))


def seeds_of(first: int, count: int | None) -> tuple[int, ...]:
    """As many as pictures were asked for at each gate, one after another."""
    return tuple(range(first, first + (count or len(SEEDS))))


def draw(
    opened: Opened, recipe: Recipe, given: Sequence[Given], scores: Scores, count: int | None
) -> Sweep:
    """The recipe's picture at every bias of its first concept. Raises what the composer raises."""
    width, height = recipe.size
    opened.composer.pipeline.set_progress_bar_config(desc="biases", disable=None, leave=False)
    with loaded(opened.composer, given), spoken_warnings():
        return opened.composer.pareto(
            recipe.prompt,
            scores,
            gates=recipe.gates,
            seeds=seeds_of(recipe.seed, count),
            num_inference_steps=recipe.steps,
            guidance_scale=float(recipe.guidance),
            width=width,
            height=height,
        )


def write(swept: Sweep, file: Path) -> None:
    """The strip, and the curve beside it. Raises DiskFull, FileRefused."""
    from pcm_engine.plots import curve, strip

    write_image(file, np.asarray(strip(swept)))
    write_bytes(file.with_suffix(".svg"), curve(swept))


def tell(swept: Sweep, file: Path, form: Form) -> None:
    """The points as a table, and the gate that keeps most of both."""
    best = swept.balanced
    if form is Form.JSON:
        answers.document(
            {
                "strip": str(file),
                "curve": str(file.with_suffix(".svg")),
                "scorer": swept.scorer,
                "points": [fields_of(point) for point in swept.points],
                "balanced": fields_of(best),
            }
        )
        return
    lines = [f"{'bias':>6} {'follows the prompt':>20} {'looks like ' + swept.trigger + '*':>24}"]
    lines += [row(point, swept) for point in swept.points]
    answers.text("\n".join(lines))
    answers.text(f"most of both: --gate {swept.trigger}:bias={best.gate.bias:g}")
    answers.text(f"{file} {file.with_suffix('.svg')}")


def row(point: Point, swept: Sweep) -> str:
    """One line of the table; a star for a point that no other beats."""
    mark = " *" if point in swept.front else ""
    return f"{point.gate.bias:>6g} {point.text:>20.2f} {point.image:>24.2f}{mark}"


def fields_of(point: Point) -> dict[str, str]:
    """A point as a manifest writes one (P9), without the controls that were left to the concept."""
    controls = {
        name: decimal_string(value)
        for name, value in vars(point.gate).items()
        if isinstance(value, float)
    }
    return controls | {"text": f"{point.text:.4f}", "image": f"{point.image:.4f}"}
