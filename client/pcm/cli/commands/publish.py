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
@click.option(
    "--license", "license_", metavar="SPDX", help="Pack it anew under this licence: CC-BY-4.0."
)
@form_option
def publish(
    path: Path, *, name: str | None, version: str | None, license_: str | None, form: Form
) -> None:
    """Publish the package at PATH, a file or the folder that `pcm learn` wrote, to the default registry."""
    work = open_client().work()
    opened = publishing.open_parcel(path)
    parcel = publishing.repacked(opened, name=name, version=version, license_=license_)
    publishing.require_public(parcel)
    publisher = publisher_of(work)
    state = publisher.publish(parcel)
    manifest = parcel.package.manifest
    if form is Form.JSON:
        render.document(state.model_dump(mode="json", exclude_none=True))
    else:
        render.text(f"published {manifest.name} {manifest.version}  {parcel.package.digest}")
