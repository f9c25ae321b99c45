import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcm_engine.errors import UnknownTrigger
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
