"""`pcm-registry token new|list|revoke`: tokens made by whoever holds the data folder (P50)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcm_registry.cli.options import data_option, settings_of

if TYPE_CHECKING:
    from pcm_registry.database import Database


@click.group(short_help="Make, list and revoke tokens.")
def token() -> None:
    """Make, list and revoke tokens of a registry's users."""


@token.command(short_help="Make a token and print it once.")
@data_option
@click.option("--note", required=True, help="Whose it is, or what for.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, help="publish:ns/name, keyset:ns …"
)
@click.option("--days", default=90, show_default=True, help="Valid for so many days, at most 365.")
def new(data: Path, note: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token with SCOPES and print it; it is never shown again."""
    from pcm_registry import tokens
    from pcm_registry.services import utc_clock
    from pcm_schemas.api import TokenRequest, read_request
    from pcm_schemas.digest import encode
    from pcm_schemas.fields import TIME_FORMAT

    now = utc_clock()
    expires = (now + timedelta(days=days)).strftime(TIME_FORMAT)
    fields = {"note": note, "scopes": list(scopes), "expires": expires}
    asked = read_request(TokenRequest, encode(fields))
    with opened(data) as database, database.writing() as connection:
        made = tokens.make(connection, asked, maker=None, now=now)
    click.echo(made.token)


@token.command("list", short_help="List tokens, without their secrets.")
@data_option
def list_(data: Path) -> None:
    """List the tokens that are not revoked: id, end, scopes, note."""
    from pcm_registry import tokens

    with opened(data) as database, database.reading() as connection:
        for each in tokens.held(connection, maker=None):
            click.echo(f"{each.id}  {each.expires}  {','.join(each.scopes)}  {each.note}")


@token.command(short_help="Revoke a token.")
@data_option
@click.argument("id_", metavar="ID")
def revoke(data: Path, id_: str) -> None:
    """Revoke the token with this ID; requests that bring it end in 401."""
    from pcm_registry import tokens
    from pcm_registry.errors import ReleaseUnknown
    from pcm_registry.services import utc_clock
    from pcm_schemas.fields import TIME_FORMAT

    now = utc_clock().strftime(TIME_FORMAT)
    with opened(data) as database, database.writing() as connection:
        if not tokens.revoke(connection, id_, maker=None, now=now):
            raise ReleaseUnknown(f"token {id_}")


@contextmanager
def opened(data: Path) -> Iterator["Database"]:
    """The database of a registry that was founded; raises DataMissing."""
    from pcm_registry import founding
    from pcm_registry.database import Database

    settings = settings_of(data)
    founding.existing(settings)
    database = Database.open(settings.database_url)
    try:
        yield database
    finally:
        database.close()
