"""A demo on a random base, each chapter short, its packages random too."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from diffusers import StableDiffusionPipeline

import concepts
from pcm_engine import toybox
from pcm_engine.demo import packages as shipped
from pcm_engine.demo.chapter import Again, Chapter, Row, Shot, Step
from pcm_engine.demo.command import Command
from pcm_engine.demo.layout import SHIPPED
from pcm_engine.demo.plan import chapters

SHORT = {"learn": ("--steps", "4", "--batch", "2"), "generate": ("--steps", "2")}
Shorten = Callable[[Path], tuple[Chapter, ...]]


@pytest.fixture(scope="session")
def base(pipeline: StableDiffusionPipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo-base")
    pipeline.save_pretrained(folder)
    return folder


@pytest.fixture
def home(
    base: Path, pipeline: StableDiffusionPipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The current folder; Toybox is the random base, and three random packages ship."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(toybox, "path", lambda: base)
    monkeypatch.setattr(shipped, "HOME", tmp_path / "shipped")
    (tmp_path / "shipped").mkdir()
    for seed, word in enumerate(SHIPPED, start=5):
        data = concepts.packed(concepts.random_concept(pipeline, word, seed=seed))
        (tmp_path / "shipped" / f"{word}.safetensors").write_bytes(data)
    return tmp_path


@pytest.fixture
def short() -> Shorten:
    """The demo's chapters with one row each and few steps, and without those that need a registry."""
    return lambda out: tuple(shortened(chapter) for chapter in chapters(out))


def shortened(chapter: Chapter) -> Chapter:
    return replace(
        chapter,
        steps=tuple(quick(step) for step in chapter.steps if step.again is Again.ALONE),
        rows=tuple(
            Row(row.title, tuple(map(quick_shot, row.shots[:2]))) for row in chapter.rows[:1]
        ),
        tables=(),
    )


def quick_shot(shot: Shot) -> Shot:
    """Concepts from their files: here nothing is installed."""
    return replace(shot, step=given(quick(shot.step)))


def given(step: Step) -> Step:
    files = [part for file in step.reads for part in ("--concept", str(Path.cwd() / file))]
    return replace(step, command=Command((*step.command.words, *files)))


def quick(step: Step) -> Step:
    more = SHORT.get(str(step.command.words[1]), ())
    return replace(step, command=Command((*step.command.words, *more)))
