"""Names, captions, templates, settings: the words and numbers that learning starts from."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipelines
from pcm_engine.bases import profile_of
from pcm_engine.learning import captions
from pcm_engine.learning.errors import BadCovariance, BadWord
from pcm_engine.learning.learn import Base
from pcm_engine.learning.naming import WORD, Naming
from pcm_engine.learning.settings import Settings, default_settings, rates_of, word_rate
from pcm_schemas.errors import NameInvalid, NameReserved, PcmError


def test_words_are_taken_as_people_write_them() -> None:
    naming = Naming.of(
        "Tom_Cat*", supercategories=["  Cat", "tabby  CAT", "cat"], adjectives=["Grey"]
    )
    assert naming == Naming("tom-cat", ("cat", "tabby cat"), ("grey",))
    assert naming.phrases == ("grey cat", "grey tabby cat")


@pytest.mark.parametrize(
    ("trigger", "kinds", "error"),
    [
        ("tom", [], BadWord),
        ("tom", ["c4t"], BadWord),
        ("tom", ["c" * 33], BadWord),
        ("tom", [f"c{'a' * k}t" for k in range(9)], BadWord),
        ("to m", ["cat"], NameInvalid),
        ("com1", ["cat"], NameReserved),
    ],
)
def test_other_words_are_refused(trigger: str, kinds: list[str], error: type[PcmError]) -> None:
    with pytest.raises(error):
        Naming.of(trigger, supercategories=kinds)


def named_or_code(kinds: list[str], adjectives: list[str]) -> Naming | str:
    try:
        return Naming.of("me", supercategories=kinds, adjectives=adjectives)
    except PcmError as error:
        return error.code


@given(st.lists(st.text(max_size=40), max_size=12), st.lists(st.text(max_size=40), max_size=20))
def test_any_words_are_a_naming_or_one_of_our_errors(
    kinds: list[str], adjectives: list[str]
) -> None:
    found = named_or_code(kinds, adjectives)
    if isinstance(found, str):
        assert found == "learn.supercategory"
    else:
        assert all(WORD.fullmatch(word) for word in (*found.supercategories, *found.adjectives))


def test_a_word_that_the_base_never_met_is_told_with_its_neighbours() -> None:
    naming = Naming.of("bear", supercategories=["teddy baer"])
    with pytest.raises(BadWord) as caught:
        naming.require_known(captions.words_of_toybox())
    assert "bear" in caught.value.nearest
    Naming.of("bear", supercategories=["teddy bear"]).require_known(captions.words_of_toybox())


def test_the_captions_are_many_and_always_the_same() -> None:
    """(U1) At least 5,000 for d = 768, with 50 rows a dimension."""
    made = captions.general()
    assert len(made) >= 5_000
    assert made == captions.general()
    assert sum(len(text.split()) + 2 for text in made) >= 50 * 768
    assert len(set(made)) > 0.95 * len(made)


def test_the_nouns_are_everyday_words_each_once() -> None:
    assert len(captions.nouns()) > 300
    assert max(Counter(captions.nouns()).values()) == 1
    assert all(WORD.fullmatch(noun) for noun in captions.nouns())


def test_toybox_captions_hold_words_of_toybox_alone() -> None:
    words = {word for text in captions.of_toybox(200) for word in text.split()}
    assert words <= captions.words_of_toybox()


def test_captions_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("a cat\n\n  a dog \n", encoding="utf-8")
    assert captions.from_file(tmp_path / "mine.txt") == ("a cat", "a dog")


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xff\xfe", None])
def test_a_file_without_captions_is_refused(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / "mine.txt").write_bytes(data)
    with pytest.raises(BadCovariance):
        captions.from_file(tmp_path / "mine.txt")


def test_the_running_mean_is_faster_for_fewer_steps() -> None:
    """(M15)"""
    assert Settings(steps=2_000).pace == 0.99
    assert Settings(steps=200).pace == pytest.approx(0.9)
    assert Settings(steps=10).pace == 0.5
    assert Settings(steps=10, decay=0.99).pace == 0.99


def test_rates_of_a_word_follow_the_size_of_the_base_s_words(base: Base) -> None:
    profile = base.profile
    size = float(profile.encoders[0].embedding.weight.square().mean().sqrt())
    assert rates_of(profile, Settings())["embedding"] == pytest.approx(word_rate(profile, 0))
    assert word_rate(profile, 0) / size == pytest.approx(0.012)
    assert rates_of(profile, Settings(rate=0.5))["values"] == pytest.approx(0.015)


def test_a_base_of_stable_diffusion_s_kind_takes_the_method_s_own(base: Base) -> None:
    assert default_settings(base.profile) != Settings()
    settings = Settings()
    assert (settings.steps, settings.batch, settings.micro) == (400, 16, 4)


@pytest.mark.slow
def test_its_word_rate_is_clip_s() -> None:
    profile = profile_of(pipelines.sd15())
    assert default_settings(profile) == Settings()
    assert word_rate(profile, 0) == 0.006
