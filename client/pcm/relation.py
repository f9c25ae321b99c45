"""Who needs whom in an environment: chains and trees from project and lock (P67). Values in, values out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pcm_schemas.lockfile import LockedPackage, Lockfile
from pcm_schemas.requirement import FileSource, HubSource, Requirement


@dataclass(frozen=True)
class Relations:
    """The packages of a lock and the requirements of its project."""

    lock: Lockfile
    requirements: tuple[Requirement, ...]

    @cached_property
    def packages(self) -> Mapping[str, LockedPackage]:
        """Packages by name."""
        return {package.name: package for package in self.lock.packages}

    @cached_property
    def roots(self) -> Mapping[str, Requirement]:
        """The requirement of the project for each name that it asks for itself."""
        named = ((self.name_of(each), each) for each in self.requirements)
        return {name: each for name, each in named if name is not None}

    def name_of(self, requirement: Requirement) -> str | None:
        """The name that a requirement stands for: its own, or that of the package locked from its place."""
        if requirement.name is not None:
            return str(requirement.name)
        found = (p.name for p in self.lock.packages if is_from(p.source, requirement))
        return next(found, None)

    def requirements_on(self, name: str) -> tuple[Requirement, ...]:
        """What the project and its packages ask of a name."""
        asked = (Requirement.parse(text) for p in self.lock.packages for text in p.requires)
        own = [self.roots[name]] if name in self.roots else []
        return (*own, *(each for each in asked if str(each.name) == name))

    def chains(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Every way from the project to a name, shortest first: requirement texts joined by names."""
        return tuple(sorted(self._ways(name, ()), key=lambda way: (len(way), way)))

    def children(self, name: str) -> Sequence[str]:
        """Names that a package requires."""
        return [str(Requirement.parse(text).name) for text in self.packages[name].requires]

    def tree(self) -> Iterator[tuple[int, LockedPackage]]:
        """Depth and package, root by root; what a package requires stands below it."""
        for name in sorted(self.roots):
            if name in self.packages:
                yield from self._below(name, 0, ())

    def _below(
        self, name: str, depth: int, above: tuple[str, ...]
    ) -> Iterator[tuple[int, LockedPackage]]:
        yield depth, self.packages[name]
        for child in self.children(name):
            if child in self.packages and child not in (*above, name):
                yield from self._below(child, depth + 1, (*above, name))

    def _ways(self, name: str, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if name in self.roots:
            yield (str(self.roots[name]),)
        for parent, package in self.packages.items():
            for text in package.requires:
                if str(Requirement.parse(text).name) == name and parent not in above:
                    for way in self._ways(parent, (*above, name)):
                        yield (*way, f"{parent} {package.version} requires {text}")


def subject_of(requirement: Requirement) -> str:
    """What a requirement is about, whatever the version or revision: two of one subject replace each other."""
    match requirement.source:
        case HubSource(owner, repo, _, path):
            return f"hf:{owner}/{repo}#{path or ''}"
    return str(requirement.name or requirement.source)


def is_from(source: str, requirement: Requirement) -> bool:
    """Whether a locked source is what a `file:` or `hf:` requirement names."""
    match requirement.source:
        case FileSource():
            return source == str(requirement.source)
        case HubSource(owner, repo, _, path):
            named = source.startswith(f"hf:{owner}/{repo}@")
            return named and (path is None or source.endswith(f"#{path}"))
    return False
