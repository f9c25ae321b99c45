"""The parts of the demo as values: chapters of rows and galleries, pictures, and the steps that make them."""

from dataclasses import dataclass
from pathlib import Path

from pcm_engine.demo.command import Command


@dataclass(frozen=True)
class Step:
    """One command: the files it reads beside the base, and the files or folder it writes."""

    name: str
    command: Command
    reads: tuple[Path, ...]
    writes: tuple[Path, ...]


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


@dataclass(frozen=True)
class Chapter:
    """A heading, what to look for, and the rows below it; `steps` are those without pictures of their own."""

    title: str
    text: str
    steps: tuple[Step, ...] = ()
    rows: tuple[Row, ...] = ()
    galleries: tuple[Gallery, ...] = ()

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """Every command in order."""
        return self.steps + tuple(shot.step for row in self.rows for shot in row.shots)
