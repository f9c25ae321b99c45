"""Alembic runs this file for each command: it connects the migrations with the engine that was handed in."""

from alembic import context

from pcm_registry.tables import METADATA

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
