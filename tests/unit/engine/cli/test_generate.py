"""`pcm generate` on a random base: pictures, recipes, and the same picture again."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

from pcm_engine.cli import painting
from pcm_engine.cli.errors import (
    BaseChanged,
    ConceptGone,
    GateUnknown,
    OptionsRefused,
    TriggerUnknown,
)
from pcm_engine.cli.generate import generate
from pcm_engine.cli.loading import Bases
from pcm_engine.gate import Gate, Lock
from pcm_engine.picture_errors import PictureBroken, RecipeInvalid
from pcm_engine.pictures_io import read_recipe, write_picture

Run = Callable[..., None]
BEAR = (
    "a teddy-bear* in a hat",
    "-o",
    "out.png",
    "--concept",
    "teddy-bear.safetensors",
    "--seed",
    "5",
)
NO_STEPS: tuple[str, ...] = ()


def pixels(name: str) -> np.ndarray:
    with Image.open(name) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.usefixtures("folder")
def test_a_picture_holds_its_recipe_and_repeats_bit_for_bit(paint: Run) -> None:
    paint(*BEAR, "--gate", "teddy-bear*:bias=.6,temperature=.2")
    Path("concepts/x").mkdir(parents=True)
    Path("teddy-bear.safetensors").rename("concepts/x/any.safetensors")
    paint("--from", "out.png", steps=NO_STEPS)
    assert Path("out-again.png").read_bytes() == Path("out.png").read_bytes()
    recipe = read_recipe(Path("out.png"))
    assert recipe.gates == {"teddy-bear": Gate(0.6, 0.2, 1.0, Lock.LOCAL)}
    assert (recipe.seed, recipe.steps, recipe.upscale) == (5, 3, 32)


@pytest.mark.usefixtures("folder")
def test_a_new_process_repeats_it_too(paint: Run, base: Path) -> None:
    """Nothing that the first run left on the pipeline takes part."""
    paint(*BEAR)
    generate.main(
        ["--from", "out.png", "--base", str(base), "--concept", "teddy-bear.safetensors"],
        standalone_mode=False,
        obj=Bases(),
    )
    assert Path("out-again.png").read_bytes() == Path("out.png").read_bytes()


@pytest.mark.usefixtures("folder")
def test_the_picture_is_enlarged_by_whole_pixels(paint: Run) -> None:
    paint(*BEAR, "--size", "16x8")
    found = pixels("out.png")
    assert found.shape == (8 * 16, 16 * 16, 3)
    small = found[::16, ::16]
    assert np.array_equal(small.repeat(16, 0).repeat(16, 1), found)


@pytest.mark.usefixtures("folder")
def test_every_picture_of_a_count_is_that_of_its_own_seed(paint: Run) -> None:
    paint(*BEAR, "--count", "2")
    paint(*BEAR[:-1], "6")
    assert np.array_equal(pixels("out-2.png"), pixels("out.png"))
    assert not np.array_equal(pixels("out-1.png"), pixels("out.png"))


@pytest.mark.usefixtures("folder")
def test_a_gate_changes_the_picture_and_strength_is_recorded(paint: Run) -> None:
    paint(*BEAR)
    paint(*BEAR[:2], "weak.png", *BEAR[3:], "--gate", "teddy-bear:strength=0,lock=global")
    assert not np.array_equal(pixels("out.png"), pixels("weak.png"))
    assert read_recipe(Path("weak.png")).gates["teddy-bear"].strength == 0
    paint("--from", "weak.png", "--concept", "teddy-bear.safetensors", steps=NO_STEPS)
    assert np.array_equal(pixels("weak-again.png"), pixels("weak.png"))


@pytest.mark.usefixtures("folder")
def test_a_global_lock_is_recorded_with_the_bias_that_acted(paint: Run) -> None:
    """(M12): under the other lock its default bias acts."""
    paint(*BEAR, "--gate", "teddy-bear:lock=global")
    assert read_recipe(Path("out.png")).gates["teddy-bear"] == Gate(0.5, 0.15, 1.0, Lock.GLOBAL)


@pytest.mark.usefixtures("folder")
def test_only_concepts_that_the_prompt_names_are_in_the_recipe(paint: Run) -> None:
    paint(*BEAR, "--concept", "hat.safetensors")
    assert [*read_recipe(Path("out.png")).gates] == ["teddy-bear"]


@pytest.mark.usefixtures("folder")
def test_another_word_calls_the_same_concept(paint: Run) -> None:
    paint(*BEAR)
    paint(
        "a bruno* in a hat", "-o", "bruno.png", "--seed", "5", "--concept", "teddy-bear.safetensors as bruno*"
    )  # fmt: skip
    assert np.array_equal(pixels("bruno.png"), pixels("out.png"))


@pytest.mark.usefixtures("folder")
def test_json_tells_every_picture(paint: Run, capsys: pytest.CaptureFixture[str]) -> None:
    paint(*BEAR, "--json")
    (told,) = json.loads(capsys.readouterr().out)["pictures"]
    assert told["path"] == "out.png"
    assert told["recipe"]["prompt"] == BEAR[0]
    paint("--from", "out.png", "--concept", "teddy-bear.safetensors", "--json", steps=NO_STEPS)
    assert json.loads(capsys.readouterr().out)["pictures"][0]["identical"] is True


@pytest.mark.usefixtures("folder")
def test_without_a_seed_one_is_drawn_and_said(
    paint: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    paint(*BEAR[:-2])
    assert f"seed {read_recipe(Path('out.png')).seed}" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_picture_that_differs_now_is_said_to(
    paint: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    paint(*BEAR)
    recipe = read_recipe(Path("out.png"))
    maker = recipe.maker.model_copy(update={"torch": "1.13"})
    other = recipe.model_copy(update={"maker": maker, "pixels": "sha256:" + "0" * 64})
    write_picture(Path("old.png"), pixels("out.png"), other)
    paint("--from", "old.png", "--concept", "teddy-bear.safetensors", steps=NO_STEPS)
    assert "torch was 1.13" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_word_that_nothing_answers_to_is_refused_with_the_file_that_would(paint: Run) -> None:
    Path("concepts/teddy-bear").mkdir(parents=True)
    Path("teddy-bear.safetensors").rename("concepts/teddy-bear/x.safetensors")
    with pytest.raises(TriggerUnknown) as caught:
        paint("a teddy-bear* on a boat", "-o", "out.png")
    assert (caught.value.trigger, caught.value.here) == ("teddy-bear", ())
    assert "--concept concepts/teddy-bear/x.safetensors" in caught.value.remedy
    assert "pcm install 'teddy-bear*'" in caught.value.remedy


@pytest.mark.usefixtures("folder")
def test_a_gate_for_nobody_is_refused(paint: Run) -> None:
    with pytest.raises(GateUnknown) as caught:
        paint(*BEAR, "--gate", "hat:bias=.6")
    assert caught.value.trigger == "hat"


@pytest.mark.usefixtures("folder")
def test_a_prompt_longer_than_a_recipe_is_refused(paint: Run) -> None:
    with pytest.raises(RecipeInvalid):
        paint("word " * 1000, "-o", "out.png")


@pytest.mark.usefixtures("folder")
def test_a_recipe_whose_concept_is_gone_names_it(paint: Run) -> None:
    paint(*BEAR)
    with pytest.raises(ConceptGone) as caught:
        paint("--from", "out.png", steps=NO_STEPS)
    assert caught.value.concept == "amy/teddy-bear"
    assert not Path("out-again.png").exists()


@pytest.mark.usefixtures("folder")
def test_a_recipe_on_another_base_is_refused(paint: Run) -> None:
    paint("a cat", "-o", "cat.png")
    digest = "sha256:" + "0" * 64
    recipe = read_recipe(Path("cat.png"))
    base = recipe.base.model_copy(update={"digest": digest})
    write_picture(Path("cat.png"), pixels("cat.png"), recipe.model_copy(update={"base": base}))
    with pytest.raises(BaseChanged) as caught:
        paint("--from", "cat.png", steps=NO_STEPS)
    assert caught.value.wanted == digest


@pytest.mark.usefixtures("folder")
def test_a_recipe_of_a_folder_asks_for_the_folder(paint: Run) -> None:
    paint("a cat", "-o", "cat.png")
    with pytest.raises(OptionsRefused):
        generate.main(["--from", "cat.png"], standalone_mode=False)


@pytest.mark.usefixtures("folder")
def test_a_picture_of_not_a_number_is_an_error(paint: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    as_bytes = painting.as_bytes
    monkeypatch.setattr(
        painting, "as_bytes", lambda values, dtype: as_bytes(values * np.float32("nan"), dtype)
    )
    with pytest.raises(PictureBroken):
        paint(*BEAR)
    assert not Path("out.png").exists()


@pytest.mark.usefixtures("folder")
def test_an_interrupt_keeps_finished_pictures_and_nothing_half_written(
    paint: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_picture = painting.one_picture

    def interrupted(opened: object, recipe: object) -> np.ndarray:
        if recipe.seed == 6:
            raise KeyboardInterrupt
        return one_picture(opened, recipe)

    monkeypatch.setattr(painting, "one_picture", interrupted)
    with pytest.raises(click.Abort):
        paint(*BEAR, "--count", "3")
    assert sorted(path.name for path in Path().glob("*.png")) == ["out-1.png"]
    assert sorted(path.name for path in Path().glob(".*")) == []


@pytest.mark.usefixtures("folder")
def test_a_trigger_that_is_cut_off_is_said(paint: Run, capsys: pytest.CaptureFixture[str]) -> None:
    paint("a " * 90 + "teddy-bear*", *BEAR[1:])
    assert "warning: teddy-bear* was cut off" in capsys.readouterr().err
