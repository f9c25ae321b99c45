"""What the commands share: the data folder, its settings, the passphrase of offline keys."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pcm_registry.settings import Settings

data_option: Callable[..., Any] = click.option(
    "--data",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the registry: database, blobs, signed metadata, keys.",
)


def settings_of(data: Path, **given: object) -> "Settings":
    """What the environment sets, for this folder."""
    from pcm_registry.settings import Settings

    return Settings.from_environment(os.environ, data=data, **given)


def passphrase_for(file: str) -> str:
    """The passphrase of an offline key: from the environment, else asked for."""
    found = os.environ.get("PCM_REGISTRY_PASSPHRASE")
    return str(click.prompt(f"Passphrase of {file}", hide_input=True)) if found is None else found
