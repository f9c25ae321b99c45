"""Names, P1–P4: one grammar, typed names normalised, look-alikes and reserved words refused."""

import pytest

from pcm_schemas.errors import NameInvalid, NameReserved, NameSimilar, PcmError
from pcm_schemas.name import (
    DEVICE_WORDS,
    SERVICE_WORDS,
    ConceptName,
    clash_key,
    is_one_edit_apart,
    look_alike,
    normalised,
    parse_label,
    parse_namespace,
    parse_trigger,
    require_claimable,
    require_distinct_name,
    require_distinct_namespace,
)


@pytest.mark.parametrize("text", ["a", "tom-cat", "3d", "a" * 64, "a-1-b", "7z"])
def test_p1_labels(text: str) -> None:
    assert parse_label(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "a-",
        "-a",
        "a--b",
        "a..b",
        "a_b",
        "A",
        "1",
        "1-2",
        "a" * 65,
        "a b",
        "ä",
        "a\n",
        "me*",
    ],
)
def test_p1_everything_else_is_invalid(text: str) -> None:
    with pytest.raises(NameInvalid) as caught:
        parse_label(text)
    assert caught.value.text == text


@pytest.mark.parametrize(
    ("text", "nearest"), [("Tom Cat", "tom-cat"), ("a__b", "a-b"), ("12", None)]
)
def test_p1_the_error_knows_the_nearest_name(text: str, nearest: str | None) -> None:
    with pytest.raises(NameInvalid) as caught:
        parse_label(text)
    assert caught.value.nearest == nearest


@pytest.mark.parametrize("text", ["ab", "a" * 39])
def test_p1_namespaces_have_2_to_39_characters(text: str) -> None:
    assert parse_namespace(text) == text
    with pytest.raises(NameInvalid):
        parse_namespace("a" if len(text) == 2 else "a" * 40)


def test_p1_full_names_are_read_and_written() -> None:
    name = ConceptName.parse("amy/tom-cat")
    assert (name.namespace, name.name, str(name)) == ("amy", "tom-cat", "amy/tom-cat")


@pytest.mark.parametrize("text", ["tom-cat", "amy/", "/cat", "amy/tom/cat", "Amy/cat", "amy/cat*"])
def test_p2_documents_are_never_normalised(text: str) -> None:
    with pytest.raises(NameInvalid):
        ConceptName.parse(text)


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("teddy-bear*", "library/teddy-bear"),
        ("Amy/Tom__Cat*", "amy/tom-cat"),
        ("a.B", "library/a-b"),
    ],
)
def test_p2_what_a_person_types_is_normalised(text: str, full: str) -> None:
    assert str(ConceptName.from_input(text)) == full


@pytest.mark.parametrize("text", ["tom**", "_tom", "tom.", "amy/ tom", "*"])
def test_p2_normalising_is_no_repair(text: str) -> None:
    with pytest.raises(NameInvalid):
        ConceptName.from_input(text)


@pytest.mark.parametrize("text", ["tеapot", "İstanbul", "tom-cat\u202e", "te\u0301"])
def test_p2_homoglyphs_are_refused_before_lower_casing(text: str) -> None:
    with pytest.raises(NameInvalid):
        normalised(text)


@pytest.mark.parametrize(
    ("one", "two"),
    [("teapot", "tea-p0t"), ("l1i", "lll"), ("vvorm", "worm"), ("rnodern", "modern"), ("r-n", "m")],
)
def test_p3_look_alikes_have_one_clash_key(one: str, two: str) -> None:
    assert clash_key(one) == clash_key(two)


def test_p3_a_namespace_with_a_taken_clash_key_is_refused() -> None:
    with pytest.raises(NameSimilar) as caught:
        require_distinct_namespace("arny", existing=["bob", "amy"])
    assert (caught.value.name, caught.value.existing) == ("arny", "amy")


def test_p3_a_name_clashes_with_its_siblings_and_with_the_library() -> None:
    new = ConceptName.parse("amy/tea-pot")
    with pytest.raises(NameSimilar):
        require_distinct_name(new, siblings=["teapot"], library=[])
    with pytest.raises(NameSimilar):
        require_distinct_name(new, siblings=[], library=["teapot"])


def test_p3_a_library_name_unchanged_may_be_claimed() -> None:
    new = ConceptName.parse("amy/teapot")
    require_distinct_name(new, siblings=["kettle"], library=["teapot"])
    with pytest.raises(NameSimilar):
        require_distinct_name(new, siblings=["teapot"], library=["teapot"])


@pytest.mark.parametrize(
    ("new", "found"),
    [
        ("teapots", "teapot"),
        ("teapo", "teapot"),
        ("teepot", "teapot"),
        ("teapot", None),
        ("tapots", None),
    ],
)
def test_p3_one_edit_from_six_letters_is_a_look_alike(new: str, found: str | None) -> None:
    assert look_alike(new, existing=["chair", "teapot"]) == found


def test_p3_short_names_have_no_look_alikes() -> None:
    assert is_one_edit_apart("chair", "chairs")
    assert look_alike("chairs", existing=["chair"]) is None


@pytest.mark.parametrize("word", sorted(SERVICE_WORDS - {"local"}))
def test_p4_service_words_are_no_namespaces_but_may_be_names(word: str) -> None:
    with pytest.raises(NameReserved):
        ConceptName.parse(f"{word}/cat")
    assert ConceptName.parse(f"amy/{word}").name == word


@pytest.mark.parametrize("word", sorted(DEVICE_WORDS))
def test_p4_device_words_are_no_labels_at_all(word: str) -> None:
    for attempt in (parse_label, parse_trigger, lambda text: ConceptName.parse(f"amy/{text}")):
        with pytest.raises(NameReserved):
            attempt(word)


@pytest.mark.parametrize("word", ["library", "local"])
def test_p4_library_and_local_are_read_but_never_handed_out(word: str) -> None:
    assert ConceptName.parse(f"{word}/me").namespace == word
    with pytest.raises(NameReserved):
        require_claimable(word)


def test_p4_a_free_namespace_may_be_claimed() -> None:
    require_claimable("amy")


def test_the_invariant_holds_however_a_name_is_made() -> None:
    with pytest.raises(PcmError) as caught:
        ConceptName("amy", "../x")
    assert caught.value.code == "name.invalid"
