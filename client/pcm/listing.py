"""What a source offers under a name, in one form whatever the source (P64): values from index documents or packages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from pcm_schemas.digest import Digest
from pcm_schemas.index import FutureEntry, IndexDocument, IndexEntry
from pcm_schemas.lockfile import LockedPackage
from pcm_schemas.package import Package
from pcm_schemas.tier import BaseClaim
from pcm_schemas.version import Version


@dataclass(frozen=True)
class Offer:
    """One file that may be chosen. `base` is None for a bundle; `published` is empty where no index tells it."""

    name: str
    version: Version
    source: str
    kind: str
    manifest: Digest
    sha256: Digest
    size: int
    requires: tuple[str, ...]
    trigger: str | None = None
    base: BaseClaim | None = None
    label: str = ""
    published: str = ""
    yanked: str | None = None
    entry: IndexEntry | None = None

    def __str__(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"

    @classmethod
    def listed(cls, document: IndexDocument, entry: IndexEntry, *, source: str) -> Self:
        """Read an entry of an index document."""
        base = None if entry.base is None else document.bases[Digest(entry.base)]
        return cls(
            name=document.name,
            version=Version.parse(entry.version),
            source=source,
            kind=entry.kind,
            manifest=Digest(entry.manifest),
            sha256=Digest(entry.sha256),
            size=entry.size,
            requires=entry.requires,
            trigger=entry.trigger,
            base=None if base is None else base.claim(entry.base or ""),
            label="" if base is None else base.label,
            published=entry.published,
            yanked=None if entry.yanked is None else entry.yanked.reason or "no reason given",
            entry=entry,
        )

    @classmethod
    def of_package(cls, package: Package, *, source: str) -> Self:
        """Read a package that was named by its place: it is the only one there."""
        manifest = package.manifest
        return cls(
            name=manifest.name,
            version=Version.parse(manifest.version),
            source=source,
            kind=manifest.kind,
            manifest=package.manifest_digest,
            sha256=package.digest,
            size=package.size,
            requires=manifest.requires,
            trigger=manifest.trigger,
            base=manifest.base_claim(),
            label="" if manifest.base is None else manifest.base.label,
        )

    @classmethod
    def of_locked(cls, package: LockedPackage) -> Self:
        """Read a lock's entry: enough to fetch it and to know it again."""
        return cls(
            name=package.name,
            version=Version.parse(package.version),
            source=package.source,
            kind="bundle" if package.tier is None else "perfusion",
            manifest=Digest(package.file.manifest),
            sha256=Digest(package.file.sha256),
            size=package.file.size,
            requires=package.requires,
            trigger=package.trigger,
        )


@dataclass(frozen=True)
class Listing:
    """All that a source offers under one name; `unreadable` are versions of a form that this client does not know."""

    name: str
    source: str
    offers: tuple[Offer, ...]
    status: str = "active"
    unreadable: tuple[str, ...] = ()

    @classmethod
    def of_index(cls, document: IndexDocument, *, source: str) -> Self:
        """Read an index document (P33)."""
        offers = (Offer.listed(document, entry, source=source) for entry in document.entries)
        future = (each.version for each in document.releases if isinstance(each, FutureEntry))
        return cls(document.name, source, tuple(offers), document.status, tuple(future))

    @classmethod
    def of_package(cls, package: Package, *, source: str) -> Self:
        """Read a package that stands for itself."""
        offer = Offer.of_package(package, source=source)
        return cls(offer.name, source, (offer,))

    def required(self) -> Iterator[str]:
        """Every requirement that some offer has: what else may be asked for."""
        yield from sorted({text for offer in self.offers for text in offer.requires})
