import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from torch import Tensor

import pipelines
from pcm_engine.bases import profile_of
from pcm_engine.prompt import parse
from pcm_engine.tokens import encode, super_words, tokenise, word_embedding

PLAIN = ["a photo of the cat, (red) on a boat.", "", "sailing " * 100, "it's 3.5"]


@pytest.fixture(scope="module")
def sdxl() -> StableDiffusionXLPipeline:
    return pipelines.sdxl()


def vector(width: int = 32, seed: int = 3) -> Tensor:
    return torch.randn(width, generator=torch.Generator().manual_seed(seed))


def test_prompts_without_triggers_are_tokenised_as_the_pipeline_does(
    pipeline: StableDiffusionPipeline,
) -> None:
    words = pipeline.tokenizer
    found = tokenise(pipeline, words, [parse(text, ()) for text in PLAIN])
    expected = words(PLAIN, padding="max_length", truncation=True, return_tensors="pt")
    assert torch.equal(found.ids, expected.input_ids)
    assert torch.equal(found.mask, expected.attention_mask)


def test_prompts_without_triggers_are_encoded_as_the_pipeline_does(
    pipeline: StableDiffusionPipeline,
) -> None:
    plain, _ = pipeline.encode_prompt(PLAIN, "cpu", 1, do_classifier_free_guidance=False)
    assert torch.equal(encode(profile_of(pipeline), PLAIN, {}).encodings, plain)


def test_sdxl_too_with_its_pooled_output(sdxl: StableDiffusionXLPipeline) -> None:
    plain, _, pooled, _ = sdxl.encode_prompt(PLAIN, do_classifier_free_guidance=False)
    found = encode(profile_of(sdxl), PLAIN, {})
    assert torch.equal(found.encodings, plain)
    assert torch.equal(found.pooled, pooled)


def test_a_trigger_with_the_embedding_of_a_word_is_that_word(
    pipeline: StableDiffusionPipeline,
) -> None:
    profile = profile_of(pipeline)
    found = encode(profile, ["a cat* on a boat"], {"cat": word_embedding(profile, "cat")})
    assert found.positions == ({"cat": (2,)},)
    assert torch.equal(found.encodings, encode(profile, ["a cat on a boat"], {}).encodings)


def test_gradient_flows_to_the_embedding_and_nothing_else(
    pipeline: StableDiffusionPipeline,
) -> None:
    profile = profile_of(pipeline)
    learned = vector().requires_grad_()
    found = encode(profile, ["me* and me*", "a cat"], {"me": (learned,)})
    assert found.positions == ({"me": (1, 5)}, {})
    found.encodings[0].square().sum().backward()
    assert learned.grad is not None
    assert float(learned.grad.norm()) > 0
    assert pipeline.text_encoder.get_input_embeddings().weight.grad is None
    assert not pipeline.text_encoder.get_input_embeddings()._forward_hooks


def test_a_trigger_beyond_the_models_length_has_no_place(pipeline: StableDiffusionPipeline) -> None:
    found = encode(
        profile_of(pipeline), ["a " * 76 + "me*", "a " * 74 + "me*"], {"me": (vector(),)}
    )
    assert found.positions == ({}, {"me": (75,)})


def test_the_pooled_output_does_not_come_from_the_trigger(sdxl: StableDiffusionXLPipeline) -> None:
    """T2: this encoder pools at the largest id, which an added token would be."""
    profile = profile_of(sdxl)
    words = word_embedding(profile, "cat")
    found = encode(profile, ["a me* on a boat"], {"me": words})
    plain = encode(profile, ["a cat on a boat"], {})
    assert torch.equal(found.pooled, plain.pooled)
    assert torch.equal(found.encodings, plain.encodings)


def test_clip_skip_reads_an_earlier_layer_after_the_norm(pipeline: StableDiffusionPipeline) -> None:
    ids = pipeline.tokenizer(["a cat"], padding="max_length", return_tensors="pt").input_ids
    hidden = pipeline.text_encoder(ids, output_hidden_states=True).hidden_states
    expected = pipeline.text_encoder.final_layer_norm(hidden[-2])
    assert torch.equal(encode(profile_of(pipeline), ["a cat"], {}, clip_skip=1).encodings, expected)


def test_m14_the_words_of_supercategories_are_means_of_means(
    pipeline: StableDiffusionPipeline,
) -> None:
    table = pipeline.text_encoder.get_input_embeddings().weight
    ids = pipeline.tokenizer("teddy bear cat", add_special_tokens=False).input_ids
    teddy, bear, cat = table[ids]
    (found,) = super_words(profile_of(pipeline), ["teddy bear", "cat"])
    assert torch.allclose(found, ((teddy + bear) / 2 + cat) / 2)
