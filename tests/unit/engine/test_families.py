"""Bases beyond the U-Nets: what their keys and values depend on, and what is refused with which reason (issue 5, 4).

Every denoiser has its real configuration, shrunk in depth and width, with random weights.
"""

from collections.abc import Callable

import pytest
import torch
from diffusers import (
    DiffusionPipeline,
    FluxPipeline,
    FluxTransformer2DModel,
    PixArtAlphaPipeline,
    PixArtTransformer2DModel,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
    SanaPipeline,
    SanaTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
)
from torch import Tensor, nn

from pcm_engine import perfusion
from pcm_engine.bases import Profile, profile_of
from pcm_engine.bases.families import family_of
from pcm_engine.bases.layers import layers_of
from pcm_engine.composer import Composer
from pcm_engine.edit import ConceptStack, Controls, Edit
from pcm_engine.errors import Unsupported
from pcm_engine.gate import DEFAULT
from pcm_engine.hooks import Hooks

HEADS: dict[str, int] = {"num_attention_heads": 2, "attention_head_dim": 8}


def pixart() -> DiffusionPipeline:
    transformer = PixArtTransformer2DModel(
        **HEADS, num_layers=2, cross_attention_dim=16, caption_channels=24, sample_size=8
    )
    return empty(PixArtAlphaPipeline, transformer)


def sana() -> DiffusionPipeline:
    cross: dict[str, int] = {"num_cross_attention_heads": 2, "cross_attention_head_dim": 8}
    transformer = SanaTransformer2DModel(
        **HEADS, **cross, in_channels=4, out_channels=4, num_layers=2, cross_attention_dim=16, caption_channels=24,
        sample_size=8,
    )  # fmt: skip
    return empty(SanaPipeline, transformer)


def sd3() -> DiffusionPipeline:
    """With the second self-attention of SD3.5, which is called attn2 and reads no text."""
    transformer = SD3Transformer2DModel(
        **HEADS, sample_size=8, in_channels=4, out_channels=4, num_layers=2, joint_attention_dim=24,
        caption_projection_dim=16, pooled_projection_dim=16, pos_embed_max_size=8, dual_attention_layers=(0,),
    )  # fmt: skip
    return empty(StableDiffusion3Pipeline, transformer)


def flux() -> DiffusionPipeline:
    transformer = FluxTransformer2DModel(
        patch_size=1, in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=24, pooled_projection_dim=16, axes_dims_rope=(4, 4, 8),
    )  # fmt: skip
    return empty(FluxPipeline, transformer)


def qwen_image() -> DiffusionPipeline:
    transformer = QwenImageTransformer2DModel(
        patch_size=2, in_channels=4, out_channels=4, num_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=24, axes_dims_rope=(4, 4, 8),
    )  # fmt: skip
    return empty(QwenImagePipeline, transformer)


def empty(kind: type[DiffusionPipeline], transformer: nn.Module) -> DiffusionPipeline:
    """A pipeline of this kind around a transformer: no autoencoder, no text encoder, no sampler."""
    absent = dict.fromkeys(kind._get_signature_types(), None)
    transformer.eval().requires_grad_(requires_grad=False)
    return kind(**{**absent, "transformer": transformer})


@pytest.mark.parametrize("make", [sd3, flux, qwen_image])
def test_joint_attention_is_refused_with_its_reason(make: Callable[[], DiffusionPipeline]) -> None:
    with pytest.raises(Unsupported, match="text and picture share one attention") as caught:
        Composer(make())
    assert caught.value.code == "engine.unsupported"


@pytest.mark.parametrize(
    ("make", "passes"),
    [(pixart, "PixArt .*caption_projection"), (sana, "Sana .*caption_projection and caption_norm")],
)
def test_projected_text_is_refused_with_its_reason(
    make: Callable[[], DiffusionPipeline], passes: str
) -> None:
    with pytest.raises(Unsupported, match=passes) as caught:
        profile_of(make())
    assert caught.value.code == "engine.unsupported"


class Painted:
    """One of these transformers on one prompt of five rows beside an empty one, with what its layers project."""

    def __init__(self, pipeline: DiffusionPipeline) -> None:
        family, self.denoiser = family_of(pipeline)
        self.profile = Profile(pipeline, self.denoiser, layers_of(self.denoiser, family), ())
        torch.manual_seed(0)
        self.text = torch.randn(2, 5, 24)
        self.seen: list[tuple[Tensor, Tensor]] = []

    def step(self, timestep: int) -> Tensor:
        """One denoising step on a picture of this step's own."""
        picture = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(timestep))
        more = {"added_cond_kwargs": {"resolution": None, "aspect_ratio": None}}
        is_pixart = isinstance(self.denoiser, PixArtTransformer2DModel)
        with torch.no_grad():
            return self.denoiser(
                picture, encoder_hidden_states=self.text, timestep=torch.tensor([timestep] * 2), return_dict=False,
                **(more if is_pixart else {}),
            )[0]  # fmt: skip

    def projections(self) -> list[tuple[Tensor, Tensor]]:
        """What goes into and comes out of every projection in one step, and later in another: they must agree."""
        first, second = ([*self._recorded(timestep)] for timestep in (900, 100))
        for (rows, out), (again, out_again) in zip(first, second, strict=True):
            assert torch.equal(rows, again)
            assert torch.equal(out, out_again)
        return first

    def _recorded(self, timestep: int) -> list[tuple[Tensor, Tensor]]:
        found: list[tuple[Tensor, Tensor]] = []
        handles = [
            projection.register_forward_hook(lambda _, rows, out: found.append((rows[0], out)))
            for layer in self.profile.layers
            for projection in (layer.key, layer.value)
        ]
        self.step(timestep)
        for handle in handles:
            handle.remove()
        return found


@pytest.mark.parametrize("make", [pixart, sana])
def test_keys_and_values_depend_on_the_text_alone(make: Callable[[], DiffusionPipeline]) -> None:
    painted = Painted(make())
    found = painted.projections()
    assert len(found) == 4
    assert all(torch.equal(rows, found[0][0]) for rows, _ in found), "all layers read one context"


@pytest.mark.parametrize("make", [pixart, sana])
def test_the_edit_is_exact_where_the_projected_text_is_edited(
    make: Callable[[], DiffusionPipeline],
) -> None:
    """I25, I2, I19, I4 on the rows that the layers read: hooks and mathematics need no U-Net."""
    painted = Painted(make())
    plain, rows = painted.step(500), painted.projections()[0][0]
    width = len(painted.profile.layers) * painted.profile.widths[0]
    concept = [
        rows[0, 2],
        rows[0, 2] / rows[0, 2].square().sum(),
        torch.randn(16),
        torch.randn(width),
    ]
    stack = ConceptStack(("cat",), *(tensor[None] for tensor in concept))
    edit = Edit.of(stack, Controls.of(("cat",), [{"cat": DEFAULT}, {}]), rows)
    hooks = Hooks(painted.profile)
    hooks.attach()
    with hooks.editing(edit):
        found = painted.projections()
        edited = painted.step(500)
    hooks.detach()
    controls = [
        torch.tensor([value]) for value in (DEFAULT.bias, DEFAULT.temperature, DEFAULT.strength)
    ]
    for k, layer in enumerate(painted.profile.layers):
        one = stack.values[:, k * 16 : (k + 1) * 16]
        weights = (layer.key.weight, layer.value.weight)
        wanted = perfusion.edit_layer(
            rows[:1], *weights, *stack[1:3], stack.supercategories, one, *controls
        )
        for side, projection in enumerate((layer.key, layer.value)):
            bias = 0 if projection.bias is None else projection.bias
            torch.testing.assert_close(
                found[2 * k + side][1][:1], wanted[side] + bias, rtol=1e-5, atol=1e-5
            )
            assert torch.equal(found[2 * k + side][1][1], projection(rows)[1])
    assert not torch.allclose(edited[0], plain[0])
    assert torch.equal(edited[1], plain[1])
    assert torch.equal(painted.step(500), plain)
