"""The trainer: one pure step (T5-T8), and the loop around it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pcm_engine import perfusion
from pcm_engine.edit import ConceptStack, Controls, Edit
from pcm_engine.gate import Gate
from pcm_engine.hooks import Hooks
from pcm_engine.learning.errors import MemoryShort
from pcm_engine.learning.lesson import Lesson, State, teaching, words_of
from pcm_engine.learning.templates import TEMPLATES, called, trigger_rows
from pcm_engine.tokens import encode

BETAS = (0.9, 0.999)  # (U5)
EPSILON = 1e-8
HALF_SCALE = 1024.0
"""The loss is multiplied by this, and gradients divided, where half precision would lose small gradients."""
Tell = Callable[[int, float], None]


class Draws(NamedTuple):
    """All chance of one step: which pictures, templates, timesteps and noise (T5, T7)."""

    pictures: Int[Tensor, " batch"]
    templates: Int[Tensor, " batch"]
    timesteps: Int[Tensor, " batch"]
    noise: Float[Tensor, "batch channels rows columns"]

    def parts(self, size: int) -> Iterator["Draws"]:
        """Micro-batches of at most `size`."""
        yield from (Draws(*some) for some in zip(*(one.split(size) for one in self), strict=True))


class Ending(Enum):
    """How learning ended."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    DIVERGED = "diverged"


@dataclass(frozen=True, eq=False)
class Outcome:
    """The state that is kept, the loss of every step, and how it ended."""

    state: State
    losses: tuple[float, ...]
    ending: Ending


def draw(lesson: Lesson, step: int) -> Draws:
    """The chance of one step, from the seed and its number alone.

    Each timestep is uniform, and the batch spreads over the schedule: one in each of its equal shares.
    """
    chance = torch.Generator().manual_seed(lesson.settings.seed * 1_000_003 + step)
    size, table = (
        lesson.settings.batch,
        lesson.profile.pipeline.scheduler.config.num_train_timesteps,
    )
    shares = (torch.arange(size) + torch.rand(size, generator=chance)) / size
    return Draws(
        torch.randint(len(lesson.latents), (size,), generator=chance),
        torch.randint(len(TEMPLATES), (size,), generator=chance),
        (shares * table).long().clamp(max=table - 1)[torch.randperm(size, generator=chance)],
        torch.randn(size, *lesson.latents.shape[1:], generator=chance),
    )


def train(lesson: Lesson, state: State, tell: Tell = lambda _step, _loss: None) -> Outcome:
    """Step by step to the end, to Ctrl-C, or to the first number that is none; then the last checkpoint counts (T8).

    Ctrl-C during the first step is Ctrl-C: there is nothing to keep.
    """
    checkpoint, losses = state, list[float]()
    try:
        with teaching(lesson.profile) as hooks:
            while state.step < lesson.settings.steps:
                after, loss = train_step(lesson, state, draw(lesson, state.step), hooks=hooks)
                losses.append(loss)
                if not (after.is_finite and loss - loss == 0):
                    return Outcome(checkpoint, tuple(losses), Ending.DIVERGED)
                state = after
                checkpoint = state if state.step % lesson.settings.every == 0 else checkpoint
                tell(state.step, loss)
    except KeyboardInterrupt:
        if state.step == 0:
            raise
        return Outcome(state, tuple(losses), Ending.INTERRUPTED)
    return Outcome(state, tuple(losses), Ending.FINISHED)


def train_step(lesson: Lesson, state: State, draws: Draws, *, hooks: Hooks) -> tuple[State, float]:
    """(T5)-(T7): i* once, then every micro-batch, then one AdamW step. Raises MemoryShort."""
    direction = averaged(lesson, state, draws)
    moving = {name: one.detach().clone().requires_grad_() for name, one in state.parameters.items()}
    scale = HALF_SCALE if lesson.profile.denoiser.dtype == torch.float16 else 1.0
    total = 0.0
    for part in draws.parts(lesson.settings.micro):
        share = len(part.pictures) / len(draws.pictures)
        with _within_memory(lesson.settings.micro):
            loss = micro_loss(lesson, moving, direction, part, hooks)
            (loss * share * scale).backward()
        total += float(loss.detach()) * share
    gradients = {name: one.grad / scale for name, one in moving.items()}
    return adam(state, gradients, lesson.rates, direction=direction), total


def averaged(lesson: Lesson, state: State, draws: Draws) -> Float[Tensor, " text"]:
    """(M15) i* <- decay i* + (1 - decay) mean of the trigger rows of this step's prompts, in float64."""
    with torch.no_grad():
        encoded = encode(
            lesson.profile,
            _prompts(lesson, draws),
            words_of(lesson, state.parameters),
            clip_skip=lesson.settings.clip_skip,
        )
        rows = trigger_rows(encoded, lesson.naming.trigger)
        return torch.lerp(rows.double().mean(0), state.direction, lesson.settings.pace)


def edit_of(
    lesson: Lesson,
    parameters: Mapping[str, Tensor],
    direction: Float[Tensor, " text"],
    encodings: Float[Tensor, "prompts tokens text"],
    gate: Gate,
) -> Edit:
    """The edit of one concept on these prompts; i*, b and u are constants in the graph (U3)."""
    dual = perfusion.dual(direction.cpu(), lesson.covariance.inverse).to(direction)
    target = lesson.keys.target(lesson.supercategory)
    rows = (direction.float(), dual.float(), target, parameters["values"])
    name = lesson.naming.trigger
    stack = ConceptStack((name,), *(row[None] for row in rows))
    return Edit.of(stack, Controls.of((name,), [{name: gate}] * len(encodings)), encodings)


def micro_loss(
    lesson: Lesson,
    parameters: Mapping[str, Tensor],
    direction: Float[Tensor, " text"],
    part: Draws,
    hooks: Hooks,
) -> Float[Tensor, ""]:
    """(T6), (T7), (M17): the masked error of the denoiser under the edit, with gradient to v and o."""
    profile = lesson.profile
    words, skip = words_of(lesson, parameters), lesson.settings.clip_skip
    encoded = encode(profile, _prompts(lesson, part), words, clip_skip=skip)
    encodings = encoded.encodings.to(profile.denoiser.dtype)
    edit = edit_of(lesson, parameters, direction, encodings, lesson.settings.gate)
    latents = lesson.latents[part.pictures]
    noisy, target = noised(lesson, latents, part)
    with hooks.editing(edit), lesson.keys.applied(profile, edit, parameters):
        predicted = profile.denoiser(
            noisy.to(profile.device, profile.denoiser.dtype),
            part.timesteps.to(profile.device),
            encodings,
        ).sample.float()
    errors = (predicted - target.to(profile.device)).square()
    return (lesson.masks[part.pictures].to(profile.device) * errors).mean()


def noised(
    lesson: Lesson, latents: Float[Tensor, "batch channels rows columns"], part: Draws
) -> tuple[
    Float[Tensor, "batch channels rows columns"], Float[Tensor, "batch channels rows columns"]
]:
    """Noisy latents and what the denoiser should say of them: the noise, the velocity, or the latents (M17)."""
    signal = lesson.profile.pipeline.scheduler.alphas_cumprod.cpu()[part.timesteps][
        :, None, None, None
    ]
    keep, add = signal.sqrt(), (1 - signal).sqrt()
    target = {
        "epsilon": part.noise,
        "v_prediction": keep * part.noise - add * latents,
        "sample": latents,
    }[lesson.profile.prediction_type]
    return keep * latents + add * part.noise, target


def adam(
    state: State,
    gradients: Mapping[str, Tensor],
    rates: Mapping[str, float],
    *,
    direction: Float[Tensor, " text"],
) -> State:
    """One AdamW step without decay (U5), as a new state."""
    step = state.step + 1
    first = {name: torch.lerp(g, state.first[name], BETAS[0]) for name, g in gradients.items()}
    second = {
        name: torch.lerp(g.square(), state.second[name], BETAS[1]) for name, g in gradients.items()
    }
    moved = {
        name: one - rates[name] * (first[name] / (1 - BETAS[0] ** step))
        / ((second[name] / (1 - BETAS[1] ** step)).sqrt() + EPSILON)
        for name, one in state.parameters.items()
    }  # fmt: skip
    return State(step, moved, first, second, direction)


def _prompts(lesson: Lesson, draws: Draws) -> list[str]:
    return [called(TEMPLATES[int(place)], lesson.naming.trigger) for place in draws.templates]


@contextmanager
def _within_memory(micro: int) -> Iterator[None]:
    """A device's or machine's want of memory as our error. Raises MemoryShort."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise MemoryShort(micro) from error
    except RuntimeError as error:
        if "can't allocate memory" in str(error):
            raise MemoryShort(micro) from error
        raise
