"""What the demo says in the terminal: chapters, commands, answers, and how long it took; nothing of its own to stdout."""

import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import click

from pcm_engine.demo.chapter import Place, Step

LONG: Final = 3
"""Seconds from which on it is said how long something took."""
MARGIN: Final = "    "
DIGEST: Final = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


@dataclass
class Teller:
    """The voice of one run. Counts what was reused."""

    chapters: int = 0
    reused: int = 0

    def chapter(self, title: str) -> None:
        """A heading before something is done."""
        self.chapters += 1
        say(f"\n{self._number()} {click.style(title, bold=True)}")

    def unchanged(self, title: str) -> None:
        """A chapter of which all is there already."""
        self.chapters += 1
        self.reused += 1
        say(f"{self._number()} {title}: {dim('unchanged')}")

    def _number(self) -> str:
        return click.style(f"{self.chapters:>2}", fg="cyan")


def say(line: str) -> None:
    """One line beside the data."""
    click.echo(line, err=True)


def dim(text: str) -> str:
    """Text that may be overlooked."""
    return click.style(text, dim=True)


def cut(line: str) -> str:
    """Digests by their beginning: whole ones stand on the page, and would fill a terminal."""
    return DIGEST.sub(r"\1…", line)


def command(place: Place, line: str) -> None:
    """A command before it runs, after a prompt that names its folder."""
    say(f"{MARGIN}{click.style(f'{place.folder.name} $', fg='cyan')} {cut(line)}")


def answer(text: str) -> None:
    """What a command answered; the line of an error stands out."""
    for line in text.splitlines():
        is_error = line.startswith("error[")
        shown = cut(line)
        say(f"{MARGIN}  {click.style(shown, fg='red') if is_error else dim(shown)}")


def took(seconds: int) -> None:
    """How long, where it was long."""
    if seconds >= LONG:
        say(f"{MARGIN}  {dim(f'{seconds} s')}")


class Aside(io.TextIOBase):
    """A stream that passes on what a command says, with a margin, and remembers its whole lines."""

    def __init__(self, onward: io.TextIOBase) -> None:
        super().__init__()
        self.onward = onward
        self.heard: list[str] = []

    def write(self, text: str) -> int:
        """Pass on; a bar that is drawn again and again keeps its margin too."""
        for part in re.findall(r"[^\r\n]+|[\r\n]", text):
            self.onward.write(part if part in "\r\n" else f"{MARGIN}  {part}")
        if not text.startswith("\r"):
            self.heard.extend(line for line in text.splitlines() if line.strip())
        return len(text)

    def flush(self) -> None:
        """Pass on."""
        self.onward.flush()

    def isatty(self) -> bool:
        """Whether somebody looks."""
        return self.onward.isatty()

    @property
    def encoding(self) -> str:
        """That of the stream behind."""
        return self.onward.encoding


@dataclass
class Counter:
    """Pictures as they are painted: a line that grows in a terminal, and one line at the end elsewhere."""

    steps: Sequence[Step]
    painted: int = 0

    def next(self, step: Step) -> None:
        """Say which picture is painted now."""
        self.painted += 1
        if sys.stderr.isatty():
            prompt = step.command.expanded()[2]
            line = f"{MARGIN}picture {self.painted} of {len(self.steps)}: {prompt}"
            click.echo(f"\r\x1b[2K{dim(line[:78])}", nl=False, err=True)

    def end(self, seconds: int) -> None:
        """Say how many there were."""
        if sys.stderr.isatty():
            click.echo("\r\x1b[2K", nl=False, err=True)
        if self.steps:
            first = self.steps[0]
            command(first.place, first.shown())
            rest = f", {len(self.steps)} such pictures" if len(self.steps) > 1 else ""
            say(f"{MARGIN}  {dim(f'painted in {seconds} s{rest}')}")
