"""Random pipelines of the public SD1.5, SD2.1 and SDXL configurations: whole, or with every width divided.

The whole ones keep each block, layer and width of the real U-Nets. Weights of one shape share one tensor, those of the
cross-attention projections excepted, so that 2.6 billion parameters fit in 3 GB and no invariant sees a difference.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from diffusers import (
    DiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

import pipelines

DIVISOR, HEADS = 10, 4  # of the shrunken ones


@dataclass(frozen=True)
class Encoder:
    """A text encoder of a public configuration, two layers deep."""

    kind: type[nn.Module]
    width: int
    heads: int
    settings: Mapping[str, object]
    pad: str | None = None


@dataclass(frozen=True)
class Layout:
    """What a public configuration says of the U-Net, its encoders and its prediction."""

    encoders: tuple[Encoder, ...]
    widths: tuple[int, ...]
    unet: Mapping[str, object]
    prediction: str = "epsilon"
    pooled: int = 0


VIT_L = Encoder(CLIPTextModel, 768, 12, {"hidden_act": "quick_gelu"})
VIT_H = Encoder(CLIPTextModel, 1024, 16, {"hidden_act": "gelu"}, pad="!")
BIG_G = Encoder(
    CLIPTextModelWithProjection, 1280, 20, {"hidden_act": "gelu", "eos_token_id": 2}, pad="!"
)
FOUR = {
    "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
}
LAYOUTS = {
    "sd1": Layout((VIT_L,), (320, 640, 1280, 1280), FOUR | {"attention_head_dim": 8}),
    "sd2": Layout(
        (VIT_H,),
        (320, 640, 1280, 1280),
        FOUR
        | {
            "attention_head_dim": (5, 10, 20, 20),
            "use_linear_projection": True,
            "upcast_attention": True,
        },
        prediction="v_prediction",
    ),
    "sdxl": Layout(
        (VIT_L, BIG_G),
        (320, 640, 1280),
        {
            "down_block_types": ("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 2,
            "up_block_types": ("CrossAttnUpBlock2D",) * 2 + ("UpBlock2D",),
            "transformer_layers_per_block": (1, 2, 10),
            "attention_head_dim": (5, 10, 20),
            "use_linear_projection": True,
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256,
        },
        pooled=1280,
    ),
}


def whole(name: str) -> DiffusionPipeline:
    """Every width of the public configuration."""
    return _made(LAYOUTS[name], divisor=1)


def shrunken(name: str) -> DiffusionPipeline:
    """The same blocks and layers, SDXL's deepest stacks shortened, with widths divided."""
    return _made(LAYOUTS[name], divisor=DIVISOR)


def _made(layout: Layout, *, divisor: int) -> DiffusionPipeline:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        words = [pipelines.tokenizer() for _ in layout.encoders]
        for one, encoder in zip(words, layout.encoders, strict=True):
            one.pad_token = encoder.pad or one.eos_token
        texts = [
            _encoder(encoder, one, divisor)
            for encoder, one in zip(layout.encoders, words, strict=True)
        ]
        parts = {"unet": _unet(layout, divisor), "vae": pipelines.vae(), "text_encoder": texts[0]}
        scheduler = pipelines.scheduler(prediction_type=layout.prediction)
        if len(texts) == 1:
            return pipelines.assembled(tokenizer=words[0], scheduler=scheduler, **parts)
        made = StableDiffusionXLPipeline(
            **parts,
            text_encoder_2=texts[1],
            tokenizer=words[0],
            tokenizer_2=words[1],
            scheduler=scheduler,
            add_watermarker=False,
        )
    made.set_progress_bar_config(disable=True)
    return made


def _encoder(encoder: Encoder, words: CLIPTokenizer, divisor: int) -> nn.Module:
    """Random rows of the encoder's width; a small one keeps a multiple of its heads."""
    heads = encoder.heads if divisor == 1 else HEADS
    width = _width(encoder, divisor)
    settings = {"num_attention_heads": heads, "projection_dim": encoder.width // divisor}
    config = pipelines.text_config(words, width=width, **(settings | dict(encoder.settings)))
    return pipelines.telling(encoder.kind(config))


def _unet(layout: Layout, divisor: int) -> UNet2DConditionModel:
    text = sum(_width(encoder, divisor) for encoder in layout.encoders)
    settings = dict(layout.unet)
    if divisor > 1:
        settings["attention_head_dim"] = HEADS
        if "transformer_layers_per_block" in settings:
            settings["transformer_layers_per_block"] = (1, 1, 2)
    if layout.pooled:
        times = settings["addition_time_embed_dim"] = 256 // (32 if divisor > 1 else 1)
        settings["projection_class_embeddings_input_dim"] = layout.pooled // divisor + 6 * times
    with torch.device("meta"):
        made = pipelines.unet(
            text=text,
            widths=[width // divisor for width in layout.widths],
            layers_per_block=2,
            norm_num_groups=32 // (8 if divisor > 1 else 1),
            **settings,
        )
    return _shared(made)


def _width(encoder: Encoder, divisor: int) -> int:
    heads = encoder.heads if divisor == 1 else HEADS
    return encoder.width // divisor // heads * heads


def _shared(denoiser: UNet2DConditionModel) -> UNet2DConditionModel:
    """Give a U-Net without memory its weights: one tensor a shape, and one for each key and value projection."""
    pool: dict[tuple[object, ...], nn.Parameter] = {}
    for name, module in list(denoiser.named_modules()):
        for key, parameter in list(module._parameters.items()):
            if parameter is None:
                continue
            own = name if name.endswith(("attn2.to_k", "attn2.to_v")) else ""
            place = (own, key, isinstance(module, nn.Linear | nn.Conv2d), *parameter.shape)
            if place not in pool:
                pool[place] = nn.Parameter(_initial(module, key, parameter), requires_grad=False)
            module._parameters[key] = pool[place]
    return denoiser


def _initial(module: nn.Module, key: str, parameter: Tensor) -> Tensor:
    """Norms are the identity, biases are zero, products keep the size of what they are given."""
    if parameter.ndim < 2:
        return torch.ones(parameter.shape) * (key == "weight")
    return torch.randn(parameter.shape) / math.sqrt(parameter[0].numel())
