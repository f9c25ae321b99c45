"""What is shown is what runs: a shell that reads the line hands over the same words."""

import shlex
import subprocess
from pathlib import Path

import pytest

from pcm_engine.demo.command import Command, Files, Later, quoted
from pcm_engine.demo.plan import chapters, next_commands


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("--seed", "--seed"),
        ("{teddy", "{teddy"),
        ("striped]", "striped]"),
        ("teddy-bear*", '"teddy-bear*"'),
        ("a cat's hat", '"a cat\'s hat"'),
        ("5$", "'5$'"),
        ("", '""'),
    ],
)
def test_words_are_quoted_as_people_write(word: str, shown: str) -> None:
    assert quoted(word) == shown
    assert shlex.split(shown) == [word]


def test_a_shell_hands_over_what_we_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir(parents=True)
    for place in (2, 1):
        (tmp_path / "photos" / f"teddy-bear-{place}.png").touch()
    commands = [
        *(step.command for chapter in chapters(Path("demo")) for step in chapter.all_steps),
        *(command for _, _, command in next_commands(Path("demo"))),
    ]
    for command in commands:
        line = f"printf '%s\\0' {command.shown()}"
        seen = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout
        assert seen.split("\0")[:-1] == command.expanded()


def test_a_pattern_that_fits_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Command(("pcm", Files("none/*.png"))).expanded() == ["pcm", "none/*.png"]


def test_what_is_known_later_stands_there_by_its_name_until_then() -> None:
    command = Command(("pcm", "registry", "add", Later("URL")))
    assert command.shown() == "pcm registry add URL"
    assert command.filled({"URL": "http://[::1]:1"}).expanded()[-1] == "http://[::1]:1"
    with pytest.raises(KeyError):
        command.filled({})
