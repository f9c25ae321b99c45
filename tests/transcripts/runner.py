"""Run the commands of a transcript and compare what the user sees and what changes on disk (style 5).

A case is a folder `<command>/<case>/` holding `console.txt`, and `before/` and `after/` where files matter. In
`console.txt` a line `$ pcm …` is a command; what it printed follows, then `[exit N]` where N is not 0. Without `after/`
the command must leave the folder as it found it. `PCM_WRITE_TRANSCRIPTS=1` writes what is seen instead of comparing.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = "import sys; from pcm.cli import main; main(sys.argv[1:])"
PROMPT = "$ "
ENGINE = Path(__file__).parents[2] / "engine" / "pcm_engine"

# What differs between machines and runs, and is not the point of a transcript.
REDACTIONS: tuple[tuple[str, str], ...] = (
    (r"pcm \d+\.\d+\.\d+[a-z0-9.+]*", "pcm [VERSION]"),
    (r"\b\d+(?:\.\d+)? ?(?:ms|s)\b", "[TIME]"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[DATE]"),
    (r"\b\d+(?:\.\d+)? (?:MiB|GiB)\b", "[SIZE]"),
)


@dataclass(frozen=True)
class Seen:
    """One command and what it showed: stdout, then stderr, then its exit status where it is not 0."""

    command: str
    shown: str

    def __str__(self) -> str:
        return "\n".join([PROMPT + self.command, *([self.shown] if self.shown else [])])


def commands(console: str) -> list[str]:
    """List the commands of a console text."""
    lines = console.splitlines()
    return [line.removeprefix(PROMPT) for line in lines if line.startswith(PROMPT)]


def run(command: str, folder: Path) -> Seen:
    """Run one `pcm …` in a folder, as a process of its own."""
    program, *arguments = shlex.split(command)
    if program != "pcm":
        raise ValueError(f"a transcript runs pcm, not {program!r}")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    status = f"[exit {done.returncode}]" if done.returncode else ""
    parts = (done.stdout, done.stderr, status)
    return Seen(
        command, "\n".join(text.rstrip() for part in parts if (text := redacted(part, folder)))
    )


def redacted(text: str, folder: Path) -> str:
    """Replace what differs between machines and runs."""
    text = text.replace(str(folder), "[CWD]").replace(os.environ["HOME"], "[HOME]")
    text = text.replace(str(ENGINE), "[ENGINE]")
    for pattern, replacement in REDACTIONS:
        text = re.sub(pattern, replacement, text)
    return text


def replay(case: Path, folder: Path) -> str:
    """Run every command of a case in a copy of `before/` and return the console it made."""
    if (case / "before").is_dir():
        shutil.copytree(case / "before", folder, dirs_exist_ok=True)
    return (
        "\n".join(
            str(run(one, folder)) for one in commands((case / "console.txt").read_text("utf-8"))
        )
        + "\n"
    )


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes; nothing for a folder that is not there."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def expected_tree(case: Path) -> dict[str, bytes]:
    """What a case must leave on disk: `after/`, or else what was there before."""
    return tree(case / "after") if (case / "after").is_dir() else tree(case / "before")
