"""The engine with its shapes checked, and fixtures: one random pipeline, two concepts of it, both loaded."""

import shapes  # noqa: F401, I001 - checks shapes from here on

from collections.abc import Iterator

import concepts
import pipelines
import pytest
from diffusers import StableDiffusionPipeline

from pcm_engine.composer import Composer


@pytest.fixture(scope="session")
def pipeline() -> StableDiffusionPipeline:
    """Shared: every test leaves it as it found it, which `composer` checks."""
    return pipelines.pipeline()


@pytest.fixture(scope="session")
def packages(pipeline: StableDiffusionPipeline) -> dict[str, bytes]:
    """Two concepts of this pipeline."""
    return {
        word: concepts.packed(concepts.random_concept(pipeline, word, seed=seed))
        for seed, word in enumerate(("teddy-bear", "hat"))
    }


@pytest.fixture
def composer(pipeline: StableDiffusionPipeline, packages: dict[str, bytes]) -> Iterator[Composer]:
    """Both concepts loaded."""
    with Composer(pipeline) as made:
        for data in packages.values():
            made.load(data)
        yield made
