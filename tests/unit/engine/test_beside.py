"""A composer beside what else people put on pipelines: the lines of docs/compatibility.md, shown."""

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
import torch
from accelerate import cpu_offload, cpu_offload_with_hook
from diffusers import (
    ControlNetModel,
    DiffusionPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
)
from peft import LoraConfig
from torch import Tensor

import pipelines
from concepts import packed, random_concept
from pcm_engine.composer import Composer
from pcm_engine.errors import AlreadyAttached, Unsupported
from pcm_engine.gate import Gate
from pictures import picture, recorded
from projections import assert_rows

BOTH = "a me* in a hat*"
ON = {"me": Gate(), "hat": Gate()}
OFF = {"me": Gate(strength=0.0), "hat": Gate(strength=0.0)}
GUIDED = {"guidance_scale": 5.0}
SMALL = {"height": 8, "width": 8}


@pytest.fixture(scope="module")
def concepts() -> list[bytes]:
    """Of the weights that `pipelines.pipeline()` always has."""
    pipeline = pipelines.pipeline()
    return [
        packed(random_concept(pipeline, word, seed=seed)) for seed, word in enumerate(("me", "hat"))
    ]


@pytest.fixture
def own() -> StableDiffusionPipeline:
    return pipelines.pipeline()


@pytest.fixture
def composer(own: StableDiffusionPipeline, concepts: list[bytes]) -> Iterator[Composer]:
    with composed(own, concepts) as made:
        yield made


def composed(pipeline: DiffusionPipeline, concepts: list[bytes]) -> Composer:
    made = Composer(pipeline)
    for data in concepts:
        made.load(data)
    return made


def assert_composes(
    composer: Composer, *, steps: int = 2, **options: object
) -> tuple[np.ndarray, list[list[Tensor]]]:
    """Strength 0 is the pipeline itself on the same embeddings; at 1 each layer has its K and V in float64, always.

    Of the two rows of guidance the negative one is the base's, bit for bit.
    """
    told = {"num_inference_steps": steps} | GUIDED | options
    plain = picture(composer.pipeline, **composer.encode(BOTH), **told)
    assert np.array_equal(picture(composer, BOTH, gates=OFF, **told), plain)
    with recorded(composer.profile) as seen:
        found = picture(composer, BOTH, **told)
    assert not np.array_equal(found, plain)
    assert all(torch.equal(one, calls[0]) for calls in seen for one in calls)
    told = {"do_classifier_free_guidance": True, "num_images_per_prompt": 1, "device": "cpu"}
    rows = composer.encode(BOTH)["prompt_embeds"]
    empty = composer.pipeline.encode_prompt(prompt=BOTH, **told)[1]
    assert_rows(composer, [calls[0] for calls in seen], torch.cat([empty, rows]), [{}, ON])
    return found, seen


def image_of(size: int = 8) -> Tensor:
    return torch.linspace(0, 1, 3 * size * size).reshape(1, 3, size, size)


@pytest.mark.parametrize("slices", [1, "auto", "max"])
def test_sliced_attention(
    composer: Composer, own: StableDiffusionPipeline, slices: int | str
) -> None:
    whole = picture(composer, BOTH)
    own.enable_attention_slicing(slices)
    assert_composes(composer)
    assert np.allclose(picture(composer, BOTH), whole, atol=1e-4)


def test_fused_kernels_and_plain_products_agree(
    composer: Composer, own: StableDiffusionPipeline
) -> None:
    """SDPA is the default processor; the other takes the products one by one."""
    fused = picture(composer, BOTH)
    own.unet.set_default_attn_processor()
    assert np.allclose(picture(composer, BOTH), fused, atol=1e-4)
    assert_composes(composer)


def test_image_to_image(own: StableDiffusionPipeline, concepts: list[bytes]) -> None:
    other = StableDiffusionImg2ImgPipeline(**own.components, requires_safety_checker=False)
    other.set_progress_bar_config(disable=True)
    with composed(other, concepts) as composer:
        assert_composes(composer, image=image_of(), strength=0.9, steps=3)


def test_inpainting(own: StableDiffusionPipeline, concepts: list[bytes]) -> None:
    other = StableDiffusionInpaintPipeline(**own.components, requires_safety_checker=False)
    other.set_progress_bar_config(disable=True)
    mask = (torch.arange(64).reshape(1, 1, 8, 8) < 40).float()
    with composed(other, concepts) as composer:
        assert_composes(composer, image=image_of(), mask_image=mask, strength=0.9, steps=3, **SMALL)


def test_controlnet_reads_the_prompt_unedited(
    own: StableDiffusionPipeline, concepts: list[bytes]
) -> None:
    torch.manual_seed(0)
    control = ControlNetModel.from_unet(own.unet, conditioning_embedding_out_channels=(8,)).eval()
    other = StableDiffusionControlNetPipeline(
        **own.components, controlnet=control, requires_safety_checker=False
    )
    other.set_progress_bar_config(disable=True)
    with composed(other, concepts) as composer:
        assert len(composer.profile.layers) == 7  # the U-Net's, none of the ControlNet's
        assert_composes(composer, image=image_of(), controlnet_conditioning_scale=0.5)


def test_an_ip_adapter_keeps_its_own_keys_and_values(
    composer: Composer, own: StableDiffusionPipeline
) -> None:
    embeds = [torch.randn(2, 1, 16)]
    own.unet._load_ip_adapter_weights([ip_adapter(own)])
    found, _ = assert_composes(composer, ip_adapter_image_embeds=embeds)
    other = picture(composer, BOTH, ip_adapter_image_embeds=[2 * embeds[0]], **GUIDED)
    assert not np.array_equal(other, found)


def ip_adapter(pipeline: StableDiffusionPipeline) -> Mapping[str, Mapping[str, Tensor]]:
    """Random weights of the first kind of IP-Adapter: four tokens from one picture embedding of 16."""
    text = pipeline.unet.config.cross_attention_dim
    widths = [
        module.to_k.out_features
        for name, module in pipeline.unet.named_modules()
        if name.endswith("attn2")
    ]
    layers = {
        f"{2 * index + 1}.{name}_ip.weight": torch.randn(width, text) / text**0.5
        for index, width in enumerate(widths)
        for name in ("to_k", "to_v")
    }
    projection = {
        "proj.weight": torch.randn(4 * text, 16),
        "proj.bias": torch.zeros(4 * text),
        "norm.weight": torch.ones(text),
        "norm.bias": torch.zeros(text),
    }
    return {"image_proj": projection, "ip_adapter": layers}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lora_loaded_before_or_after(
    own: StableDiffusionPipeline, concepts: list[bytes], when: str
) -> None:
    adapter = LoraConfig(
        r=2, target_modules=["to_q", "to_k", "to_v", "to_out.0"], init_lora_weights=False
    )
    if when == "before":
        own.unet.add_adapter(adapter, adapter_name="style")
    with composed(own, concepts) as composer:
        if when == "after":
            plain = picture(composer, BOTH)
            own.unet.add_adapter(adapter, adapter_name="style")
            assert not np.array_equal(picture(composer, BOTH), plain)
        assert_composes(composer)
        scaled = picture(composer, BOTH, cross_attention_kwargs={"scale": 0.5})
        own.unet.set_adapters("style", 0.5)
        assert np.array_equal(picture(composer, BOTH), scaled)


def test_offloading_the_whole_model_by_hooks(
    own: StableDiffusionPipeline, concepts: list[bytes]
) -> None:
    """What `enable_model_cpu_offload` puts on, with the CPU as the device to compute on."""
    cpu_offload_with_hook(own.text_encoder, execution_device="cpu")
    cpu_offload_with_hook(own.unet, execution_device="cpu")
    with composed(own, concepts) as composer:
        assert_composes(composer)


def test_offloading_layer_by_layer_before_the_composer(
    own: StableDiffusionPipeline, concepts: list[bytes]
) -> None:
    """What `enable_sequential_cpu_offload` puts on the U-Net: between calls its weights are elsewhere."""
    plain = picture(composed_and_left(own, concepts), "a cat")
    with composed(own, concepts) as measured:
        expected, whole = assert_composes(measured)
    cpu_offload(own.unet, execution_device=torch.device("cpu"))
    assert own.unet.down_blocks[0].attentions[0].transformer_blocks[0].attn2.to_k.weight.is_meta
    with composed(own, concepts) as composer, recorded(composer.profile) as seen:
        assert np.array_equal(picture(composer, BOTH, **GUIDED), expected)
    for calls, wanted in zip(seen, whole, strict=True):
        assert all(torch.equal(one, wanted[0]) for one in calls)
    assert np.array_equal(picture(own, "a cat"), plain)


def composed_and_left(
    pipeline: StableDiffusionPipeline, concepts: list[bytes]
) -> StableDiffusionPipeline:
    with composed(pipeline, concepts):
        return pipeline


def test_offloading_put_over_a_composer_must_come_off_first(
    composer: Composer, own: StableDiffusionPipeline
) -> None:
    expected = picture(composer, BOTH)
    cpu_offload(own.unet, execution_device=torch.device("cpu"))
    assert np.array_equal(picture(composer, BOTH), expected)
    with pytest.raises(AlreadyAttached) as caught:
        composer.detach()
    assert "remove_all_hooks" in caught.value.hint()
    own.remove_all_hooks()
    assert np.array_equal(picture(composer, BOTH), expected)


def test_projections_fused_after_the_composer_came_are_refused(
    composer: Composer, own: StableDiffusionPipeline
) -> None:
    with torch.no_grad():
        own.fuse_qkv_projections()
    with pytest.raises(Unsupported, match="fused"):
        composer(BOTH)
    own.unfuse_qkv_projections()
    assert_composes(composer)


class PassingBy(torch.nn.Module):
    """An attention processor that makes its keys and values by itself, as some trained adapters do."""

    def __call__(
        self, attention: torch.nn.Module, rows: Tensor, encoder_hidden_states: Tensor, **_: object
    ) -> Tensor:
        return rows


def test_a_processor_that_passes_by_the_projections_is_refused(
    composer: Composer, own: StableDiffusionPipeline
) -> None:
    before = own.unet.attn_processors
    name = next(one for one in before if one.endswith("attn2.processor"))
    own.unet.set_attn_processor({**before, name: PassingBy()})
    with pytest.raises(Unsupported) as caught:
        composer(BOTH, num_inference_steps=1)
    assert caught.value.code == "engine.unsupported"
    own.unet.set_attn_processor(before)
    assert_composes(composer)
