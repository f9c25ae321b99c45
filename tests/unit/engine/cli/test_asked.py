"""What can be refused before anything is loaded."""

from decimal import Decimal
from pathlib import Path

import pytest

from pcm_engine.cli import asked as ask
from pcm_engine.cli.asked import Asked
from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.picture_errors import FileRefused

PNG = Path("x.png")


@pytest.mark.parametrize(
    "asked",
    [
        Asked(),
        Asked(prompt="a cat", source=PNG),
        Asked(prompt="a cat"),
        Asked(source=PNG, seed=1),
        Asked(source=PNG, steps=1),
        Asked(source=PNG, guidance="3"),
        Asked(source=PNG, count=2),
        Asked(source=PNG, size="64"),
        Asked(source=PNG, gate=("cat:bias=.6",)),
    ],
)
def test_options_that_do_not_go_together(asked: Asked) -> None:
    with pytest.raises(OptionsRefused):
        ask.require_sense(asked)


@pytest.mark.parametrize(
    "asked",
    [
        Asked(prompt="", output=PNG),
        Asked(source=PNG),
        Asked(source=PNG, output=PNG, base="toybox", concept=("x",)),
    ],
)
def test_options_that_do(asked: Asked) -> None:
    ask.require_sense(asked)
    ask.require_numbers(asked)


@pytest.mark.parametrize(
    "text", ["", "x", "0", "12", "64x", "64x12", "64x4104", "-8", "8x8x8", "9999999"]
)
def test_a_size_that_cannot_be(text: str) -> None:
    with pytest.raises(OptionsRefused):
        ask.require_numbers(Asked(size=text))


@pytest.mark.parametrize(("text", "size"), [("64", (64, 64)), ("64x128", (64, 128))])
def test_a_size(text: str, size: tuple[int, int]) -> None:
    assert ask.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "-1", "101", "nan", "inf"])
def test_a_guidance_that_cannot_be(text: str) -> None:
    with pytest.raises(OptionsRefused):
        ask.require_numbers(Asked(guidance=text))


def test_a_guidance() -> None:
    assert ask.parse_guidance("7.5") == Decimal("7.5")


def test_one_picture_keeps_its_name(tmp_path: Path) -> None:
    assert ask.output_files(tmp_path / "out.png", 1) == [tmp_path / "out.png"]


def test_several_are_numbered_in_order(tmp_path: Path) -> None:
    names = [file.name for file in ask.output_files(tmp_path / "out.PNG", 10)]
    assert names[0] == "out-01.PNG"
    assert names[-1] == "out-10.PNG"
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("out.jpg", "PNG"),
        ("out", "PNG"),
        ("gone/out.png", "no folder"),
        ("folder.png", "a folder"),
        ("notes.png", "no PNG"),
        ("notes.png/out.png", "no folder"),
    ],
)
def test_a_file_that_must_not_be_written(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "notes.png").write_text("not a picture")
    with pytest.raises(FileRefused) as caught:
        ask.output_files(tmp_path / name, 1)
    assert reason in caught.value.reason


def test_no_permission_is_found_before_painting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask.os, "access", lambda *_: False)
    with pytest.raises(FileRefused):
        ask.output_files(tmp_path / "out.png", 1)


def test_a_picture_may_be_painted_over(tmp_path: Path) -> None:
    (tmp_path / "out.png").write_bytes(ask.MAGIC + b"old")
    assert ask.output_files(tmp_path / "out.png", 1)
