"""From a recipe to pixels: load its concepts, call the pipeline, check and enlarge what comes out."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, UInt8

from pcm_engine.cli import answers
from pcm_engine.cli.loading import Opened
from pcm_engine.cli.packages import Given
from pcm_engine.errors import TriggerLost
from pcm_engine.gate import Gate, settle
from pcm_engine.picture_errors import PictureBroken
from pcm_engine.pictures_io import enlarged, pixels_digest
from pcm_engine.prompt import parse
from pcm_engine.recipe import Maker, Recipe, UsedConcept, gate_fields

if TYPE_CHECKING:
    from pcm_engine.composer import Composer

DISTRIBUTION = "pcm-concepts"


def maker_of(opened: Opened) -> Maker:
    """What computes here and now."""
    import diffusers
    import torch

    return Maker(
        pcm=version(DISTRIBUTION),
        torch=torch.__version__,
        diffusers=diffusers.__version__,
        device=opened.machine.device,
        dtype=opened.machine.dtype,
    )


def scheduler_of(opened: Opened) -> str:
    """The sampler that the base brings."""
    return type(opened.composer.pipeline.scheduler).__name__


def used_concepts(
    prompt: str, given: Mapping[str, Given], beside: Mapping[str, Gate]
) -> tuple[UsedConcept, ...]:
    """The concepts that a prompt names, their gates filled as the composer would fill them (M12, M13)."""
    parsed = parse(prompt, given)
    named, asked = parsed.triggers, parsed.asked(beside)
    defaults = {word: one.gate for word, one in given.items()}
    acting = settle(named, asked, defaults)
    return tuple(
        UsedConcept.model_validate(
            {
                "name": given[word].manifest.name,
                "version": given[word].manifest.version,
                "trigger": word,
                "sha256": given[word].sha256,
                "gate": gate_fields(
                    acting.get(word) or asked.get(word, Gate()).over(defaults[word])
                ),
            }
        )
        for word in named
    )


def paint(
    opened: Opened, recipe: Recipe, given: Sequence[Given]
) -> tuple[UInt8[np.ndarray, "height width 3"], Recipe]:
    """The pixels of a recipe, and the recipe with their digest. Raises PictureBroken and what the composer raises."""
    with loaded(opened.composer, given), spoken_warnings():
        small = one_picture(opened, recipe)
    pixels = enlarged(small, recipe.upscale)
    return pixels, recipe.model_copy(update={"pixels": pixels_digest(pixels)})


def one_picture(opened: Opened, recipe: Recipe) -> UInt8[np.ndarray, "height width 3"]:
    """One call of the composer, its noise drawn on the CPU so that every device starts from the same."""
    import torch

    width, height = recipe.size
    opened.composer.pipeline.set_progress_bar_config(
        desc=f"seed {recipe.seed}", disable=None, leave=False
    )
    with torch.backends.cudnn.flags(deterministic=True, benchmark=False):
        result = opened.composer(
            recipe.prompt,
            gates=recipe.gates,
            num_inference_steps=recipe.steps,
            guidance_scale=float(recipe.guidance),
            width=width,
            height=height,
            generator=torch.Generator("cpu").manual_seed(recipe.seed),
            output_type="np",
        )
    return as_bytes(result.images[0], recipe.maker.dtype)


def as_bytes(
    values: Float[np.ndarray, "height width 3"], dtype: str
) -> UInt8[np.ndarray, "height width 3"]:
    """Values in [0, 1] as bytes, as diffusers rounds them. Raises PictureBroken where one is not finite."""
    if not np.isfinite(values).all():
        raise PictureBroken(dtype)
    return (values * 255).round().astype(np.uint8)


@contextmanager
def loaded(composer: "Composer", given: Sequence[Given]) -> Iterator[None]:
    """These concepts and no others on the composer, for the length of the block."""
    with ExitStack() as stack:
        for one in given:
            stack.callback(composer.unload, composer.load(one.data, one.trigger))
        yield


@contextmanager
def spoken_warnings() -> Iterator[None]:
    """What the composer warns of, such as a trigger that was cut off (M13), said on stderr as it happens."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", TriggerLost)
        warnings.showwarning = say
        yield


def say(message: Warning | str, *_where: Any, **_more: Any) -> None:  # noqa: ANN401 - warnings.showwarning
    """One warning, in one line."""
    answers.talk(f"warning: {message}")
