"""Pictures of the thing to learn: opened, turned upright, resized and cropped (T4); no PyTorch here."""

import warnings
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps

from pcm_engine.learning.errors import BadPicture, NoPictures

LARGEST = 100_000_000
"""Pixels of a picture: more is refused before it is decoded."""
SMALLEST = 16
Size = tuple[int, int]


def open_all(files: Sequence[Path]) -> tuple[Image.Image, ...]:
    """Every picture. Raises BadPicture for the first that cannot be used, NoPictures for none."""
    if not files:
        raise NoPictures
    return tuple(opened(file) for file in files)


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
        raise _refused(file, error) from error
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


def _refused(file: Path, error: Exception) -> BadPicture:
    """Why a picture does not open, in words that do not repeat its path, and what helps."""
    if not file.exists():
        return BadPicture(
            str(file), "there is no such file", "check its name, and the folder you are in"
        )
    if file.is_dir():
        return BadPicture(str(file), "it is a folder", f"name the pictures in it: {file}/*.png")
    if isinstance(error, Image.UnidentifiedImageError):
        return BadPicture(str(file), "it is not a picture that can be read")
    return BadPicture(str(file), f"it cannot be read: {getattr(error, 'strerror', None) or error}")
