"""`pcm add`: write requirements to `pcm.toml`, without resolving them."""

import click

from pcm.cli import render
from pcm.cli.arguments import REQUIREMENT
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client
from pcm_schemas.requirement import Requirement


@click.command(short_help="Write requirements to pcm.toml; `sync` installs them.")
@click.argument("requirements", nargs=-1, required=True, type=REQUIREMENT)
@form_option
def add(requirements: tuple[Requirement, ...], *, form: Form) -> None:
    """Write REQUIREMENTS to pcm.toml, each in place of an older one of its name. Nothing is fetched."""
    concepts = open_client().add(requirements)
    if form is Form.JSON:
        render.document({"concepts": [*concepts]})
    else:
        render.text("\n".join(concepts))
