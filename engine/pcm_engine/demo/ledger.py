"""What the demo has done: a step is done again only when its command, what it read, or what it wrote has changed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pcm_engine.demo.chapter import Step
from pcm_engine.pictures_io import write_text
from pcm_schemas.digest import Digest, canonical_bytes

FILE: Final = "demo.json"


@dataclass(frozen=True)
class Heard:
    """What a command line was once all was known, and what it answered."""

    line: str
    answer: str = ""


@dataclass(frozen=True)
class Done:
    """A step that ended well: the digest of what decided it, what it left, how long it took, what was heard."""

    key: str
    files: Mapping[str, str]
    seconds: int
    line: str
    answer: str


@dataclass
class Ledger:
    """The steps that are done, kept in a file of the demo's folder; one that cannot be read counts as empty."""

    path: Path
    surroundings: Mapping[str, str]
    done: dict[str, Done] = field(default_factory=dict)

    @classmethod
    def open(cls, out: Path, surroundings: Mapping[str, str]) -> "Ledger":
        """Read what an earlier run left. `surroundings` decide every step: the base's files and the versions."""
        path = out / FILE
        return cls(path, surroundings, recorded(path))

    def has(self, step: Step) -> bool:
        """Whether its files are there, as they were left, by this very command from these very files."""
        found = self.done.get(step.name)
        if found is None or found.key != self.key_of(step):
            return False
        return found.files == digests(step.writes)

    def add(self, step: Step, seconds: int, heard: Heard) -> None:
        """Keep a step that ended well, on disk at once, so that an interrupted demo goes on from there."""
        self.done[step.name] = Done(
            self.key_of(step), digests(step.writes), seconds, heard.line, heard.answer
        )
        steps = {name: vars(done) for name, done in self.done.items()}
        write_text(self.path, json.dumps({"demo": 2, "steps": steps}, indent=1) + "\n")

    def key_of(self, step: Step) -> str:
        """The digest of all that decides what a step makes."""
        return Digest.of(
            canonical_bytes(
                {
                    "command": step.command.shown(),
                    "reads": digests(step.reads),
                    "surroundings": dict(self.surroundings),
                }
            )
        )


def recorded(path: Path) -> dict[str, Done]:
    """The steps of a ledger file; none where there is no such file, or where it is not one."""
    try:
        held: Any = json.loads(path.read_bytes())
        return {name: Done(**one) for name, one in held["steps"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """Every file, and every file below every folder, by its path."""
    files = [file for path in paths for file in (below(path) if path.is_dir() else [path])]
    return {str(file): str(Digest.of(file.read_bytes())) for file in files if file.is_file()}


def below(folder: Path) -> list[Path]:
    """The files in a folder, at any depth, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def folder_digest(folder: Path) -> str:
    """One digest for every file of a base, wherever its folder lies: what P11 leaves out paints too."""
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in below(folder)}
    return Digest.of(canonical_bytes({name: Digest.of(data) for name, data in files.items()}))
