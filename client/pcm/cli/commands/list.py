"""`pcm list`: what is installed here."""

from pathlib import Path

import click

from pcm.cli import render
from pcm.cli.render import Form, form_option
from pcm.config import Folders
from pcm.listed import Row, rows


@click.command("list", short_help="Show what is installed here.")
@form_option
def list_(*, form: Form) -> None:
    """Show name, version, trigger, tier and source of each installed concept; withdrawn ones are marked."""
    from pcm.places import PINS, lock_of, revocations_of

    folders = Folders.from_environment()
    lock = lock_of(Path.cwd(), folders)
    found = rows(lock, revocations_of(lock.parent, folders), folders.trust / PINS)
    if form is Form.JSON:
        render.document([row.as_document() for row in found])
    elif found:
        render.text(render.table([line(row) for row in found]))
    else:
        render.talk("nothing is installed here")


def line(row: Row) -> list[str]:
    """One row of the table."""
    trigger = f"{row.trigger}*" if row.trigger else "–"
    mark = "" if row.revoked is None else f" REVOKED: {row.revoked}"
    return [row.name, row.version, trigger, row.tier or "bundle", row.origin + mark]
