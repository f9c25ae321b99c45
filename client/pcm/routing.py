"""Which source answers for what a requirement or a lock names, from the settings of project and user (P7, P68, P69)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from pcm.sources.file import PREFIX, Files
from pcm.sources.protocol import Source
from pcm_schemas.project import DEFAULT_REGISTRY, Project, Registry
from pcm_schemas.record_errors import LockMismatch, ProjectIncomplete
from pcm_schemas.requirement import FileSource, HubSource, RegistrySource, Requirement
from pcm_schemas.revocations import Revocations


class Freshness(Enum):
    """How new revocations must be: asked for now, or at most a day old (P69)."""

    NOW = auto()
    DAILY = auto()


class Server(Source, Protocol):
    """A registry as a source: it knows revocations as well, and keeps what it verified when all is well."""

    def revocations(self, freshness: Freshness) -> Revocations:
        """The list in force (P36)."""
        ...

    def chain(self, namespace: str) -> bytes | None:
        """The keysets of a namespace (P28)."""
        ...

    def keep(self) -> None:
        """Keep the signed documents that were read."""
        ...


class Connect(Protocol):
    """Opens the source of a registry; no request is made by that."""

    def __call__(self, registry: Registry) -> Server: ...


@dataclass(frozen=True)
class Routing:
    """The sources of one environment. A lock can name no place that the settings do not know (P69)."""

    project: Project
    folder: Path
    connect: Connect
    hub: Callable[[], Source]
    opened: dict[str, Server] = field(default_factory=dict)
    repositories: set[str] = field(default_factory=set)

    def default(self) -> str:
        """Place of the default registry; raises ProjectIncomplete."""
        return place_of(self.project.default_registry())

    def to(self, requirement: Requirement) -> Source:
        """The source that a requirement names."""
        match requirement.source:
            case RegistrySource(label):
                return self.server(self._registry(label or DEFAULT_REGISTRY))
            case FileSource():
                return Files(self.folder)
            case HubSource(owner, repo):
                self.repositories.add(f"{owner}/{repo}")
                return self.hub()

    def at(self, place: str) -> Source:
        """The source of a place; raises LockMismatch for one that neither project nor user name."""
        if place.startswith(PREFIX):
            return Files(self.folder)
        if place.startswith("hf:"):
            return self._on_hub(place)
        known = {place_of(each): each for each in self.project.registries.values()}
        if place not in known:
            raise LockMismatch("source", place, ", ".join(sorted(known)) or "no registry")
        return self.server(known[place])

    def revocations(self, freshness: Freshness) -> Revocations:
        """The default registry's list; an empty one where no registry is set."""
        registry = self.project.registries.get(DEFAULT_REGISTRY)
        if registry is None:
            return Revocations.none()
        return self.server(registry).revocations(freshness)

    def keep(self) -> None:
        """Keep what every registry that was asked has verified."""
        for server in self.opened.values():
            server.keep()

    def _on_hub(self, place: str) -> Source:
        """The Hub, for a repository that was asked for or that the project names (P69)."""
        sources = (each.source for each in self.project.requirements())
        named = {f"{s.owner}/{s.repo}" for s in sources if isinstance(s, HubSource)}
        if place.removeprefix("hf:").partition("@")[0] not in self.repositories | named:
            raise LockMismatch("source", place, "no repository that pcm.toml names")
        return self.hub()

    def _registry(self, label: str) -> Registry:
        if label == DEFAULT_REGISTRY:
            return self.project.default_registry()
        if (found := self.project.registries.get(label)) is None:
            raise ProjectIncomplete(f"registry {label}", (f"pcm registry add URL --name {label}",))
        return found

    def server(self, registry: Registry) -> Server:
        """The source of a registry, opened once."""
        if registry.url not in self.opened:
            self.opened[registry.url] = self.connect(registry)
        return self.opened[registry.url]


def place_of(registry: Registry) -> str:
    """Spell a registry as the lock does."""
    return f"pcm:{registry.url}"
