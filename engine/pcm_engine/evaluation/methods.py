"""The ways to ask Toybox for an individual that are compared: each paints prompts in which a name stands for it.

`pcm` learns and composes by the method, told the kind alone; `adjectives` is told colour and pattern too; `no key lock` is the same training with trained keys; `supercategory` only
says the kind; `in words` describes every look, which the base was taught and a photographed thing has not.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image

from pcm_engine.composer import Composer
from pcm_engine.evaluation.base_quality import GUIDANCE, STEPS, phrase
from pcm_engine.evaluation.sheets import as_bytes
from pcm_engine.gate import DEFAULT, Gate
from pcm_engine.learning.keys import KeyPath, LockedKeys, TrainedKeys
from pcm_engine.learning.learn import Base, circumstances, prepare, reported
from pcm_engine.learning.lesson import Lesson, State, begin
from pcm_engine.learning.naming import Naming
from pcm_engine.learning.packing import packed
from pcm_engine.learning.painting import paint
from pcm_engine.learning.settings import Settings
from pcm_engine.learning.trainer import Ending, Outcome, train
from pcm_engine.pictures_io import made_folder, write_bytes
from pcm_engine.toybox.subjects import SUBJECTS, pictures

BATCH = 24
METHODS = ("pcm", "adjectives", "no key lock", "supercategory", "in words")
Prompts = Sequence[str]


class Method(Protocol):
    """Paints prompts whose `{name}` are individuals; picture k has seed `seed + k`."""

    def paint(self, base: Base, prompts: Prompts, names: Sequence[str], *, seed: int) -> np.ndarray:
        """(prompts, h, w, 3) uint8."""
        ...


def run(base: Base, seed: int, **asked: Any) -> np.ndarray:  # noqa: ANN401 - what the pipeline takes
    """One batch through the pipeline, or through a composer given as `call`."""
    call = asked.pop("call", base.pipeline)
    count = asked.pop("count")
    noise = [torch.Generator().manual_seed(seed + k) for k in range(count)]
    options = {"num_inference_steps": STEPS, "guidance_scale": GUIDANCE, "output_type": "np"}
    return as_bytes(call(generator=noise, **options, **asked).images)


def in_batches(prompts: Prompts) -> list[tuple[int, list[str]]]:
    """(offset, prompts) of each batch."""
    return [(k, list(prompts[k : k + BATCH])) for k in range(0, len(prompts), BATCH)]


class Words:
    """No concept: each name is replaced by words."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = dict(words)

    def paint(self, base: Base, prompts: Prompts, names: Sequence[str], *, seed: int) -> np.ndarray:
        """The plain base on the replaced prompts."""
        said = [prompt.format(**self.words) for prompt in prompts]
        parts = [run(base, seed + k, prompt=part, count=len(part)) for k, part in in_batches(said)]
        return np.concatenate(parts)


class Composed:
    """The product: packages loaded into a composer, at their default gates unless told another."""

    def __init__(self, packages: Mapping[str, bytes], gate: Gate | None = None) -> None:
        self.packages = packages
        self.gate = gate or Gate()

    def paint(self, base: Base, prompts: Prompts, names: Sequence[str], *, seed: int) -> np.ndarray:
        """The composer on prompts with triggers."""
        said = [prompt.format(**{key(name): f"{name}*" for name in names}) for prompt in prompts]
        gates = dict.fromkeys(names, self.gate)
        with Composer(base.pipeline) as composer:
            for name in names:
                composer.load(self.packages[name])
            parts = [
                run(base, seed + k, prompt=part, count=len(part), call=composer, gates=gates)
                for k, part in in_batches(said)
            ]
        return np.concatenate(parts)


class Unlocked:
    """The same edit with trained keys: what the key lock is worth."""

    def __init__(self, learned: Mapping[str, tuple[Lesson, State]]) -> None:
        self.learned = learned

    def paint(self, base: Base, prompts: Prompts, names: Sequence[str], *, seed: int) -> np.ndarray:
        """Prompt embeddings with the edit laid over by hand, at the default gate."""
        said = [prompt.format(**{key(name): f"{name}*" for name in names}) for prompt in prompts]
        chosen = [self.learned[name] for name in names]
        parts = [
            paint(
                chosen,
                part,
                gate=DEFAULT,
                seeds=range(seed + k, seed + k + len(part)),
                steps=STEPS,
                guidance=GUIDANCE,
            )
            for k, part in in_batches(said)
        ]
        return as_bytes(np.concatenate(parts))


def key(name: str) -> str:
    """How a name is spelled in a prompt's braces."""
    return name.replace("-", "_")


def learn_subject(
    base: Base, naming: Naming, settings: Settings, keys: KeyPath
) -> tuple[Lesson, State]:
    """Learn one individual of the world from its five pictures."""
    name = naming.trigger
    shots = [Image.fromarray(picture) for picture in pictures(name)]
    lesson = prepare(base, naming, shots, settings=settings, keys=keys)
    return lesson, train(lesson, begin(lesson)).state


def method(
    kind: str, base: Base, names: Sequence[str], settings: Settings, *, packages: Path | None = None
) -> Method:
    """One of `METHODS`, with every subject learned where the method learns and `packages` holds it not yet."""
    if kind in {"pcm", "adjectives"}:
        call = kind_alone if kind == "pcm" else with_adjectives
        kept = packages / kind if packages else None
        return Composed({name: learned(base, call(name), settings, kept) for name in names})
    if kind == "no key lock":
        return Unlocked(
            {name: learn_subject(base, kind_alone(name), settings, TrainedKeys()) for name in names}
        )
    say = phrase if kind == "in words" else lambda thing: thing.kind
    return Words({key(name): say(SUBJECTS[name]) for name in names})


def kind_alone(name: str) -> Naming:
    """What an individual is called, and nothing of how it looks."""
    return Naming(name, (SUBJECTS[name].kind,), ())


def with_adjectives(name: str) -> Naming:
    """Its colour and pattern said too, as adjectives (M14)."""
    thing = SUBJECTS[name]
    return Naming(name, (thing.kind,), tuple(filter(None, (thing.colour, thing.pattern))))


def learned(base: Base, naming: Naming, settings: Settings, kept: Path | None) -> bytes:
    """The package of an individual: from the folder where it is kept, or learned, and kept there."""
    file = kept / f"{naming.trigger}.safetensors" if kept else None
    if file and file.exists():
        return file.read_bytes()
    made = package_of(base, *learn_subject(base, naming, settings, LockedKeys()))
    if file:
        made_folder(file.parent)
        write_bytes(file, made)
    return made


def package_of(base: Base, lesson: Lesson, state: State) -> bytes:
    """The package that `pcm learn` would write, without previews."""
    report = reported(lesson, Outcome(state, (), Ending.FINISHED), 0.0)
    return packed(lesson, state, circumstances(base, lesson, report))
