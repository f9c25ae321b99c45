"""Pictures on disk: the recipe inside, whole or not at all."""

import errno
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pcm_engine import pictures_io
from pcm_engine.picture_errors import (
    DiskFull,
    FileRefused,
    PictureNotFound,
    RecipeInvalid,
    RecipeMissing,
)
from pcm_engine.pictures_io import (
    enlarged,
    pixels_digest,
    read_recipe,
    temporary,
    write_picture,
    write_text,
)
from pcm_engine.recipe import Recipe
from unit.engine.test_recipe import VALUES

PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def test_the_recipe_comes_back_from_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    write_picture(path, PIXELS, Recipe.of(VALUES))
    assert read_recipe(path) == Recipe.of(VALUES)
    assert np.array_equal(np.asarray(Image.open(path)), PIXELS)


def test_other_programs_find_it_under_pcm(tmp_path: Path) -> None:
    write_picture(tmp_path / "out.png", PIXELS, Recipe.of(VALUES))
    with Image.open(tmp_path / "out.png") as image:
        assert image.text["pcm"].encode() == Recipe.of(VALUES).to_bytes()


def test_the_same_picture_twice_is_the_same_file(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        write_picture(tmp_path / name, PIXELS, Recipe.of(VALUES))
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, DiskFull), (errno.EIO, FileRefused)])
def test_a_write_that_fails_leaves_what_was_there(
    number: int, kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"before")

    def fails(_number: int) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(pictures_io.os, "fsync", fails)
    with pytest.raises(kind):
        write_picture(path, PIXELS, Recipe.of(VALUES))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"out.png": b"before"}


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted() -> None:
        with temporary(tmp_path / "x") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as caught:
        write_text(tmp_path / "gone" / "x.txt", "x")
    assert caught.value.path.endswith("x.txt")


def test_no_picture(tmp_path: Path) -> None:
    with pytest.raises(PictureNotFound):
        read_recipe(tmp_path / "none.png")


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0"]
)
def test_a_file_that_is_no_picture_has_no_recipe(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(RecipeMissing):
        read_recipe(tmp_path / "x.png")


def test_a_plain_png_has_no_recipe(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "plain.png")
    with pytest.raises(RecipeMissing):
        read_recipe(tmp_path / "plain.png")


def test_a_recipe_that_was_touched_is_refused(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    chunks.add_itxt("pcm", '{"recipe":1}')
    Image.fromarray(PIXELS).save(tmp_path / "x.png", pnginfo=chunks)
    with pytest.raises(RecipeInvalid):
        read_recipe(tmp_path / "x.png")


def test_enlarging_repeats_pixels() -> None:
    large = enlarged(PIXELS, 3)
    assert large.shape == (12, 12, 3)
    assert np.array_equal(large[::3, ::3], PIXELS)
    assert np.array_equal(large[1::3, 2::3], PIXELS)


def test_the_digest_sees_the_shape() -> None:
    assert pixels_digest(PIXELS) != pixels_digest(PIXELS.reshape(2, 8, 3))
