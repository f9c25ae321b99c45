"""(I15): the gate as a curve, with the values of method.md section 8."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from pcm_engine import perfusion
from pcm_engine.errors import GateOutOfRange
from pcm_engine.gate import DEFAULT, Gate, Lock, settle

number = st.floats(-3, 3)
temperatures = st.floats(0.01, 1)


def opening(similarity: float, bias: float, temperature: float) -> float:
    as_tensor = [torch.tensor([one], dtype=torch.float64) for one in (bias, temperature)]
    s = torch.tensor([[similarity]], dtype=torch.float64)
    return float(perfusion.gate(s, *as_tensor))


@pytest.mark.parametrize(
    ("bias", "temperature", "at_one", "at_zero"),
    [
        (0.75, 0.1, 0.924142, 0.000553),
        (0.7, 0.15, 0.880797, 0.009315),
        (0.6, 0.15, 0.935031, 0.017986),
        (0.5, 0.15, 0.965555, 0.034445),
        (0.4, 0.15, 0.982014, 0.064969),
    ],
)
def test_i15_known_values(bias: float, temperature: float, at_one: float, at_zero: float) -> None:
    assert opening(1, bias, temperature) == pytest.approx(at_one, abs=1e-6)
    assert opening(0, bias, temperature) == pytest.approx(at_zero, abs=1e-6)
    assert perfusion.leak(bias, temperature) == pytest.approx(at_zero, abs=1e-6)


@given(bias=number, temperature=temperatures)
def test_i15_half_open_at_the_bias(bias: float, temperature: float) -> None:
    assert opening(bias, bias, temperature) == 0.5


@given(similarity=number, step=st.floats(1e-3, 1), bias=number, temperature=temperatures)
def test_i15_rises_with_similarity_and_falls_with_bias(
    similarity: float, step: float, bias: float, temperature: float
) -> None:
    logits = [(similarity + delta - bias) / temperature for delta in (0, step, -step)]
    assume(max(map(abs, logits)) <= 15)
    here = opening(similarity, bias, temperature)
    assert 0 <= here <= 1
    assert opening(similarity + step, bias, temperature) > here
    assert opening(similarity, bias + step, temperature) < here


@given(similarity=number, bias=number, temperature=st.floats(0.01, 0.9))
def test_i15_nears_a_half_with_temperature(
    similarity: float, bias: float, temperature: float
) -> None:
    assume(1e-3 < abs(similarity - bias) / temperature <= 15)
    here, warmer = (opening(similarity, bias, t) for t in (temperature, temperature * 1.1))
    assert abs(warmer - 0.5) < abs(here - 0.5)


@pytest.mark.parametrize(
    ("control", "value"),
    [
        ("bias", -1.1),
        ("bias", 2.5),
        ("temperature", 0.001),
        ("strength", 1.5),
        ("strength", float("nan")),
        ("lock", "both"),
    ],
)
def test_a_control_outside_p9_is_refused(control: str, value: float | str) -> None:
    with pytest.raises(GateOutOfRange) as caught:
        Gate(**{control: value})
    assert (caught.value.code, caught.value.control) == ("gate.range", control)


def test_m12_a_prompt_is_locked_globally_only_if_every_active_concept_says_so() -> None:
    defaults = {"a": DEFAULT, "b": Gate(0.55, 0.15, 1.0, Lock.GLOBAL)}
    assert settle(["a", "b"], {}, defaults)["b"] == Gate(0.7, 0.15, 1.0, Lock.LOCAL)
    alone = settle(["a", "b"], {"a": Gate(strength=0.0)}, defaults)
    assert alone == {"b": defaults["b"]}
    told = settle(["a", "b"], {"a": Gate(lock=Lock.GLOBAL)}, defaults)
    assert told == {"a": Gate(0.5, 0.15, 1.0, Lock.GLOBAL), "b": defaults["b"]}
    assert settle(["a"], {"a": Gate(bias=0.65, lock=Lock.GLOBAL)}, defaults)["a"].bias == 0.65


def test_a_lock_may_be_given_by_its_word() -> None:
    assert Gate(lock="global") == Gate(lock=Lock.GLOBAL)
    assert Gate(lock="global").lock is Lock.GLOBAL
