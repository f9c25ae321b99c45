"""Pipelines that share modules, and pipelines with U-Nets of their own (docs/compatibility.md)."""

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline

import pipelines
from concepts import packed, random_concept
from pcm_engine.composer import Composer
from pcm_engine.errors import AlreadyAttached
from pictures import picture

HAT = "a hat* on a boat"


def beside(pipeline: StableDiffusionPipeline) -> StableDiffusionImg2ImgPipeline:
    """Another pipeline of the very same modules."""
    other = StableDiffusionImg2ImgPipeline(**pipeline.components, requires_safety_checker=False)
    other.set_progress_bar_config(disable=True)
    return other


def redrawn(pipeline: StableDiffusionImg2ImgPipeline, prompt: str) -> np.ndarray:
    image = torch.linspace(0, 1, 3 * 64).reshape(1, 3, 8, 8)
    return picture(pipeline, prompt, image=image, strength=1.0)


def test_a_pipeline_that_shares_the_unet_paints_plainly(
    composer: Composer, pipeline: StableDiffusionPipeline
) -> None:
    other = beside(pipeline)
    composer.detach()
    plain = redrawn(other, "a cat")
    with Composer(pipeline) as again:
        again.load(packed(random_concept(pipeline, "hat")))
        assert np.array_equal(redrawn(other, "a cat"), plain)
        picture(again, HAT)
        assert np.array_equal(redrawn(other, "a cat"), plain)


def test_a_shared_unet_has_one_composer_at_a_time(
    composer: Composer, pipeline: StableDiffusionPipeline, packages: dict[str, bytes]
) -> None:
    other, expected = beside(pipeline), picture(composer, HAT)
    with pytest.raises(AlreadyAttached) as caught:
        Composer(other)
    assert caught.value.code == "engine.attached"
    assert np.array_equal(picture(composer, HAT), expected)
    composer.detach()
    with Composer(other) as second:
        second.load(packages["hat"])
        assert not np.array_equal(redrawn(second, HAT), redrawn(other, HAT.replace("*", "")))


def test_two_unets_do_not_meet_even_in_the_midst_of_a_call() -> None:
    """They share everything else: text encoder, tokenizer, autoencoder; each composer has its own `hat`."""
    first = pipelines.pipeline()
    second = StableDiffusionPipeline(
        **(first.components | {"unet": pipelines.pipeline(seed=5).unet, "scheduler": pipelines.scheduler()}),
        requires_safety_checker=False,
    )  # fmt: skip
    second.set_progress_bar_config(disable=True)
    with Composer(first) as one, Composer(second) as two:
        for seed, made in enumerate((one, two)):
            made.load(packed(random_concept(made.pipeline, "hat", seed=seed)))
        alone = [picture(made, HAT) for made in (one, two)]
        inside: list[np.ndarray] = []

        def meanwhile(*_given: object) -> dict[str, object]:
            inside.append(picture(two, HAT))
            return {}

        around = picture(one, HAT, callback_on_step_end=meanwhile)
        assert np.array_equal(around, alone[0])
        assert len(inside) == 2
        assert all(np.array_equal(found, alone[1]) for found in inside)
        assert not np.array_equal(*alone)
