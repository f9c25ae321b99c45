"""The group `pcm-registry`."""

import click

from pcm_registry.cli import init, keys, revoke, serve, token


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pcm-concepts", prog_name="pcm-registry")
def pcm_registry() -> None:
    """Serve signed concepts: a registry on SQLite and a folder."""


for command in (init.init, keys.keys, revoke.revoke, serve.serve, token.token):
    pcm_registry.add_command(command)
