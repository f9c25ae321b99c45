"""Digest, canonical JSON and strict JSON: conventions, P15, and the parser of R4 and R6."""

import hashlib
import json

import pytest

from pcm_schemas import strict_json
from pcm_schemas.digest import Digest, canonical_bytes, encode
from pcm_schemas.errors import DigestInvalid, NotCanonical
from pcm_schemas.text import is_text, is_text_with_newlines, printable, quoted


def test_a_digest_names_bytes() -> None:
    digest = Digest.of(b"abc")
    assert digest == "sha256:" + hashlib.sha256(b"abc").hexdigest()
    assert digest.hex == hashlib.sha256(b"abc").hexdigest()
    assert json.dumps(digest) == f'"{digest}"'


@pytest.mark.parametrize(
    "text", ["", "sha256:", "ab" * 32, "sha256:" + "AB" * 32, "sha256:" + "ab" * 32 + "\n"]
)
def test_a_digest_has_one_form(text: str) -> None:
    with pytest.raises(DigestInvalid) as caught:
        Digest(text)
    assert caught.value.text == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, False, None]}, '{"a":[true,false,null],"b":1}'),
        ({"a": 'é\n"\\'}, '{"a":"é\\n\\"\\\\"}'),
        ({"B": 0, "a": 0, "_": 0}, '{"B":0,"_":0,"a":0}'),
        (2**53 - 1, "9007199254740991"),
        ("/\u2028\x20😀", '"/\u2028 😀"'),
    ],
)
def test_p15_canonical_json(value: object, text: str) -> None:
    assert canonical_bytes(value) == text.encode("utf-8")


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        0.5,
        -1,
        2**53,
        {"ä": 1},
        {1: 2},
        "\ud800",
        "e\u0301",
        "\x1b[0m",
        "\u202eab",
        {1, 2},
        b"x",
        [[-5]],
    ],
)
def test_p15_values_outside_the_subset_are_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


def test_r6_leaves_text_to_the_schema() -> None:
    assert encode("\x1b") == b'"\\u001b"'


@pytest.mark.parametrize(
    "text", ["1.0", "1e1", "NaN", "-Infinity", '{"a":1,"a":2}', "[", "", "1 2", "9" * 18, "'a'"]
)
def test_strict_json_refuses_what_json_lets_pass(text: str) -> None:
    with pytest.raises(NotCanonical):
        strict_json.parse(text, depth=4)


@pytest.mark.parametrize(
    ("text", "deep"), [("1", 0), ("[]", 1), ('{"[[[":[{}]}', 3), ('"\\"[["', 0), ("[" * 50, 50)]
)
def test_nesting_is_counted_outside_strings(text: str, deep: int) -> None:
    assert strict_json.nesting(text) == deep


def test_strict_json_bounds_the_depth_before_parsing() -> None:
    assert strict_json.parse("[[[[1]]]]", depth=4) == [[[[1]]]]
    with pytest.raises(NotCanonical):
        strict_json.parse("[" * 1_000_000, depth=4)


@pytest.mark.parametrize("text", ["", "Tøm", "日本", "a\u00a0b", "👩\u200d🚀"])
def test_text_is_written_by_people(text: str) -> None:
    assert is_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "e\u0301",
        "\x00",
        "\x1b[31m",
        "\t",
        "\x7f",
        "\x9b",
        "\u202e",
        "\u2066",
        "\u2069",
        "\ud800",
        "\r",
    ],
)
def test_text_holds_no_controls(text: str) -> None:
    assert not is_text(text)
    assert not is_text_with_newlines(text)


def test_only_prose_holds_newlines() -> None:
    assert (is_text("a\nb"), is_text_with_newlines("a\nb")) == (False, True)


def test_foreign_text_is_shown_escaped_and_short() -> None:
    assert quoted("\x1b[31m\u202e") == "'\\x1b[31m\\u202e'"
    assert len(quoted("x" * 1000)) == 83
    assert printable("a\x1b\ud800é") == "a\\x1b\\ud800é"
