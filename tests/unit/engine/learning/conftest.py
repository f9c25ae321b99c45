"""A thing to learn on the random pipeline: pictures on disk, captions in its words, a base and a lesson."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from diffusers import StableDiffusionPipeline
from PIL import Image

import pipelines
from pcm_engine.learning.learn import Base, prepare
from pcm_engine.learning.lesson import Lesson
from pcm_engine.learning.naming import Naming
from pcm_engine.learning.settings import Settings

Teach = Callable[..., Lesson]
SHORT = Settings(steps=3, batch=4, micro=4, every=2)


def captions(count: int = 400) -> tuple[str, ...]:
    """Captions of the words that the random tokenizer knows whole."""
    chance = random.Random(7)
    return tuple(
        " ".join(chance.sample(pipelines.WORDS, chance.randint(3, 8))) for _ in range(count)
    )


def photographs(count: int = 3) -> list[Image.Image]:
    """Pictures of nothing, as small as the random pipeline's."""
    chance = np.random.default_rng(3)
    return [Image.fromarray(chance.integers(0, 256, (16, 16, 3), np.uint8)) for _ in range(count)]


@pytest.fixture(scope="session")
def base(pipeline: StableDiffusionPipeline) -> Base:
    """The random pipeline as a base."""
    return Base.of(pipeline, label="random", captions=captions())


@pytest.fixture(scope="session")
def teach(base: Base) -> Teach:
    """Make a lesson; by default a cat."""

    def made(
        supercategories: Sequence[str] = ("cat",), adjectives: Sequence[str] = (), **changed: object
    ) -> Lesson:
        naming = Naming.of("tom-cat", supercategories=supercategories, adjectives=adjectives)
        return prepare(base, naming, photographs(), **({"settings": SHORT} | changed))

    return made


@pytest.fixture(scope="session")
def lesson(teach: Teach) -> Lesson:
    """A cat in three steps."""
    return teach()


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Three pictures on disk."""
    files = [tmp_path / f"photo-{place}.png" for place in range(3)]
    for file, picture in zip(files, photographs(), strict=True):
        picture.save(file)
    return files
