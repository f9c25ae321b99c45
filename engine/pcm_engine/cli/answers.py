"""How the engine's commands answer: data to stdout, talk to stderr, JSON where a program asks."""

import json
from collections.abc import Mapping
from enum import Enum

import click


class Form(Enum):
    """For people, or for programs."""

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


def document(data: Mapping[str, object]) -> None:
    """Print what a program asked for."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def talk(line: str) -> None:
    """Say something beside the data, in one line."""
    click.echo(" ".join(line.split()), err=True)
