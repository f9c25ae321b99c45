"""Textual inversions in the tokenizer, of one vector and of several, beside triggers (docs/compatibility.md)."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor

import pipelines
from concepts import packed, random_concept
from pcm_engine.bases import profile_of
from pcm_engine.composer import Composer
from pcm_engine.gate import Gate
from pcm_engine.tokens import encode, word_embedding
from pictures import picture
from projections import assert_rows, seen

PROMPT = "a hat* on a <gem> boat"
VECTORS = {"one": 1, "three": 3}


def inversion(count: int) -> dict[str, Tensor]:
    vectors = torch.randn(count, 32, generator=torch.Generator().manual_seed(count))
    return {"<gem>": 50 * 0.02 * vectors}


@pytest.fixture(params=VECTORS.values(), ids=list(VECTORS))
def inverted(request: pytest.FixtureRequest) -> Iterator[Composer]:
    """A concept, then an inversion: `<gem>` is a word of the pipeline's from here on."""
    pipeline = pipelines.pipeline()
    with Composer(pipeline) as composer:
        composer.load(packed(random_concept(pipeline, "hat")))
        pipeline.load_textual_inversion(inversion(request.param))
        yield composer


def own_rows(pipeline: StableDiffusionPipeline, prompt: str) -> Tensor:
    """What the pipeline's own reader gives."""
    told = {"device": "cpu", "num_images_per_prompt": 1, "do_classifier_free_guidance": False}
    return pipeline.encode_prompt(prompt=prompt, **told)[0]


@pytest.mark.parametrize("order", ["a cat on a <gem>", "<gem> and a cat", "a <gem> cat <gem>"])
def test_a_trigger_among_inversions_is_read_as_an_ordinary_word_there_is(
    inverted: Composer, order: str
) -> None:
    """With the vector of `cat` at the trigger, the rows are those of the pipeline's own reader for `cat`."""
    profile = profile_of(inverted.pipeline)
    found = encode(profile, [order.replace("cat", "cat*")], {"cat": word_embedding(profile, "cat")})
    assert torch.equal(found.encodings, own_rows(inverted.pipeline, order))


def test_keys_and_values_are_those_of_the_rows_with_the_inversion(inverted: Composer) -> None:
    prompts = [PROMPT, "a <gem> cat"]
    batch = inverted.encode(prompts)["prompt_embeds"]
    found = seen(inverted, prompts, guidance_scale=1.0)
    assert_rows(inverted, found, batch, [{"hat": Gate()}, {}])
    assert torch.equal(batch[1:], own_rows(inverted.pipeline, "a <gem> cat"))


def test_both_are_seen_in_the_picture(inverted: Composer) -> None:
    pipeline = inverted.pipeline
    off = {"hat": Gate(strength=0.0)}
    whole, without = picture(inverted, PROMPT), picture(inverted, PROMPT, gates=off)
    assert not np.array_equal(whole, without)
    assert np.array_equal(without, picture(pipeline, **inverted.encode(PROMPT)))
    assert not np.array_equal(whole, picture(inverted, PROMPT.replace("<gem>", "red")))
    assert np.array_equal(picture(inverted, "a <gem>"), picture(pipeline, "a <gem>"))
