"""The only printer: data to stdout, talk to stderr, an error as three lines or as the problem object (P53, P75)."""

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from traceback import format_exception

import click

from pcm_schemas.errors import PcmError


class Form(Enum):
    """How a command answers: for people, or for programs."""

    TEXT = "text"
    JSON = "json"


form_option = click.option(
    "--json",
    "form",
    flag_value=Form.JSON,
    default=Form.TEXT,
    type=click.UNPROCESSED,
    help="Answer in JSON.",
)
"""Gives a command `--json`, which arrives as `form`."""


def text(data: str) -> None:
    """Print what a person asked for."""
    click.echo(data)


def document(data: Mapping[str, object] | Sequence[object]) -> None:
    """Print what a program asked for."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def talk(line: str) -> None:
    """Say something beside the data."""
    click.echo(line, err=True)


def problem(error: PcmError, *, form: Form) -> None:
    """Print an error once: one line what, one line why, one line what to do; or its problem object."""
    if form is Form.JSON:
        document({**error.problem()})
        return
    talk(f"{click.style(f'error[{error.code}]', fg='red', bold=True)}: {one_line(error.message())}")
    talk(f"  why: {one_line(error.why())}")
    talk(f"  fix: {one_line(error.hint())}")


def traceback(error: Exception) -> None:
    """Print where an error came from, for whoever asked by PCM_DEBUG."""
    talk("".join(format_exception(error)).rstrip())


def one_line(sentence: str) -> str:
    """Join lines: a third-party message may hold several."""
    return " ".join(sentence.split())


def table(rows: Sequence[Sequence[str]]) -> str:
    """Align columns by their widest cell; the last is left ragged."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_padded(row, widths) for row in rows)


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
