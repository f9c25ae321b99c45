"""The U-Net of Toybox: latent diffusion with v-prediction and zero terminal signal-to-noise ratio."""

from dataclasses import dataclass

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from pcm_engine.toybox.captions import caption
from pcm_engine.toybox.loop import Masters, Plan, train
from pcm_engine.toybox.text import WIDTH
from pcm_engine.toybox.world import Scene

SNR_CAP = 5.0
EMPTY = 0.1
"""Share of training captions replaced by the empty one, for classifier-free guidance."""
HIDDEN = 0.5
"""Share of training rows whose end-of-text and padding are hidden, so that the rows of words carry the meaning."""


def make_denoiser(latent_size: int, channels: int) -> UNet2DConditionModel:
    """An untrained U-Net with cross-attention at both levels, two layers a block: eleven edited layers."""
    return UNet2DConditionModel(
        sample_size=latent_size,
        in_channels=channels,
        out_channels=channels,
        layers_per_block=2,
        block_out_channels=(128, 96),
        down_block_types=("CrossAttnDownBlock2D",) * 2,
        up_block_types=("CrossAttnUpBlock2D",) * 2,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def make_scheduler() -> DDIMScheduler:
    """The noise schedule, for training and for sampling."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
    )


@dataclass(frozen=True)
class Encoder:
    """The frozen text side: captions in, rows and their mask out."""

    tokenizer: CLIPTokenizer
    model: CLIPTextModel

    @torch.no_grad()
    def __call__(self, texts: list[str]) -> tuple[Tensor, Tensor]:
        """Encodings (b, t, d) and a mask (b, t) that is 1 up to the last word."""
        ids = self.tokenizer(
            texts, padding="max_length", truncation=True, return_tensors="pt"
        ).input_ids
        words = torch.tensor([[1 + len(text.split())] for text in texts])
        return self.model(ids).last_hidden_state, (torch.arange(ids.shape[1]) < words).long()


def weight(snr: Tensor) -> Tensor:
    """Loss weight of v-prediction: (min(snr, cap) + 1) / (snr + 1), which is 1 at the terminal step."""
    return (snr.clamp(max=SNR_CAP) + 1) / (snr + 1)


def spread_timesteps(count: int, steps: int, generator: torch.Generator) -> Tensor:
    """One timestep from each of `count` equal shares of the schedule, in random order."""
    offsets = (torch.arange(count) + torch.rand(count, generator=generator)) / count
    return (offsets * steps).long().clamp(max=steps - 1)[torch.randperm(count, generator=generator)]


def words_of(scenes: list[Scene], rng: np.random.Generator) -> list[str]:
    """A freshly worded caption a scene, some of them empty."""
    return ["" if rng.random() < EMPTY else caption(rng, scene) for scene in scenes]


@dataclass(frozen=True)
class Lessons:
    """Scaled latents (n, c, h, w), their scenes and the text side."""

    latents: Tensor
    scenes: list[Scene]
    encoder: Encoder


def denoising_loss(
    module: UNet2DConditionModel, lessons: Lessons, indices: Tensor, seed: tuple[int, int]
) -> Tensor:
    """One step's weighted v-prediction error on the latents named by `indices` (b)."""
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    clean = lessons.latents[indices].float()
    rows, mask = lessons.encoder(words_of([lessons.scenes[int(k)] for k in indices], rng))
    shown = torch.rand(len(clean), 1, generator=generator) >= HIDDEN
    mask = torch.where(shown | (mask.sum(1, keepdim=True) <= 1), torch.ones_like(mask), mask)
    scheduler = make_scheduler()
    steps = spread_timesteps(len(clean), scheduler.config.num_train_timesteps, generator)
    noise = torch.randn(clean.shape, generator=generator)
    noisy = scheduler.add_noise(clean, noise, steps)
    target = scheduler.get_velocity(clean, noise, steps)
    predicted = module(
        noisy.to(module.dtype).contiguous(memory_format=torch.channels_last),
        steps,
        rows.to(module.dtype),
        encoder_attention_mask=mask,
    ).sample.float()
    alphas = scheduler.alphas_cumprod[steps]
    error = (predicted - target).square().mean((1, 2, 3))
    return (weight(alphas / (1 - alphas)) * error).mean()


def train_denoiser(plan: Plan, lessons: Lessons, dtype: torch.dtype) -> UNet2DConditionModel:
    """Train (or resume); returns the float32 mean model."""
    torch.manual_seed(plan.seed)
    size, channels = lessons.latents.shape[-1], lessons.latents.shape[1]
    module = make_denoiser(size, channels).to(dtype).to(memory_format=torch.channels_last)
    module.set_attn_processor(
        AttnProcessor()
    )  # several times faster to differentiate on a CPU than the fused one
    masters = Masters(module, plan.rate, average=0.9985)
    train(
        plan,
        masters,
        len(lessons.latents),
        lambda step, k: denoising_loss(module, lessons, k, (plan.seed, step)),
    )
    final = make_denoiser(size, channels)
    masters.load_mean(final)
    return final.eval().requires_grad_(False)
