"""The demo's registry: `pcm-registry serve --dev` as a process of its own, started as a person would, ended at the end."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from re import search
from typing import Final

from pcm_engine.demo.errors import StepFailed

PATIENCE: Final = 120
"""Seconds until it must say its address."""
MERCY: Final = 10
"""Seconds until it is killed, if it does not end when it is asked to."""
ADDRESS: Final = r"serving on (http://\S+)"


@dataclass
class Registry:
    """A server and what it says. Invariant: after `end` its process is gone."""

    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> str:
        """Start it and wait for its address, the answer. Raises StepFailed with what it says instead."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the demo's own server, no shell
                [*command],
                cwd=folder,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if found := search(ADDRESS, self.said()):
                return found[1]
            time.sleep(0.05)
        raise StepFailed("pcm-registry serve", self.said().strip() or "no address was said")

    def said(self) -> str:
        """All that it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """End it, by its own process id, and wait until it is gone."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=MERCY)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
