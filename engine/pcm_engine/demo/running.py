"""Run the steps of the demo: say the command, do what it says in this process, or say what is reused."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from pcm_engine.cli import answers
from pcm_engine.demo import packages, photos
from pcm_engine.demo.chapter import Step
from pcm_engine.demo.command import Command
from pcm_engine.demo.ledger import Ledger
from pcm_engine.pictures_io import made_folder
from pcm_schemas.errors import Exit

if TYPE_CHECKING:
    from pcm_engine.cli.loading import Bases

Program = Callable[[Sequence[str]], None]
MODULES: Final[dict[str, Program]] = {
    "pcm_engine.demo.photos": photos.main,
    "pcm_engine.demo.packages": packages.main,
}


def run_all(steps: Iterable[Step], ledger: Ledger, bases: "Bases") -> None:
    """Every step in order; what is done already is not done again."""
    for step in steps:
        run(step, ledger, bases)


def run(step: Step, ledger: Ledger, bases: "Bases") -> None:
    """One step; it counts as done only when its command ended well."""
    answers.talk(f"$ {step.command.shown()}")
    if ledger.has(step):
        answers.talk("reused: its command, what it reads and what it wrote are unchanged")
        return
    for file in step.writes:
        made_folder(file.parent)
    started = time.monotonic()
    program, arguments = program_of(step.command, bases)
    program(arguments)
    ledger.add(step, round(time.monotonic() - started))


def program_of(command: Command, bases: "Bases") -> tuple[Program, Sequence[str]]:
    """The function behind a command line, and its arguments."""
    first, second, *rest = command.expanded()
    if first == "pcm":
        return partial(call, command_named(second), bases), rest
    module, *arguments = rest
    return MODULES[module], arguments


def command_named(name: str) -> click.Command:
    """A command of the engine, imported when it is run."""
    if name == "learn":
        from pcm_engine.cli.learn import learn

        return learn
    from pcm_engine.cli.generate import generate

    return generate


def call(command: click.Command, bases: "Bases", arguments: Sequence[str]) -> None:
    """Call a command as its group would, with the bases that are open; its errors and interrupts pass."""
    ended = command.main(
        [*arguments], prog_name=f"pcm {command.name}", standalone_mode=False, obj=bases
    )
    if isinstance(ended, int) and ended != Exit.OK:
        raise click.exceptions.Exit(ended)
