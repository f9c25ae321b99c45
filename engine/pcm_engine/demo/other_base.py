"""A base model of Toybox's shape and other weights: `python -m pcm_engine.demo.other_base FOLDER`.

It stands for a model that somebody else trained. It paints nothing good: what matters is that it measures otherwise.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from safetensors.numpy import load, save

from pcm_engine import toybox
from pcm_engine.cli import answers
from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.pictures_io import write_bytes

WEIGHTS: Final = Path("unet") / "diffusion_pytorch_model.safetensors"
MEASURED: Final = ("attn2.to_k.weight", "attn2.to_v.weight")
"""The tensors by which a base is told apart (P11)."""
SEED: Final = 1


def main(arguments: Sequence[str]) -> None:
    """Copy Toybox with the weights of its cross-attention shuffled. Raises OptionsRefused, DiskFull, FileRefused."""
    if len(arguments) != 1:
        raise OptionsRefused("a folder is needed", "python -m pcm_engine.demo.other_base FOLDER")
    folder = Path(arguments[0])
    shutil.copytree(toybox.path(), folder, dirs_exist_ok=True)
    write_bytes(folder / WEIGHTS, shuffled((folder / WEIGHTS).read_bytes()))
    answers.text(f"wrote another base model of Toybox's shape to {folder.name}")


def shuffled(weights: bytes) -> bytes:
    """The same numbers in other places, where a concept's values are added."""
    random = np.random.default_rng(SEED)
    tensors = load(weights)
    for name in sorted(name for name in tensors if name.endswith(MEASURED)):
        tensors[name] = random.permutation(tensors[name].ravel()).reshape(tensors[name].shape)
    return save(tensors, metadata={"format": "pt"})


if __name__ == "__main__":
    main(sys.argv[1:])
