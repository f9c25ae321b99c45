"""Where the thing is in each picture: masks that the user gives, else ones everywhere (M16).

A mask is a grey picture with the name of its picture, white where the thing is, resized and cropped the same way.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pcm_engine.learning.errors import BadPicture
from pcm_engine.learning.pictures import Size, fitted, opened

DIMMEST = 1e-3  # (M16)


class MaskEmpty(UserWarning):
    """A mask without a bright pixel: its whole picture is learned (M16)."""


def no_masks(
    latents: Float[Tensor, "pictures channels rows columns"],
) -> Float[Tensor, "pictures 1 rows columns"]:
    """Every place counts alike."""
    return torch.ones_like(latents[:, :1])


def load_masks(
    folder: Path, pictures: Sequence[Path], size: Size, *, grid: tuple[int, int]
) -> Float[Tensor, "pictures 1 rows columns"]:
    """The mask of every picture on the latent grid. Raises BadPicture for a picture without one."""
    return torch.stack([on_grid(_mask(folder, picture, size), grid) for picture in pictures])


def on_grid(
    mask: Float[Tensor, "1 height width"], grid: tuple[int, int]
) -> Float[Tensor, "1 rows columns"]:
    """(M16) Averaged over the latents' areas, divided by its own maximum; ones where that is too small."""
    small = torch.nn.functional.adaptive_avg_pool2d(mask, grid)
    largest = float(small.max())
    if largest < DIMMEST:
        warnings.warn("a mask is black: its whole picture is learned", MaskEmpty, stacklevel=2)
        return torch.ones_like(small)
    return small / largest


def _mask(folder: Path, picture: Path, size: Size) -> Float[Tensor, "1 height width"]:
    file = next((found for found in sorted(folder.glob("*")) if found.stem == picture.stem), None)
    if file is None:
        raise BadPicture(
            str(picture), f"there is no mask named {picture.stem}.png in {folder.name}"
        )
    grey = np.asarray(fitted(opened(file), size).convert("L"), np.float32) / 255
    return torch.from_numpy(grey)[None]
