"""A command as it is typed in a shell and as it is run here: one value, so that what is shown is what runs."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PLAIN: Final = re.compile(r"[\w@%+=:,./{}\[\]-]+")
"""Words that every shell leaves as they are; braces and brackets belong to the sentence of `pcm learn`."""


@dataclass(frozen=True)
class Files:
    """A pattern that the shell expands, such as `photos/*.png`."""

    pattern: str

    def found(self) -> list[str]:
        """The files as a shell hands them over: sorted, or the pattern itself where nothing fits."""
        path = Path(self.pattern)
        return sorted(str(file) for file in path.parent.glob(path.name)) or [self.pattern]


@dataclass(frozen=True)
class Later:
    """A word that is known only once an earlier command has answered: an address, a digest, a file named by one."""

    name: str


Word = str | Files | Later


@dataclass(frozen=True)
class Command:
    """Program and arguments, such as `pcm generate …` or `python -m …`."""

    words: tuple[Word, ...]

    def shown(self) -> str:
        """One line to type."""
        return " ".join(map(written, self.words))

    def expanded(self) -> list[str]:
        """What the program is handed."""
        return [part for word in self.words for part in handed(word)]

    def filled(self, answers: Mapping[str, str]) -> "Command":
        """The same with what is known by now. Raises KeyError for a word that is not."""
        return Command(
            tuple(answers[word.name] if isinstance(word, Later) else word for word in self.words)
        )


def written(word: Word) -> str:
    """A word of the line."""
    if isinstance(word, Files):
        return word.pattern
    return word.name if isinstance(word, Later) else quoted(word)


def handed(word: Word) -> list[str]:
    """What a shell makes of a word."""
    if isinstance(word, Files):
        return word.found()
    return [word.name if isinstance(word, Later) else word]


def quoted(word: str) -> str:
    """A word as a shell must be given it; double quotes where they do, as people write."""
    if PLAIN.fullmatch(word):
        return word
    return shlex.quote(word) if set(word) & set('"$`\\!') else f'"{word}"'
