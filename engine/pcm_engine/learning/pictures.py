"""Pictures of the thing to learn: opened, turned upright, resized and cropped to the base's own size (T4)."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image, ImageOps
from torch import Tensor

from pcm_engine.bases import Profile
from pcm_engine.learning.errors import BadPicture, NoPictures

LARGEST = 100_000_000
"""Pixels of a picture: more is refused before it is decoded."""
SMALLEST = 16
Size = tuple[int, int]


def size_of(profile: Profile) -> Size:
    """Width and height that the base was trained for."""
    side = profile.denoiser.config.sample_size
    height, width = (side, side) if isinstance(side, int) else side
    factor = profile.pipeline.vae_scale_factor
    return width * factor, height * factor


def open_all(files: Sequence[Path]) -> tuple[Image.Image, ...]:
    """Every picture. Raises BadPicture for the first that cannot be used, NoPictures for none."""
    if not files:
        raise NoPictures
    return tuple(opened(file) for file in files)


def signals(
    pictures: Sequence[Image.Image], size: Size
) -> Float[Tensor, "pictures 3 height width"]:
    """Every picture fitted to the base, in [-1, 1]."""
    return torch.stack([_signal(fitted(picture, size)) for picture in pictures])


def opened(file: Path) -> Image.Image:
    """A picture upright and opaque, on white where it was transparent. Raises BadPicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as picture:
                _require_size(picture, file)
                upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise BadPicture(str(file), _reason(file, error)) from error
    return Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")


def fitted(picture: Image.Image, size: Size) -> Image.Image:
    """Resized to cover `size`, then cropped at its centre.

    By an integer factor each pixel becomes a block or each block a pixel, so that pixel art stays pixel art.
    """
    return ImageOps.fit(picture, size, method=resampling(picture.size, size))


def resampling(found: Size, wanted: Size) -> Image.Resampling:
    """How to resize: blocks where the shorter sides divide, else Lanczos."""
    short, target = min(found[0] / wanted[0], found[1] / wanted[1]), 1.0
    if short >= target and short.is_integer():
        return Image.Resampling.BOX
    if short < target and (target / short).is_integer():
        return Image.Resampling.NEAREST
    return Image.Resampling.LANCZOS


def _require_size(picture: Image.Image, file: Path) -> None:
    """Refuse what is too large to decode or too small to show anything. Raises BadPicture."""
    width, height = picture.size
    if width * height > LARGEST:
        raise BadPicture(str(file), f"it has {width}×{height} pixels, at most {LARGEST:,} are read")
    if min(width, height) < SMALLEST:
        raise BadPicture(str(file), f"it is {width}×{height} pixels, too small to learn from")


def _reason(file: Path, error: Exception) -> str:
    """Why a picture does not open, in words that do not repeat its path."""
    if not file.exists():
        return "there is no such file"
    if file.is_dir():
        return "it is a folder; name the pictures in it"
    if isinstance(error, Image.UnidentifiedImageError):
        return "it is not a picture that can be read"
    return f"it cannot be read: {getattr(error, 'strerror', None) or error}"


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
