"""`pcm remove`: take concepts out of the environment."""

import click

from pcm.cli import report
from pcm.cli.arguments import NAME
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client, trust_options
from pcm.workplace import Switches


@click.command(short_help="Take concepts out of the environment.")
@click.argument("names", nargs=-1, required=True, type=NAME)
@trust_options
@form_option
def remove(
    names: tuple[str, ...],
    *,
    switches: Switches,
    form: Form,
) -> None:
    """Take NAMES out of pcm.toml and pcm.lock, with what only they needed. Bytes stay in the store."""
    client = open_client(switches)
    report.outcome(client.remove(names), form)
