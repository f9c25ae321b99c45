"""The picture of these transcripts: `python tests/transcripts/generate/pictures.py` writes it again."""

from pathlib import Path

import numpy as np

from pcm_engine.pictures_io import write_picture
from pcm_engine.recipe import Recipe

HERE = Path(__file__).parent
TOM_CAT = HERE / "from" / "before" / "tom-cat.png"
RECIPE = {
    "recipe": 1,
    "prompt": "a tom-cat* in the snow",
    "seed": 7,
    "steps": 25,
    "guidance": "3",
    "scheduler": "DDIMScheduler",
    "size": [8, 8],
    "upscale": 1,
    "concepts": [
        {
            "name": "amy/tom-cat",
            "version": "1.1.0",
            "trigger": "tom-cat",
            "sha256": "sha256:" + "9a0b" * 16,
            "gate": {"bias": "0.7", "temperature": "0.15", "strength": "1", "lock": "local"},
        }
    ],
    "base": {"digest": "sha256:" + "5f1c" * 16, "source": "folder"},
    "maker": {"pcm": "1.0.0", "torch": "2", "diffusers": "0", "device": "cpu", "dtype": "float32"},
}

if __name__ == "__main__":
    write_picture(TOM_CAT, np.full((8, 8, 3), 200, np.uint8), Recipe.of(RECIPE))
