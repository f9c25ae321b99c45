"""`--gate` as data."""

import pytest

from pcm_engine.cli.gates import parse_gate, parse_gates
from pcm_engine.errors import GateOutOfRange
from pcm_engine.gate import Gate, Lock
from pcm_engine.gate_errors import GateMalformed


def test_all_four_controls() -> None:
    text = "Teddy_Bear*:bias=.6, temperature=0.15,strength=1.,lock=global"
    assert parse_gate(text) == ("teddy-bear", Gate(0.6, 0.15, 1.0, Lock.GLOBAL))


def test_what_is_not_said_stays_open() -> None:
    assert parse_gate("cat:strength=0") == ("cat", Gate(strength=0.0))


def test_numbers_are_what_a_recipe_can_hold() -> None:
    assert parse_gate("cat:bias=0.1234567891")[1].bias == 0.12345679


@pytest.mark.parametrize(
    "text",
    [
        "", "cat", "cat:", ":bias=1", "cat:bias", "cat:bias=", "cat:bias=x", "cat:bias=nan", "cat:bias=1e3",
        "cat:bias=inf", "cat:colour=1", "cat:bias=1,bias=1", "cat:bias=1,", "cat:bias=1_0", "cat:=1",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(GateMalformed) as caught:
        parse_gate(text)
    assert caught.value.text == text


@pytest.mark.parametrize(
    ("text", "control"),
    [
        ("cat:bias=2.1", "bias"),
        ("cat:bias=-1.5", "bias"),
        ("cat:temperature=0", "temperature"),
        ("cat:strength=1.01", "strength"),
        ("cat:lock=loose", "lock"),
        ("cat:lock=", "lock"),
    ],
)
def test_a_control_out_of_range_says_which(text: str, control: str) -> None:
    with pytest.raises(GateOutOfRange) as caught:
        parse_gate(text)
    assert caught.value.control == control


def test_two_gates_of_one_concept_are_refused() -> None:
    with pytest.raises(GateMalformed):
        parse_gates(["cat:bias=.6", "cat*:strength=1"])
    assert parse_gates(["cat:bias=.6", "dog:bias=.6"]).keys() == {"cat", "dog"}
