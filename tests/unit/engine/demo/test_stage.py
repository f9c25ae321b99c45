"""The whole path on Toybox with a real registry: published, installed by name, composed, refused; then nothing twice."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import urlsplit

import pytest

from pcm_engine.cli.loading import Bases
from pcm_engine.demo import show as whole
from pcm_engine.demo.chapter import Chapter, Row, Step
from pcm_engine.demo.command import Command
from pcm_engine.demo.errors import StepFailed
from pcm_engine.demo.layout import Layout
from pcm_engine.demo.ledger import Done
from pcm_engine.demo.plan import chapters
from pcm_engine.demo.processes import require_ending
from pcm_engine.demo.show import show
from pcm_engine.demo.stage import Stage, staged
from pcm_engine.pictures_io import read_recipe
from pcm_schemas.lockfile import Lockfile
from pcm_schemas.project import Project

SHORT = {"learn": ("--steps", "4", "--batch", "2"), "generate": ("--steps", "2")}
OUT = Path("demo")


def quick(step: Step) -> Step:
    more = SHORT.get(str(step.command.words[1]), ())
    return replace(step, command=Command((*step.command.words, *more)))


def quick_row(row: Row) -> Row:
    return replace(row, shots=tuple(replace(one, step=quick(one.step)) for one in row.shots[:1]))


def short(chapter: Chapter) -> Chapter:
    """Few steps, and of each row the picture with concepts."""
    steps = tuple(map(quick, chapter.steps))
    return replace(chapter, steps=steps, rows=tuple(map(quick_row, chapter.rows[:1])))


def done() -> dict[str, Done]:
    steps = json.loads((OUT / "demo.json").read_text())["steps"]
    return {name: Done(**each) for name, each in steps.items()}


def answers(url: str) -> bool:
    place = urlsplit(url)
    with socket.socket() as client:
        return client.connect_ex((place.hostname, place.port)) == 0


@pytest.mark.slow
def test_the_whole_path_and_then_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pcm.toml").write_text(
        "concepts = []\n"
    )  # somebody's project, which stays as it is
    plan = [short(chapter) for chapter in chapters(OUT)]
    page = show(plan, OUT, Bases()).read_text("utf-8")

    lock = Lockfile.parse(Layout(OUT).lock.read_text())
    names = ["library/chair", "library/teapot", "library/teddy-bear", "library/tom-cat"]
    assert [each.name for each in lock.packages] == names
    assert all(each.signed for each in lock.packages)
    recipe = read_recipe(Layout(OUT).picture("in-a-teapot"))
    digests = {each.trigger: each.file.sha256 for each in lock.packages}
    assert {str(one.sha256) for one in recipe.concepts} == {
        digests["teddy-bear"],
        digests["teapot"],
    }
    for name, code in (
        ("install-tampered", "digest.mismatch"),
        ("install-elsewhere", "resolve.no_base"),
    ):
        assert done()[name].answer.startswith(f"error[{code}]")
        assert f"error[{code}]" in page
    assert not Layout(OUT).other.folder.joinpath("pcm.lock").exists()

    registries = Project.parse((Layout(OUT).user.folder / "pcm.toml").read_text()).registries
    assert not answers(registries["default"].url)
    assert (tmp_path / "pcm.toml").read_text() == "concepts = []\n"
    assert not Path(os.environ["PCM_HOME"]).exists()
    secrets = Layout(OUT).registry.parent / "home"
    assert "pcm_" not in (OUT / "demo.json").read_text().replace("pcm_engine", "")
    assert secrets.is_dir()

    capsys.readouterr()
    show(plan, OUT, Bases())
    assert "nothing has changed" in capsys.readouterr().err


def test_the_registry_is_gone_when_a_step_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[Stage] = []

    @contextmanager
    def watched(layout: Layout) -> Iterator[Stage]:
        with staged(layout) as stage:
            ended.append(stage)
            yield stage

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(whole, "staged", watched)
    serve = next(s for c in chapters(OUT) for s in c.steps if s.name == "serve")
    wrong = replace(serve, name="wrong", command=Command(("pcm", "nonsense")))
    with pytest.raises(StepFailed, match="pcm nonsense"):
        show([Chapter("One", "", steps=(serve, wrong))], OUT, Bases())
    process = ended[0].registry.process
    assert process is not None
    assert process.poll() is not None
    assert not (OUT / "index.html").exists()
    assert not (OUT / "demo.json").exists()  # what goes together counts only when all of it is done


@pytest.mark.parametrize(
    ("refusal", "status", "said"),
    [(None, 0, "done"), ("digest.mismatch", 4, "error[digest.mismatch]: …")],
)
def test_a_step_may_end_as_the_demo_promises(refusal: str | None, status: int, said: str) -> None:
    require_ending(promising(refusal), CompletedProcess([], status, said))


@pytest.mark.parametrize(
    ("refusal", "status", "said"),
    [
        (None, 1, "error[internal]"),
        ("digest.mismatch", 4, "error[signature.threshold]: …"),
        ("digest.mismatch", 0, "+ library/tom-cat 1.0.0"),
    ],
)
def test_a_step_may_not_end_otherwise(refusal: str | None, status: int, said: str) -> None:
    with pytest.raises(StepFailed) as caught:
        require_ending(promising(refusal), CompletedProcess([], status, said))
    assert caught.value.said == said


def promising(refusal: str | None) -> Step:
    return replace(chapters(OUT)[0].steps[0], refusal=refusal)
