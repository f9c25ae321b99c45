"""`pcm-registry revoke`: take a release out of use, for everyone (P36)."""

from pathlib import Path

import click

from pcm_registry.cli.options import data_option
from pcm_registry.cli.token import opened


@click.command(short_help="Revoke a malicious release.")
@data_option
@click.argument("name")
@click.option("--version", help="One version; without it the whole name.")
@click.option("--reason", required=True, help="Shown to everyone who has it.")
def revoke(data: Path, name: str, version: str | None, reason: str) -> None:
    """Revoke NAME: it installs never, from no source, and its blobs answer 451."""
    from pcm_registry import catalog, withdrawals
    from pcm_registry.errors import ReleaseUnknown
    from pcm_registry.services import utc_clock
    from pcm_schemas.fields import TIME_FORMAT

    now = utc_clock().strftime(TIME_FORMAT)
    with opened(data) as database, database.writing() as connection:
        index = catalog.index_of(connection, name)
        if version is not None and version not in {entry.version for entry in index.entries}:
            raise ReleaseUnknown(f"{name}@{version}")
        withdrawals.revoke_release(connection, name, version=version, reason=reason, at=now)
