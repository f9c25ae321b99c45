"""Rows of names and releases: what is published under a name, and how a release joins it (P3, P33–P36, P49)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from pcm_registry import journal, namespaces, outbox, search
from pcm_registry.errors import NameUnknown, ReleaseExists, ReleaseUnknown
from pcm_registry.index import document_of, entry_of
from pcm_registry.releases import Claim, require_room
from pcm_registry.tables import NO_BASE, names, releases
from pcm_schemas.index import IndexDocument, IndexEntry
from pcm_schemas.name import (
    DEFAULT_NAMESPACE,
    ConceptName,
    clash_key,
    look_alike,
    require_distinct_name,
)


def target_of(name: str) -> str:
    """The TUF target of a name's index (P33)."""
    return f"index/{name}.json"


def index_of(connection: Connection, name: str) -> IndexDocument:
    """The index document of a name; raises NameUnknown."""
    status = connection.execute(select(names.c.status).where(names.c.name == name)).scalar()
    if status is None:
        raise NameUnknown(name)
    return document_of(name, str(status), rows_of(connection, name))


def rows_of(connection: Connection, name: str) -> list[dict[str, Any]]:
    """The releases of a name in the order of publication."""
    query = select(releases).where(releases.c.name == name).order_by(releases.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def is_published(connection: Connection, claims: Sequence[Claim]) -> bool:
    """Whether every file is published already, with these bytes (P49).

    Raises ReleaseExists where a version and base were published with other bytes.
    """
    found = [_published(connection, claim) for claim in claims]
    for claim, row in zip(claims, found, strict=True):
        if row is not None and row.sha256 != claim.package:
            raise ReleaseExists(f"{row.name}@{row.version}", row.sha256)
    return all(row is not None for row in found)


def add(connection: Connection, claims: Sequence[Claim], *, publish: str, at: str) -> None:
    """Write the rows of a release; files that are there already stay as they are."""
    name = claims[0].manifest.name
    claim_name(connection, ConceptName.parse(name), at=at)
    before = rows_of(connection, name)
    require_room(document_of(name, "active", before), claims)
    published = max([at, *(row["published"] for row in before)])  # P35
    for claim in claims:
        if _published(connection, claim) is None:
            connection.execute(insert(releases).values(published=published, **_row(claim)))
            said = {"name": name, "version": claim.manifest.version, "sha256": claim.package}
            journal.append(connection, "release.published", at=at, **said)
    search.refresh(connection, name, rows_of(connection, name))
    outbox.enqueue(connection, target_of(name), publish=publish)


def claim_name(connection: Connection, new: ConceptName, *, at: str) -> None:
    """Make a name that is new; raises NameSimilar, and quarantines what looks alike (P3)."""
    if connection.execute(select(names.c.name).where(names.c.name == str(new))).first():
        return
    siblings, library = _labels(connection, new.namespace), _labels(connection, DEFAULT_NAMESPACE)
    require_distinct_name(new, siblings=siblings, library=library)
    watched = namespaces.is_library(new.namespace) and look_alike(new.name, existing=library)
    inherited = namespaces.status_of(connection, new.namespace)
    row = {
        "name": str(new),
        "namespace": new.namespace,
        "label": new.name,
        "clash_key": clash_key(new.name),
        "status": namespaces.QUARANTINED if watched else inherited,
    }
    connection.execute(insert(names).values(created=at, **row))
    journal.append(connection, "name.created", at=at, name=str(new), status=row["status"])


def yank(
    connection: Connection, name: str, version: str, *, reason: str | None, at: str
) -> IndexEntry:
    """Hide a version from new resolutions; a yanked one stays as it is (P36). Raises ReleaseUnknown."""
    rows = _require_version(connection, name, version)
    if rows[0]["yanked_at"] is None:
        _mark(connection, name, version, {"yanked_at": at, "yanked_reason": reason or ""})
        journal.append(connection, "release.yanked", at=at, name=name, version=version)
    return entry(connection, name, version)


def unyank(connection: Connection, name: str, version: str, *, at: str) -> IndexEntry:
    """Show a version again; one that is shown stays as it is. Raises ReleaseUnknown."""
    rows = _require_version(connection, name, version)
    if rows[0]["yanked_at"] is not None:
        _mark(connection, name, version, {"yanked_at": None, "yanked_reason": None})
        journal.append(connection, "release.unyanked", at=at, name=name, version=version)
    return entry(connection, name, version)


def _mark(connection: Connection, name: str, version: str, change: dict[str, str | None]) -> None:
    where = (releases.c.name == name) & (releases.c.version == version)
    connection.execute(update(releases).where(where).values(**change))
    search.refresh(connection, name, rows_of(connection, name))
    outbox.enqueue(connection, target_of(name))


def entry(
    connection: Connection, name: str, version: str, *, sha256: str | None = None
) -> IndexEntry:
    """The index entry of a version's file, of its first one unless a digest says which; raises ReleaseUnknown."""
    rows = _require_version(connection, name, version)
    return entry_of(next((row for row in rows if row["sha256"] == sha256), rows[0]))


def _require_version(connection: Connection, name: str, version: str) -> list[dict[str, Any]]:
    where = (releases.c.name == name) & (releases.c.version == version)
    query = select(releases).where(where).order_by(releases.c.id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if not rows:
        raise ReleaseUnknown(f"{name}@{version}")
    return rows


def _published(connection: Connection, claim: Claim) -> Row[Any] | None:
    query = select(releases).where(
        releases.c.name == claim.manifest.name,
        releases.c.version == claim.manifest.version,
        releases.c.base == (claim.base or NO_BASE),
    )
    return connection.execute(query).first()


def _labels(connection: Connection, namespace: str) -> Sequence[str]:
    query = select(names.c.label).where(names.c.namespace == namespace)
    return connection.execute(query).scalars().all()


def _row(claim: Claim) -> dict[str, object]:
    return {
        "name": claim.manifest.name,
        "version": claim.manifest.version,
        "base": claim.base or NO_BASE,
        "sha256": claim.package,
        "size": claim.size,
        "manifest": claim.text,
        "statement": claim.envelope.digest,
        "signatures": list(claim.envelope.pairs()),
        "keyset": claim.statement.predicate.keyset,
    }
