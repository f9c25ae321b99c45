"""(T5)-(T8), (I22): what a step changes, that it learns, and what is kept when it ends early."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from pcm_engine import perfusion
from pcm_engine.learning import trainer
from pcm_engine.learning.errors import MemoryShort
from pcm_engine.learning.keys import TrainedKeys
from pcm_engine.learning.lesson import Lesson, State, begin, teaching
from pcm_engine.learning.naming import Naming
from pcm_engine.learning.settings import Settings
from pcm_engine.learning.trainer import Draws, Ending, adam, draw, noised, train, train_step

Teach = Callable[..., Lesson]


def stepped(lesson: Lesson, state: State) -> tuple[State, float]:
    with teaching(lesson.profile) as hooks:
        return train_step(lesson, state, draw(lesson, state.step), hooks=hooks)


def with_settings(lesson: Lesson, **changed: object) -> Lesson:
    return replace(lesson, settings=replace(lesson.settings, **changed))


def weights(lesson: Lesson) -> dict[str, torch.Tensor]:
    pipeline = lesson.profile.pipeline
    return {
        f"{part}.{name}": tensor.clone()
        for part in ("unet", "text_encoder", "vae")
        for name, tensor in getattr(pipeline, part).state_dict().items()
    }


def test_one_step_changes_word_outputs_and_direction_and_nothing_else(lesson: Lesson) -> None:
    """(I22) v and o by gradient, i* and b by the running mean."""
    before, state = weights(lesson), begin(lesson)
    kept = {name: one.clone() for name, one in state.parameters.items()}
    other = replace(
        state, parameters=state.parameters | {"embedding": state.parameters["embedding"] + 0.1}
    )
    after, _ = stepped(lesson, other)
    assert set(after.parameters) == {"embedding", "values"}
    for name in kept:
        assert float(after.first[name].abs().max()) > 0  # both gradients are there
        assert not torch.equal(after.parameters[name], other.parameters[name])
    assert not torch.equal(after.direction, state.direction)
    duals = [perfusion.dual(one.direction, lesson.covariance.inverse) for one in (state, after)]
    assert not torch.equal(*duals)
    assert before.keys() == weights(lesson).keys()
    assert all(torch.equal(one, before[name]) for name, one in weights(lesson).items())
    assert all(torch.equal(one, kept[name]) for name, one in state.parameters.items())


def test_a_step_is_pure(lesson: Lesson) -> None:
    state = begin(lesson)
    (one, first), (other, second) = stepped(lesson, state), stepped(lesson, state)
    assert first == second
    assert all(torch.equal(one.parameters[name], other.parameters[name]) for name in one.parameters)


def test_the_running_mean_moves_once_a_step_and_by_its_decay(lesson: Lesson) -> None:
    """(M15), (U4): not once a micro-batch."""
    state = begin(lesson)
    rows, _ = stepped(with_settings(lesson, decay=0.0), state)
    moved = replace(state, direction=state.direction + 1)
    for micro in (4, 1):
        after, _ = stepped(with_settings(lesson, micro=micro, decay=0.75), moved)
        expected = 0.75 * moved.direction + 0.25 * rows.direction
        assert torch.allclose(after.direction, expected, atol=1e-5)


def test_micro_batches_change_nothing_but_memory(lesson: Lesson) -> None:
    whole, _ = stepped(lesson, begin(lesson))
    parts, _ = stepped(with_settings(lesson, micro=3), begin(lesson))
    for name, one in whole.first.items():
        assert torch.allclose(one, parts.first[name], rtol=1e-3, atol=1e-7)


def test_the_optimiser_is_adamw_without_decay(lesson: Lesson) -> None:
    """(U5), by PyTorch's own."""
    state = begin(lesson)
    theirs = {name: one.clone().requires_grad_() for name, one in state.parameters.items()}
    groups = [{"params": [one], "lr": lesson.rates[name]} for name, one in theirs.items()]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8, weight_decay=0)
    for _ in range(3):
        gradients = {name: torch.randn_like(one) for name, one in theirs.items()}
        for name, one in theirs.items():
            one.grad = gradients[name]
        optimiser.step()
        state = adam(state, gradients, lesson.rates, direction=state.direction)
    for name, one in theirs.items():
        assert torch.allclose(state.parameters[name], one, rtol=1e-5, atol=1e-6)


def test_it_learns(teach: Teach) -> None:
    """The loss on the same draws is lower afterwards, and v and o moved."""
    lesson = teach(settings=Settings(steps=30, batch=8, micro=8, every=10))
    start = begin(lesson)
    outcome = train(lesson, start)
    assert outcome.ending is Ending.FINISHED
    assert outcome.state.step == len(outcome.losses) == 30
    before, after = (
        sum(stepped(lesson, replace(one, step=k))[1] for k in range(100, 105))
        for one in (start, outcome.state)
    )
    assert after < before
    for name, one in start.parameters.items():
        assert float((outcome.state.parameters[name] - one).abs().max()) > 1e-3


def test_the_same_seed_learns_the_same(lesson: Lesson) -> None:
    one, other = (train(lesson, begin(lesson)) for _ in range(2))
    assert one.losses == other.losses
    assert torch.equal(one.state.direction, other.state.direction)
    changed = train(with_settings(lesson, seed=1), begin(lesson))
    assert changed.losses != one.losses


def test_control_c_keeps_what_was_learned(lesson: Lesson) -> None:
    def interrupt(step: int, _loss: float) -> None:
        if step == 2:
            raise KeyboardInterrupt

    outcome = train(lesson, begin(lesson), interrupt)
    assert outcome.ending is Ending.INTERRUPTED
    assert outcome.state.step == 2


def test_control_c_before_anything_was_learned_is_control_c(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "micro_loss", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(lesson, begin(lesson))


def test_a_number_that_is_none_stops_and_keeps_the_last_checkpoint(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(T8), checkpoints every two steps."""
    real = trainer.micro_loss

    def broken(lesson: Lesson, parameters: dict[str, torch.Tensor], *rest: object) -> torch.Tensor:
        loss = real(lesson, parameters, *rest)
        calls.append(1)
        return loss * float("nan") if len(calls) == 3 else loss

    calls: list[int] = []
    monkeypatch.setattr(trainer, "micro_loss", broken)
    outcome = train(with_settings(lesson, steps=6), begin(lesson))
    assert outcome.ending is Ending.DIVERGED
    assert outcome.state.step == 2
    assert outcome.state.is_finite
    assert len(outcome.losses) == 3


def test_a_want_of_memory_has_a_name(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(*_given: object) -> None:
        raise RuntimeError(
            "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"
        )

    monkeypatch.setattr(trainer, "micro_loss", hungry)
    with pytest.raises(MemoryShort) as caught:
        train(lesson, begin(lesson))
    assert caught.value.micro == 4


def test_a_fault_that_is_not_memory_stays_what_it_is(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_given: object) -> None:
        raise RuntimeError("shapes")

    monkeypatch.setattr(trainer, "micro_loss", wrong)
    with pytest.raises(RuntimeError, match="shapes"):
        train(lesson, begin(lesson))


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "sample"])
def test_the_target_is_what_the_base_predicts(lesson: Lesson, kind: str) -> None:
    """(M17), by the scheduler's own functions."""
    scheduler = lesson.profile.pipeline.scheduler
    part = draw(lesson, 0)
    before = scheduler.config.prediction_type
    scheduler.register_to_config(prediction_type=kind)
    try:
        noisy, target = noised(lesson, lesson.latents[part.pictures], part)
    finally:
        scheduler.register_to_config(prediction_type=before)
    clean = lesson.latents[part.pictures]
    expected = {
        "epsilon": part.noise,
        "v_prediction": scheduler.get_velocity(clean, part.noise, part.timesteps),
        "sample": clean,
    }[kind]
    assert torch.allclose(noisy, scheduler.add_noise(clean, part.noise, part.timesteps), atol=1e-6)
    assert torch.allclose(target, expected, atol=1e-6)


def test_a_mask_weighs_the_error_once(lesson: Lesson) -> None:
    """(M17) Half the weight, half the loss."""
    _, whole = stepped(lesson, begin(lesson))
    _, half = stepped(replace(lesson, masks=lesson.masks / 2), begin(lesson))
    assert half == pytest.approx(whole / 2, rel=1e-5)


def test_timesteps_spread_over_the_schedule(lesson: Lesson) -> None:
    wide = with_settings(lesson, batch=20)
    assert sorted(draw(wide, 3).timesteps.tolist()) == list(
        range(20)
    )  # a table of twenty, one in each share
    assert all(len(part.pictures) <= 3 for part in draw(lesson, 0).parts(3))


def test_trained_keys_are_trained_and_locked_ones_have_no_parameter(teach: Teach) -> None:
    lesson = teach(keys=TrainedKeys())
    state = begin(lesson)
    after, _ = stepped(lesson, state)
    assert not torch.equal(after.parameters["keys"], state.parameters["keys"])
    assert "keys" not in begin(teach()).parameters


def test_the_direction_is_named_by_the_trigger(teach: Teach) -> None:
    lesson = replace(teach(), naming=Naming.of("me", supercategories=["person"]))
    parts = draw(lesson, 0)
    assert isinstance(parts, Draws)
    assert stepped(lesson, begin(lesson))[0].step == 1
