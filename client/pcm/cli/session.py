"""What commands share: the client of the folder they are called in, and the options that change how it works."""

from collections.abc import Callable
from functools import reduce, wraps
from pathlib import Path

import click

from pcm.admission import Unsigned
from pcm.cli import render
from pcm.client import Client
from pcm.config import Folders
from pcm.connecting import connector
from pcm.environment import Environment
from pcm.trust import FirstUse
from pcm.workplace import Development, Network, Switches

Command = Callable[..., object]

offline_option = click.option(
    "--offline",
    "network",
    flag_value=Network.OFFLINE,
    default=None,
    type=click.UNPROCESSED,
    help="Ask no server: store, pins, held metadata and lock must do.",
)
pins_option = click.option(
    "--require-pins",
    "first_use",
    flag_value=FirstUse.DENY,
    default=None,
    type=click.UNPROCESSED,
    help="Refuse a namespace whose keyset is not pinned yet.",
)
unsigned_option = click.option(
    "--allow-unsigned",
    "unsigned",
    flag_value=Unsigned.ALLOW,
    default=Unsigned.REFUSE,
    type=click.UNPROCESSED,
    help="Let `file:` packages in that nobody signed.",
)
dev_option = click.option(
    "--allow-dev-registry",
    "development",
    flag_value=Development.ANYWHERE,
    default=Development.LOOPBACK,
    type=click.UNPROCESSED,
    help="Believe a development registry that is not on this machine.",
)


def trust_options(command: Command) -> Command:
    """Give a command the options that decide what is believed; they arrive together, as `switches`."""

    @wraps(command)
    def with_switches(
        *arguments: object,
        network: Network | None,
        first_use: FirstUse | None,
        unsigned: Unsigned,
        development: Development,
        **others: object,
    ) -> object:
        switches = Switches(network, first_use, unsigned, development)
        return command(*arguments, switches=switches, **others)

    options = (offline_option, pins_option, unsigned_option, dev_option)
    return reduce(lambda made, option: option(made), options, with_switches)


def open_client(switches: Switches | None = None) -> Client:
    """The client of the working folder's environment (P68), under what the command line says."""
    folders, told = Folders.from_environment(), switches or Switches()
    environment = Environment.find(Path.cwd(), folders)
    return Client(environment, connector(environment, told, say=render.talk), told)
