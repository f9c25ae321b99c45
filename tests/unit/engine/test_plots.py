"""A sweep drawn: the curve, the strip, and both as files that cost nobody a drawing of their own."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pcm_engine.gate import Gate
from pcm_engine.pareto import Point, Sweep
from pcm_engine.picture_errors import FileRefused
from pcm_engine.plots import curve, strip

NOTHING = np.zeros((1, 2, 2, 3), np.uint8)


def swept(points: Sequence[tuple[float, float]]) -> Sweep:
    made = tuple(Point(Gate(bias=k / 100), *point) for k, point in enumerate(points))
    return Sweep("a hat*", "hat", "test", made, NOTHING.repeat(len(made), 0))


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_curve_is_drawn(kind: str, begins: bytes) -> None:
    sweep = swept([(0.1, 0.9), (0.5, 0.5), (0.4, 0.4), (0.9, 0.1)])
    drawn = curve(sweep, kind)
    assert drawn.startswith(begins)
    assert curve(sweep, kind) == drawn
    assert curve(swept([(0.1, 0.9)]), kind) != drawn


def test_the_strip_shows_every_gate_enlarged() -> None:
    width, height = strip(swept([(0.1, 0.9), (0.5, 0.5)])).size
    assert (width, height) == (2 * 192 + 4, 192)


def test_a_sweep_is_saved_as_its_strip_and_its_curve_and_may_be_saved_again(tmp_path: Path) -> None:
    sweep = swept([(0.1, 0.9), (0.5, 0.5)])
    for _ in range(2):
        assert sweep.save(tmp_path / "a.png") == (tmp_path / "a.png", tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes() == curve(sweep)
    with Image.open(tmp_path / "a.png") as shown:
        assert np.array_equal(np.asarray(shown), np.asarray(strip(sweep)))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.png", "a.svg"]


def test_neither_file_is_written_where_one_cannot_be(tmp_path: Path) -> None:
    """A drawing of somebody's own, a folder, a name that holds no PNG: all are left as they are."""
    sweep = swept([(0.1, 0.9)])
    (tmp_path / "logo.svg").write_text("<svg>my own</svg>")
    (tmp_path / "b.svg").mkdir()
    (tmp_path / "c.png").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for name in ("logo.png", "b.png", "c.png", "logo.svg", "nowhere/d.png"):
        with pytest.raises(FileRefused):
            sweep.save(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "logo.svg").read_text() == "<svg>my own</svg>"
