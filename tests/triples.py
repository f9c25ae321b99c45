"""A composer with three concepts, on a random pipeline and on the layouts of the public bases, in every dtype."""

from collections.abc import Iterator, Mapping

import pytest
import torch
from diffusers import DiffusionPipeline, StableDiffusionPipeline
from torch import Tensor

import layouts
import pipelines
import projections
from concepts import packed, random_concept
from edits import TOLERANCE, error
from pcm_engine import toybox
from pcm_engine.bases import measure, profile_of
from pcm_engine.composer import Composer
from pcm_engine.concept import Concept
from pcm_engine.gate import Gate
from pcm_schemas.manifest import Manifest

WORDS = ("me", "hat", "dog")
ALL = "a me* and a hat* and a dog*"
SMALL = {"num_inference_steps": 1, "output_type": "latent", "guidance_scale": 1.0}
SMALL |= {"height": 8, "width": 8}
DTYPES = (torch.float32, torch.float16, torch.bfloat16)
QUICK = [("random", dtype) for dtype in DTYPES] + [
    (name, torch.float32) for name in ("toybox", "sd1", "sdxl")
]
SLOW = [
    *((name, dtype) for name in ("toybox", "sd1", "sdxl") for dtype in DTYPES[1:]),
    *(("sd2", dtype) for dtype in DTYPES),
]
CASES = [*QUICK, *(pytest.param(case, marks=pytest.mark.slow) for case in SLOW)]
Gates = Mapping[str, Gate]


def opened(name: str) -> DiffusionPipeline:
    """Toybox, the random pipeline, or a layout: shrunken, or whole where the name says so."""
    if name == "random":
        return pipelines.pipeline()
    if name == "toybox":
        made = StableDiffusionPipeline.from_pretrained(toybox.path())
        made.set_progress_bar_config(disable=True)
        return made
    return layouts.whole(name.removeprefix("whole-")) if "whole" in name else layouts.shrunken(name)


@pytest.fixture(scope="session", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def trio(request: pytest.FixtureRequest) -> Iterator[Composer]:
    """Every test leaves it as it found it."""
    name, dtype = request.param
    pipeline = opened(name)
    identity = measure(profile_of(pipeline))
    data = [
        packed(random_concept(pipeline, word, seed=seed, identity=identity))
        for seed, word in enumerate(WORDS)
    ]
    with Composer(pipeline.to(dtype)) as made:
        for one in data:
            made.load(one)
        yield made
        assert tuple(made.loaded) == WORDS


def tolerance(composer: Composer) -> float:
    return TOLERANCE[composer.pipeline.unet.dtype]


def seen(composer: Composer, prompt: str = ALL, gates: Gates | None = None) -> list[Tensor]:
    """K, then V of every layer for one prompt."""
    return [one[0] for one in projections.seen(composer, prompt, gates=gates, **SMALL)]


def base(composer: Composer, prompt: str = ALL) -> list[Tensor]:
    """The base projections of the same rows."""
    rows = composer.encode(prompt)["prompt_embeds"]
    return [one[0] for one in projections.base(composer, rows)]


def assert_close(composer: Composer, found: list[Tensor], expected: list[Tensor]) -> None:
    worst = max(error(one, other) for one, other in zip(found, expected, strict=True))
    assert worst <= tolerance(composer)


def varied(concept: Concept, **parts: Tensor) -> Concept:
    """The concept with other parts, kept in float32."""
    names = ("direction", "stored_dual", "supercategory", "values")
    kept = {name: parts.get(name, getattr(concept, name)).float() for name in names}
    fields = concept.manifest.model_dump(exclude_none=True)
    fields["tensors"] |= {"dtype": "F32"}
    return Concept(Manifest.of(fields), embedding=concept.embedding, **kept)


def apart(composer: Composer) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Directions and duals (i, b) of `me`, and those of `hat` made M-orthogonal to it, float64."""
    first, other = composer.loaded["me"], composer.loaded["hat"]
    i, b = first.direction.double(), first.dual.double()
    direction = other.direction.double() - (b @ other.direction.double()) * i
    dual = other.stored_dual.double() - (other.stored_dual.double() @ i) * b
    return i, b, direction, dual / (dual @ direction)
