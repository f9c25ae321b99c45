"""`pcm sync`: bring the store to what the lock says."""

import click

from pcm.admission import Unsigned
from pcm.cli import report
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client, trust_options
from pcm.client import Locking
from pcm.trust import FirstUse
from pcm.workplace import Development, Network


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
    network: Network | None,
    first_use: FirstUse | None,
    unsigned: Unsigned,
    development: Development,
    form: Form,
) -> None:
    """Fetch what pcm.lock names and the store lacks, and verify all of it. It never upgrades."""
    client = open_client(
        network=network, first_use=first_use, unsigned=unsigned, development=development
    )
    report.outcome(client.sync(locking), form)
