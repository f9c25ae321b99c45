"""`pcm sync`: bring the store to what the lock says."""

import click

from pcm.cli import report
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client, trust_options
from pcm.client import Locking
from pcm.workplace import Switches


@click.command(short_help="Install what pcm.lock says, making it anew if pcm.toml changed.")
@click.option(
    "--locked",
    "locking",
    flag_value=Locking.FIXED,
    default=Locking.FREE,
    type=click.UNPROCESSED,
    help="Write no other lock: a stale one is an error.",
)
@trust_options
@form_option
def sync(
    *,
    locking: Locking,
    switches: Switches,
    form: Form,
) -> None:
    """Fetch what pcm.lock names and the store lacks, and verify all of it. It never upgrades."""
    client = open_client(switches)
    report.outcome(client.sync(locking), form)
