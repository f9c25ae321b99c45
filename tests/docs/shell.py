"""A reader's shell: one bash that runs the commands of a page in order, with a registry beside it where the page starts one.

What differs from a reader's machine is said here and nowhere else: `pcm-registry serve` goes to the background and takes
a free port, and `pcm learn` without `--steps` takes few, since what it learns is not the point of a manual.
"""

import os
import re
import shlex
import socket
import subprocess
import sysconfig
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from docs.blocks import Told

PATIENCE = 60.0  # seconds until a registry says its address
MARK = "<<ended>>"
PORT = "8484"  # the default, which pages show
FEW = "--steps 4 --batch 2"
ANYTHING = "…"


@dataclass
class Shell:
    """One bash in a folder. Invariant: after the block it and what it started are gone."""

    folder: Path
    words: Mapping[str, str] = field(default_factory=dict)
    port: int = field(init=False)
    bash: subprocess.Popen[str] = field(init=False)
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.port = free_port()
        self.bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=self.folder,
            env={**os.environ, "COLUMNS": "100", "PATH": path()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bash.communicate("exit\n")
        for server in self.servers:
            server.terminate()
            server.wait()

    def run(self, command: str) -> tuple[int, list[str]]:
        """Type one command; its status, and what it showed."""
        line = self.typed(command)
        if line.startswith("pcm-registry serve"):
            return 0, [self.serve(line)]
        assert self.bash.stdin is not None
        self.bash.stdin.write(f"{line} </dev/null\nprintf '\\n{MARK} %s %s\\n' $? \"$PWD\"\n")
        self.bash.stdin.flush()
        return self.heard()

    def heard(self) -> tuple[int, list[str]]:
        """Lines until the mark."""
        assert self.bash.stdout is not None
        shown: list[str] = []
        for line in self.bash.stdout:
            if line.startswith(MARK):
                _, status, place = line.rstrip("\n").split(" ", 2)
                self.place = Path(place)
                return int(status), [each for each in shown if each.strip()]
            shown.append(line.rstrip("\n"))
        raise EOFError("the shell ended")

    def typed(self, command: str) -> str:
        """A command with this run's address and the page's placeholders."""
        for word, value in {**self.words, PORT: str(self.port)}.items():
            command = command.replace(word, value)
        if command.startswith("pcm learn") and "--steps" not in command and " as " in command:
            return f"{command} {FEW}"
        return command

    def serve(self, line: str) -> str:
        """Start a registry where the shell is, and wait for its address."""
        self.run("true")
        log = self.place / "serve.log"
        program, *rest = shlex.split(line)
        with log.open("wb") as file:
            words = [str(Path(sysconfig.get_path("scripts")) / program), *rest]
            server = subprocess.Popen(
                [*words, "--port", str(self.port)], cwd=self.place, stdout=file, stderr=file
            )
        self.servers.append(server)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and server.poll() is None:
            if found := re.search(r"serving on \S+", log.read_text()):
                return found[0]
            time.sleep(0.05)
        raise TimeoutError(log.read_text())

    def shown(self, lines: tuple[str, ...]) -> list[str]:
        """What a page says of an answer, with this run's address."""
        return [line.replace(PORT, str(self.port)) for line in lines if line.strip()]


def agrees(told: list[str], seen: list[str]) -> bool:
    """Whether an answer is as told; `…` stands for anything in a line, and alone for any lines."""
    pattern = "".join(map(line_pattern, told))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in seen)) is not None


def line_pattern(line: str) -> str:
    """One line of a page as an expression."""
    if line == ANYTHING:
        return "(?:.*\n)*"
    return re.escape(line).replace(re.escape(ANYTHING), ".*") + "\n"


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def path() -> str:
    """The programs of this environment before all others."""
    return f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"


def play(shell: Shell, commands: list[Told]) -> list[str]:
    """Type all commands of a page; what did not go as told, in words."""
    wrong: list[str] = []
    for one in commands:
        status, seen = shell.run(one.command)
        told = shell.shown(one.text)
        if status != one.status or (told and not agrees(told, seen)):
            heard = "\n".join(seen)
            wrong.append(f"line {one.line}: $ {one.command}\n[exit {status}]\n{heard}")
            break
    return wrong
