"""The error boundary: whatever a command raises becomes one typed error, printed once, and its exit status (P75)."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from pcm.cli import render
from pcm.cli.group import ENGINE_EXTRA, OURS, pcm
from pcm.cli.render import Form
from pcm.errors import ExtraMissing, Unexpected, UsageInvalid
from pcm_schemas.errors import Exit, PcmError


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run `pcm` on a command line, by default this process's, and exit by P75."""
    given = [*sys.argv[1:]] if arguments is None else [*arguments]
    sys.exit(run(given))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; no exception passes but those that end a process."""
    try:
        ended = pcm.main(args=[*(arguments or ["--help"])], prog_name="pcm", standalone_mode=False)
    except click.Abort:
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the boundary is the one place that meets every exception
        return report(error, wanted_form(arguments))
    return ended if isinstance(ended, int) else Exit.OK


def report(error: Exception, form: Form) -> int:
    """Print an error once, its traceback only on request, and return its exit status."""
    if os.environ.get("PCM_DEBUG"):
        render.traceback(error)
    known = typed(error)
    render.problem(known, form=form)
    return known.exit_code


def typed(error: Exception) -> PcmError:
    """Give every exception a code: ours have one, click's are `usage`, the rest is `internal`."""
    match error:
        case PcmError():
            return error
        case click.ClickException():
            return UsageInvalid(reason=error.format_message(), command=understood(error))
        case ModuleNotFoundError():
            return missing_module(error)
        case _:
            return Unexpected(kind=type(error).__name__, text=str(error))


def missing_module(error: ModuleNotFoundError) -> PcmError:
    """Name the extra that a command found missing while it ran; a module of ours that is gone is a bug."""
    module = (error.name or "").partition(".")[0]
    if module in OURS:
        return Unexpected(kind=type(error).__name__, text=str(error))
    return ExtraMissing(command="pcm", module=module, requirement=ENGINE_EXTRA)


def understood(error: click.ClickException) -> str:
    """Name the command that click had reached, such as `pcm inspect`."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    return context.command_path if context else "pcm"


def wanted_form(arguments: Sequence[str]) -> Form:
    """See whether `--json` was asked for, also on a command line that could not be parsed."""
    words = [*arguments]
    options = words[: words.index("--")] if "--" in words else words
    return Form.JSON if "--json" in options else Form.TEXT
