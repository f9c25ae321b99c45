"""Pictures from a training state: the ablation's trained keys, held at the lock, are the lock."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from pcm_engine.composer import Composer
from pcm_engine.gate import DEFAULT
from pcm_engine.learning.keys import TrainedKeys, perfusion_outputs
from pcm_engine.learning.learn import Base, learn
from pcm_engine.learning.lesson import Lesson, State, begin
from pcm_engine.learning.painting import paint

Teach = Callable[..., Lesson]
PROMPTS = ["a photo of a tom-cat*", "a tom-cat* on the boat"]


def painted(lesson: Lesson, state: State) -> np.ndarray:
    return paint([(lesson, state)], PROMPTS, gate=DEFAULT, seeds=[1, 2], steps=2, guidance=3.0)


def test_trained_keys_at_the_supercategory_s_keys_are_the_lock(teach: Teach) -> None:
    """(M6) W_K (x + g u) = W_K x + g W_K u."""
    locked = teach()
    free = teach(keys=TrainedKeys())
    state = begin(locked)
    keys = perfusion_outputs(free.profile, free.supercategory, side=lambda layer: layer.key)
    same = replace(state, parameters=state.parameters | {"keys": keys})
    assert np.abs(painted(locked, state) - painted(free, same)).max() < 1e-4
    other = replace(state, parameters=state.parameters | {"keys": keys + 5})
    assert np.abs(painted(locked, state) - painted(free, other)).max() > 1e-3


def test_it_paints_what_the_package_paints(base: Base, lesson: Lesson) -> None:
    """Up to the rounding of the package (T9)."""
    learned = learn(base, lesson)
    direct = paint(
        [(lesson, learned.outcome.state)],
        PROMPTS[:1],
        gate=DEFAULT,
        seeds=[1],
        steps=2,
        guidance=3.0,
    )
    with Composer(base.pipeline) as composer:
        composer.load(learned.package)
        loaded = composer(
            PROMPTS[0],
            num_inference_steps=2,
            guidance_scale=3.0,
            generator=torch.Generator("cpu").manual_seed(1),
            output_type="np",
        ).images
    assert np.abs(direct - loaded).max() < 0.02
