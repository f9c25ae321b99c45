"""Bases named on a command line: found, loaded, or refused by name."""

from pathlib import Path

import pytest
from diffusers import StableDiffusionPipeline

from pcm_engine import toybox
from pcm_engine.bases import measure, profile_of
from pcm_engine.cli import loading
from pcm_engine.cli.errors import BaseBroken, BaseNotFound
from pcm_engine.cli.loading import Bases


def test_a_folder_is_opened_and_measured_once(
    base: Path, pipeline: StableDiffusionPipeline
) -> None:
    bases = Bases()
    opened = bases.open(str(base))
    assert opened.composer.base.digest == measure(profile_of(pipeline)).digest
    assert opened.source == "folder"
    assert bases.open(str(base)) is opened


def test_toybox_is_the_bundled_one(monkeypatch: pytest.MonkeyPatch, base: Path) -> None:
    monkeypatch.setattr(toybox, "path", lambda: base)
    assert loading.find("toybox") == loading.Place("toybox", base, "toybox")


@pytest.mark.parametrize("text", ["nowhere", "empty", "hf:", "hf:alone", "hf:a/b@", "hf:a b/c"])
def test_a_base_that_is_not_there_is_named(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BaseNotFound) as caught:
        loading.find(text)
    assert caught.value.text == text


@pytest.mark.parametrize("damage", ["missing", "truncated", "index"])
def test_a_base_that_does_not_load_is_named(damage: str, base: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(base, copy)
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    if damage == "missing":
        weights.unlink()
    elif damage == "truncated":
        weights.write_bytes(weights.read_bytes()[:100])
    else:
        (copy / "model_index.json").write_text('{"_class_name": "NoSuchPipeline"}')
    with pytest.raises(BaseBroken) as caught:
        Bases().open(str(copy))
    assert caught.value.text == str(copy)


def test_a_base_with_pickles_only_is_refused(base: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(base, copy)
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(BaseBroken):
        Bases().open(str(copy))
