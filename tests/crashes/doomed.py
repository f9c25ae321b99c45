"""Processes that die at a chosen moment: forked from one warm parent, ended by SIGKILL, so that nothing is unwound.

A child passes moments one after another and tells each of them before it goes on; its fuse ends it at one of them.
"""

import os
import signal
from _thread import LockType
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock, Thread
from typing import Final

FORKS: Final = get_context("forkserver")
WARM: Final = (
    "crashes.installing",
    "crashes.publishing",
    "crashes.serving",
    "pcm.credentials",
    "pcm.metadata",
    "pcm.sources.hub",
    "pcm.sources.registry",
    "sqlalchemy.dialects.sqlite",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
"""What the parent of all children has imported, so that a child starts in milliseconds."""
ARMED: Final = "armed"
PATIENCE: Final = (
    240.0  # seconds until a child that neither speaks nor ends is given up, on a busy machine
)


@dataclass
class Fuse:
    """Ends its process before moment number `at`, or the first one of that name; None lets it live.

    Made by `launched`, in the child.
    """

    wire: Connection
    at: int | str | None
    passed: int = 0
    turn: LockType = field(default_factory=Lock)

    def moment(self, name: str) -> None:
        """One more step; the last one of a process that is to die. Threads pass one after another."""
        with self.turn:
            if self.at in {self.passed, name}:
                die()
            self.passed += 1
            self.wire.send(name)

    def listen(self) -> None:
        """From now on the parent says at which moment to die, counted from then."""
        Thread(target=self._take_orders, daemon=True).start()

    def _take_orders(self) -> None:
        while True:
            at = self.wire.recv()
            with self.turn:
                self.at, self.passed = at, 0
                self.wire.send(ARMED)


def die() -> None:
    """End this process now: no handler, no `finally`, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)


Task = Callable[..., None]
"""What a child does: it is given its fuse, then its arguments."""


@dataclass
class Doomed:
    """A child, seen from outside."""

    process: BaseProcess
    wire: Connection

    def told(self) -> Iterator[str]:
        """What it says, until it ends."""
        try:
            while self.wire.poll(PATIENCE):
                yield self.wire.recv()
        except (EOFError, ConnectionResetError):
            self.process.join(PATIENCE)

    def until(self, word: str) -> list[str]:
        """What it says before a word."""
        said = list[str]()
        for each in self.told():
            if each == word:
                return said
            said.append(each)
        raise AssertionError(f"it ended without saying {word}")

    def arm(self, at: int | None) -> None:
        """Let it die before a moment, counted from now."""
        self.wire.send(at)
        self.until(ARMED)

    def ended(self) -> list[str]:
        """Everything it said; it has ended."""
        said = [*self.told()]
        assert self.process.exitcode is not None, "it hangs"
        return said

    @property
    def was_killed(self) -> bool:
        return self.process.exitcode == -signal.SIGKILL


@contextmanager
def launched(task: Task, *arguments: object, at: int | str | None = None) -> Iterator[Doomed]:
    """A child that does its task under a fuse; it is gone when the block ends."""
    ours, its = FORKS.Pipe()
    process = FORKS.Process(target=_live, args=(its, at, task, arguments), daemon=True)
    process.start()
    its.close()
    try:
        yield Doomed(process, ours)
    finally:
        process.kill()
        process.join()
        ours.close()


def moments(
    task: Task, *arguments: object, at: int | str | None = None
) -> tuple[list[str], Doomed]:
    """What a child passed before it ended, and the child."""
    with launched(task, *arguments, at=at) as child:
        return child.ended(), child


def warm_up() -> None:
    """Have the parent of all children import what they need; call it before the first child."""
    paths = [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    FORKS.set_forkserver_preload([*WARM])


def _live(
    wire: Connection, at: int | str | None, task: Task, arguments: tuple[object, ...]
) -> None:
    task(Fuse(wire, at), *arguments)
