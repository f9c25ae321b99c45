"""`pcm demo` runs the plan in the folder that it is given, and says where the page is."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from pcm_engine.cli.demo import demo
from pcm_engine.demo import show as whole
from pcm_engine.demo.chapter import Chapter
from pcm_engine.demo.plan import chapters


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Chapter]]:
    """The chapters that were shown; nothing is run."""
    found: list[Sequence[Chapter]] = []

    def show(plan: Sequence[Chapter], out: Path, _bases: object) -> Path:
        found.append(plan)
        return out / "index.html"

    monkeypatch.setattr(whole, "show", show)
    return found


def test_the_page_is_named(
    seen: list[Sequence[Chapter]], capsys: pytest.CaptureFixture[str]
) -> None:
    demo.main(["--out", "there"], standalone_mode=False)
    assert seen == [chapters(Path("there"))]
    assert capsys.readouterr().out == "there/index.html\n"


@pytest.mark.usefixtures("seen")
def test_json_names_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    demo.main(["--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out) == {"page": "demo/index.html"}
