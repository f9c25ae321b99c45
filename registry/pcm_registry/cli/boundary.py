"""The error boundary of `pcm-registry`: one typed error, printed once, and its exit status (P75)."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from pcm_registry.cli.group import pcm_registry
from pcm_schemas.errors import Exit, PcmError

OURS = ("pcm_registry", "pcm_schemas")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line, by default this process's, and exit by P75."""
    sys.exit(run([*sys.argv[1:]] if arguments is None else [*arguments]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status."""
    try:
        ended = pcm_registry.main(
            args=[*(arguments or ["--help"])], prog_name="pcm-registry", standalone_mode=False
        )
    except PcmError as error:
        return _report(error)
    except click.Abort:
        return Exit.INTERRUPTED
    except click.ClickException as error:
        return _report(_misused(error))
    except ModuleNotFoundError as error:
        return _report(_missing(error))
    return ended if isinstance(ended, int) else Exit.OK


def _misused(error: click.ClickException) -> PcmError:
    """Name the command that click had reached, such as `pcm-registry keys renew`."""
    from pcm_registry.errors import UsageInvalid

    context = error.ctx if isinstance(error, click.UsageError) else None
    return UsageInvalid(error.format_message(), context.command_path if context else "pcm-registry")


def _missing(error: ModuleNotFoundError) -> PcmError:
    """Name the extra where something of it is missing; a module of ours that is gone is a bug."""
    from pcm_registry.errors import ServerMissing

    module = (error.name or "").partition(".")[0]
    if module in OURS:
        raise error
    return ServerMissing(module)


def _report(error: PcmError) -> int:
    lines = (
        f"error[{error.code}]: {error.message()}",
        f"  why: {error.why()}",
        f"  fix: {error.hint()}",
    )
    click.echo("\n".join(lines), err=True)
    return error.exit_code
