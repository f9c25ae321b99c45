"""The shipped base and its judges: it loads in plain diffusers, within its size, and paints what it is asked for."""

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline

from pcm_engine import toybox
from pcm_engine.evaluation.base_quality import paint
from pcm_engine.evaluation.judges import open_oracle
from pcm_engine.toybox.autoencoder import psnr
from pcm_engine.toybox.data import make_dataset
from pcm_engine.toybox.oracle import judge
from pcm_engine.toybox.subjects import NEAR_MISSES, SUBJECTS, pictures
from pcm_engine.toybox.world import SMALL


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    loaded = StableDiffusionPipeline.from_pretrained(toybox.path())
    loaded.set_progress_bar_config(disable=True)
    return loaded


def test_all_weights_together_stay_within_25_megabytes() -> None:
    files = [file for file in toybox.path().parent.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 25_000_000


def test_plain_diffusers_paints_with_it_where_no_dtype_is_asked_for(
    pipeline: StableDiffusionPipeline,
) -> None:
    assert pipeline.text_encoder.dtype is torch.float32
    image = pipeline("a red cat", num_inference_steps=2, output_type="np").images[0]
    assert image.shape == (32, 32, 3)
    assert np.isfinite(image).all()


def test_the_autoencoder_returns_fresh_scenes_at_30_db_or_better(
    pipeline: StableDiffusionPipeline,
) -> None:
    assert psnr(pipeline.vae, make_dataset(SMALL, 100, 99).pictures) >= 30


def test_prompts_are_followed(pipeline: StableDiffusionPipeline) -> None:
    prompts = ["a red cat on the beach", "a blue teapot in the snow", "a green chair in the city"]
    seen = [
        verdict.answers for verdict in judge(open_oracle("chooser"), paint(pipeline, prompts, 4))
    ]
    assert [answers["first kind"] for answers in seen] == ["cat", "teapot", "chair"]
    assert [answers["place"] for answers in seen] == ["beach", "snow", "city"]


@pytest.mark.parametrize("name", ["chooser", "reporter"])
def test_a_judge_knows_every_individual_from_its_near_miss(name: str) -> None:
    oracle = open_oracle(name)
    for subject, thing in SUBJECTS.items():
        verdicts = judge(oracle, np.stack(pictures(subject)))
        assert sum(verdict.shows(thing) for verdict in verdicts) >= 4
        assert not any(verdict.shows(NEAR_MISSES[subject]) for verdict in verdicts)


@pytest.mark.parametrize("name", ["chooser", "reporter"])
def test_noise_is_not_taken_for_a_picture_of_the_world(name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    assert all(
        not verdict.shows(SUBJECTS["tom-cat"]) for verdict in judge(open_oracle(name), noise)
    )


def test_the_weights_are_safetensors_only() -> None:
    suffixes = {Path(file).suffix for file in toybox.path().parent.rglob("*") if file.is_file()}
    assert suffixes <= {".json", ".safetensors", ".md", ".jsonl"}
