"""`pcm remove`: take concepts out of the environment."""

import click

from pcm.admission import Unsigned
from pcm.cli import report
from pcm.cli.arguments import NAME
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client, trust_options
from pcm.trust import FirstUse
from pcm.workplace import Development, Network


@click.command(short_help="Take concepts out of the environment.")
@click.argument("names", nargs=-1, required=True, type=NAME)
@trust_options
@form_option
def remove(
    names: tuple[str, ...],
    *,
    network: Network | None,
    first_use: FirstUse | None,
    unsigned: Unsigned,
    development: Development,
    form: Form,
) -> None:
    """Take NAMES out of pcm.toml and pcm.lock, with what only they needed. Bytes stay in the store."""
    client = open_client(
        network=network, first_use=first_use, unsigned=unsigned, development=development
    )
    report.outcome(client.remove(names), form)
