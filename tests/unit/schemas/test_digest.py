"""Digest and canonical JSON: conventions and P15."""

import hashlib
import json

import pytest

from pcm_schemas.digest import Digest, canonical_bytes, encode
from pcm_schemas.errors import DigestInvalid, NotCanonical


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


def test_p15_a_value_too_deep_to_write_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotCanonical):
        canonical_bytes(deep)


def test_r6_leaves_text_to_the_schema() -> None:
    assert encode("\x1b") == b'"\\u001b"'
