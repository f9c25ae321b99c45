"""Somebody's program under `mypy --strict`, checked by test_typing.py and never run; it says what each answer's type is.

A line that must be refused carries an ignore: mypy complains of one that refuses nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import assert_type

import numpy as np
import numpy.typing as npt
import torch
from diffusers import DiffusionPipeline

import pcm
from pcm_engine import Composer, Concept, Gate, Lock
from pcm_engine.composer import Memory
from pcm_engine.pareto import Scores, Sweep


class Bright:
    """A scorer of one's own."""

    label = "bright"

    def text(self, pictures: npt.NDArray[np.uint8], prompt: str) -> npt.NDArray[np.float64]:
        return np.full(len(pictures), 1 / len(prompt))

    def image(self, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        return np.full(len(pictures), pictures.mean())


def composes(pipeline: DiffusionPipeline, scores: Scores) -> None:
    with Composer(pipeline, slots=8) as composer:
        assert_type(composer, Composer)
        assert_type(composer.load("teapot*"), str)
        assert_type(composer.load(Path("me.safetensors"), "me*"), str)
        assert_type(composer.load(b"", alias="hat*"), str)
        assert_type(composer.loaded, Mapping[str, Concept])
        composer("a me*", gates={"me*": Gate(bias=0.6)})
        composer(["a me*", "a hat*"], gates=[{"me*": Gate(lock=Lock.GLOBAL)}, {"hat*": Gate()}])
        assert_type(composer.encode("a me*"), Mapping[str, torch.Tensor])
        assert_type(composer.memory, Memory)
        assert_type(composer.memory.most, int)
        assert_type(composer.pareto("a me*", scores), Sweep)
        assert_type(composer.pareto("a me*", Bright()).balanced.gate, Gate)
        composer.unload("me*")
    composer.detach()


def is_refused(composer: Composer) -> None:
    composer.load(5)  # type: ignore[arg-type]
    composer("a me*", gates={"me*": 0.6})  # type: ignore[dict-item]
    composer.encode("a me*", steps=5)  # type: ignore[call-arg]
    Gate(bias="much")  # type: ignore[arg-type]
    pcm.installed(5)  # type: ignore[arg-type]


def installs() -> None:
    assert_type(pcm.installed("tom*").read(), bytes)
    assert_type(pcm.install("amy/tom-cat").lock.packages[0].name, str)
