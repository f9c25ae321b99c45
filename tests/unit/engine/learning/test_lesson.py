"""(M14), (M15), (I23): where learning starts, and that a pipeline is as it was afterwards."""

from collections.abc import Callable

import pytest
import torch
from diffusers import StableDiffusionPipeline
from diffusers.models.attention_processor import AttnProcessor

import pipelines
from pcm_engine.bases import profile_of
from pcm_engine.errors import Unsupported
from pcm_engine.learning.keys import LockedKeys, TrainedKeys
from pcm_engine.learning.lesson import Lesson, begin, require_trainable, teaching
from pcm_engine.learning.templates import TEMPLATES, phrase_rows
from pcm_engine.tokens import encode, word_embedding

Teach = Callable[..., Lesson]
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def test_zero_steps_leave_the_values_of_the_initial_direction(lesson: Lesson) -> None:
    """(I23) o = W_V i_init and v = w(c)."""
    state = begin(lesson)
    initial = phrase_rows(lesson.profile, "cat").mean(0)
    expected = torch.cat([layer.value.weight @ initial for layer in lesson.profile.layers])
    assert torch.allclose(state.parameters["values"], expected, **CLOSE)
    (word,) = word_embedding(lesson.profile, "cat")
    assert torch.equal(state.parameters["embedding"], word)


def test_one_plain_supercategory_of_one_token_makes_the_direction_the_lock(lesson: Lesson) -> None:
    """(I23) i* = u."""
    assert torch.allclose(begin(lesson).direction.float(), lesson.supercategory, **CLOSE)


def test_adjectives_start_the_word_and_never_enter_the_lock(teach: Teach, lesson: Lesson) -> None:
    striped = teach(adjectives=["grey", "striped"])
    assert torch.equal(striped.supercategory, lesson.supercategory)
    state = begin(striped)
    assert not torch.allclose(state.direction.float(), striped.supercategory, **CLOSE)
    encoder = striped.profile.encoders[0]
    ids = encoder.tokenizer("grey striped cat", add_special_tokens=False).input_ids
    assert torch.allclose(
        state.parameters["embedding"], encoder.embedding.weight[ids].mean(0), **CLOSE
    )


def test_several_supercategories_are_averaged(teach: Teach) -> None:
    both = teach(supercategories=["cat", "teddy bear"])
    rows = [phrase_rows(both.profile, phrase).mean(0) for phrase in ("cat", "teddy bear")]
    assert torch.allclose(both.supercategory, torch.stack(rows).mean(0), **CLOSE)


def test_a_phrase_is_read_at_its_last_token(lesson: Lesson) -> None:
    """(M14), (U7)."""
    found = phrase_rows(lesson.profile, "teddy bear")
    for row, template in zip(found, TEMPLATES, strict=True):
        words = template.format("teddy bear").split()
        with torch.no_grad():
            encoded = encode(lesson.profile, [" ".join(words)], {}).encodings[0]
        assert torch.equal(row, encoded[_last_token(lesson, words)])


def _last_token(lesson: Lesson, words: list[str]) -> int:
    """The row of `bear`, counted by the tokenizer word by word."""
    tokenizer = lesson.profile.encoders[0].tokenizer
    before = words[: words.index("bear") + 1]
    return sum(len(tokenizer(word, add_special_tokens=False).input_ids) for word in before)


def test_the_pipeline_is_as_it_was(pipeline: StableDiffusionPipeline) -> None:
    profile = profile_of(pipeline)
    parameter = next(profile.denoiser.parameters())
    parameter.requires_grad_(True)
    processors = dict(profile.denoiser.attn_processors)
    with teaching(profile) as hooks:
        assert hooks.is_attached
        assert not parameter.requires_grad
        assert {type(one) for one in profile.denoiser.attn_processors.values()} == {AttnProcessor}
    assert not hooks.is_attached
    assert parameter.requires_grad
    assert dict(profile.denoiser.attn_processors) == processors
    parameter.requires_grad_(False)


def test_two_encoders_are_refused() -> None:
    with pytest.raises(Unsupported):
        require_trainable(profile_of(pipelines.sdxl()), LockedKeys())


def test_trained_keys_start_where_the_values_do(teach: Teach) -> None:
    state = begin(teach(keys=TrainedKeys()))
    initial = phrase_rows(teach().profile, "cat").mean(0)
    expected = torch.cat([layer.key.weight @ initial for layer in teach().profile.layers])
    assert torch.allclose(state.parameters["keys"], expected, **CLOSE)
