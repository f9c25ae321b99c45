"""`pcm info`: the releases of a concept, from the signed index."""

import click

from pcm.cli import render
from pcm.cli.arguments import REQUIREMENT
from pcm.cli.render import Form, form_option
from pcm.cli.session import offline_option, open_client
from pcm.looking import Description, describe
from pcm.workplace import Network, Switches
from pcm_schemas.index import IndexEntry
from pcm_schemas.requirement import Requirement


@click.command(short_help="Show the releases of a concept.")
@click.argument("requirement", type=REQUIREMENT)
@offline_option
@form_option
def info(requirement: Requirement, *, network: Network | None, form: Form) -> None:
    """Show every release of a concept of a registry, its bases, and why one would not be chosen here."""
    found = describe(requirement, open_client(Switches(network=network)).work())
    if form is Form.JSON:
        render.document(as_document(found))
        return
    render.text(f"{found.name} from {found.source}, {found.status}")
    why = {each.version: each.reason for each in found.fallen}
    rows = [line(each, found, why.get(each.version, "")) for each in reversed(found.releases)]
    if rows:
        render.text(render.table(rows))


def line(entry: IndexEntry, found: Description, why: str) -> list[str]:
    """Version, base, day, size, and why not."""
    base = found.labels.get(entry.base or "", "any base")
    return [entry.version, base, entry.published[:10], f"{entry.size:,} bytes", why]


def as_document(found: Description) -> dict[str, object]:
    """For programs: entries as the index has them."""
    return {
        "name": found.name,
        "source": found.source,
        "status": found.status,
        "releases": [each.model_dump(mode="json", exclude_none=True) for each in found.releases],
        "not_chosen": {each.version: each.reason for each in found.fallen},
    }
