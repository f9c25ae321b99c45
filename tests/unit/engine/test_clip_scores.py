"""A CLIP model in a folder as a judge: cosines, and no folder that would judge by chance or run code."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import pipelines
from pcm_engine.clip_scores import ClipScores
from pcm_engine.errors import Unsupported
from pcm_engine.toybox.subjects import pictures

SHOWN = tuple(Image.fromarray(one) for one in pictures("teddy-bear"))


def test_clip_judges_from_a_folder(tmp_path: Path) -> None:
    folder = pipelines.clip(tmp_path / "clip")
    shown = np.stack(pictures("teddy-bear"))
    scores = ClipScores(folder, [Image.fromarray(one) for one in shown])
    assert scores.label == "clip-clip"
    like, said = scores.image(shown), scores.text(shown, "a photo of a cat")
    assert like.shape == said.shape == (len(shown),)
    assert (np.abs(like) <= 1 + 1e-6).all()
    assert (np.abs(said) <= 1 + 1e-6).all()
    assert like.mean() > scores.image(255 - shown).mean()


def emptied(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def shortened(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def half(folder: Path) -> None:
    """Only what reads: the eyes would be drawn by chance."""
    state = load_file(folder / "model.safetensors")
    kept = {name: one for name, one in state.items() if not name.startswith("vision")}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})


def widened(folder: Path) -> None:
    """A projection that the configuration does not tell of."""
    state = load_file(folder / "model.safetensors")
    state["text_projection.weight"] = state["text_projection.weight"].repeat(2, 1)
    save_file(state, folder / "model.safetensors", {"format": "pt"})


def pickled(folder: Path) -> None:
    """The same weights, as code that runs when they are read."""
    file = folder / "model.safetensors"
    torch.save(load_file(file), folder / "pytorch_model.bin")
    file.unlink()


def garbled(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "clip", "projection_dim": "many"}')


def blind(folder: Path) -> None:
    for file in folder.glob("*processor_config.json"):
        file.write_text("[]")


@pytest.mark.parametrize("harm", [emptied, shortened, half, widened, pickled, garbled, blind])
def test_a_folder_without_a_whole_clip_model_is_refused(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    folder = pipelines.clip(tmp_path / "clip")
    harm(folder)
    with pytest.raises(Unsupported, match="no CLIP model"):
        ClipScores(folder, SHOWN)
