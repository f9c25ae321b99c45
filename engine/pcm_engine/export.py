"""A concept as a rank-one LoRA: what of the edit one fixed matrix a layer can hold (method.md M7); pure.

Derivation, for one concept of strength gamma under the local lock. By (M9) with J = 1, a = gamma s, so (M10), (M11) read

    K = W_K (e - gamma s i* + gamma g u),      V = W_V (e - gamma s i*) + gamma g o,      s = b' e (M3).

The gate g (M4) is a sigmoid of s, hence no linear map of e. Where it is 1 at a row with s = 1, as at a clear trigger under
a gate that is wide open, both are linear in s, and (M7) is the map that agrees with them there and keeps rows with s = 0
as they are: g := s. Then

    K = W_K e + gamma W_K (u - i*) b' e,       V = W_V e + gamma (o - W_V i*) b' e.

So per layer the update of W_K is the outer product of `gamma W_K (u - i*)` and b, that of W_V of `gamma (o - W_V i*)`
and b: rank one, exact, the test hook of (I5). At e = i* it gives K = W_K u and V = o (gamma = 1).
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from pcm_engine.bases import Profile
from pcm_engine.bases.layers import Layer
from pcm_engine.concept import Concept


class RankOne(NamedTuple):
    """One projection's update, `up down'`; `module` is its path inside the denoiser."""

    module: str
    up: Float[Tensor, " out"]
    down: Float[Tensor, " text"]


def key_up(
    weight: Float[Tensor, "out text"],
    direction: Float[Tensor, " text"],
    supercategory: Float[Tensor, " text"],
    strength: float,
) -> Float[Tensor, " out"]:
    """(M6), (M7) gamma W_K (u - i*), in float64."""
    return strength * (weight.double() @ (supercategory.double() - direction.double()))


def value_up(
    weight: Float[Tensor, "out text"],
    direction: Float[Tensor, " text"],
    output: Float[Tensor, " out"],
    strength: float,
) -> Float[Tensor, " out"]:
    """(M7) gamma (o - W_V i*), in float64."""
    return strength * (output.double() - weight.double() @ direction.double())


def rank_ones(profile: Profile, concept: Concept, strength: float) -> tuple[RankOne, ...]:
    """The updates of every layer in execution order, keys before values, in float32 on the CPU."""
    paths = {module: path for path, module in profile.denoiser.named_modules()}
    outputs = concept.values.split(list(profile.widths))
    return tuple(
        one
        for layer, output in zip(profile.layers, outputs, strict=True)
        for one in _pair(layer, paths[layer.attention], concept, output=output, strength=strength)
    )


def _pair(
    layer: Layer, path: str, concept: Concept, *, output: Float[Tensor, " out"], strength: float
) -> tuple[RankOne, RankOne]:
    """The updates of one layer's W_K and W_V."""
    i, u = concept.direction, concept.supercategory
    key = key_up(_weight(layer.key), i, u, strength)
    value = value_up(_weight(layer.value), i, output, strength)
    return (
        RankOne(f"{path}.to_k", key.float(), concept.dual),
        RankOne(f"{path}.to_v", value.float(), concept.dual),
    )


def _weight(projection: nn.Module) -> Float[Tensor, "out text"]:
    """The base weight, below whatever adapter is on it."""
    plain = getattr(projection, "base_layer", projection)
    return plain.weight.detach().to("cpu", torch.float32)
