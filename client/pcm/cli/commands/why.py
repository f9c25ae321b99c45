"""`pcm why`: which requirements brought a concept here."""

import click

from pcm.cli import render
from pcm.cli.arguments import NAME
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client
from pcm.client import found_in


@click.command(short_help="Show which requirements brought a concept here.")
@click.argument("name", type=NAME)
@form_option
def why(name: str, *, form: Form) -> None:
    """Show every chain of requirements that leads from pcm.toml to NAME."""
    relations = open_client().relations()
    package = found_in(relations.lock, name)
    chains = relations.chains(package.name)
    if form is Form.JSON:
        render.document({"name": package.name, "version": package.version, "chains": chains})
        return
    render.text(f"{package.name} {package.version}, {package.tier or 'bundle'}, {package.source}")
    for chain in chains:
        render.text(" → ".join(("pcm.toml", *chain)))
