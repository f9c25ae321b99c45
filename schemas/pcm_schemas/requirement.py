"""Requirement strings: which concept, from which one source, in which versions, under which word (P6, P7)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from pcm_schemas import limits
from pcm_schemas.errors import NameInvalid, PcmError, RequirementInvalid
from pcm_schemas.name import Alias, ConceptName, Label, parse_label, parse_trigger
from pcm_schemas.version import Clause, Version

_ALIAS: Final = re.compile(r"(?P<body>.*?)(?: +as +(?P<alias>[a-z0-9-]+)\*?)?")
_PCM: Final = re.compile(
    r"(?:pcm(?:\+(?P<label>[a-z0-9-]+))?:)?(?P<name>[^ *<>=!~,]+)\*? *(?P<clauses>.*)"
)
_HUB: Final = re.compile(
    r"hf:(?P<owner>[A-Za-z0-9][A-Za-z0-9._-]{0,95})/(?P<repo>[A-Za-z0-9][A-Za-z0-9._-]{0,95})"
    r"(?:@(?P<revision>[A-Za-z0-9._/-]{1,128}))?(?:#(?P<path>[^\x00-\x1f\x7f]+))?"
)
_FILE: Final = re.compile(r"file:(?P<path>[^\x00\r\n]+\.safetensors)")


@dataclass(frozen=True)
class RegistrySource:
    """A registry: the one that `pcm.toml` calls `label`, or the project's default one."""

    label: Label | None = None

    def __str__(self) -> str:
        """Canonical prefix: none for the default registry."""
        return "" if self.label is None else f"pcm+{self.label}:"


@dataclass(frozen=True)
class HubSource:
    """A repository of the Hub, at a branch, tag or commit, and perhaps one file of it."""

    owner: str
    repo: str
    revision: str | None = None
    path: str | None = None

    def __str__(self) -> str:
        """Canonical form."""
        revision = "" if self.revision is None else f"@{self.revision}"
        path = "" if self.path is None else f"#{self.path}"
        return f"hf:{self.owner}/{self.repo}{revision}{path}"


@dataclass(frozen=True)
class FileSource:
    """A package file, by its path as written."""

    path: str

    def __str__(self) -> str:
        """Canonical form."""
        return f"file:{self.path}"


Source = RegistrySource | HubSource | FileSource


@dataclass(frozen=True)
class Requirement:
    """One source (P7) and what is wanted of it. Invariant: a registry has a `name`, the other sources have none."""

    source: Source
    name: ConceptName | None = None
    clauses: tuple[Clause, ...] = ()
    alias: Alias | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a requirement by the grammar of P6; a bare name means `library/`. Raises RequirementInvalid."""
        return cls._read(text, _written_name)

    @classmethod
    def from_input(cls, text: str) -> Self:
        """Read what a person typed: as `parse`, with the name normalised by P2.

        Raises RequirementInvalid, and NameInvalid for a name in other letters than ASCII, which may look like another.
        """
        try:
            return cls._read(text, ConceptName.from_input)
        except RequirementInvalid as error:
            if isinstance(error.__cause__, NameInvalid) and not error.__cause__.text.isascii():
                raise error.__cause__ from None
            raise

    @classmethod
    def parse_portable(cls, text: str) -> Self:
        """Read a line of a package's `requires`: canonical, and without a source of its own (P7)."""
        found = cls.parse(text)
        if found.source != RegistrySource():
            raise RequirementInvalid(text, "a package may not name a source")
        if str(found) != text:
            raise RequirementInvalid(text, f"its canonical form is `{found}`")
        return found

    def admits(self, version: Version) -> bool:
        """Whether every clause holds, with the meaning of PEP 440."""
        return all(clause.admits(version) for clause in self.clauses)

    def __str__(self) -> str:
        """Canonical form: full name, no `pcm:`, no `*`, no spaces, clauses sorted as strings, then the alias."""
        name = "" if self.name is None else str(self.name)
        clauses = ",".join(sorted({str(clause) for clause in self.clauses}))
        alias = "" if self.alias is None else f" as {self.alias}"
        return f"{self.source}{name}{clauses}{alias}"

    @classmethod
    def _read(cls, text: str, read_name: Callable[[str], ConceptName]) -> Self:
        if len(text) > limits.REQUIREMENT:
            raise RequirementInvalid(text, f"longer than {limits.REQUIREMENT} characters")
        match = _ALIAS.fullmatch(text)
        if match is None:
            raise RequirementInvalid(text, "it spans lines")
        try:
            alias = None if match["alias"] is None else parse_trigger(match["alias"])
            return cls(*_read_body(match["body"], read_name), alias=alias)
        except RequirementInvalid as error:
            raise RequirementInvalid(text, error.reason) from error
        except PcmError as error:
            raise RequirementInvalid(text, error.message()) from error


def _read_body(
    body: str, read_name: Callable[[str], ConceptName]
) -> tuple[Source, ConceptName | None, tuple[Clause, ...]]:
    if body.startswith("hf:"):
        return _read_hub(body), None, ()
    if body.startswith("file:"):
        return _read_file(body), None, ()
    return _read_registry(body, read_name)


def _read_registry(
    body: str, read_name: Callable[[str], ConceptName]
) -> tuple[RegistrySource, ConceptName, tuple[Clause, ...]]:
    match = _PCM.fullmatch(body)
    if match is None:
        raise RequirementInvalid(body, "no name in it")
    label = None if match["label"] is None else parse_label(match["label"])
    listed = match["clauses"].split(",") if match["clauses"] else []
    clauses = tuple(Clause.parse(clause.strip(" ")) for clause in listed)
    return RegistrySource(label), read_name(match["name"]), clauses


def _read_hub(body: str) -> HubSource:
    match = _HUB.fullmatch(body)
    if match is None:
        raise RequirementInvalid(body, "not owner/repo@rev#path")
    return HubSource(match["owner"], match["repo"], match["revision"], match["path"])


def _read_file(body: str) -> FileSource:
    match = _FILE.fullmatch(body)
    if match is None:
        raise RequirementInvalid(body, "a path without line ends that ends in .safetensors")
    return FileSource(match["path"])


def _written_name(text: str) -> ConceptName:
    return ConceptName.parse(text if "/" in text else f"library/{text}")
