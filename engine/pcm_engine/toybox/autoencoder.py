"""The autoencoder of Toybox: pictures to latents four times smaller, and back."""

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

from pcm_engine.toybox.data import to_signal
from pcm_engine.toybox.loop import Masters, Plan, train

CHANNELS = 16
KL_WEIGHT = 1e-4


def make_autoencoder(size: int) -> AutoencoderKL:
    """An untrained AutoencoderKL: factor 4, `CHANNELS` latent channels."""
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(24, 48, 128),
        layers_per_block=1,
        latent_channels=CHANNELS,
        norm_num_groups=8,
        sample_size=size,
        mid_block_add_attention=False,
    )


def autoencoder_loss(module: nn.Module, pictures: Tensor) -> Tensor:
    """Mean absolute plus mean squared error of the reconstruction, and a light pull of the latents to N(0, 1)."""
    posterior = module.encode(pictures).latent_dist
    decoded = module.decode(posterior.sample()).sample.float()
    error = decoded - pictures.float()
    mean, logvar = posterior.mean.float(), posterior.logvar.float()
    kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
    return error.abs().mean() + 2 * error.square().mean() + KL_WEIGHT * kl


def train_autoencoder(plan: Plan, pictures: np.ndarray, dtype: torch.dtype) -> AutoencoderKL:
    """Train (or resume); returns the float32 mean model with its scaling factor set."""
    torch.manual_seed(plan.seed)
    module = make_autoencoder(pictures.shape[1])
    module = module.to(dtype).to(memory_format=torch.channels_last)
    masters = Masters(module, plan.rate, average=0.998)

    def loss_of(_: int, indices: Tensor) -> Tensor:
        batch = torch.from_numpy(to_signal(pictures[np.sort(indices.numpy())]))
        return autoencoder_loss(
            module, batch.to(dtype).contiguous(memory_format=torch.channels_last)
        )

    train(plan, masters, len(pictures), loss_of)
    final = make_autoencoder(pictures.shape[1])
    masters.load_mean(final)
    final.eval().requires_grad_(False)
    whiten(final, encode_all(final, pictures[:4000]))
    return final


@torch.no_grad()
def whiten(module: AutoencoderKL, latents: Tensor) -> None:
    """Fold mean and spread of each latent channel into the 1 x 1 convolutions: latents get mean 0, variance 1.

    Reconstructions stay the same; `scaling_factor` becomes 1.
    """
    mean, std = latents.mean((0, 2, 3)), latents.std((0, 2, 3))
    encode, decode = module.quant_conv, module.post_quant_conv
    encode.weight.copy_(encode.weight / torch.cat([std, torch.ones_like(std)])[:, None, None, None])
    encode.bias.copy_(encode.bias - torch.cat([mean, 2 * std.log()]))
    encode.bias[: len(std)] /= std
    decode.bias.add_(decode.weight[:, :, 0, 0] @ mean)
    decode.weight.mul_(std[None, :, None, None])
    module.register_to_config(scaling_factor=1.0)


@torch.no_grad()
def encode_all(module: AutoencoderKL, pictures: np.ndarray, batch: int = 250) -> Tensor:
    """Posterior means (n, channels, h / 4, w / 4), unscaled, float32."""
    parts = [
        module.encode(
            torch.from_numpy(to_signal(pictures[k : k + batch])).to(module.dtype)
        ).latent_dist.mean.float()
        for k in range(0, len(pictures), batch)
    ]
    return torch.cat(parts)


@torch.no_grad()
def psnr(module: AutoencoderKL, pictures: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of the reconstructions, over all pictures together (peak 2 on [-1, 1])."""
    decoded = torch.cat([module.decode(z).sample for z in encode_all(module, pictures).split(250)])
    error = decoded.clamp(-1, 1) - torch.from_numpy(to_signal(pictures))
    return float(10 * torch.log10(4 / error.square().mean()))


def save_curve(plan: Plan, folder: Path) -> None:
    """Keep the loss curve beside the weights."""
    (folder / plan.file.with_suffix(".jsonl").name).write_text(
        plan.file.with_suffix(".jsonl").read_text()
    )
