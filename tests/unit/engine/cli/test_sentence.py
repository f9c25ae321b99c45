"""The sentence after `pcm learn`, however a shell cuts it."""

import shlex
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcm_engine.cli.sentence import Sentence, parse
from pcm_engine.learning.errors import BadTrigger, TriggerExpanded
from pcm_schemas.errors import PcmError

ME = Sentence(("a.png", "b.png"), "me*", ("person", "human"), ("tall", "bearded", "stocky"))


@pytest.mark.parametrize(
    "tail",
    [
        "me* {person, human} adjectives: [tall, bearded, stocky]",
        "me* { person , human } adjectives : [ tall , bearded , stocky ]",
        "me* {person,human} adjectives:[tall,bearded,stocky]",
        "me* person human adjectives tall bearded stocky",  # braces that the shell expanded, or none
        "me* person, human adjectives: tall, bearded, stocky",
        "me* {person, human} adjectives: tall bearded stocky",
        "me* {person, human} Adjectives: [tall bearded stocky]",
        "me* {person, human} adjectives:tall adjectives:bearded adjectives:stocky",
        "me* {person , human}adjectives: [tall ,bearded ,stocky]",
        "me*{person,human} adjectives: [tall,bearded,stocky,]",
    ],
)
def test_marks_may_stand_alone_stick_to_words_or_be_missing(tail: str) -> None:
    assert parse(["a.png", "b.png", "as", *shlex.split(tail)]) == ME


@pytest.mark.parametrize(
    ("tail", "kinds"),
    [
        (["{teddy", "bear}"], ("teddy bear",)),
        (["teddy bear"], ("teddy bear",)),
        (["{teddy bear, toy}"], ("teddy bear", "toy")),
        (["teddy", "bear,", "toy"], ("teddy bear", "toy")),
        (["{cat}", "{kitten}"], ("cat", "kitten")),
        ([], ()),
    ],
)
def test_commas_divide_and_braces_hold_together(tail: list[str], kinds: tuple[str, ...]) -> None:
    assert parse(["a.png", "as", "bear*", *tail]).supercategories == kinds


def test_adjectives_of_two_words_need_a_comma() -> None:
    said = parse(["a.png", "as", "me*", "{person}", "adjectives:", "[dark", "haired,", "tall]"])
    assert said.adjectives == ("dark haired", "tall")


def test_without_as_everything_is_a_picture() -> None:
    assert parse(["a.png", "b.png"]) == Sentence(("a.png", "b.png"))


@pytest.mark.parametrize("tail", [[], ["{person}"], [","]])
def test_a_missing_trigger_is_told(tail: list[str]) -> None:
    with pytest.raises(BadTrigger):
        parse(["a.png", "as", *tail])


def test_a_trigger_that_the_shell_expanded_is_told_with_the_way_to_quote_it() -> None:
    words = ["photos/me1.png", "as", "me-1.png", "me-2.png", "me-notes.txt", "{person}"]
    with pytest.raises(TriggerExpanded) as caught:
        parse(words)
    assert caught.value.files == ("me-1.png", "me-2.png", "me-notes.txt")
    assert "as 'me*'" in caught.value.hint()


def test_a_trigger_that_became_one_file_without_a_suffix_is_told_too() -> None:
    with pytest.raises(TriggerExpanded):
        parse(["a.png", "as", "media", "{person}"], lambda word: word == "media")
    assert parse(["a.png", "as", "me*", "{person}"], lambda _: True).trigger == "me*"


def parse_or_code(words: list[str]) -> Sentence | str:
    try:
        return parse(words)
    except PcmError as error:
        return error.code


@given(st.lists(st.text(max_size=12), max_size=12))
def test_any_words_are_a_sentence_or_one_of_our_errors(words: list[str]) -> None:
    said = parse_or_code(words)
    if isinstance(said, str):
        assert said == "learn.trigger"
    else:
        assert not set("{}[],:") & set("".join((*said.supercategories, *said.adjectives)))


WORD = st.from_regex(r"[a-z]{2,8}", fullmatch=True).filter(
    lambda word: word not in ("as", "adjective", "adjectives")
)


@given(
    st.lists(WORD, min_size=1, max_size=4, unique=True),
    st.lists(WORD, max_size=4, unique=True),
    st.randoms(use_true_random=False),
)
def test_cutting_it_anywhere_between_marks_and_words_changes_nothing(
    kinds: list[str], adjectives: list[str], chance: object
) -> None:
    tokens = [
        "{",
        *_with_commas(kinds),
        "}",
        "adjectives",
        ":",
        "[",
        *_with_commas(adjectives),
        "]",
    ]
    words = ["x.png", "as", "me*", tokens[0]]
    for before, token in pairwise(tokens):
        is_apart = before.isalpha() and token.isalpha()
        if is_apart or chance.random() < 0.5:
            words.append(token)
        else:
            words[-1] += token
    said = parse(words)
    assert said.supercategories == tuple(kinds)
    assert said.adjectives == tuple(adjectives)


def _with_commas(words: list[str]) -> list[str]:
    """Words with commas between them; alone one needs none."""
    return [token for word in words for token in (word, ",")][:-1]
