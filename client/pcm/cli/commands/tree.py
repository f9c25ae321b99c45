"""`pcm tree`: what is installed, below what requires it."""

import click

from pcm.cli import render
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client
from pcm.listed import origin_of
from pcm.places import PINS


@click.command(short_help="Show what is installed, below what requires it.")
@form_option
def tree(*, form: Form) -> None:
    """Show the concepts of pcm.toml, and below each what it requires."""
    client = open_client()
    found, pins = [*client.relations().tree()], client.environment.folders.trust / PINS
    if form is Form.JSON:
        named = [{"depth": depth, "name": p.name, "version": p.version} for depth, p in found]
        render.document(named)
    else:
        for depth, package in found:
            origin = origin_of(package.name, package.source, pins)
            render.text(f"{'  ' * depth}{package.name} {package.version}{origin}")
