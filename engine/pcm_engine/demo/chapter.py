"""The parts of the demo as values: chapters of rows and galleries, pictures, and the steps that make them."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pcm_engine.demo.command import Command


@dataclass(frozen=True)
class Place:
    """A folder where commands are typed, and below it pcm's own folders: never those of whoever runs the demo."""

    folder: Path

    @property
    def home(self) -> Path:
        """What PCM_HOME names there."""
        return self.folder / "home"


class Again(Enum):
    """When a step that was done counts as done."""

    ALONE = "alone"
    """While its command and its files are unchanged."""
    TOGETHER = "together"
    """While those of all such steps are: they talk to one registry, so they are done again from the first."""


@dataclass(frozen=True)
class Step:
    """One command: the files it reads beside the base, and the files or folder it writes.

    `refusal` is the error code that it must end in; `keeps` is the variable that its answer is kept in.
    """

    name: str
    command: Command
    reads: tuple[Path, ...]
    writes: tuple[Path, ...]
    place: Place
    again: Again = Again.ALONE
    refusal: str | None = None
    keeps: str | None = None

    def shown(self) -> str:
        """The line to type in its place."""
        line = self.command.shown()
        return f"export {self.keeps}=$({line})" if self.keeps else line


@dataclass(frozen=True)
class Shot:
    """One picture of the page: the step that paints it, and its words there."""

    step: Step
    caption: str
    alt: str

    @property
    def file(self) -> Path:
        """The PNG."""
        return self.step.writes[0]


@dataclass(frozen=True)
class Row:
    """Pictures that are looked at together: those with concepts, then the plain base's."""

    title: str
    shots: tuple[Shot, ...]


@dataclass(frozen=True)
class Gallery:
    """The pictures of a folder in order of their names, with a caption each."""

    folder: Path
    captions: tuple[str, ...]


class Table(Enum):
    """What is read from the files when all is done, and shown with a chapter."""

    PACKAGE = "package"
    RELEASES = "releases"


@dataclass(frozen=True)
class Chapter:
    """A heading, what to look for, and the rows below it; `steps` are those without pictures of their own."""

    title: str
    text: str
    steps: tuple[Step, ...] = ()
    rows: tuple[Row, ...] = ()
    galleries: tuple[Gallery, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def shots(self) -> tuple[Step, ...]:
        """The steps that paint."""
        return tuple(shot.step for row in self.rows for shot in row.shots)

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """Every command in order."""
        return self.steps + self.shots
