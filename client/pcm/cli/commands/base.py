"""`pcm base`: the base models of this machine, measured and named."""

import click

from pcm.bases import BaseList, BaseRecord
from pcm.cli import render
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client
from pcm.config import Folders


@click.group(short_help="Measure, list and choose base models.")
def base() -> None:
    """Base models: a concept installs only for the base it was learned on, or a copy of it."""


@base.command()
@click.argument("place")
@click.option("--name", help="What to call it; else the folder's name.")
@form_option
def add(place: str, *, name: str | None, form: Form) -> None:
    """Measure the base at PLACE, a folder, `toybox` or `hf:owner/repo@rev`, and list it; the first one becomes this environment's."""
    show([open_client().add_base(place, name=name)], form)


@base.command("list")
@form_option
def list_(*, form: Form) -> None:
    """List the bases that were measured on this machine."""
    show([*BaseList.read(Folders.from_environment()).bases], form)


@base.command()
@click.argument("name")
@form_option
def use(name: str, *, form: Form) -> None:
    """Write NAME, of the list or a folder, as the base of this environment."""
    show([open_client().use_base(name)], form)


def show(records: list[BaseRecord], form: Form) -> None:
    """Print bases."""
    if form is Form.JSON:
        render.document([each.model_dump(mode="json") for each in records])
    elif records:
        render.text(render.table([line(each) for each in records]))
    else:
        render.talk("no base was measured yet: `pcm base add toybox`")


def line(record: BaseRecord) -> list[str]:
    """One row: name, layout, digest, folder."""
    kind = f"{record.architecture}, {record.prediction_type}"
    return [record.name, kind, record.digest, record.folder]
