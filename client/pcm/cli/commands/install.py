"""`pcm install`: add concepts to the environment, verified and locked."""

import click

from pcm.cli import report
from pcm.cli.arguments import REQUIREMENT
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client, trust_options
from pcm.project_options import Near, accepting_near
from pcm.workplace import Switches
from pcm_schemas.requirement import Requirement


@click.command(short_help="Add concepts: resolve, fetch, verify, lock.")
@click.argument("requirements", nargs=-1, type=REQUIREMENT)
@click.option(
    "--accept-base",
    "near",
    type=click.Choice(Near, case_sensitive=False),
    help="Install for a base that is close to yours, and write that to pcm.toml.",
)
@trust_options
@form_option
def install(
    requirements: tuple[Requirement, ...],
    *,
    near: Near | None,
    switches: Switches,
    form: Form,
) -> None:
    """Add REQUIREMENTS such as `teddy-bear*`, `amy/tom-cat>=1.2 as tom*` or `file:me.safetensors`; without any, as `sync`."""
    client = open_client(switches)
    if not requirements and near is None:
        return report.outcome(client.sync(), form)
    edit = str if near is None else accepting_near
    report.outcome(client.install(requirements, edit=edit), form)
    return None
