"""What is refused changes nothing: the pipeline keeps every module and weight, the composer what it had loaded."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline, SD3Transformer2DModel, StableDiffusion3Pipeline
from torch import Tensor, nn

import pipelines
from concepts import packed, random_concept
from pcm_engine.composer import Composer
from pcm_engine.errors import AlreadyAttached, NearBase, Unsupported, WrongBase, WrongWidths
from pcm_schemas.errors import PcmError
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import pack
from pictures import picture


def fused() -> DiffusionPipeline:
    made = pipelines.pipeline(widths=(32,))
    with torch.no_grad():
        made.fuse_qkv_projections()
    return made


def sd3() -> DiffusionPipeline:
    """Joint attention; nothing but the transformer."""
    transformer = SD3Transformer2DModel(
        num_attention_heads=2, attention_head_dim=8, sample_size=8, in_channels=4, out_channels=4, num_layers=2,
        joint_attention_dim=24, caption_projection_dim=16, pooled_projection_dim=16, pos_embed_max_size=8,
    )  # fmt: skip
    absent = dict.fromkeys(StableDiffusion3Pipeline._get_signature_types(), None)
    return StableDiffusion3Pipeline(**{**absent, "transformer": transformer.eval()})


def projected_text() -> DiffusionPipeline:
    """A U-Net that reads rows of another width than its text encoder writes."""
    made = pipelines.pipeline(widths=(32,))
    made.unet = pipelines.unet(text=48, widths=(32,))
    return made


def modules_of(pipeline: DiffusionPipeline) -> dict[str, nn.Module]:
    """Every module of every component, by its full name."""
    parts = [one for one in pipeline.components.items() if isinstance(one[1], nn.Module)]
    return {
        f"{part}.{name}": module for part, whole in parts for name, module in whole.named_modules()
    }


def trace(pipeline: DiffusionPipeline) -> dict[str, tuple[nn.Module, frozenset[str], object, int]]:
    """Of each module: which it is, what it holds of its own, its processor, its hooks."""
    return {
        name: (
            module,
            frozenset(vars(module)),
            vars(module).get("processor"),
            len(module._forward_hooks) + len(module._forward_pre_hooks),
        )
        for name, module in modules_of(pipeline).items()
    }


def weights(pipeline: DiffusionPipeline) -> Mapping[str, Tensor]:
    return {
        f"{name}.{key}": tensor.detach().clone()
        for name, module in modules_of(pipeline).items()
        for key, tensor in module.named_parameters(recurse=False)
    }


def same(found: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> bool:
    return found.keys() == before.keys() and all(
        torch.equal(one, found[name]) for name, one in before.items()
    )


@pytest.mark.parametrize("make", [fused, sd3, projected_text])
def test_a_pipeline_that_is_refused_keeps_every_module_and_weight(
    make: Callable[[], DiffusionPipeline],
) -> None:
    pipeline = make()
    before, held = trace(pipeline), weights(pipeline)
    assert held
    with pytest.raises(Unsupported) as caught:
        Composer(pipeline)
    assert caught.value.code == "engine.unsupported"
    assert trace(pipeline) == before
    assert same(weights(pipeline), held)


def test_the_trace_sees_a_composer() -> None:
    """The counter-test of the one above: while a composer is on, it is another trace; after it the same."""
    pipeline = pipelines.pipeline(widths=(32,))
    before, held = trace(pipeline), weights(pipeline)
    with Composer(pipeline):
        assert trace(pipeline) != before
        assert same(weights(pipeline), held)
    assert trace(pipeline) == before


def test_a_second_composer_is_refused_and_the_first_goes_on(composer: Composer) -> None:
    pipeline = composer.pipeline
    before, expected = trace(pipeline), picture(composer, "a hat*")
    with pytest.raises(AlreadyAttached) as caught:
        Composer(pipeline)
    assert caught.value.code == "engine.attached"
    assert trace(pipeline) == before
    assert np.array_equal(picture(composer, "a hat*"), expected)


def other_widths() -> bytes:
    return packed(random_concept(pipelines.pipeline(widths=(32, 32)), "dog"))


def other_base() -> bytes:
    return packed(random_concept(pipelines.pipeline(seed=9), "dog"))


def near_base() -> bytes:
    """Learned on a copy whose weights moved by a fiftieth of their spread."""
    near = pipelines.pipeline()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in near.unet.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(0.02 * parameter.std(correction=0) * noise)
    return packed(random_concept(near, "dog"))


def other_architecture() -> bytes:
    concept = random_concept(pipelines.pipeline(), "dog")
    base = concept.manifest.base.model_dump(exclude_none=True) | {"architecture": "other"}
    manifest = Manifest.of(concept.manifest.model_dump(exclude_none=True) | {"base": base})
    return pack(manifest, concept.to_tensors())


def bundle() -> bytes:
    manifest = {
        "manifest": 1, "kind": "bundle", "name": "amy/zoo", "version": "1.0.0", "requires": ["amy/hat"], "tags": [],
        "description": "", "license": "CC0-1.0", "previews": [], "created": "2026-11-22T10:00:00Z",
    }  # fmt: skip
    return pack(Manifest.of(manifest), {})


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (other_widths, WrongWidths),
        (other_base, WrongBase),
        (near_base, NearBase),
        (other_architecture, WrongBase),
        (bundle, Unsupported),
    ],
)
def test_a_package_that_is_refused_loads_nothing(
    composer: Composer, make: Callable[[], bytes], refusal: type[PcmError]
) -> None:
    before, table = trace(composer.pipeline), composer._bank._table.clone()
    loaded, digests = dict(composer.loaded), dict(composer.digests)
    expected = picture(composer, "a teddy-bear* in a hat*")
    with pytest.raises(refusal) as caught:
        composer.load(make())
    assert type(caught.value) is refusal
    assert dict(composer.loaded) == loaded
    assert dict(composer.digests) == digests
    assert torch.equal(composer._bank._table, table)
    assert set(composer._bank._places) == set(loaded)
    assert trace(composer.pipeline) == before
    assert np.array_equal(picture(composer, "a teddy-bear* in a hat*"), expected)
