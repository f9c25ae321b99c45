"""A concept of SD1.5's shape: its file, and its life on a pipeline with SD1.5's own U-Net, randomly initialised."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline

import pipelines
from concepts import packed, random_concept
from pcm_engine.bases import measure, profile_of
from pcm_engine.composer import Composer
from pcm_engine.concept import Concept
from pcm_engine.gate import Gate, Lock
from pcm_schemas import package
from pcm_schemas.base_model import BaseIdentity
from pcm_schemas.manifest import Manifest
from pictures import picture

KIB = 1024
TELLING = {
    "description": "A teddy bear in a knitted jumper, learned from five pictures. " * 8,
    "tags": ["bear", "toy"],
    "adjectives": ["brown", "knitted"],
    "supercategories": ["teddy bear", "cat"],
    "training": {"batch": 16, "bias": "0.75", "images": 5, "seed": 1, "steps": 400, "temperature": "0.1", "tool": "pcm"},
    "previews": [
        {
            "height": 512, "media_type": "image/webp", "path": f"previews/{index}.webp", "prompt": "a teddy-bear*",
            "seed": 7, "sha256": f"sha256:{'0' * 64}", "size": 14022, "width": 512,
        }
        for index in range(3)
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def sd15() -> StableDiffusionPipeline:
    return pipelines.sd15()


@pytest.fixture(scope="module")
def identity(sd15: StableDiffusionPipeline) -> BaseIdentity:
    return measure(profile_of(sd15))


def test_the_file_of_an_sd15_concept_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    data = packed(random_sd15_concept(TELLING))
    with capsys.disabled():
        print(  # noqa: T201 - the size is for people to see
            f"\nan SD1.5-shaped concept with its manifest: {len(data):,} bytes, {len(data) / KIB:.1f} KiB"
        )
    found = package.read(data)
    assert len(data) <= 36 * KIB
    assert sum(tensor.nbytes for tensor in found.tensors.values()) == 31_104
    assert sum(tensor.size for tensor in found.tensors.values()) == 15_552


def random_sd15_concept(changed: Mapping[str, object]) -> Concept:
    """Random tensors of P17's widths for `sd1`, with a base that was never measured."""
    layers = [[320, 2], [640, 2], [1280, 6], [640, 3], [320, 3]]
    small = random_concept(pipelines.pipeline(), "teddy-bear", **changed)
    fields = small.manifest.model_dump(exclude_none=True)
    fields["base"] |= {"architecture": "sd1"}
    fields["tensors"] = {"dtype": "F16", "text": 768, "embedding": [768], "layers": layers}
    return Concept.learned(
        Manifest.of(fields),
        direction=torch.randn(768),
        inverse=torch.eye(768, dtype=torch.float64),
        embedding=(torch.randn(768),),
        supercategory=torch.randn(768),
        values=torch.randn(12_480),
    )


@pytest.mark.slow
def test_it_loads_and_composes_on_sd15s_own_unet(
    sd15: StableDiffusionPipeline, identity: BaseIdentity
) -> None:
    concepts = [
        packed(random_concept(sd15, word, seed=seed, identity=identity))
        for seed, word in enumerate(("teddy-bear", "hat"))
    ]
    assert all(len(data) <= 36 * KIB for data in concepts)
    options = {"height": 64, "width": 64, "num_inference_steps": 1}
    plain = picture(sd15, ["a photo of a cat", "the dog"], **options)
    with Composer(sd15) as composer:
        for data in concepts:
            composer.load(data)
        assert composer.profile.architecture == "sd1"
        found = picture(composer, ["a photo of a cat", "a teddy-bear* in a hat*"], **options)
        locked = {word: Gate(lock=Lock.GLOBAL) for word in composer.loaded}
        globally = picture(
            composer, ["a photo of a cat", "a teddy-bear* in a hat*"], gates=locked, **options
        )
    assert found.shape == (2, 64, 64, 3)
    assert np.array_equal(found[0], plain[0])
    assert np.array_equal(globally[0], plain[0])
    assert not np.array_equal(found[1], globally[1])
    assert np.array_equal(picture(sd15, ["a photo of a cat", "the dog"], **options), plain)
