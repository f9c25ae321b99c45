"""Rows of what installs never, and the document they make (P29, P36)."""

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from pcm_registry import journal, outbox
from pcm_registry.tables import revocations
from pcm_schemas.revocations import (
    TARGET,
    Revocations,
    RevokedKey,
    RevokedNamespace,
    RevokedRelease,
)


def load(connection: Connection) -> Revocations:
    """The document of all rows; a row more is a serial more."""
    rows = connection.execute(select(revocations).order_by(revocations.c.id)).all()
    return Revocations(
        keys=tuple(
            RevokedKey(at=row.at, id=row.subject, reason=row.reason)
            for row in rows
            if row.kind == "key"
        ),
        namespaces=tuple(
            RevokedNamespace(at=row.at, namespace=row.subject, reason=row.reason)
            for row in rows
            if row.kind == "namespace"
        ),
        releases=tuple(_release(row) for row in rows if row.kind == "release"),
        revocations=1,
        serial=len(rows),
    )


def revoke_key(connection: Connection, key: str, *, reason: str, at: str) -> None:
    """Void every signature of a key; once is enough."""
    same = (revocations.c.kind == "key") & (revocations.c.subject == key)
    if connection.execute(select(revocations.c.id).where(same)).first() is None:
        _add(connection, {"kind": "key", "subject": key, "reason": reason, "at": at})


def revoke_release(
    connection: Connection, name: str, *, version: str | None, reason: str, at: str
) -> None:
    """Take a version, or without one a whole name, out of use."""
    fields = {"kind": "release", "subject": name, "version": version, "reason": reason, "at": at}
    _add(connection, fields)


def _release(row: Row[Any]) -> RevokedRelease:
    """Without a version the whole name; without a digest every file."""
    narrower = {"sha256": row.sha256, "version": row.version}
    given = {field: value for field, value in narrower.items() if value is not None}
    return RevokedRelease(at=row.at, name=row.subject, reason=row.reason, **given)


def _add(connection: Connection, fields: dict[str, str | None]) -> None:
    connection.execute(insert(revocations).values(**fields))
    kept = {word: str(fields[word]) for word in ("kind", "subject", "version") if fields.get(word)}
    journal.append(connection, "revocation.added", at=str(fields["at"]), **kept)
    outbox.enqueue(connection, TARGET)
