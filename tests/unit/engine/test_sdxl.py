"""SDXL's two encoders: the layer that is read, triggers that are cut off, and tokenizers that disagree (M13, U13)."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

import pipelines
from concepts import packed, random_concept
from pcm_engine.composer import Composer
from pcm_engine.errors import TriggerLost, Unsupported, WrongClipSkip
from pcm_engine.gate import Gate
from pictures import picture
from projections import assert_rows, seen

SMALL = {"height": 8, "width": 8}
TOGETHER = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")  # fmt: skip


@pytest.fixture(scope="module")
def deep() -> StableDiffusionXLPipeline:
    """Encoders of three layers, so that one can be skipped above the word embeddings."""
    made = pipelines.sdxl()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        first = pipelines.text_config(made.tokenizer, width=16, num_hidden_layers=3)
        second = pipelines.text_config(
            made.tokenizer, width=32, num_hidden_layers=3, eos_token_id=2
        )
        made.text_encoder = pipelines.telling(CLIPTextModel(first))
        made.text_encoder_2 = pipelines.telling(CLIPTextModelWithProjection(second))
    return made


@pytest.fixture(scope="module")
def composer(deep: StableDiffusionXLPipeline) -> Iterator[Composer]:
    """`hat` was learned at the usual layer, `me` with one skipped."""
    hat = random_concept(deep, "hat", seed=1)
    base = hat.manifest.base.model_dump(exclude_none=True)
    with Composer(deep) as made:
        made.load(packed(hat))
        made.load(packed(random_concept(deep, "me", base=base | {"clip_skip": 1})))
        yield made


@pytest.mark.parametrize("skip", [None, 0, 1])
def test_plain_prompts_are_read_at_the_layer_that_the_pipeline_reads(
    composer: Composer, deep: StableDiffusionXLPipeline, skip: int | None
) -> None:
    """Negative prompts without the skip, as the pipeline does."""
    found = composer.encode("a cat", negative_prompt="red", clip_skip=skip)
    plain = deep.encode_prompt("a cat", negative_prompt="red", clip_skip=skip)
    for name, one in zip(TOGETHER, plain, strict=True):
        assert torch.equal(found[name], one)


def test_clip_skip_reads_both_encoders_one_layer_earlier(composer: Composer) -> None:
    options = {"clip_skip": 1, "negative_prompt": "a hat*"}
    rows = composer.encode("a me* on a boat", **options)
    usual = composer.encode("a cat on a boat")["prompt_embeds"]
    skipped = composer.encode("a cat on a boat", clip_skip=1)["prompt_embeds"]
    for part in (slice(16), slice(16, 48)):
        assert not torch.equal(usual[..., part], skipped[..., part])
    batch = torch.cat([rows["negative_prompt_embeds"], rows["prompt_embeds"]])
    found = seen(composer, "a me* on a boat", guidance_scale=5.0, **options)
    assert_rows(composer, found, batch, [{"hat": Gate()}, {"me": Gate()}])


@pytest.mark.parametrize(
    ("prompt", "skip", "learned"), [("a me*", 0, 1), ("a hat*", 1, 0), ("a me* in a hat*", 1, 0)]
)
def test_a_concept_is_refused_at_another_layer(
    composer: Composer, prompt: str, skip: int, learned: int
) -> None:
    with pytest.raises(WrongClipSkip) as caught:
        composer(prompt, clip_skip=skip, **SMALL)
    assert (caught.value.learned, caught.value.asked) == (learned, skip)
    assert caught.value.code == "base.mismatch"


def test_a_trigger_that_both_encoders_cut_off_leaves_the_plain_picture(
    composer: Composer, deep: StableDiffusionXLPipeline
) -> None:
    long = "a " * 80
    with pytest.warns(TriggerLost, match="hat"):
        alone = picture(composer, long + "hat*", **SMALL)
    assert np.array_equal(alone, picture(deep, long, **SMALL))
    with pytest.warns(TriggerLost):
        beside = picture(composer, [long + "hat*", "a hat*"], **SMALL)
    plain = picture(deep, [long, "a cat"], **SMALL)
    assert np.array_equal(beside[0], plain[0])
    assert not np.array_equal(beside[1], plain[1])


def without_boat(monkeypatch: pytest.MonkeyPatch) -> CLIPTokenizer:
    """A tokenizer of other merges: `boat` is several tokens."""
    kept = tuple(word for word in pipelines.WORDS if word != "boat")
    with monkeypatch.context() as other:
        other.setattr(pipelines, "WORDS", kept)
        return pipelines.tokenizer()


@pytest.fixture
def disagreeing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Composer]:
    """A composer whose second tokenizer has other merges than the first."""
    own = pipelines.sdxl()
    own.tokenizer_2 = without_boat(monkeypatch)
    with Composer(own) as made:
        made.load(packed(random_concept(own, "you", seed=1)))
        yield made


CUT_OFF_BY_THE_SECOND = "boat " * 20 + "a " * 40 + "you*"


@pytest.mark.parametrize("prompt", ["a boat you*", CUT_OFF_BY_THE_SECOND], ids=["moved", "lost"])
def test_m13_tokenizers_that_disagree_about_a_trigger_are_refused(
    disagreeing: Composer, prompt: str
) -> None:
    words = disagreeing.profile.encoders
    counts = [len(one.tokenizer("boat", add_special_tokens=False).input_ids) for one in words]
    assert counts[0] == 1 < counts[1]
    before = picture(disagreeing, "a you* on a boat", **SMALL)
    with pytest.raises(Unsupported, match="two tokenizers") as caught:
        picture(disagreeing, prompt, **SMALL)
    assert caught.value.code == "engine.unsupported"
    assert not disagreeing._hooks.is_busy
    assert np.array_equal(picture(disagreeing, "a you* on a boat", **SMALL), before)


def test_tokenizers_may_disagree_after_the_last_trigger(disagreeing: Composer) -> None:
    prompts = ["a you* on a boat", "a cat"]
    batch = disagreeing.encode(prompts)["prompt_embeds"]
    found = seen(disagreeing, prompts, guidance_scale=1.0)
    assert_rows(disagreeing, found, batch, [{"you": Gate()}, {}])
