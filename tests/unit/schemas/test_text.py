"""Text, and foreign text in messages."""

import pytest

from pcm_schemas.text import is_text, is_text_with_newlines, printable, quoted


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
