"""`pcm lock`: resolve anew and write `pcm.lock`."""

import click

from pcm.cli import report
from pcm.cli.arguments import NAME
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client, trust_options
from pcm.errors import UsageInvalid
from pcm.workplace import Switches

ALL = frozenset({"*"})


@click.command(short_help="Resolve pcm.toml and write pcm.lock.")
@click.argument("names", nargs=-1, type=NAME)
@click.option("--upgrade", is_flag=True, help="Take newer releases: of NAMES, or of everything.")
@trust_options
@form_option
def lock(
    names: tuple[str, ...],
    *,
    upgrade: object,
    switches: Switches,
    form: Form,
) -> None:
    """Write the lock of pcm.toml, keeping what is locked; with --upgrade, NAMES or everything may move."""
    if names and not upgrade:
        raise UsageInvalid("NAMES only make sense with --upgrade", "pcm lock")
    moving = (frozenset(names) or ALL) if upgrade else frozenset[str]()
    client = open_client(switches)
    report.outcome(client.lock(moving), form)
