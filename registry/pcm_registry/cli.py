"""The command `pcm-registry`. This release holds no server, and the command says so instead of pretending."""

import sys
from dataclasses import dataclass
from typing import ClassVar, NoReturn

import click

from pcm_schemas.errors import PcmError


@dataclass(eq=False)
class ServerMissing(PcmError):
    """A release of the distribution that does not hold the registry server."""

    code: ClassVar[str] = "extra.missing"

    def message(self) -> str:
        return "this release of pcm-concepts holds no registry server"

    def hint(self) -> str:
        return "hand package files on as files; `pcm inspect FILE` reads them"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pcm-concepts", prog_name="pcm-registry")
def pcm_registry() -> None:
    """Serve signed concepts. Not part of this release."""
    raise ServerMissing


def main() -> NoReturn:
    """Run the command and exit by P75."""
    try:
        pcm_registry.main()
    except PcmError as error:
        lines = (
            f"error[{error.code}]: {error.message()}",
            f"  why: {error.why()}",
            f"  fix: {error.hint()}",
        )
        click.echo("\n".join(lines), err=True)
        sys.exit(error.exit_code)
