"""A concept acts at every step of a call and in the prompt that names it, or the call says so."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPAGPipeline, StableDiffusionPipeline
from peft import LoraConfig

import pipelines
from concepts import packed, random_concept
from pcm_engine.composer import Composer
from pcm_engine.errors import Unsupported
from pcm_engine.gate import Gate
from pictures import picture

HAT = "a hat*"
LORA = LoraConfig(r=2, target_modules=["to_k", "to_v"], init_lora_weights=False)
TWINS = [{"hat": Gate(strength=0.2)}, {"hat": Gate(strength=1.0)}]
CLOSE = 1e-4

Callback = Callable[..., dict[str, torch.Tensor]]


@pytest.fixture
def own() -> Iterator[Composer]:
    """On a pipeline that no other test sees, one concept."""
    made = pipelines.pipeline()
    with Composer(made) as composer:
        composer.load(packed(random_concept(made, "hat")))
        yield composer


@pytest.fixture
def perturbed(own: Composer) -> Iterator[Composer]:
    """The same under perturbed attention guidance, which lays the batch out again."""
    own.detach()
    made = StableDiffusionPAGPipeline(
        **own.pipeline.components, pag_applied_layers=["mid"], requires_safety_checker=False
    )
    made.set_progress_bar_config(disable=True)
    with Composer(made) as composer:
        composer.load(packed(random_concept(made, "hat")))
        yield composer


def at_first_step(act: Callable[[StableDiffusionPipeline], object]) -> Callback:
    """A callback that acts on the pipeline after the first step."""

    def called(
        pipeline: StableDiffusionPipeline, step: int, *_rest: object
    ) -> dict[str, torch.Tensor]:
        if step == 0:
            act(pipeline)
        return {}

    return called


def changing(change: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, object]:
    """Options of a call whose callback changes the embeddings after the first step."""

    def called(
        _pipeline: object, step: int, _time: object, given: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        return {
            "prompt_embeds": change(given["prompt_embeds"]) if step == 0 else given["prompt_embeds"]
        }

    return {
        "callback_on_step_end": called,
        "callback_on_step_end_tensor_inputs": ["prompt_embeds"],
        "num_inference_steps": 4,
    }


@pytest.mark.parametrize("failure", [torch.OutOfMemoryError, KeyboardInterrupt])
def test_what_fails_while_the_context_is_computed_leaves_no_edit_on(
    composer: Composer, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    def fail(*_given: object, **_more: object) -> None:
        raise failure

    expected = picture(composer, HAT)
    with monkeypatch.context() as patch:
        patch.setattr("pcm_engine.perfusion.edited_context", fail)
        with pytest.raises(failure):
            composer(HAT, num_inference_steps=1)
    assert composer.memory.held == 0
    assert np.array_equal(picture(composer, HAT), expected)


@pytest.mark.parametrize("when", ["leaves", "comes"])
def test_an_adapter_that_leaves_or_comes_during_a_call_is_refused(own: Composer, when: str) -> None:
    """The hook stood on a wrapper that has gone, or stands below one that has come: plain keys and values."""
    unet = own.pipeline.unet
    if when == "leaves":
        unet.add_adapter(LORA)
    act = unet.unload_lora if when == "leaves" else lambda: unet.add_adapter(LORA)
    with pytest.raises(Unsupported) as caught:
        picture(own, HAT, callback_on_step_end=at_first_step(lambda _pipeline: act()))
    assert "between calls" in caught.value.hint()
    assert picture(own, HAT).shape == (1, 8, 8, 3)


def test_a_projection_of_the_text_inside_the_denoiser_is_refused() -> None:
    made = pipelines.pipeline()
    made.unet = pipelines.unet(text=32, encoder_hid_dim=32, encoder_hid_dim_type="text_proj")
    with pytest.raises(Unsupported) as caught:
        Composer(made)
    assert "encoder_hid_proj" in caught.value.message()


@pytest.mark.parametrize("guidance", [1.0, 5.0])
def test_embeddings_that_a_callback_exchanges_are_refused(
    composer: Composer, guidance: float
) -> None:
    with pytest.raises(Unsupported) as caught:
        picture(composer, HAT, guidance_scale=guidance, **changing(lambda rows: rows * 0.9))
    assert "callback" in caught.value.hint()
    assert picture(composer, HAT).shape == (1, 8, 8, 3)


def test_embeddings_that_no_projection_meets_are_refused(
    composer: Composer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another tool changes what the denoiser is given from the first step on."""
    forward = composer.pipeline.unet.forward
    monkeypatch.setattr(
        composer.pipeline.unet,
        "forward",
        lambda *given, encoder_hidden_states, **more: forward(
            *given, encoder_hidden_states=encoder_hidden_states + 1, **more
        ),
    )
    with pytest.raises(Unsupported):
        composer(HAT, num_inference_steps=1)


def test_a_concept_of_a_negative_prompt_that_guidance_leaves_out_is_no_fault(
    composer: Composer,
) -> None:
    found = picture(composer, "a cat", negative_prompt=HAT, guidance_scale=1.0)
    assert np.array_equal(found, picture(composer, "a cat", guidance_scale=1.0))


@pytest.mark.parametrize("guidance", [1.0, 5.0])
def test_equal_prompts_with_other_gates_and_several_pictures_each(
    composer: Composer, guidance: float
) -> None:
    options = {"guidance_scale": guidance}
    several = picture(composer, [HAT, HAT], gates=TWINS, num_images_per_prompt=2, **options)
    gates = [TWINS[0], TWINS[0], TWINS[1], TWINS[1]]
    assert np.allclose(several, picture(composer, [HAT] * 4, gates=gates, **options), atol=CLOSE)


@pytest.mark.parametrize("guidance", [0.0, 5.0])
def test_equal_prompts_with_other_gates_are_refused_where_their_order_is_not_known(
    perturbed: Composer, guidance: float
) -> None:
    """Perturbed attention repeats the prompts one after another, several pictures repeat each prompt."""
    options = {"pag_scale": 3.0, "guidance_scale": guidance}
    with pytest.raises(Unsupported) as caught:
        picture(perturbed, [HAT, HAT], gates=TWINS, **options)
    assert caught.value.hint() == "generate them one after another"
    one = picture(perturbed, HAT, gates=TWINS[0], **options)
    assert not np.array_equal(one, picture(perturbed, HAT, gates=TWINS[1], **options))
    assert len(picture(perturbed, [HAT, HAT], gates=TWINS[0], **options)) == 2


def test_equal_prompts_with_equal_gates_need_not_be_told_apart(composer: Composer) -> None:
    """Guidance ends midway: one empty prompt is left of three."""

    def end(rows: torch.Tensor) -> torch.Tensor:
        composer.pipeline._guidance_scale = 0.0
        return rows.chunk(2)[-1]

    made = picture(composer, [HAT, ""], negative_prompt="", guidance_scale=5.0, **changing(end))
    apart = picture(composer, HAT, negative_prompt="", guidance_scale=5.0, **changing(end))
    assert made.shape == (2, 8, 8, 3)
    assert apart.shape == (1, 8, 8, 3)
