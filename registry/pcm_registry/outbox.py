"""The outbox: TUF targets that a transaction changed, until the signing worker has made them visible (P48)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from pcm_registry.tables import outbox, publishes


@dataclass(frozen=True)
class Batch:
    """Rows that wait, oldest first, and the targets that they name."""

    rows: tuple[int, ...]
    targets: frozenset[str]


def enqueue(connection: Connection, target: str, *, publish: str | None = None) -> None:
    """Ask for a target to be signed anew, once this transaction is committed."""
    connection.execute(insert(outbox).values(target=target, publish=publish))


def waiting(connection: Connection) -> Batch:
    """Return what is to be done."""
    query = select(outbox.c.id, outbox.c.target).where(outbox.c.done.is_(None))
    rows = connection.execute(query.order_by(outbox.c.id)).all()
    return Batch(tuple(row.id for row in rows), frozenset(row.target for row in rows))


def finish(connection: Connection, rows: Sequence[int], *, at: str) -> None:
    """Note that rows are done, and that their publishes are visible; a second time changes nothing."""
    for row in rows:
        done = update(outbox).where(outbox.c.id == row, outbox.c.done.is_(None)).values(done=at)
        connection.execute(done)
        shown = select(outbox.c.publish).where(outbox.c.id == row).scalar_subquery()
        connection.execute(update(publishes).where(publishes.c.id == shown).values(state="visible"))
