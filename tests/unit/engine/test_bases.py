import copy

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EDMEulerScheduler,
    FlowMatchEulerDiscreteScheduler,
    IPNDMScheduler,
    SchedulerMixin,
    StableDiffusionPipeline,
)
from torch import nn

import pipelines
from pcm_engine.bases import Fitting, measure, profile_of
from pcm_engine.composer import Composer
from pcm_engine.errors import Unsupported
from pcm_schemas.base_model import Tier, compare
from pictures import picture


def execution_order(pipeline: StableDiffusionPipeline, **options: object) -> list[nn.Module]:
    """Cross-attention modules in the order in which a forward pass calls them."""
    called: list[nn.Module] = []
    modules = [m for name, m in pipeline.unet.named_modules() if name.endswith("attn2")]
    handles = [
        m.register_forward_pre_hook(lambda module, _args: called.append(module)) for m in modules
    ]
    with torch.no_grad():
        text = pipeline.unet.config.cross_attention_dim
        pipeline.unet(torch.randn(1, 4, 8, 8), 1, torch.randn(1, 77, text), **options)
    for handle in handles:
        handle.remove()
    assert len(called) == len(modules)
    return called


def test_layers_are_in_the_order_of_a_forward_pass(pipeline: StableDiffusionPipeline) -> None:
    profile = profile_of(pipeline)
    assert [layer.attention for layer in profile.layers] == execution_order(pipeline)
    assert profile.runs == ((32, 1), (64, 4), (32, 2))
    assert (profile.architecture, profile.text, profile.embedding) == ("toybox", 32, (32,))


def test_sdxl_has_two_encoders_side_by_side() -> None:
    pipeline = pipelines.sdxl()
    profile = profile_of(pipeline)
    added = {"text_embeds": torch.randn(1, 16), "time_ids": torch.zeros(1, 6)}
    order = execution_order(pipeline, added_cond_kwargs=added)
    assert [layer.attention for layer in profile.layers] == order
    assert (profile.text, profile.embedding) == (48, (16, 32))


def test_a_known_architecture_is_known_by_its_widths() -> None:
    with torch.device("meta"):
        unet = pipelines.unet(
            text=768,
            widths=(320, 640, 1280, 1280),
            layers_per_block=2,
            down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
            up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
            norm_num_groups=32,
        )
    pipeline = pipelines.pipeline(text=768, widths=(32,))
    pipeline.unet = unet
    assert profile_of(pipeline).architecture == "sd1"
    assert profile_of(pipeline).runs == ((320, 2), (640, 2), (1280, 6), (640, 3), (320, 3))


def test_a_pipeline_without_text_cross_attention_is_refused(
    pipeline: StableDiffusionPipeline,
) -> None:
    other = copy.copy(pipeline)
    for broken in (None, nn.Linear(2, 2)):
        other.unet = broken
        with pytest.raises(Unsupported) as caught:
            profile_of(other)
        assert caught.value.code == "engine.unsupported"


def test_fused_projections_are_refused(pipeline: StableDiffusionPipeline) -> None:
    fused = pipelines.pipeline()
    fused.fuse_qkv_projections()
    with pytest.raises(Unsupported, match="fused"):
        profile_of(fused)


def test_a_denoiser_that_projects_the_text_is_refused() -> None:
    pipeline = pipelines.pipeline()
    pipeline.text_encoder = pipelines.pipeline(text=16).text_encoder
    with pytest.raises(Unsupported, match="rows of 32"):
        profile_of(pipeline)


def test_the_same_weights_measure_alike_and_others_do_not(
    pipeline: StableDiffusionPipeline,
) -> None:
    identity = measure(profile_of(pipeline))
    assert measure(profile_of(pipelines.pipeline())).digest == identity.digest
    other = measure(profile_of(pipelines.pipeline(seed=1)))
    assert compare(identity, other) is Tier.OTHER


@pytest.mark.parametrize(
    ("dtype", "tier"), [(torch.float16, Tier.EXACT), (torch.bfloat16, Tier.SAME)], ids=str
)
def test_a_copy_in_half_precision_is_the_same_base(dtype: torch.dtype, tier: Tier) -> None:
    identity = measure(profile_of(pipelines.pipeline()))
    copied = pipelines.pipeline().to(dtype)
    assert compare(identity, measure(profile_of(copied))) is tier


def test_p11_the_tensors_are_in_its_order(pipeline: StableDiffusionPipeline) -> None:
    """Read independently by key name, as this pipeline spells them."""
    from pcm_engine.bases.identity import _tensors

    found = [array for _, array in _tensors(profile_of(pipeline))]
    unet, text = pipeline.unet.state_dict(), pipeline.text_encoder.state_dict()
    first = "down_blocks.0.attentions.0.transformer_blocks.0.attn2"
    last = "up_blocks.1.attentions.1.transformer_blocks.0.attn2"
    assert np.array_equal(found[0], unet[f"{first}.to_k.weight"].numpy())
    assert np.array_equal(found[1], unet[f"{first}.to_v.weight"].numpy())
    assert np.array_equal(found[13], unet[f"{last}.to_v.weight"].numpy())
    order = [
        "embeddings.token_embedding.weight",
        "embeddings.position_embedding.weight",
        *(f"encoder.layers.0.{name}.{part}" for name in (
            "layer_norm1", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj",
            "layer_norm2", "mlp.fc1", "mlp.fc2",
        ) for part in ("weight", "bias")),
    ]  # fmt: skip
    for array, name in zip(found[14:], order, strict=False):
        assert np.array_equal(array, text[name].numpy()), name
    assert np.array_equal(found[-1], text["final_layer_norm.bias"].numpy())


def test_fitting_measures_once(pipeline: StableDiffusionPipeline) -> None:
    fitting = Fitting(profile_of(pipeline), Tier.SAME)
    assert fitting.identity is fitting.identity


@pytest.mark.parametrize(
    "sampler", [IPNDMScheduler(), DPMSolverMultistepScheduler(), EDMEulerScheduler()], ids=type
)
def test_a_sampler_made_fresh_is_of_the_noises_whether_it_says_so_or_not(
    sampler: SchedulerMixin, packages: dict[str, bytes]
) -> None:
    """As the client takes a folder with the sampler's settings (P11): the same base, so its concepts load."""
    pipeline = pipelines.pipeline()
    identity = measure(profile_of(pipeline))
    pipeline.scheduler = sampler
    with Composer(pipeline) as composer:
        assert composer.base == identity
        composer.load(packages["hat"])
        plain, edited = picture(pipeline, "a hat"), picture(composer, "a hat*")
    assert not np.array_equal(plain, edited)


def test_a_sampler_made_of_the_bases_settings_says_what_the_base_predicts() -> None:
    pipeline = pipelines.pipeline()
    settings = pipelines.scheduler(prediction_type="v_prediction").config
    pipeline.scheduler = IPNDMScheduler.from_config(settings)
    assert profile_of(pipeline).prediction_type == "v_prediction"


@pytest.mark.parametrize(
    "sampler",
    [
        FlowMatchEulerDiscreteScheduler(),
        DPMSolverMultistepScheduler(use_flow_sigmas=True),
        DPMSolverMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True),
        DDIMScheduler(prediction_type="other"),
    ],
    ids=type,
)
def test_a_sampler_of_flow_matching_is_refused(
    sampler: SchedulerMixin, packages: dict[str, bytes]
) -> None:
    pipeline = pipelines.pipeline()
    pipeline.scheduler = sampler
    with Composer(pipeline) as composer, pytest.raises(Unsupported) as caught:
        composer.load(packages["hat"])
    assert caught.value.code == "engine.unsupported"
    assert type(sampler).__name__ in caught.value.message()
    assert "from_config" in caught.value.hint()
