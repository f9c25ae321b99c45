"""`pcm why`: which requirements brought a concept here, and why not another version of it (P67)."""

import click

from pcm.cli import render
from pcm.cli.arguments import NAME
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client
from pcm.client import found_in
from pcm.looking import passed_over
from pcm.relation import Relations
from pcm.resolution_errors import Fallen
from pcm.transfer_errors import Offline
from pcm.workplace import Network, Switches, Workplace
from pcm_schemas.lockfile import LockedPackage


@click.command(short_help="Show what brought a concept here, and why no other version.")
@click.argument("name", type=NAME)
@form_option
def why(name: str, *, form: Form) -> None:
    """Show every chain of requirements from pcm.toml to NAME, and of each other version why it was not taken.

    Versions are those of the index as it was read last; no server is asked.
    """
    client = open_client(Switches(network=Network.OFFLINE))
    relations = client.relations()
    package = found_in(relations.lock, name)
    chains = relations.chains(package.name)
    fallen = others(package, relations, client.work())
    if form is Form.JSON:
        reasons = {each.version: each.reason for each in fallen}
        named = {"name": package.name, "version": package.version}
        render.document({**named, "chains": chains, "not_chosen": reasons})
        return
    render.text(f"{package.name} {package.version}, {package.tier or 'bundle'}, {package.source}")
    for chain in chains:
        render.text(" → ".join(("pcm.toml", *chain)))
    for each in fallen:
        render.text(f"not {each}")


def others(package: LockedPackage, relations: Relations, work: Workplace) -> tuple[Fallen, ...]:
    """The other versions; none, and a word about it, where no index was read on this machine yet."""
    try:
        return passed_over(package, relations, work)
    except Offline as error:
        render.talk(f"other versions are unknown here: {error.message()}")
        return ()
