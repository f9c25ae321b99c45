"""The strip of the front page is made of the demo's pictures and nothing else."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.demo import sheet
from pcm_engine.demo.layout import Layout
from pcm_engine.demo.plan import chapters


def test_every_picture_of_the_strip_is_one_of_the_plan() -> None:
    painted = {shot.file for c in chapters(Path("demo")) for row in c.rows for shot in row.shots}
    assert {Layout(Path("demo")).picture(name) for name in sheet.NAMES} <= painted


def test_they_stand_beside_one_another(tmp_path: Path) -> None:
    for value, name in enumerate(sheet.NAMES):
        file = Layout(tmp_path).picture(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (256, 256), (value, value, value)).save(file)
    sheet.main([str(tmp_path), str(tmp_path / "strip.png")])
    with Image.open(tmp_path / "strip.png") as image:
        row = np.asarray(image)[64, :, 0]
    assert [*row[64 :: sheet.SIDE + sheet.GAP]] == [*range(len(sheet.NAMES))]
    assert row[sheet.SIDE] == sheet.PAPER


def test_a_demo_that_has_not_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(OptionsRefused, match="has not painted"):
        sheet.main([str(tmp_path), "x.png"])
    with pytest.raises(OptionsRefused):
        sheet.main([])
