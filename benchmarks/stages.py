"""Pipelines that share one set of weights: the plain one, one under a composer, one for every number of LoRAs."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from tests.concepts import packed, random_concept
from tests.pipelines import sd15
from torch import Tensor, nn

from pcm_engine import Composer, perfusion, toybox
from pcm_engine.bases import measure, profile_of
from pcm_engine.concept import Concept
from pcm_engine.errors import DependentConcepts
from pcm_schemas.base_model import BaseIdentity

MOST = 16
SHAPES = ("toybox", "sd15")


@dataclass(frozen=True, eq=False)
class Stage:
    """One base with `MOST` random concepts, as package bytes, and as many rank-one LoRAs, as state dicts."""

    pipeline: StableDiffusionPipeline
    packages: tuple[bytes, ...]
    loras: tuple[dict[str, Tensor], ...]
    options: dict[str, Any]

    def copy(self) -> StableDiffusionPipeline:
        """A pipeline of its own modules over the same weights."""
        return sharing(self.pipeline)

    def composer(self, count: int) -> Composer:
        """A composer of its own pipeline with the first `count` concepts."""
        made = Composer(self.copy(), slots=64)
        for package in self.packages[:count]:
            made.load(package)
        return made

    def adapted(self, count: int) -> StableDiffusionPipeline:
        """A pipeline of its own with the first `count` LoRAs, all active."""
        made = self.copy()
        names = [f"lora{k}" for k in range(count)]
        for name, lora in zip(names, self.loras, strict=False):
            made.load_lora_weights(dict(lora), adapter_name=name)
        if names:
            made.set_adapters(names)
        return made

    def paint(self, call: Callable[..., Any], prompt: str | list[str]) -> Callable[[], None]:
        """A picture, or a batch of them, as something to time."""
        return partial(_painted, call, {"prompt": prompt, **self.options})


def prompt_of(count: int, word: str = "") -> str:
    """Name `count` concepts, or say `word` as often."""
    return "a photo of " + " ".join(word or f"w{k}*" for k in range(count))


def stage(shape: str, *, device: str, dtype: torch.dtype, steps: int, size: int) -> Stage:
    """Random concepts and LoRAs on Toybox, or on Stable Diffusion 1.5's U-Net with random weights."""
    if shape == "toybox":
        pipeline = StableDiffusionPipeline.from_pretrained(toybox.path())
        options: dict[str, Any] = {"num_inference_steps": steps, "output_type": "latent"}
    else:
        pipeline = sd15()
        options = {"num_inference_steps": steps, "height": size, "width": size}
        options["output_type"] = "latent"
    pipeline.set_progress_bar_config(disable=True)
    identity = measure(profile_of(pipeline))
    packages = tuple(map(packed, unlike(pipeline, identity)))
    pipeline = pipeline.to(device, dtype)
    return Stage(pipeline, packages, tuple(lora(pipeline.unet, k) for k in range(MOST)), options)


def unlike(pipeline: StableDiffusionPipeline, identity: BaseIdentity) -> list[Concept]:
    """`MOST` random concepts that one prompt can name together: none too much like the others (M8)."""
    kept: list[Concept] = []
    for seed in count():
        one = random_concept(pipeline, f"w{len(kept)}", seed=seed, identity=identity)
        if are_independent([*kept, one]):
            kept.append(one)
        if len(kept) == MOST:
            break
    return kept


def are_independent(concepts: list[Concept]) -> bool:
    """Whether the composer would take them in one prompt."""
    duals = torch.stack([one.dual for one in concepts])
    directions = torch.stack([one.direction for one in concepts])
    try:
        perfusion.require_independent(
            perfusion.overlap(duals, directions), [one.manifest.name for one in concepts]
        )
    except DependentConcepts:
        return False
    return True


def lora(unet: nn.Module, seed: int) -> dict[str, Tensor]:
    """Rank one on every key and value projection of the text, as `load_lora_weights` reads it."""
    chance = torch.Generator().manual_seed(seed)
    weights: dict[str, Tensor] = {}
    for name, layer in text_projections(unet):
        down = 0.01 * torch.randn(1, layer.in_features, generator=chance)
        up = 0.01 * torch.randn(layer.out_features, 1, generator=chance)
        weights[f"unet.{name}.lora_A.weight"], weights[f"unet.{name}.lora_B.weight"] = down, up
    return weights


def text_projections(unet: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The projections that a concept edits, by name; an adapter's wrapper where there is one."""
    for name, module in unet.named_modules():
        if name.endswith(("attn2.to_k", "attn2.to_v")):
            yield name, module


def sharing(pipeline: StableDiffusionPipeline) -> StableDiffusionPipeline:
    """The same weights in modules of their own, so that hooks and adapters do not meet."""
    unet = pipeline.unet
    kept = {id(one): one for one in (*unet.parameters(), *unet.buffers())}
    parts = {**pipeline.components, "unet": copy.deepcopy(unet, kept)}
    made = type(pipeline)(**parts, requires_safety_checker=False)
    made.set_progress_bar_config(disable=True)
    return made


def _painted(call: Callable[..., Any], options: dict[str, Any]) -> None:
    call(generator=torch.Generator().manual_seed(0), **options)
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
