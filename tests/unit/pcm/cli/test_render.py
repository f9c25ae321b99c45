"""What is printed goes to the right stream, one line a sentence, columns aligned."""

import pytest

from pcm.cli import render


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert render.table([("a", "1"), ("long", "22")]) == "a     1\nlong  22"


def test_a_message_of_several_lines_becomes_one() -> None:
    assert render.one_line("a\n  b") == "a b"


def test_data_and_talk_part_ways(capsys: pytest.CaptureFixture[str]) -> None:
    render.text("data")
    render.talk("talk")
    assert tuple(capsys.readouterr()) == ("data\n", "talk\n")


def test_documents_keep_their_letters(capsys: pytest.CaptureFixture[str]) -> None:
    render.document({"note": "é"})
    assert "é" in capsys.readouterr().out
