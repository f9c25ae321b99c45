"""Pictures on disk: PNG with the recipe in an iTXt chunk `pcm`, written whole or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

import numpy as np
from jaxtyping import UInt8

from pcm_engine.picture_errors import (
    DiskFull,
    FileRefused,
    PictureNotFound,
    RecipeInvalid,
    RecipeMissing,
)
from pcm_engine.recipe import Recipe
from pcm_schemas.digest import Digest

CHUNK: Final = "pcm"
NO_TEXTS: Final[Mapping[str, str]] = MappingProxyType({})
LARGEST_FILE: Final = 64 << 20
FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
Pixels = UInt8[np.ndarray, "height width 3"]


def write_picture(path: Path, pixels: Pixels, recipe: Recipe) -> None:
    """Write a PNG with its recipe: to a temporary file beside it, then renamed. Raises DiskFull, FileRefused."""
    write_image(path, pixels, {CHUNK: recipe.to_bytes().decode()})


def write_image(path: Path, pixels: Pixels, texts: Mapping[str, str] = NO_TEXTS) -> None:
    """Write a PNG with these texts in it, whole or not at all. Raises DiskFull, FileRefused."""
    from PIL import Image, PngImagePlugin

    chunks = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        chunks.add_itxt(name, text)
    try:
        with temporary(path) as file:
            Image.fromarray(pixels).save(file, format="PNG", pnginfo=chunks)
    except OSError as error:
        raise refused(path, error) from error


def made_folder(path: Path) -> None:
    """A folder and those above it, if they are not there. Raises DiskFull, FileRefused."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all. Raises DiskFull, FileRefused."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises DiskFull, FileRefused."""
    write_together({path: data})


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write all files: each lies whole beside its name before any takes it. Raises DiskFull, FileRefused."""
    with ExitStack() as stack:
        for path, data in files.items():
            stack.enter_context(_prepared(path, data))


@contextmanager
def _prepared(path: Path, data: bytes) -> Iterator[None]:
    """These bytes on the disk beside `path`, which they take when the block ends well. Raises DiskFull, FileRefused."""
    try:
        with temporary(path) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            yield
    except OSError as error:
        raise refused(path, error) from error


def read_recipe(path: Path) -> Recipe:
    """The recipe in a picture. Raises PictureNotFound, RecipeMissing, RecipeInvalid."""
    from PIL import Image, UnidentifiedImageError

    if not path.is_file():
        raise PictureNotFound(str(path))
    if path.stat().st_size > LARGEST_FILE:
        raise RecipeInvalid(f"{path.name} is larger than any picture of pcm")
    try:
        with Image.open(path, formats=("PNG",)) as image:
            found = getattr(image, "text", {}).get(CHUNK)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        found = None
    if found is None:
        raise RecipeMissing(str(path))
    return Recipe.parse(found.encode("utf-8", "surrogatepass"))


def pixels_digest(pixels: Pixels) -> Digest:
    """What names a picture's pixels: width, height, then the bytes row by row."""
    height, width, _ = pixels.shape
    return Digest.of(f"{width}x{height}\n".encode() + pixels.tobytes())


def enlarged(pixels: Pixels, times: int) -> UInt8[np.ndarray, "taller wider 3"]:
    """Each pixel as a square of `times` by `times`: nearest neighbour."""
    return pixels.repeat(times, 0).repeat(times, 1)


def refused(path: Path, error: OSError) -> DiskFull | FileRefused:
    """A write that the system refused, as ours."""
    if error.errno in FULL:
        return DiskFull(str(path))
    return FileRefused(str(path), error.strerror or str(error))


@contextmanager
def temporary(path: Path) -> Iterator[IO[bytes]]:
    """A file beside `path` that takes its name when the block ends well, and is gone when it does not."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
