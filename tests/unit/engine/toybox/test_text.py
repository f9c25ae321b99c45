"""The words of Toybox: one token each, and captions that can be understood again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import CLIPTokenizer

from pcm_engine.toybox.captions import caption, describe, sample_scene, vocabulary
from pcm_engine.toybox.text import LENGTH, SLOTS, make_tokenizer, understood
from pcm_engine.toybox.world import SMALL, Thing


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    return make_tokenizer()


def test_every_word_of_the_grammar_is_one_token(tokenizer: CLIPTokenizer) -> None:
    assert [word for word in vocabulary() if len(tokenizer.tokenize(word)) != 1] == []


def test_unknown_words_fall_into_letters_not_into_nothing(tokenizer: CLIPTokenizer) -> None:
    assert len(tokenizer.tokenize("zebra!")) > 1


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_caption_fits_and_says_what_the_scene_holds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = sample_scene(rng, SMALL)
    words = caption(rng, scene)
    nouns, whole = understood(words)
    assert len(words.split()) <= LENGTH - 2
    assert len(nouns) == 1 + (scene.second is not None)
    assert SLOTS["kind"][whole["first kind"] - 1] == scene.first.kind
    if whole["relation"]:
        assert SLOTS["relation"][whole["relation"] - 1] == scene.relation
    assert scene.place is None or SLOTS["place"][whole["place"] - 1] == scene.place


def test_looks_come_before_the_kind() -> None:
    thing = Thing("cat", "red", "striped", "blue", "star")
    said = {describe(np.random.default_rng(seed), thing) for seed in range(60)}
    assert said == {
        "starred red and blue striped cat",
        "red and blue striped cat",
        "starred cat",
        "cat",
    }
