"""`pcm-registry keys ceremony|install|sign|renew|publish|status`: what offline keys are for (P45)."""

from pathlib import Path

import click

from pcm_registry.cli.options import data_option, passphrase_for, settings_of
from pcm_registry.cli.token import opened

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
OVERDUE = 4


@click.group(short_help="Ceremony, signing, renewal, status.")
def keys() -> None:
    """Make and use the keys that speak for a registry."""


@keys.command(short_help="Make all keys and the first root, offline.")
@click.option("--holders", default=3, show_default=True, help="Keys of root.")
@click.option("--threshold", default=2, show_default=True, help="How many of them must sign.")
@click.option("--bits", default=10, show_default=True, help="2^BITS bins; 10 suits 100,000 names.")
@click.option("--out", required=True, type=FOLDER, help="Folder for the files.")
def ceremony(holders: int, threshold: int, bits: int, out: Path) -> None:
    """Make root and targets keys, encrypted, and 1.root.json and 1.targets.json in OUT.

    Run it on a machine without network; hand each holder one file. `install` takes the rest to the server.
    """
    from pcm_registry.ceremony import Shape, hold
    from pcm_registry.services import utc_clock

    hold(out, Shape(holders, threshold, bits), passphrase_for, now=utc_clock())
    click.echo(f"{out}: {holders} root keys, {threshold} of them sign", err=True)


@keys.command(short_help="Found a registry on a ceremony's files.")
@data_option
@click.option("--from", "source", required=True, type=FOLDER, help="Folder of the ceremony.")
def install(data: Path, source: Path) -> None:
    """Take root, targets and the online keys of a ceremony into DATA; offline keys are not copied."""
    from pcm_registry import ceremony as made
    from pcm_registry import founding
    from pcm_registry.blobs import Storage
    from pcm_registry.services import utc_clock

    settings = settings_of(data)
    storage = Storage.in_folder(settings.public)
    made.install(source, storage, settings, now=utc_clock())
    click.echo(f"root sha256: {founding.founded(storage).root.hex}")


@keys.command(short_help="Add a holder's signature to a file.")
@click.argument("file", type=FILE)
@click.option("--key", required=True, type=FILE, help="The holder's encrypted key file.")
def sign(file: Path, key: Path) -> None:
    """Sign the metadata FILE with a holder's key."""
    from pcm_registry.ceremony import sign_file
    from pcm_registry.role_keys import read_encrypted

    count = sign_file(file, read_encrypted(key, passphrase_for))
    click.echo(f"{file.name}: {count} signatures", err=True)


@keys.command(short_help="Write the next root or targets, to be signed.")
@data_option
@click.argument("role", type=click.Choice(["root", "targets"]))
@click.option(
    "--claim", "claims", multiple=True, help="Namespace whose keyset targets shall claim."
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
def renew(data: Path, role: str, claims: tuple[str, ...], out: Path) -> None:
    """Write the successor of ROLE to OUT for another year; holders `sign` it, then `publish` puts it in place.

    The next targets hold the keyset of `library` and of each claimed namespace as they are now.
    """
    from pcm_registry import ceremony as made
    from pcm_registry import founding
    from pcm_registry.services import utc_clock

    storage, now = founding.existing(settings_of(data)), utc_clock()
    if role == "root":
        out.write_bytes(made.next_root(storage, now=now).to_bytes())
    else:
        wanted = claimed(data, claims)
        out.write_bytes(made.next_targets(storage, wanted, now=now).to_bytes())
    click.echo(f"{out}: sign it with `pcm-registry keys sign`, then publish it", err=True)


@keys.command(short_help="Put a signed root or targets in place.")
@data_option
@click.argument("file", type=FILE)
def publish(data: Path, file: Path) -> None:
    """Check the signatures of FILE and put it in place; a running server signs the rest within a minute."""
    from pcm_registry import ceremony as made
    from pcm_registry import founding

    storage = founding.existing(settings_of(data))
    click.echo(made.publish(storage, file.read_bytes(), claimed(data, ())), err=True)


@keys.command(short_help="Versions and days left; exit 4 when a person must renew.")
@data_option
@click.pass_context
def status(context: click.Context, data: Path) -> None:
    """List each role with its version and the days it has left."""
    from pcm_registry import ceremony as made
    from pcm_registry import founding
    from pcm_registry.services import utc_clock

    now = utc_clock()
    found = made.status(founding.existing(settings_of(data)), now=now)
    for each in found:
        note = "  renew now" if each.is_due else ""
        click.echo(f"{each.role:<10} {each.version:>6} {(each.expires - now).days:>5} days{note}")
    if any(each.is_due for each in found):
        context.exit(OVERDUE)


def claimed(data: Path, namespaces: tuple[str, ...]) -> dict[str, bytes]:
    """The chains that targets hold or shall hold, by target: `library` where it exists, and others by name."""
    from pcm_registry import founding
    from pcm_registry.ceremony import newest_targets
    from pcm_registry.namespaces import chain_of, target_of

    held = newest_targets(founding.existing(settings_of(data))).signed.targets
    names = {path.removeprefix("keysets/").removesuffix(".json") for path in held}
    with opened(data) as database, database.reading() as connection:
        chains = {name: chain_of(connection, name) for name in {*names, *namespaces, "library"}}
    return {target_of(name): each.to_bytes() for name, each in chains.items() if each is not None}
