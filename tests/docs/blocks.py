"""The commands of a page, as a reader would type them: lines of indented and `sh` blocks, and `$ ` lines of `console` ones;
and its scripts, the `python` blocks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PROGRAMS = ("pcm", "pcm-registry", "export", "cd", "mkdir", "cp")
PROMPT = "$ "
INDENT = "    "
STATUS = re.compile(r"\[exit (\d+)\]")


@dataclass(frozen=True)
class Told:
    """A command, where it stands, and what the page says it answers; None where it says nothing of that."""

    line: int
    command: str
    answer: tuple[str, ...] | None = None

    @property
    def status(self) -> int:
        """The exit status that the page tells, 0 where it tells none."""
        last = self.answer[-1] if self.answer else ""
        found = STATUS.fullmatch(last)
        return int(found[1]) if found else 0

    @property
    def text(self) -> tuple[str, ...]:
        """The answer without the status."""
        return tuple(line for line in self.answer or () if not STATUS.fullmatch(line))


@dataclass(frozen=True)
class Script:
    """A block of Python, and the line of the page on which it begins."""

    line: int
    code: str


def scripts(text: str) -> list[Script]:
    """Every Python block of a page, in order."""
    found = re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Script(text.count("\n", 0, one.start(1)) + 1, one[1]) for one in found]


def told(text: str) -> list[Told]:
    """Every command of a page, in order."""
    found: list[Told] = []
    kind, answer = "", list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("```"):
            kind = "" if kind else line.removeprefix("```").strip() or "text"
        elif kind == "console" and line.startswith(PROMPT):
            answer = []
            found.append(Told(number, line.removeprefix(PROMPT)))
        elif kind == "console":
            answer.append(line)
            found[-1] = Told(found[-1].line, found[-1].command, (*answer,))
        elif is_typed(line, kind):
            found.append(Told(number, without_remark(line.strip())))
    return [one for one in found if one.command]


def is_typed(line: str, kind: str) -> bool:
    """Whether a line outside of `console` is a command."""
    if kind == "sh":
        return bool(line.strip())
    return (
        not kind
        and line.startswith(INDENT)
        and line.split(maxsplit=1)[:1] != []
        and line.split(maxsplit=1)[0] in PROGRAMS
    )


def without_remark(line: str) -> str:
    """A command without the remark beside it."""
    return re.sub(r"\s{2,}#.*$", "", line)


def before(text: str, end: str) -> str:
    """The beginning of a page, up to a sentence or heading that it must hold."""
    beginning, found, _ = text.partition(f"\n{end}")
    if not found:
        raise ValueError(f"the page does not hold {end!r}")
    return beginning


def pages() -> Iterator[Path]:
    """Every page that people read."""
    yield from sorted(DOCS.glob("*.md"))
    yield from sorted((DOCS / "guide").glob("*.md"))
    yield DOCS.parent / "README.md"
