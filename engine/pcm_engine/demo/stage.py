"""The part of the demo that several people play: commands against one registry, done again together."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from re import findall
from typing import Final

from pcm_engine.demo.chapter import Step
from pcm_engine.demo.layout import Layout
from pcm_engine.demo.ledger import Heard
from pcm_engine.demo.processes import program, ran
from pcm_engine.demo.registry import Registry
from pcm_engine.demo.sharing import BLOB, ROOT, SERVE, URL
from pcm_engine.demo.surroundings import variables
from pcm_schemas.digest import Digest

LOG: Final = "registry.log"
DIGEST: Final = r"\bsha256:([0-9a-f]{64})\b"
NOTICE: Final = "is a development registry"
"""Every command says it; the demo says it once."""


@dataclass
class Stage:
    """What is known by now, and the registry."""

    layout: Layout
    registry: Registry
    known: dict[str, str] = field(default_factory=dict)
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    noticed: bool = False

    def ready(self, step: Step) -> Step:
        """A step with all that is known filled in."""
        return replace(step, command=step.command.filled(self.known))

    def play(self, step: Step) -> Heard:
        """Do a step that is ready and hear its answer. Raises StepFailed where it does not end as it must."""
        if step.name == SERVE:
            return Heard(step.shown(), self._served(step))
        kept = self.kept.setdefault(step.place.folder.name, {})
        answer = ran(step, kept)
        if step.keeps:
            kept[step.keeps] = answer
            return Heard(step.shown())
        self._learn(step, answer)
        return Heard(step.shown(), "\n".join(self._new(answer.splitlines())))

    def _served(self, step: Step) -> str:
        step.place.folder.mkdir(parents=True, exist_ok=True)
        words = program(step.command.expanded())
        url = self.registry.start(words, step.place.folder, variables(step.place, {}))
        root = self.layout.registry / "public" / "tuf" / "1.root.json"
        self.known |= {URL.name: url, ROOT.name: Digest.of(root.read_bytes()).hex}
        return f"serving on {url}"

    def _learn(self, step: Step, answer: str) -> None:
        """The last release's blob, for whoever can reach the registry's disk."""
        if step.name.startswith("publish-") and (found := findall(DIGEST, answer)):
            blob = self.layout.registry / "public" / "blobs" / found[-1][:2] / found[-1]
            self.known[BLOB.name] = str(Path("..") / blob.relative_to(self.layout.out))

    def _new(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            if NOTICE not in line or not self.noticed:
                yield line
            self.noticed = self.noticed or NOTICE in line


@contextmanager
def staged(layout: Layout) -> Iterator[Stage]:
    """A stage that is empty when the block begins; the registry is gone when it ends."""
    for path in layout.left_by_sharing():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    registry = Registry(layout.out / LOG)
    try:
        yield Stage(layout, registry)
    finally:
        registry.end()
