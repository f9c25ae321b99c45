"""The pictures to learn from, as files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.demo import packages, photos
from pcm_engine.toybox.subjects import pictures


def test_five_pictures_enlarged_by_whole_pixels(tmp_path: Path) -> None:
    photos.main(["tom-cat", str(tmp_path / "a" / "b")])
    files = sorted((tmp_path / "a" / "b").iterdir())
    assert [file.name for file in files] == [f"tom-cat-{place}.png" for place in range(1, 6)]
    for file, drawn in zip(files, pictures("tom-cat"), strict=True):
        with Image.open(file) as image:
            assert np.array_equal(np.asarray(image)[::8, ::8], drawn)


@pytest.mark.parametrize("words", [[], ["tom-cat"], ["nobody", "x"], ["tom-cat", "x", "y"]])
def test_words_that_are_not_understood(words: list[str]) -> None:
    with pytest.raises(OptionsRefused):
        photos.main(words)


def test_packages_need_a_folder() -> None:
    with pytest.raises(OptionsRefused):
        packages.main([])
