"""`pcm cache`: what the store keeps of concepts that no environment uses any more."""

import click

from pcm.cli import render
from pcm.cli.render import Form, form_option
from pcm.config import Folders
from pcm.store import Pruned, Store


@click.group(short_help="Remove stored files that nothing uses.")
def cache() -> None:
    """The store: every concept file that was installed on this machine, kept once for all environments."""


@cache.command()
@form_option
def prune(*, form: Form) -> None:
    """Remove files that no environment's lock names and that are older than an hour; what goes can be fetched again."""
    found = Store(Folders.from_environment().data).prune()
    if form is Form.JSON:
        render.document(
            {"removed": [*found.blobs], "leftovers": found.leftovers, "freed": found.freed}
        )
    else:
        render.text(line(found))


def line(found: Pruned) -> str:
    """What was removed, in a sentence."""
    if not found.blobs and not found.leftovers:
        return "nothing to remove; what is younger than an hour stays"
    return f"removed {len(found.blobs)} of the store, {found.leftovers} left by crashes: {found.freed:,} bytes"
