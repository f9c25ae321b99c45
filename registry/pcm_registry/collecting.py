"""What was uploaded and never committed is removed a day after it was asked for (P48).

Rows and bytes go in one writing transaction. Whoever opens a publish writes its row alone as well: either the row is
seen here and what it names stays, or it is written afterwards and finds missing what was removed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, select

from pcm_registry.services import Services
from pcm_registry.tables import blobs, publishes
from pcm_schemas.digest import Digest
from pcm_schemas.envelope import Envelope
from pcm_schemas.fields import TIME_FORMAT
from pcm_schemas.manifest import Manifest
from pcm_schemas.statement import Statement

AFTER: Final = timedelta(hours=24)
AT_ONCE: Final = 100
"""Publishes that are collected in one transaction: others wait for it."""


def collect_lapsed(services: Services) -> tuple[Digest, ...]:
    """Forget the publishes that lapsed, and remove the blobs that only they named; answers those.

    A crash leaves the rows, and the next run does the same again.
    """
    with services.database.writing() as connection:
        rows = _lapsed(connection, services)
        named = {digest for files in rows.values() for digest in named_in(files)}
        removed = tuple(sorted(named - _kept(connection, named, lapsed=rows.keys())))
        for digest in removed:
            services.storage.remove_blob(digest)
        connection.execute(delete(publishes).where(publishes.c.id.in_([*rows])))
    return removed


def named_in(files: Iterable[Mapping[str, Any]]) -> Iterator[Digest]:
    """Every blob that the files of a publish lead to: packages, their envelopes, previews."""
    for file in files:
        envelope = Envelope.from_value(file["envelope"])
        yield envelope.digest
        yield Digest("sha256:" + Statement.parse(envelope.payload).sha256)
        for preview in Manifest.parse(file["manifest"].encode("utf-8")).previews:
            yield Digest(preview.sha256)


def _lapsed(connection: Connection, services: Services) -> dict[str, Any]:
    """Files by publish, of those that were opened a day ago and can be committed no more."""
    day_ago = (services.clock() - AFTER).strftime(TIME_FORMAT)
    query = select(publishes.c.id, publishes.c.files).where(
        publishes.c.state == "open",
        publishes.c.expires <= services.now,
        publishes.c.created <= day_ago,
    )
    return {row.id: row.files for row in connection.execute(query.limit(AT_ONCE))}


def _kept(connection: Connection, named: Iterable[Digest], *, lapsed: Iterable[str]) -> set[Digest]:
    """What is public, or named by a publish that may still be committed or was opened today."""
    public = select(blobs.c.digest).where(blobs.c.digest.in_([*named]))
    others = select(publishes.c.files).where(
        publishes.c.state == "open", publishes.c.id.not_in([*lapsed])
    )
    found = {Digest(row.digest) for row in connection.execute(public)}
    return found.union(*(named_in(row.files) for row in connection.execute(others)))
