"""Pictures of a concept straight from its training state, with locked or trained keys: what comparisons paint with.

A package holds locked keys only, so the comparison of both cannot go through one. Everything else is as a composer
does it: the same hooks, the same edit, the negative prompt left alone.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float

from pcm_engine.gate import Gate
from pcm_engine.hooks import Hooks
from pcm_engine.learning.lesson import Lesson, State, words_of
from pcm_engine.learning.trainer import edit_of
from pcm_engine.tokens import encode


def paint(
    lesson: Lesson,
    state: State,
    prompts: Sequence[str],
    *,
    gate: Gate,
    seeds: Sequence[int],
    steps: int,
    guidance: float,
) -> Float[np.ndarray, "prompts height width 3"]:
    """One picture in [0, 1] for each prompt and its seed; every prompt names the trigger."""
    profile, skip = lesson.profile, lesson.settings.clip_skip
    with torch.no_grad():
        encoded = encode(profile, prompts, words_of(lesson, state.parameters), clip_skip=skip)
        empty = encode(profile, [""] * len(prompts), {}).encodings
    rows, empty = (one.to(profile.denoiser.dtype) for one in (encoded.encodings, empty))
    edit = edit_of(lesson, state.parameters, state.direction, rows, gate)
    hooks = Hooks(profile)
    hooks.attach()
    try:
        with (
            torch.no_grad(),
            hooks.editing(edit),
            lesson.keys.applied(profile, edit, state.parameters),
        ):
            return profile.pipeline(
                prompt_embeds=rows,
                negative_prompt_embeds=empty,
                num_inference_steps=steps,
                guidance_scale=guidance,
                generator=[torch.Generator("cpu").manual_seed(seed) for seed in seeds],
                output_type="np",
            ).images
    finally:
        hooks.detach()
