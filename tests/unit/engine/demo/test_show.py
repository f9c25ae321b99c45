"""The demo runs its own commands, goes on where it was stopped, and does nothing twice."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.cli.loading import Bases
from pcm_engine.demo import packages, running
from pcm_engine.demo import show as whole
from pcm_engine.demo.chapter import Chapter
from pcm_engine.demo.layout import Layout
from pcm_engine.demo.ledger import Ledger
from pcm_engine.demo.show import show
from pcm_engine.pictures_io import read_recipe

Shorten = Callable[[Path], tuple[Chapter, ...]]
OUT = Path("demo")
REUSED = ": unchanged"


def ledger_names() -> set[str]:
    return {*json.loads((OUT / "demo.json").read_text())["steps"]}


def files() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(OUT.rglob("*")) if path.is_file()}


@pytest.mark.usefixtures("home")
def test_the_whole_path_and_then_nothing_twice(
    short: Shorten, capsys: pytest.CaptureFixture[str]
) -> None:
    chapters = short(OUT)
    page = show(chapters, OUT, Bases())
    said = capsys.readouterr().err
    steps = [step for chapter in chapters for step in chapter.all_steps]
    assert all(f"{step.place.folder.name} $ {step.shown()}" in said for step in chapters[0].steps)
    assert all(chapter.title in said for chapter in chapters)
    assert ledger_names() == {step.name for step in steps}
    assert all(path.exists() for step in steps for path in step.writes)
    first = files()
    assert show(chapters, OUT, NoBases()) == page
    said = capsys.readouterr().err
    assert said.count(REUSED) == len(chapters)
    assert f"nothing has changed: all {len(chapters)} chapters were reused" in said
    assert files() == first


@pytest.mark.usefixtures("home")
def test_the_pictures_hold_what_the_commands_say(short: Shorten) -> None:
    show(short(OUT), OUT, Bases())
    recipe = read_recipe(OUT / "user" / "pictures" / "in-a-teapot.png")
    assert recipe.prompt == "a teddy-bear* in a teapot*"
    assert [*recipe.gates] == ["teddy-bear", "teapot"]
    plain = read_recipe(OUT / "user" / "pictures" / "in-a-teapot-plain.png")
    assert (plain.seed, plain.concepts) == (recipe.seed, ())
    assert read_recipe(OUT / "user" / "pictures" / "bias-0.5.png").gates["teddy-bear"].bias == 0.5


@pytest.mark.usefixtures("home")
def test_an_interrupted_demo_goes_on_from_there(
    short: Shorten, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise click.Abort

    chapters = short(OUT)[:3]
    with monkeypatch.context() as patch:
        patch.setitem(running.MODULES, "pcm_engine.demo.packages", stopped)
        with pytest.raises(click.Abort):
            show(chapters, OUT, Bases())
    assert not (OUT / "index.html").exists()
    capsys.readouterr()
    show(chapters, OUT, Bases())
    assert capsys.readouterr().err.count(REUSED) == 2  # photos and learn
    assert (OUT / "index.html").exists()


@pytest.mark.usefixtures("home")
def test_only_what_depends_on_a_change_is_done_again(
    short: Shorten, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    chapters = (short(OUT)[0], short(OUT)[2])
    show(chapters, OUT, Bases())
    other = (home / "shipped" / "teapot.safetensors").read_bytes()
    (Layout(OUT).package("tom-cat")).write_bytes(other)
    capsys.readouterr()
    show(chapters, OUT, Bases())
    said = capsys.readouterr().err
    assert f"{chapters[0].title}{REUSED}" in said
    assert "pcm_engine.demo.packages" in said
    assert Layout(OUT).package("tom-cat").read_bytes() != other


@pytest.mark.usefixtures("home")
def test_another_base_does_everything_again(short: Shorten) -> None:
    step = short(OUT)[0].steps[0]
    ledger = Ledger.open(OUT, {"base": "one"})
    running.Run(ledger, Bases(), None).step(step)
    assert ledger.has(step)
    assert Ledger.open(OUT, {"base": "one"}).has(step)
    assert not Ledger.open(OUT, {"base": "two"}).has(step)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"steps": {"photos": 1}}', b'{"steps": []}'])
def test_a_ledger_that_cannot_be_read_is_an_empty_one(data: bytes) -> None:
    OUT.mkdir()
    (OUT / "demo.json").write_bytes(data)
    assert Ledger.open(OUT, {}).done == {}


@pytest.mark.usefixtures("home")
def test_the_ledger_names_what_decided_and_what_was_left(short: Shorten) -> None:
    show(short(OUT)[:1], OUT, Bases())
    steps = json.loads((OUT / "demo.json").read_text())["steps"]
    assert [*steps] == ["photos"]
    assert len(steps["photos"]["files"]) == 5


@pytest.mark.usefixtures("home")
def test_what_ships_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from pcm_engine.cli.errors import PackageNotFound

    monkeypatch.setattr(packages, "HOME", Path("gone"))
    with pytest.raises(PackageNotFound):
        packages.main(["packages"])


@pytest.mark.usefixtures("home")
def test_without_the_server_nothing_is_begun(
    short: Shorten, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "SERVER", "no_such_server")
    with pytest.raises(OptionsRefused) as caught:
        show(short(OUT), OUT, Bases())
    assert "[engine,registry]" in caught.value.hint()
    assert not OUT.exists()


@pytest.mark.usefixtures("home")
def test_the_folder_and_the_environment_are_as_before(short: Shorten) -> None:
    before = Path.cwd(), dict(os.environ)
    show(short(OUT)[:2], OUT, Bases())
    assert (Path.cwd(), dict(os.environ)) == before
    assert (OUT / "maker" / "home").is_dir()
    assert not Path(os.environ["PCM_HOME"]).exists()


class NoBases(Bases):
    """For runs that must not need one."""

    def open(self, text: str) -> object:
        raise AssertionError(f"{text} was opened, though nothing had to be painted")
