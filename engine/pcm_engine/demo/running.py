"""Run the steps of a chapter: say the command, do what it says, or say that it is unchanged."""

import io
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from pcm_engine.demo import other_base, packages, photos, telling
from pcm_engine.demo.chapter import Again, Chapter, Step
from pcm_engine.demo.command import Command
from pcm_engine.demo.ledger import Heard, Ledger
from pcm_engine.demo.processes import ran
from pcm_engine.demo.stage import Stage
from pcm_engine.demo.surroundings import inside
from pcm_engine.demo.telling import Aside, Counter, Teller
from pcm_engine.pictures_io import made_folder
from pcm_schemas.errors import Exit

if TYPE_CHECKING:
    from pcm_engine.cli.loading import Bases

Program = Callable[[Sequence[str]], None]
MODULES: Final[dict[str, Program]] = {
    "pcm_engine.demo.other_base": other_base.main,
    "pcm_engine.demo.packages": packages.main,
    "pcm_engine.demo.photos": photos.main,
}
LEARN: Final = "learn"
ENGINE: Final = (LEARN, "generate")


@dataclass
class Run:
    """One run of the demo. `stage` is None while nothing that goes together must be done again."""

    ledger: Ledger
    bases: "Bases"
    stage: Stage | None
    teller: Teller = field(default_factory=Teller)
    together: list[tuple[Step, int, Heard]] = field(default_factory=list)

    def chapter(self, chapter: Chapter) -> None:
        """Every step of a chapter that is not done."""
        due = [step for step in dict.fromkeys(chapter.all_steps) if not self.is_done(step)]
        if not due:
            self.teller.unchanged(chapter.title)
            return
        self.teller.chapter(chapter.title)
        for step in due:
            if step not in chapter.shots:
                self.step(step)
        self.paint([step for step in due if step in chapter.shots])

    def is_done(self, step: Step) -> bool:
        """Whether it need not be done now."""
        if step.again is Again.TOGETHER:
            return self.stage is None
        return self.ledger.has(step)

    def step(self, step: Step) -> None:
        """One step; it counts as done only when its command ended as it must."""
        if step.again is Again.TOGETHER and self.stage is not None:
            self.together.append((step, *self.played(self.stage.ready(step), self.stage)))
            return
        started = time.monotonic()
        telling.command(step.place, step.shown())
        answer = self.here(step)
        if LEARN not in step.command.words[:2]:
            telling.answer(answer)
        telling.took(since(started))
        self.ledger.add(step, since(started), Heard(step.shown(), answer))

    def played(self, step: Step, stage: Stage) -> tuple[int, Heard]:
        """A step of those that go together: how long it took, and what was heard."""
        started = time.monotonic()
        telling.command(step.place, step.shown())
        heard = stage.play(step)
        telling.answer(heard.answer)
        return since(started), heard

    def paint(self, steps: Sequence[Step]) -> None:
        """Pictures, counted rather than told one by one: the page shows each with its command."""
        counter, began = Counter(steps), time.monotonic()
        try:
            for step in steps:
                counter.next(step)
                started = time.monotonic()
                self.here(step)
                self.ledger.add(step, since(started), Heard(step.shown()))
        finally:
            counter.end(since(began))

    def here(self, step: Step) -> str:
        """Do a step in its place; what it printed, unless it talks for itself."""
        if is_apart(step.command):
            return ran(step, {})
        for file in step.writes:
            made_folder(file.parent.absolute())
        heard = Aside(sys.stderr) if LEARN in step.command.words[:2] else io.StringIO()
        with inside(step.place, {}), redirect_stdout(heard), redirect_stderr(heard):
            call_program, arguments = program_of(step.command, self.bases)
            call_program(arguments)
        return "\n".join(heard.heard) if isinstance(heard, Aside) else heard.getvalue().strip()

    def finish(self) -> None:
        """Keep the steps that go together, now that all of them are done."""
        for step, seconds, heard in self.together:
            self.ledger.add(step, seconds, heard)


def since(started: float) -> int:
    """Whole seconds since then."""
    return round(time.monotonic() - started)


def is_apart(command: Command) -> bool:
    """Whether a command is the client's; the engine's share the base that is open in this process."""
    return command.words[0] == "pcm" and command.words[1] not in ENGINE


def program_of(command: Command, bases: "Bases") -> tuple[Program, Sequence[str]]:
    """The function behind a command line, and its arguments."""
    first, second, *rest = command.expanded()
    if first == "pcm":
        return partial(call, command_named(second), bases), rest
    module, *arguments = rest
    return MODULES[module], arguments


def command_named(name: str) -> click.Command:
    """A command of the engine, imported when it is run."""
    if name == LEARN:
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
