"""`pcm-registry init`: a registry for one operator (P46)."""

from pathlib import Path

import click

from pcm_registry.cli.options import data_option, passphrase_for, settings_of


@click.command(short_help="Make a registry.")
@data_option
def init(data: Path) -> None:
    """Make a registry in DATA: an encrypted offline root of one key, and online keys, on this machine.

    The passphrase is asked for, or taken from PCM_REGISTRY_PASSPHRASE. Carry `offline-keys` away afterwards.
    """
    from pcm_registry import founding
    from pcm_registry.blobs import Storage
    from pcm_registry.services import utc_clock

    settings = settings_of(data)
    storage = Storage.in_folder(settings.public)
    made = founding.init(storage, settings, passphrase_for, now=utc_clock())
    click.echo(f"root sha256: {made.root.hex}")
    click.echo("Hand it out: users type `pcm registry add URL --root-sha256 HEX`.", err=True)
    click.echo("Carry the folder offline-keys to a safe place, and delete it here.", err=True)
    click.echo(
        "One key alone speaks for this root. A second holder would add one, so that a", err=True
    )
    click.echo("stolen key is not enough: see `pcm-registry keys ceremony --help`.", err=True)
