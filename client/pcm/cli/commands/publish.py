"""`pcm publish`: sign a concept and publish it."""

from pathlib import Path

import click

from pcm import publish as publishing
from pcm.cli import render
from pcm.cli.arguments import NAME
from pcm.cli.publishing import publisher_of
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client


@click.command(short_help="Sign a concept and publish it.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--as", "name", type=NAME, help="Pack it anew under this full name.")
@click.option("--version", help="Pack it anew under this version.")
@form_option
def publish(path: Path, *, name: str | None, version: str | None, form: Form) -> None:
    """Publish the package at PATH, a file or the folder that `pcm learn` wrote, to the default registry."""
    work = open_client().work()
    parcel = publishing.repacked(publishing.open_parcel(path), name=name, version=version)
    publisher = publisher_of(work)
    state = publisher.publish(parcel)
    manifest = parcel.package.manifest
    if form is Form.JSON:
        render.document(state.model_dump(mode="json", exclude_none=True))
    else:
        render.text(f"published {manifest.name} {manifest.version}  {parcel.package.digest}")
