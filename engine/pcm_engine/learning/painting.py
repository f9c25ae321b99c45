"""Pictures of concepts straight from their training states, with locked or trained keys: what comparisons paint with.

A package holds locked keys only, so the comparison of both cannot go through one. Everything else is as a composer
does it: the same hooks, the same edit, the negative prompt left alone.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from jaxtyping import Float

from pcm_engine.bases import Profile
from pcm_engine.edit import ConceptStack, Controls, Edit
from pcm_engine.gate import Gate
from pcm_engine.hooks import Hooks
from pcm_engine.learning.keys import adding_keys
from pcm_engine.learning.lesson import Lesson, State, words_of
from pcm_engine.learning.trainer import edit_of
from pcm_engine.tokens import encode

Taught = tuple[Lesson, State]


@torch.no_grad()
def paint(
    taught: Sequence[Taught],
    prompts: Sequence[str],
    *,
    gate: Gate,
    seeds: Sequence[int],
    steps: int,
    guidance: float,
) -> Float[np.ndarray, "prompts height width 3"]:
    """One picture in [0, 1] for each prompt and its seed; every prompt names every trigger."""
    profile, skip = taught[0][0].profile, taught[0][0].settings.clip_skip
    words = {
        k: v for lesson, state in taught for k, v in words_of(lesson, state.parameters).items()
    }
    rows, empty = (
        encode(profile, said, known, clip_skip=skip).encodings.to(profile.denoiser.dtype)
        for said, known in ((prompts, words), ([""] * len(prompts), {}))
    )
    edit = joined(taught, rows, gate)
    hooks = Hooks(profile)
    hooks.attach()
    try:
        with hooks.editing(edit), trained_keys(profile, edit, taught):
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


def joined(
    taught: Sequence[Taught], rows: Float[torch.Tensor, "prompts tokens text"], gate: Gate
) -> Edit:
    """One edit of all of them on these prompts."""
    stacks = [
        edit_of(one, state.parameters, state.direction, rows, gate).stack for one, state in taught
    ]
    names = tuple(name for stack in stacks for name in stack.names)
    columns = zip(*(stack[1:] for stack in stacks), strict=True)
    stack = ConceptStack(names, *(torch.cat(column) for column in columns))
    return Edit.of(stack, Controls.of(names, [dict.fromkeys(names, gate)] * len(rows)), rows)


def trained_keys(
    profile: Profile, edit: Edit, taught: Sequence[Taught]
) -> AbstractContextManager[None]:
    """The trained outputs of the keys, where the lessons have them."""
    keys = [state.parameters["keys"] for _, state in taught if "keys" in state.parameters]
    return adding_keys(profile, edit, torch.stack(keys)) if keys else nullcontext()
