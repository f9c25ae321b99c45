"""Run the commands of a transcript and compare what the user sees and what changes on disk (style 5).

A case is a folder `<command>/<case>/` holding `console.txt`, and `before/` and `after/` where files matter. In
`console.txt` a line `$ pcm …` is a command; what it printed follows, then `[exit N]` where N is not 0; `<<< word` at its
end is what is typed. Without `after/` the command must leave the folder as it found it. A case with a file `market` finds
a registry on loopback, one with a file `hub` a Hub; what changes from run to run is called `[REGISTRY]` and so on, in commands, answers and files.
`PCM_WRITE_TRANSCRIPTS=1` writes what is seen instead of comparing.
"""

import atexit
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

PROGRAMS = {"pcm": "pcm.cli", "pcm-registry": "pcm_registry.cli"}
PROMPT = "$ "
TYPED = "<<<"
PASSPHRASE = "correct horse"
TOLD = {"COLUMNS": "100", "PCM_PASSPHRASE": PASSPHRASE, "PCM_REGISTRY_PASSPHRASE": PASSPHRASE}
ENGINE = Path(__file__).parents[2] / "engine" / "pcm_engine"

# What differs between machines and runs, and is not the point of a transcript.
REDACTIONS: tuple[tuple[str, str], ...] = (
    (r"pcm \d+\.\d+\.\d+[a-z0-9.+]*", "pcm [VERSION]"),
    (r"\b\d+(?:\.\d+)? ?(?:ms|s)\b", "[TIME]"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[DATE]"),
    (r"\b\d{4}-\d\d-\d\d\b", "[DAY]"),
    (r"\b\d+(?:\.\d+)? (?:MiB|GiB)\b", "[SIZE]"),
    (r"\bpcm_[0-9A-Za-z]{38}\b", "[TOKEN]"),
    (r"\broot sha256: [0-9a-f]{64}\b", "root sha256: [ROOT]"),
    (r"(?m)^[0-9a-f]{16}(?=  \[DATE\])", "[ID]"),
    (r"keyset 1  (?:[0-9a-f]{4} ){7}[0-9a-f]{4}$", "keyset 1  [FINGERPRINT]"),
)
Places = Mapping[str, str]
"""What differs between runs and has a name: `[REGISTRY]` and its address, and so on."""
NOWHERE: Places = MappingProxyType({})


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


def run(command: str, folder: Path, places: Places = NOWHERE) -> Seen:
    """Run one `pcm …` or `pcm-registry …` in a folder, as a process of its own."""
    known = {**places, "[CWD]": str(folder), "[HOME]": os.environ["HOME"], "[ENGINE]": str(ENGINE)}
    asked, _, typed = filled(command, known).partition(TYPED)
    program, *arguments = shlex.split(asked)
    if program not in PROGRAMS:
        raise ValueError(f"a transcript runs pcm, not {program!r}")
    with tempfile.TemporaryDirectory() as made:
        streams = [Path(made) / name for name in ("in", "out", "err")]
        streams[0].write_text(typed.strip(), encoding="utf-8")
        code = ended(program, arguments, folder=folder, streams=streams)
        shown = [each.read_text("utf-8") for each in streams[1:]]
    status = f"[exit {code}]" if code else ""
    lines = [redacted(part, known).rstrip() for part in (*shown, status)]
    return Seen(command, "\n".join(filter(None, lines)))


def ended(program: str, arguments: Sequence[str], *, folder: Path, streams: Sequence[Path]) -> int:
    """Run a command in a child of the zygote, and answer how it ended."""
    job = {
        "program": program,
        "module": PROGRAMS[program],
        "arguments": arguments,
        "folder": str(folder),
        "streams": [str(each) for each in streams],
        "variables": {**os.environ, **TOLD},
    }
    process = zygote()
    if process.stdin is None or process.stdout is None:
        raise ValueError("the zygote has no pipes")
    process.stdin.write(json.dumps(job) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())


@cache
def zygote() -> "subprocess.Popen[str]":
    """The one process from which every command is forked; it ends with its stdin, which is ours."""
    started = [sys.executable, "-P", str(Path(__file__).with_name("zygote.py"))]
    process = subprocess.Popen(
        started, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    atexit.register(process.communicate)
    return process


def filled(text: str, places: Places) -> str:
    """Put what is there in the place of its name."""
    for name, value in places.items():
        text = text.replace(name, value)
    return text


def redacted(text: str, places: Places) -> str:
    """Replace what differs between machines and runs."""
    for name, value in places.items():
        text = text.replace(value, name)
    for pattern, replacement in REDACTIONS:
        text = re.sub(pattern, replacement, text)
    return text


def replay(case: Path, folder: Path, places: Places = NOWHERE) -> str:
    """Run every command of a case in a copy of `before/` and return the console it made."""
    if (case / "before").is_dir():
        shutil.copytree(case / "before", folder, dirs_exist_ok=True)
    console = (case / "console.txt").read_text("utf-8")
    return "\n".join(str(run(each, folder, places)) for each in commands(console)) + "\n"


def tree(folder: Path, places: Places = NOWHERE) -> dict[str, bytes]:
    """Every file below a folder with its bytes, places by their names; nothing for a folder that is not there."""
    named = {value.encode(): name.encode() for name, value in places.items()}
    return {
        str(path.relative_to(folder)): spelled(path.read_bytes(), named)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def expected_tree(case: Path) -> dict[str, bytes]:
    """What a case must leave on disk: `after/`, or else what was there before."""
    return tree(case / "after") if (case / "after").is_dir() else tree(case / "before")


def write(case: Path, console: str, left: Mapping[str, bytes]) -> None:
    """Write what was seen as what shall be seen."""
    (case / "console.txt").write_text(console, encoding="utf-8")
    if left == tree(case / "before"):
        return
    for name, data in left.items():
        path = case / "after" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def spelled(data: bytes, names: Mapping[bytes, bytes]) -> bytes:
    """Bytes of a file with each place by its name."""
    for value, name in names.items():
        data = data.replace(value, name)
    return data
