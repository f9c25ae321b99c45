"""What stays the same while a concept is learned, and where learning starts (T1-T4, M14)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from diffusers.models.attention_processor import AttnProcessor
from jaxtyping import Float
from torch import Tensor, nn

from pcm_engine.bases import Profile
from pcm_engine.errors import Unsupported
from pcm_engine.hooks import Hooks
from pcm_engine.learning.covariance import Covariance
from pcm_engine.learning.keys import KeyPath, LockedKeys, perfusion_outputs
from pcm_engine.learning.naming import Naming
from pcm_engine.learning.settings import Settings, word_names
from pcm_engine.learning.templates import called_rows, phrase_rows
from pcm_engine.tokens import Embeddings, word_embedding


@dataclass(frozen=True, eq=False)
class Lesson:
    """A base, a thing to learn, and how. Nothing in it changes while learning."""

    profile: Profile
    naming: Naming
    latents: Float[Tensor, "pictures channels rows columns"]
    masks: Float[Tensor, "pictures 1 rows columns"]
    covariance: Covariance
    supercategory: Float[Tensor, " text"]
    settings: Settings
    rates: Mapping[str, float]
    keys: KeyPath


@dataclass(frozen=True, eq=False)
class State:
    """What learning changes: parameters with the moments of their gradients, and i*; float32 masters (T8)."""

    step: int
    parameters: Mapping[str, Tensor]
    first: Mapping[str, Tensor]
    second: Mapping[str, Tensor]
    direction: Float[Tensor, " text"]

    @property
    def is_finite(self) -> bool:
        """Whether every number is one."""
        return all(
            bool(one.isfinite().all()) for one in (*self.parameters.values(), self.direction)
        )


def words_of(lesson: Lesson, parameters: Mapping[str, Tensor]) -> Embeddings:
    """The learned word, as prompts take it."""
    names = word_names(lesson.profile)
    return {lesson.naming.trigger: tuple(parameters[name] for name in names)}


def supercategory_of(profile: Profile, naming: Naming, *, clip_skip: int) -> Float[Tensor, " text"]:
    """(M14) u = mean of q(c) over supercategories and templates."""
    return _mean_row(profile, naming.supercategories, clip_skip)


def begin(lesson: Lesson) -> State:
    """(T3) v = mean of w("A c"), i* = mean of the trigger's rows under it, o = W_V i_init. Raises BadCovariance."""
    profile, naming, skip = lesson.profile, lesson.naming, lesson.settings.clip_skip
    words = _mean_words(profile, naming.phrases)
    initial = _mean_row(profile, naming.phrases, skip)
    parameters = {
        **dict(zip(word_names(profile), words, strict=True)),
        "values": perfusion_outputs(profile, initial, side=lambda layer: layer.value),
        **lesson.keys.begin(profile, initial),
    }
    rows = called_rows(profile, naming.trigger, {naming.trigger: words}, clip_skip=skip)
    direction = rows.double().mean(0)
    lesson.covariance.require_kept(direction)
    zeros = {name: torch.zeros_like(one) for name, one in parameters.items()}
    return State(0, parameters, zeros, zeros, direction)


def _mean_row(profile: Profile, phrases: tuple[str, ...], clip_skip: int) -> Float[Tensor, " text"]:
    rows = [phrase_rows(profile, phrase, clip_skip=clip_skip) for phrase in phrases]
    return torch.cat(rows).mean(0)


def _mean_words(profile: Profile, phrases: tuple[str, ...]) -> tuple[Tensor, ...]:
    words = [word_embedding(profile, phrase) for phrase in phrases]
    return tuple(torch.stack(found).mean(0) for found in zip(*words, strict=True))


def require_trainable(profile: Profile, keys: KeyPath) -> None:
    """Raise Unsupported for a base that needs more than text and time: SDXL's pooled text and sizes."""
    if len(profile.encoders) != 1:
        raise Unsupported(
            "learning on a base with two text encoders is not there yet",
            "learn on a base of the SD1.x or SD2.x kind",
        )
    if not isinstance(keys, LockedKeys) and any(
        layer.key.bias is not None for layer in profile.layers
    ):
        raise Unsupported("its key projections have a bias", "learn with locked keys")


@contextmanager
def teaching(profile: Profile) -> Iterator[Hooks]:
    """Hooks on a frozen pipeline for the length of the block; all is as it was afterwards.

    On a CPU attention in plain products is several times quicker to differentiate than the fused kernel.
    """
    hooks = Hooks(profile)
    frozen = [
        one for module in _modules(profile) for one in module.parameters() if one.requires_grad
    ]
    processors = dict(profile.denoiser.attn_processors)
    for one in frozen:
        one.requires_grad_(False)
    if profile.device.type == "cpu":
        profile.denoiser.set_attn_processor(AttnProcessor())
    hooks.attach()
    try:
        yield hooks
    finally:
        hooks.detach()
        profile.denoiser.set_attn_processor(processors)
        for one in frozen:
            one.requires_grad_(True)


def _modules(profile: Profile) -> tuple[nn.Module, ...]:
    return (profile.denoiser, *(encoder.model for encoder in profile.encoders))
