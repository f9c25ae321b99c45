"""Negative prompts are read without the clip skip, as pipelines do (docs/compatibility.md)."""

import pytest
import torch
from diffusers import StableDiffusionPipeline

from concepts import packed, random_concept
from pcm_engine.composer import Composer
from pcm_engine.errors import WrongClipSkip
from pcm_engine.gate import Gate
from projections import assert_rows, seen

SKIPPED = {"clip_skip": 1, "guidance_scale": 5.0}


@pytest.fixture
def skipping(composer: Composer, pipeline: StableDiffusionPipeline) -> Composer:
    """Beside `hat`, learned at the last layer, `me` learned with one skipped."""
    base = random_concept(pipeline, "me").manifest.base.model_dump(exclude_none=True)
    composer.load(packed(random_concept(pipeline, "me", base=base | {"clip_skip": 1})))
    return composer


@pytest.fixture
def plain(pipeline: StableDiffusionPipeline) -> list[torch.Tensor]:
    """The rows that the pipeline's own reader gives `red` and `a cat`, nothing skipped."""
    told = {"device": "cpu", "num_images_per_prompt": 1, "do_classifier_free_guidance": False}
    return [pipeline.encode_prompt(prompt=text, **told)[0] for text in ("red", "a cat")]


def test_a_plain_negative_prompt_is_read_at_the_last_layer(
    skipping: Composer, plain: list[torch.Tensor]
) -> None:
    for prompt in ("a me*", "a cat"):
        rows = skipping.encode(prompt, negative_prompt="red", clip_skip=1)
        assert torch.equal(rows["negative_prompt_embeds"], plain[0])
        assert not torch.equal(rows["prompt_embeds"], plain[1])
        batch = torch.cat([plain[0], rows["prompt_embeds"]])
        found = seen(skipping, prompt, negative_prompt="red", **SKIPPED)
        assert_rows(skipping, found, batch, [{}, {"me": Gate()} if "me" in prompt else {}])


def test_a_concept_of_the_last_layer_acts_in_the_negative_prompt_of_a_skipped_one(
    skipping: Composer,
) -> None:
    rows = skipping.encode("a me*", negative_prompt="a hat*", clip_skip=1)
    batch = torch.cat([rows["negative_prompt_embeds"], rows["prompt_embeds"]])
    found = seen(skipping, "a me*", negative_prompt="a hat*", **SKIPPED)
    assert_rows(skipping, found, batch, [{"hat": Gate()}, {"me": Gate()}])


def test_a_concept_of_a_skipped_layer_is_refused_in_a_negative_prompt(skipping: Composer) -> None:
    with pytest.raises(WrongClipSkip) as caught:
        skipping("a cat", negative_prompt="me*", **SKIPPED)
    assert (caught.value.learned, caught.value.asked) == (1, 0)
    assert caught.value.code == "base.mismatch"
