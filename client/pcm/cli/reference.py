"""The reference of the command line, written from the commands' own help: `python -m pcm.cli.reference FILE`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pcm.cli.group import pcm

HEAD = """# Commands

Written by `make docs` from the commands' own help; a test compares. Every error is one line what, one line why, one
line what to do, and ends in an exit status: 0 done, 1 unexpected, 2 usage, 3 resolution, 4 trust, 5 network,
6 not found, 7 conflict, 8 bad input, 130 interrupted. `PCM_DEBUG=1` adds where an unexpected one came from.
"""


def reference() -> str:
    """Render the whole page."""
    return "\n".join([HEAD, *sections(pcm.make_context("pcm", [], resilient_parsing=True))])


def sections(context: click.Context) -> Iterator[str]:
    """One section for the group and one for each command, below it those of its own commands."""
    command = context.command
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if (found := command.get_command(context, name)) is not None:
                yield from sections(click.Context(found, parent=context, info_name=name))


def main(path: Path) -> None:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
