"""`pcm trust`: whose keys are believed here (P30, P31)."""

import click

from pcm import trusting
from pcm.cli import render
from pcm.cli.render import Form, form_option
from pcm.cli.session import open_client
from pcm.trusting import Pinned
from pcm_schemas.keyset import Keyset


@click.group(short_help="Show and change whose keys are believed here.")
def trust() -> None:
    """Pins: the keyset of each namespace that was believed once, and that later ones must follow from."""


@trust.command("list")
@form_option
def list_(*, form: Form) -> None:
    """List all pins."""
    show_all(trusting.pinned(open_client().work().trust), form)


@trust.command()
@click.argument("namespace")
@form_option
def show(namespace: str, *, form: Form) -> None:
    """Show the pins of NAMESPACE and the keys behind them."""
    found = trusting.pinned(open_client().work().trust, namespace)
    show_all(found, form)
    if form is Form.TEXT:
        for each in found:
            for line in key_lines(each.keyset):
                render.text(f"  {line}")


@trust.command()
@click.argument("namespace")
@click.option("--fingerprint", required=True, help="As the owner told it to you by another way.")
@form_option
def accept(namespace: str, *, fingerprint: str, form: Form) -> None:
    """Believe the keyset that the registry serves for NAMESPACE, if it has this fingerprint and you agree."""
    work = open_client().work()
    holder, chain = trusting.served_chain(namespace, work)
    found = trusting.accept_chain(
        chain, namespace, holder=holder, fingerprint=fingerprint, work=work, agree=agreed
    )
    show_all((Pinned(found.pin, found.keyset),), form)


@trust.command()
@click.argument("namespace")
@form_option
def remove(namespace: str, *, form: Form) -> None:
    """Forget the pins of NAMESPACE: the next install pins what it is served."""
    work = open_client().work()
    gone = trusting.remove(work.trust, namespace, now=work.now)
    show_all(tuple(Pinned(pin, None) for pin in gone), form)


def agreed(before: Keyset | None, after: Keyset) -> bool:
    """Show both keysets and ask; there is no option that answers (P31)."""
    for word, keyset in (("old", before), ("new", after)):
        for line in key_lines(keyset) or ["none"]:
            render.talk(f"{word}  {line}")
    return click.confirm("believe the new keyset from now on?", err=True)


def key_lines(keyset: Keyset | None) -> list[str]:
    """One line a key."""
    if keyset is None:
        return []
    return [f"{key.id[:16]}  {', '.join(key.purposes)}" for key in keyset.document.keys]


def show_all(found: tuple[Pinned, ...], form: Form) -> None:
    """Print pins."""
    if form is Form.JSON:
        render.document([each.pin.model_dump(mode="json") for each in found])
    elif found:
        render.text(render.table([line(each) for each in found]))
    else:
        render.talk("no pin")


def line(each: Pinned) -> list[str]:
    """One row: namespace, holder, version, fingerprint, since."""
    pin = each.pin
    return [pin.namespace, pin.holder, f"keyset {pin.version}", pin.fingerprint, pin.first_seen]
