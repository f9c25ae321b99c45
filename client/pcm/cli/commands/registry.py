"""`pcm registry`: where concepts come from, each with the digest of its first root (P43)."""

import click

from pcm.cli import render
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client
from pcm.connecting import transport_for
from pcm.registries import Added, add_registry
from pcm_schemas.digest import Digest


@click.group(short_help="Add and list registries.")
def registry() -> None:
    """Registries: each is known by its address and by the digest of its first root."""


@registry.command()
@click.argument("url")
@click.option("--root-sha256", "root", help="64 hex digits of its 1.root.json, from its operators.")
@click.option("--name", default="default", show_default=True, help="What `pcm+NAME:` means.")
@form_option
def add(url: str, *, root: str | None, name: str, form: Form) -> None:
    """Add the registry at URL; without --root-sha256 its first root is shown, and pinned on a yes."""
    environment = open_client().environment
    added = add_registry(
        url,
        environment,
        name=name,
        root=None if root is None else Digest(f"sha256:{root.removeprefix('sha256:')}"),
        transport=transport_for(environment),
        agree=lambda found: click.confirm(f"its first root is {found}; pin it?", err=True),
    )
    show(added, form)


@registry.command("list")
@form_option
def list_(*, form: Form) -> None:
    """List the registries of this project and of your own settings."""
    found = open_client().environment.project().registries
    if form is Form.JSON:
        render.document({name: each.model_dump(mode="json") for name, each in found.items()})
    elif found:
        render.text(render.table([[n, each.url, each.root] for n, each in sorted(found.items())]))
    else:
        render.talk("no registry is set: `pcm registry add URL`")


def show(added: Added, form: Form) -> None:
    """Print what was written."""
    if form is Form.JSON:
        render.document({"name": added.name, **added.registry.model_dump(mode="json")})
    else:
        render.text(f"{added.name}  {added.registry.url}  {added.registry.root}")
