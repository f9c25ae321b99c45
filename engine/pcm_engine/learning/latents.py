"""Opened pictures to what the denoiser learns on: fitted to the base, encoded once (T4)."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from pcm_engine.bases import Profile
from pcm_engine.learning.pictures import Size, fitted


def size_of(profile: Profile) -> Size:
    """Width and height that the base was trained for."""
    side = profile.denoiser.config.sample_size
    height, width = (side, side) if isinstance(side, int) else side
    factor = profile.pipeline.vae_scale_factor
    return width * factor, height * factor


def signals(
    pictures: Sequence[Image.Image], size: Size
) -> Float[Tensor, "pictures 3 height width"]:
    """Every picture fitted to the base, in [-1, 1]."""
    return torch.stack([_signal(fitted(picture, size)) for picture in pictures])


def _signal(picture: Image.Image) -> Float[Tensor, "3 height width"]:
    """Bytes to [-1, 1], channels first."""
    array = np.asarray(picture, np.float32) / 127.5 - 1
    return torch.from_numpy(array).permute(2, 0, 1).contiguous()


def encode_latents(
    profile: Profile, pictures: Float[Tensor, "pictures 3 height width"]
) -> Float[Tensor, "pictures channels rows columns"]:
    """(T4) The mean latent of each picture, scaled as the denoiser wants it, in float32, one at a time."""
    vae = profile.pipeline.vae
    with torch.no_grad():
        found = [vae.encode(one[None].to(profile.device, vae.dtype)) for one in pictures]
    latents = [
        one.latent_dist.mode() if hasattr(one, "latent_dist") else one.latents for one in found
    ]
    return (torch.cat(latents).float() - (getattr(vae.config, "shift_factor", None) or 0)) * (
        getattr(vae.config, "scaling_factor", None) or 1
    )
