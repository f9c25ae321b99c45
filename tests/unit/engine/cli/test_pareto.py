"""`pcm generate … --pareto`: strip and curve on disk, points told; what cannot be judged is refused with nothing written."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pipelines
from pcm_engine import toybox
from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.cli.generate import generate
from pcm_engine.cli.loading import Bases
from pcm_engine.errors import Unsupported
from pcm_engine.gate_errors import BiasMoves
from pcm_engine.learning.errors import BadPicture
from pcm_engine.pareto import BIASES
from pcm_engine.picture_errors import FileRefused, PictureBroken

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
        (("--pareto", "photos", "--clip", "photos"), Unsupported),
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


TOYBOX = ("--base", "toybox", "--steps", "2", "--seed", "5", "--count", "1", "--pareto", "photos")


class Unopened(Bases):
    """No base: who asks for one has come too far."""

    def open(self, *_words: object) -> None:
        raise AssertionError("the base was loaded")


def sweep(prompt: str, *words: str, bases: Bases, out: str = "front.png") -> None:
    concept = Path(toybox.__file__).parent / "concepts" / "teapot.safetensors"
    arguments = [prompt, "-o", out, "--concept", str(concept), *TOYBOX, *words]
    generate.main(arguments, standalone_mode=False, obj=bases)


@pytest.mark.usefixtures("photos")
def test_on_toybox_its_oracle_judges(bases: Bases, capsys: pytest.CaptureFixture[str]) -> None:
    sweep("a teapot* in the forest", "--json", bases=bases)
    told = json.loads(capsys.readouterr().out)
    assert told["scorer"] == "toybox-reporter"
    assert [float(point["bias"]) for point in told["points"]] == list(BIASES)
    with Image.open(told["strip"]) as strip:
        assert strip.size == (len(BIASES) * 192 + (len(BIASES) - 1) * 4, 192)
    assert "toybox-reporter" in Path(told["curve"]).read_text()


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("prompt", "words", "refused"),
    [
        ("a teapot* in the forest", ("--size", "64x64"), Unsupported),
        ("a teapot*", (), Unsupported),
        ("a teapot in the forest", (), Unsupported),
        ("a teapot*@bias=0.6 in the forest", (), BiasMoves),
        ("a teapot* in the forest", ("--clip", "photos"), Unsupported),
        ("a teapot* in the forest", ("--base", "elsewhere"), OptionsRefused),
    ],
)
def test_what_cannot_be_swept_is_refused_before_the_base_is_loaded(
    prompt: str, words: tuple[str, ...], refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        sweep(prompt, *words, bases=Unopened())


@pytest.mark.usefixtures("photos")
def test_a_drawing_beside_the_strip_is_not_lost(folder: Path) -> None:
    (folder / "logo.svg").write_text("<svg>my own</svg>")
    (folder / "b.svg").mkdir()
    for out in ("logo.png", "b.png"):
        with pytest.raises(FileRefused) as caught:
            sweep("a teapot* in the forest", bases=Unopened(), out=out)
        assert caught.value.path == out.replace("png", "svg")
    assert (folder / "logo.svg").read_text() == "<svg>my own</svg>"


@pytest.mark.usefixtures("photos")
def test_no_strip_is_written_of_pictures_of_not_a_number(
    bases: Bases, monkeypatch: pytest.MonkeyPatch
) -> None:
    vae = bases.open("toybox").composer.pipeline.vae
    decode = vae.decode
    monkeypatch.setattr(vae, "decode", lambda *a, **b: tuple(x * np.nan for x in decode(*a, **b)))
    with pytest.raises(PictureBroken):
        sweep("a teapot* in the forest", bases=bases)
    assert not list(Path().glob("front.*"))
