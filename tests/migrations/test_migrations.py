"""Migrations: up, down, up again, with rows present; and they make the tables that the code declares."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from golden import trust_samples
from pcm_registry import namespaces
from pcm_registry.database import Database, sqlite_url
from pcm_registry.migrations import downgrade, upgrade
from pcm_registry.tables import METADATA


def test_the_migrations_make_the_declared_tables(tmp_path: Path) -> None:
    database = Database.open(sqlite_url(tmp_path / "registry.db"))
    with database.reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
    database.close()


def test_up_down_up_with_rows_present(tmp_path: Path) -> None:
    database = Database.open(sqlite_url(tmp_path / "registry.db"))
    with database.writing() as connection:
        namespaces.create(connection, trust_samples.keyset(), at=trust_samples.CREATED)
    downgrade(database.engine, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    upgrade(database.engine)
    with database.writing() as connection:
        namespaces.create(connection, trust_samples.keyset(), at=trust_samples.CREATED)
        assert namespaces.in_force(connection, "amy").version == 1
    database.close()


def test_a_second_start_finds_its_rows(tmp_path: Path) -> None:
    for _ in range(2):
        database = Database.open(sqlite_url(tmp_path / "registry.db"))
        with database.writing() as connection:
            namespaces.create(connection, trust_samples.keyset(), at=trust_samples.CREATED)
        database.close()
