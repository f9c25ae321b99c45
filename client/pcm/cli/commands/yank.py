"""`pcm yank`: withdraw a release from new resolutions."""

import click

from pcm.cli import render
from pcm.cli.arguments import NAME
from pcm.cli.publishing import publisher_of
from pcm.cli.session import open_client
from pcm_schemas.version import Version


@click.command(short_help="Withdraw a release from new resolutions.")
@click.argument("name", type=NAME)
@click.argument("version")
@click.option("--reason", required=True, help="Shown to everyone whose lock names the release.")
def yank(name: str, version: str, *, reason: str) -> None:
    """Withdraw VERSION of NAME. Locks that name it keep installing; nothing new will choose it."""
    work = open_client().work()
    publisher = publisher_of(work)
    publisher.yank(name, str(Version.parse(version)), reason=reason)
    render.text(f"yanked {name} {version}")
