"""`pcm generate … --pareto PICTURES`: one prompt at many biases, as a strip of pictures and a curve."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from pcm_engine.cli import answers
from pcm_engine.cli.answers import Form
from pcm_engine.cli.asked import Asked, parse_size
from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.cli.loading import TOYBOX, Opened
from pcm_engine.cli.packages import Given
from pcm_engine.cli.painting import loaded, spoken_warnings
from pcm_engine.cli.quiet import quiet
from pcm_engine.cli.script import Script
from pcm_engine.learning.errors import NoPictures
from pcm_engine.learning.pictures import open_all
from pcm_engine.pareto import SEEDS, Point, Scores, Sweep, moves, require_judged
from pcm_engine.recipe import Recipe
from pcm_schemas.fields import decimal_string

KINDS: Final = (".png", ".jpg", ".jpeg", ".webp")


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


def scores_for(base: str, pictures: tuple[Image.Image, ...], clip: Path | None) -> Scores:
    """A CLIP where one is given, else Toybox's oracle on Toybox. Raises OptionsRefused, Unsupported."""
    if clip is not None:
        from pcm_engine.clip_scores import ClipScores

        with quiet():
            return ClipScores(clip, pictures)
    if base != TOYBOX:
        raise OptionsRefused(
            "only Toybox brings a judge of its own", "name the folder of a CLIP model with `--clip`"
        )
    from pcm_engine.toybox.scoring import ToyboxScores

    return ToyboxScores.of(pictures)


def judge_of(asked: Asked, folder: Path, script: Script) -> Scores:
    """Who judges the sweep that was asked for; what cannot be swept is refused here, before the base is loaded.

    Raises OptionsRefused, BadPicture, FileRefused, Unsupported, BiasMoves.
    """
    from pcm_engine.plots import require_places

    require_places(script.files[0])
    parsed, _ = moves(script.prompt, script.given)
    scores = scores_for(script.base, references(folder), asked.clip)
    size = parse_size(asked.size) if asked.size else (None, None)
    require_judged(scores, parsed, script.given, size)
    return scores


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


def tell(swept: Sweep, files: tuple[Path, Path], form: Form) -> None:
    """The points as a table, and the gate that keeps most of both."""
    strip, curve = files
    best = swept.balanced
    if form is Form.JSON:
        answers.document(
            {
                "strip": str(strip),
                "curve": str(curve),
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
    answers.text(f"{strip} {curve}")


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
