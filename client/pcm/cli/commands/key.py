"""`pcm key`: the keys of your namespaces (P26)."""

import click

from pcm.cli import render
from pcm.cli.render import Form, form_option
from pcm.config import Folders
from pcm.own_keys import OwnKeys, passphrase_from
from pcm.workplace import system_time
from pcm_schemas.keyset import fingerprint


@click.group(short_help="Make, list and export your namespaces' keys.")
def key() -> None:
    """Keys: `release` signs what you publish; `keyset` changes your keys, and is kept apart."""


@key.command()
@click.argument("namespace")
@click.option("--note", help="Where the release key is kept, such as `laptop`; it is public.")
@form_option
def new(namespace: str, *, note: str | None, form: Form) -> None:
    """Make both keys of NAMESPACE, encrypted, and its first keyset."""
    chain = own_keys().new(namespace, note=note, now=system_time())
    said = {"namespace": chain.namespace, "fingerprint": fingerprint(chain.last.digest)}
    if form is Form.JSON:
        render.document(said)
    else:
        render.text(f"{said['namespace']}  keyset 1  {said['fingerprint']}")
        render.talk("move the keyset key to another place: it is only needed to change keys")


@key.command("list")
@form_option
def list_(*, form: Form) -> None:
    """List the keys that lie on this machine."""
    held = [{"namespace": space, "purpose": purpose.value} for space, purpose in own_keys().held()]
    if form is Form.JSON:
        render.document(held)
    elif held:
        render.text(render.table([[*each.values()] for each in held]))
    else:
        render.talk("no key was made yet: `pcm key new NAMESPACE`")


@key.command()
@click.argument("namespace")
def export(namespace: str) -> None:
    """Print the public keysets of NAMESPACE: what `keyset.json` beside a package holds."""
    render.text(own_keys().chain(namespace).to_bytes().decode("utf-8"))


def own_keys() -> OwnKeys:
    """The keys of this user; a passphrase that the environment does not hold is asked for."""
    return OwnKeys(Folders.from_environment(), passphrase_from(asked))


def asked(name: str) -> str:
    """Ask for the passphrase of a key file."""
    answer: str = click.prompt(f"passphrase of {name}", hide_input=True, err=True)
    return answer
