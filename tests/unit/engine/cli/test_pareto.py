"""`pcm generate … --pareto`: strip and curve on disk, points told; what cannot be judged is refused with nothing written."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pipelines
from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.learning.errors import BadPicture
from pcm_engine.pareto import BIASES

Run = Callable[..., None]
ASKED = (
    "a teddy-bear* in a hat", "-o", "front.png", "--concept", "teddy-bear.safetensors", "--seed", "5",
    "--count", "1", "--gate", "teddy-bear:strength=.9",
)  # fmt: skip


@pytest.fixture
def photos(folder: Path) -> Path:
    """A folder with two pictures, and something that is none."""
    made = folder / "photos"
    made.mkdir()
    for shade in (40, 200):
        Image.fromarray(np.full((32, 32, 3), shade, np.uint8)).save(made / f"{shade}.png")
    (made / "notes.txt").write_text("not a picture")
    return made


@pytest.fixture
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pipelines.clip(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.mark.usefixtures("photos")
def test_strip_and_curve_are_written_and_the_points_told(
    paint: Run, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paint(*ASKED, "--pareto", "photos", "--clip", str(clip), "--json")
    told = json.loads(capsys.readouterr().out)
    assert [float(point["bias"]) for point in told["points"]] == list(BIASES)
    assert {point["strength"] for point in told["points"]} == {"0.9"}
    assert told["balanced"] in told["points"]
    assert (told["strip"], told["curve"], told["scorer"]) == ("front.png", "front.svg", "clip-tiny")
    with Image.open("front.png") as strip:
        assert strip.size == (len(BIASES) * 192 + (len(BIASES) - 1) * 4, 192)
    assert Path("front.svg").read_text().startswith("<?xml")


@pytest.mark.usefixtures("photos")
def test_people_read_a_table_and_the_gate_to_take(
    paint: Run, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paint(*ASKED, "--pareto", "photos", "--clip", str(clip))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(BIASES) + 2
    assert lines[-2].startswith("most of both: --gate teddy-bear:bias=")
    assert any(line.endswith("*") for line in lines[1:-2])


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (("--pareto", "photos"), OptionsRefused),
        (("--pareto", "nowhere"), OptionsRefused),
        (("--pareto", "empty"), OptionsRefused),
        (("--pareto", "broken"), BadPicture),
        (("--clip", "photos"), OptionsRefused),
    ],
)
def test_what_cannot_be_judged_is_refused_before_anything_is_written(
    paint: Run, photos: Path, words: tuple[str, ...], refused: type[Exception]
) -> None:
    (photos.parent / "empty").mkdir()
    (photos.parent / "broken").mkdir()
    (photos.parent / "broken" / "a.png").write_bytes(b"not a picture")
    before = sorted(photos.parent.rglob("*"))
    with pytest.raises(refused):
        paint(*ASKED, *words)
    assert sorted(photos.parent.rglob("*")) == before
