"""The database as two kinds of transaction: `reading` sees one moment, `writing` is alone (P48)."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Connection, Engine, create_engine, event

from pcm_registry.migrations import upgrade

WAIT_MS: Final = 30_000
WRITES: Final = "pcm_writes"


@dataclass(frozen=True)
class Database:
    """A database at its newest migration. Postgres needs no more than its address."""

    engine: Engine
    _turn: threading.Lock = field(default_factory=threading.Lock)
    """Threads queue here: SQLite's own wait is a poll, and under load some would wait in vain."""

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect, and bring the tables to the newest migration."""
        engine = create_engine(url, pool_size=32, max_overflow=64)
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        upgrade(engine)
        return cls(engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment of the database."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Change the database whole or not at all; writers come one after another."""
        alone = self.engine.execution_options(**{WRITES: True})
        with self._turn, alone.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def sqlite_url(path: Path) -> str:
    """Address of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, foreign keys, and a BEGIN of our own: the driver's begins too late for a snapshot."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={WAIT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
