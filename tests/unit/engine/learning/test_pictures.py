"""(T4) Pictures: upright, fitted without blur where pixels divide, and refused by name."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pcm_engine.learning.errors import BadPicture, NoPictures
from pcm_engine.learning.latents import encode_latents, signals, size_of
from pcm_engine.learning.learn import Base
from pcm_engine.learning.masks import MaskEmpty, load_masks, on_grid
from pcm_engine.learning.pictures import fitted, open_all, opened
from pcm_engine.toybox.subjects import pictures

ORIENTATION = 0x0112


def test_pixel_art_that_was_enlarged_comes_back_pixel_for_pixel() -> None:
    art = pictures("teddy-bear", 1)[0]
    large = Image.fromarray(art.repeat(10, 0).repeat(10, 1))
    assert np.array_equal(np.asarray(fitted(large, (32, 32))), art)


def test_pixel_art_that_is_too_small_is_enlarged_by_whole_pixels() -> None:
    art = pictures("teddy-bear", 1)[0]
    assert np.array_equal(
        np.asarray(fitted(Image.fromarray(art), (64, 64))), art.repeat(2, 0).repeat(2, 1)
    )


def test_the_centre_is_kept() -> None:
    wide = np.zeros((32, 96, 3), np.uint8)
    wide[:, 32:64] = 200
    assert np.asarray(fitted(Image.fromarray(wide), (32, 32))).min() == 200


def test_a_turned_photograph_is_set_upright(tmp_path: Path) -> None:
    photograph = Image.fromarray(np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3))
    exif = photograph.getexif()
    exif[ORIENTATION] = 6
    photograph.save(tmp_path / "turned.png", exif=exif)
    assert opened(tmp_path / "turned.png").size == (20, 30)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert np.asarray(opened(tmp_path / "clear.png")).min() == 255


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.png", b"not a picture"),
        ("empty.png", b""),
        ("missing.png", None),
        ("cut.png", "cut"),
        ("tiny.png", "tiny"),
        ("bomb.png", "bomb"),
    ],
)
def test_a_bad_picture_is_named_with_the_reason(tmp_path: Path, name: str, content: object) -> None:
    file = tmp_path / name
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content == "cut":
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(file)
        file.write_bytes(file.read_bytes()[:4000])
    elif content is not None:
        Image.new("1", (8, 8) if content == "tiny" else (20_000, 20_000)).save(file)
    with pytest.raises(BadPicture) as caught:
        opened(file)
    assert caught.value.file == str(file)
    assert caught.value.reason
    assert caught.value.code == "learn.pictures"


def test_no_picture_is_the_same_code() -> None:
    with pytest.raises(NoPictures) as caught:
        open_all([])
    assert caught.value.code == BadPicture.code


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(BadPicture) as caught:
        opened(tmp_path)
    assert "folder" in caught.value.reason


def test_latents_are_scaled_as_the_denoiser_wants_them(base: Base) -> None:
    size = size_of(base.profile)
    made = signals([Image.fromarray(pictures("teddy-bear", 1)[0])], size)
    assert made.shape == (1, 3, size[1], size[0])
    assert float(made.min()) >= -1
    assert float(made.max()) <= 1
    vae = base.pipeline.vae
    with torch.no_grad():
        expected = vae.encode(made).latent_dist.mean * vae.config.scaling_factor
    assert torch.allclose(encode_latents(base.profile, made), expected, atol=1e-6)


def test_a_mask_is_averaged_and_divided_by_its_maximum() -> None:
    """(M16)"""
    mask = torch.zeros(1, 4, 4)
    mask[:, :2, :2] = 0.5
    assert torch.equal(on_grid(mask, (2, 2)), torch.tensor([[[1.0, 0.0], [0.0, 0.0]]]))


def test_a_black_mask_learns_everything_and_says_so() -> None:
    with pytest.warns(MaskEmpty):
        assert torch.equal(on_grid(torch.zeros(1, 4, 4), (2, 2)), torch.ones(1, 2, 2))


def test_masks_follow_their_pictures_by_name(tmp_path: Path) -> None:
    half = np.zeros((32, 32), np.uint8)
    half[:, 16:] = 255
    Image.fromarray(half).save(tmp_path / "one.png")
    found = load_masks(tmp_path, [Path("photos/one.jpg")], (32, 32), grid=(2, 2))
    assert torch.equal(found, torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]]))
    with pytest.raises(BadPicture) as caught:
        load_masks(tmp_path, [Path("photos/two.jpg")], (32, 32), grid=(2, 2))
    assert caught.value.file == "photos/two.jpg"
