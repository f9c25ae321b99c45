"""Clip skip: at the layer that a concept was learned at, with triggers and without, and none that is not there."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from diffusers import DiffusionPipeline, StableDiffusionPipeline

import pipelines
from concepts import packed, random_concept
from pcm_engine.bases import profile_of
from pcm_engine.composer import Composer
from pcm_engine.errors import NegativeClipSkip, Unsupported, WrongClipSkip
from pcm_engine.gate import Gate
from pcm_engine.tokens import encode
from pictures import picture


@pytest.fixture
def skipping(pipeline: StableDiffusionPipeline) -> Iterator[Composer]:
    """A concept that was learned with one layer skipped."""
    base = random_concept(pipeline, "me").manifest.base.model_dump(exclude_none=True)
    with Composer(pipeline) as made:
        made.load(packed(random_concept(pipeline, "me", base=base | {"clip_skip": 1})))
        yield made


def test_clip_skip_is_that_of_the_manifest(skipping: Composer) -> None:
    found = picture(skipping, "a me*", clip_skip=1)
    assert not np.array_equal(
        found, picture(skipping, "a me*", clip_skip=1, gates={"me": Gate(strength=0.0)})
    )
    for skip in (None, 0):
        with pytest.raises(WrongClipSkip) as caught:
            skipping("a me*", clip_skip=skip)
        assert (caught.value.learned, caught.value.asked) == (1, skip or 0)


def test_clip_skip_works_without_a_trigger_too(
    skipping: Composer, pipeline: StableDiffusionPipeline
) -> None:
    rows = encode(profile_of(pipeline), ["a cat"], {}, clip_skip=1).encodings
    found = picture(skipping, "a cat", clip_skip=1)
    assert np.array_equal(found, picture(pipeline, prompt_embeds=rows))
    assert not np.array_equal(found, picture(skipping, "a cat"))


@pytest.mark.parametrize("prompt", ["a cat", "a me*"])
def test_no_clip_skip_may_be_said(pipeline: StableDiffusionPipeline, prompt: str) -> None:
    """Diffusers 0.42 looks for a norm that is not there as soon as it is told a number, 0 too."""
    with Composer(pipeline) as composer:
        composer.load(packed(random_concept(pipeline, "me")))
        said = picture(composer, prompt, clip_skip=0)
        assert np.array_equal(said, picture(composer, prompt))


@pytest.mark.parametrize(("made", "most"), [(pipelines.pipeline, 1), (pipelines.sdxl, 0)])
@pytest.mark.parametrize("prompt", ["a cat", "a me*"])
def test_a_clip_skip_past_the_encoder_is_refused(
    made: Callable[[], DiffusionPipeline], most: int, prompt: str
) -> None:
    """-1 would read the word embeddings themselves, 50 no layer at all."""
    pipeline = made()
    with Composer(pipeline) as composer:
        composer.load(packed(random_concept(pipeline, "me")))
        for skip in (-1, most + 1, 50):
            with pytest.raises(Unsupported) as caught:
                composer(prompt, clip_skip=skip)
            assert f"0 to {most}" in caught.value.hint()
            with pytest.raises(Unsupported):
                composer.encode(prompt, clip_skip=skip)


def test_a_concept_learned_at_a_clip_skip_is_refused_in_a_negative_prompt(
    skipping: Composer,
) -> None:
    with pytest.raises(NegativeClipSkip) as caught:
        skipping("a me*", negative_prompt="me*", clip_skip=1)
    assert (caught.value.code, caught.value.learned) == ("base.mismatch", 1)
    assert "negative" in caught.value.message()
    assert caught.value.hint() == "leave amy/me out of the negative prompt"
