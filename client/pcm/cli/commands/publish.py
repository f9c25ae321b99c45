"""`pcm publish`: sign a concept and publish it."""

from dataclasses import asdict
from pathlib import Path

import click

from pcm import publish as publishing
from pcm.cli import render
from pcm.cli.arguments import NAME
from pcm.cli.publishing import REPOSITORY, publisher_of, to_hub
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client
from pcm.hub_publishing import Published


@click.command(short_help="Sign a concept and publish it.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--as", "name", type=NAME, help="Pack it anew under this full name.")
@click.option("--version", help="Pack it anew under this version.")
@click.option(
    "--license", "license_", metavar="SPDX", help="Pack it anew under this licence: CC-BY-4.0."
)
@click.option(
    "--to",
    "repository",
    type=REPOSITORY,
    metavar="hf:OWNER/REPO",
    help="Publish to the Hub instead.",
)
@form_option
def publish(
    path: Path,
    *,
    name: str | None,
    version: str | None,
    license_: str | None,
    repository: str | None,
    form: Form,
) -> None:
    """Publish the package at PATH, a file or the folder that `pcm learn` wrote, to the default registry or the Hub."""
    work = open_client().work()
    opened = publishing.open_parcel(path)
    parcel = publishing.repacked(opened, name=name, version=version, license_=license_)
    publishing.require_public(parcel)
    if repository is not None:
        return show_on_hub(to_hub(parcel, repository, work), form)
    publisher = publisher_of(work)
    state = publisher.publish(parcel)
    manifest = parcel.package.manifest
    if form is Form.JSON:
        render.document(state.model_dump(mode="json", exclude_none=True))
    else:
        render.text(f"published {manifest.name} {manifest.version}  {parcel.package.digest}")
    return None


def show_on_hub(found: Published, form: Form) -> None:
    """Print what was published, and what installs it."""
    if form is Form.JSON:
        render.document(asdict(found))
    else:
        render.text(f"published {found.name} {found.version}  {found.sha256}")
        render.text(f"to {found.place}")
