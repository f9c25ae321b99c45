"""Measure a pipeline's base (P11): its tensors one at a time, in order of position, never by key name."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from pcm_engine.bases.encoders import TextEncoder
from pcm_engine.bases.profile import Profile
from pcm_engine.errors import Unsupported
from pcm_schemas import base_model
from pcm_schemas.base_model import BaseIdentity, BaseLayout, EncoderShape, Kind

NAMED = frozenset({torch.float16, torch.float32, torch.float64})
Measured = tuple[Kind, np.ndarray]


def measure(profile: Profile) -> BaseIdentity:
    """Digest and sketch of cross-attention and text encoders (P11, P12), adapters left out."""
    return base_model.measure(
        _tensors(profile), architecture=profile.architecture, layout=layout_of(profile)
    )


def layout_of(profile: Profile) -> BaseLayout:
    """What the digest says before its tensors."""
    return BaseLayout(
        prediction_type=profile.prediction_type,
        encoders=tuple(_shape(encoder) for encoder in profile.encoders),
        layers=tuple((layer.width, layer.text) for layer in profile.layers),
    )


def is_changed(profile: Profile) -> bool:
    """Tell whether words were added to a vocabulary, or adapters fused into what is measured: both count as another base."""
    has_words = any(
        not word.special
        for encoder in profile.encoders
        for word in encoder.tokenizer.added_tokens_decoder.values()
    )
    models = (profile.denoiser, *(encoder.model for encoder in profile.encoders))
    modules = (module for model in models for module in model.modules())
    return has_words or any(getattr(module, "merged_adapters", ()) for module in modules)


def _shape(encoder: TextEncoder) -> EncoderShape:
    rows, width = encoder.embedding.weight.shape
    return EncoderShape(layers=len(encoder.inner.encoder.layers), vocabulary=rows, width=width)


def _tensors(profile: Profile) -> Iterator[Measured]:
    """W_K then W_V of every layer, then every encoder."""
    for layer in profile.layers:
        yield from (("kv", _array(_weight(_plain(one)))) for one in (layer.key, layer.value))
    for encoder in profile.encoders:
        yield from (("text", _array(tensor)) for tensor in _encoder_tensors(encoder))


def _encoder_tensors(encoder: TextEncoder) -> Iterator[Tensor]:
    """Embeddings, the layers in order, the final norm."""
    inner = encoder.inner
    yield _weight(encoder.embedding)
    yield _weight(inner.embeddings.position_embedding)
    for layer in inner.encoder.layers:
        attention = layer.self_attn
        products = (attention.q_proj, attention.k_proj, attention.v_proj, attention.out_proj)
        yield from _pair(layer.layer_norm1)
        for product in products:
            yield from _pair(_plain(product))
        for module in (layer.layer_norm2, layer.mlp.fc1, layer.mlp.fc2):
            yield from _pair(_plain(module))
    yield from _pair(inner.final_layer_norm)


def _pair(module: nn.Module) -> tuple[Tensor, Tensor]:
    return _weight(module), _weight(module, "bias")


def _weight(module: nn.Module, name: str = "weight") -> Tensor:
    """A tensor of a module, fetched from where sequential offloading keeps it between calls. Raises Unsupported."""
    tensor = getattr(module, name)
    if not tensor.is_meta:
        return tensor
    elsewhere = getattr(getattr(module, "_hf_hook", None), "weights_map", None)
    if elsewhere is None:
        raise Unsupported("its weights are not loaded", "load the pipeline with its weights")
    return elsewhere[name]


def _plain(module: nn.Module) -> nn.Module:
    """The projection below a LoRA: an adapter does not make another base."""
    return getattr(module, "base_layer", module)


def _array(tensor: Tensor) -> np.ndarray:
    """On the CPU, in float32 where numpy has no name for the dtype: bfloat16 and those of 8 bits."""
    held = tensor.detach().cpu()
    return (held if held.dtype in NAMED else held.float()).numpy()
