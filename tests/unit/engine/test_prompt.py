import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcm_engine.errors import GateOutOfRange, UnknownTrigger
from pcm_engine.gate import Gate, Lock
from pcm_engine.gate_errors import GateMalformed, GateTwice
from pcm_engine.prompt import Trigger, canonical, parse

LOADED = {"teddy-bear", "me", "2b"}


@pytest.mark.parametrize(
    ("text", "triggers"),
    [
        ("a photo of a cat", ()),
        ("a teddy-bear* sailing", ("teddy-bear",)),
        ("teddy-bear*", ("teddy-bear",)),
        ("(teddy-bear*), me*!", ("teddy-bear", "me")),
        ("the Teddy_Bear*'s hat", ("teddy-bear",)),
        ("me* and me*", ("me",)),
        ("me*s hat", ("me",)),
        ("2b* or not", ("2b",)),
        ('"me*"', ("me",)),
    ],
)
def test_a_trigger_is_found_anywhere(text: str, triggers: tuple[str, ...]) -> None:
    assert parse(text, LOADED).triggers == triggers


@pytest.mark.parametrize("text", ["5 * 3", "5*3", "a*b", "**bold**", "*", "12*", "me **"])
def test_a_star_that_calls_nothing_stays_text(text: str) -> None:
    assert parse(text, LOADED).pieces == (text,)


@pytest.mark.parametrize(
    "text", ["a cat* here", "blue-teddy-bear*", "teddy*", "café*", "cat*, me*"]
)
def test_an_unknown_trigger_lists_what_is_loaded(text: str) -> None:
    with pytest.raises(UnknownTrigger) as caught:
        parse(text, LOADED)
    assert caught.value.code == "prompt.unknown_trigger"
    assert caught.value.loaded == ("2b", "me", "teddy-bear")


@given(st.text(alphabet="me teddy-bear*,.(", max_size=40))
def test_nothing_of_the_text_is_lost(text: str) -> None:
    try:
        pieces = parse(text, LOADED).pieces
    except UnknownTrigger:
        return
    joined = "".join(f"{one.word}*" if isinstance(one, Trigger) else one for one in pieces)
    assert joined == text


@pytest.mark.parametrize("written", ["me*", "ME", "me"])
def test_a_trigger_has_one_form(written: str) -> None:
    assert canonical(written) == "me"


@pytest.mark.parametrize(
    ("text", "gates", "rest"),
    [
        ("a me*@bias=0.6 here", {"me": Gate(bias=0.6)}, "a me* here"),
        ("me*@bias=.5,strength=0.8, here", {"me": Gate(0.5, None, 0.8)}, "me*, here"),
        ("(me*@lock=global)", {"me": Gate(lock=Lock.GLOBAL)}, "(me*)"),
        ("See me*@bias=-1.", {"me": Gate(bias=-1.0)}, "See me*."),
        ("me*@bias=0.6 and me*", {"me": Gate(bias=0.6)}, "me* and me*"),
        (
            "me*@strength=0 2b*@strength=1",
            {"me": Gate(strength=0.0), "2b": Gate(strength=1.0)},
            "me* 2b*",
        ),
        ("me* @home", {}, "me* @home"),
        ("me*@bias=0.6,forest,8k", {"me": Gate(bias=0.6)}, "me*,forest,8k"),
        ("me*@bias=0.6; a hat, 2b*", {"me": Gate(bias=0.6)}, "me*; a hat, 2b*"),
        ("(me*@bias=0.6:1.2), [me*@bias=0.6|2b*]", {"me": Gate(bias=0.6)}, "(me*:1.2), [me*|2b*]"),
        ("me*@bias=0.6, strength of a bear", {"me": Gate(bias=0.6)}, "me*, strength of a bear"),
    ],
)
def test_a_gate_may_stand_behind_a_trigger_and_is_not_read(
    text: str, gates: dict[str, Gate], rest: str
) -> None:
    parsed = parse(text, LOADED)
    joined = "".join(f"{one.word}*" if isinstance(one, Trigger) else one for one in parsed.pieces)
    assert (parsed.gates, joined) == (gates, rest)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("me*@home", GateMalformed),
        ("me*@ home", GateMalformed),
        ("me*@bias", GateMalformed),
        ("me*@bias=high", GateMalformed),
        ("me*@bias=0.6,bias=0.7", GateMalformed),
        ("me*@bias=0.6;strength=0.5", GateMalformed),
        ("me*@bias=0.6, strength=0.5", GateMalformed),
        ("me*@bias=0.6 strength = 0.5", GateMalformed),
        ("me*@bias=0.6,strength =0.5", GateMalformed),
        ("me*@bias=0.6,Strength:0.5", GateMalformed),
        ("me*@bias=0.6;colour=red", GateMalformed),
        ("me*@bias=0.6@strength=0.5", GateMalformed),
        ("me*@bias=0,6", GateMalformed),
        ("me*@bias=9", GateOutOfRange),
        ("me*@lock=both", GateOutOfRange),
        ("me*@bias=0.6 and me*@bias=0.7", GateTwice),
    ],
)
def test_a_gate_that_does_not_read_is_refused(text: str, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        parse(text, LOADED)


def test_a_control_that_stands_apart_is_shown_with_its_gate() -> None:
    with pytest.raises(GateMalformed) as caught:
        parse("a me*@bias=0.6, strength = 0.5 in the snow", LOADED)
    assert caught.value.text == "@bias=0.6, strength = 0.5"


def test_a_prompts_own_gate_goes_before_the_one_beside_it() -> None:
    beside = {"me": Gate(bias=0.2, strength=0.5), "2b": Gate(bias=0.3)}
    assert parse("me*@bias=0.6", LOADED).asked(beside) == {
        "me": Gate(bias=0.6, strength=0.5),
        "2b": Gate(bias=0.3),
    }
