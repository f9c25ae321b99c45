"""Commands of the client and the registry as processes: what a person would type, in its place."""

import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from pcm_engine.demo.chapter import Step
from pcm_engine.demo.errors import StepFailed
from pcm_engine.demo.surroundings import variables


def ran(step: Step, kept: Mapping[str, str]) -> str:
    """Run a step and hear its answer. Raises StepFailed where it does not end as it must."""
    step.place.folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(  # noqa: S603 - the demo's own commands, no shell
        program(step.command.expanded()),
        cwd=step.place.folder,
        env=variables(step.place, kept),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    require_ending(step, done)
    return done.stdout.strip()


def require_ending(step: Step, done: subprocess.CompletedProcess[str]) -> None:
    """A step ends well, or in the very error that the demo announces. Raises StepFailed."""
    if step.refusal is None:
        if done.returncode != 0:
            raise StepFailed(step.shown(), done.stdout.strip())
    elif done.returncode == 0 or f"error[{step.refusal}]" not in done.stdout:
        raise StepFailed(step.shown(), done.stdout.strip())


def program(words: list[str]) -> list[str]:
    """The program of this very environment."""
    if words[0] == "python":
        return [sys.executable, *words[1:]]
    return [str(Path(sysconfig.get_path("scripts")) / words[0]), *words[1:]]
