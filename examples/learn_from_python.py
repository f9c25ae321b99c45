"""Learn a concept in a program: `python examples/learn_from_python.py NAME KIND FOLDER-OF-PICTURES OUT [STEPS]`.

`pcm learn` does the same and says more. What comes out is the folder that it writes: package, previews, card.
"""

import sys
from dataclasses import replace
from pathlib import Path

from diffusers import DiffusionPipeline

from pcm_engine import toybox
from pcm_engine.learning import captions
from pcm_engine.learning.folder import Existing, write_folder
from pcm_engine.learning.learn import Base, learn, prepare
from pcm_engine.learning.naming import Naming
from pcm_engine.learning.pictures import open_all
from pcm_engine.learning.settings import default_settings


def main(name: str, kind: str, pictures: str, out: str, steps: int = 240) -> None:
    """Train on every PNG of a folder and write what was learned."""
    pipeline = DiffusionPipeline.from_pretrained(toybox.path(), use_safetensors=True)
    base = Base.of(pipeline, label="toybox", captions=captions.of_toybox())
    naming = Naming.of(name, supercategories=[kind], adjectives=[])
    settings = replace(default_settings(base.profile), steps=steps)
    opened = open_all(sorted(Path(pictures).glob("*.png")))
    learned = learn(base, prepare(base, naming, opened, settings=settings))
    write_folder(Path(out), learned.files, Existing.KEEP)
    print(f"{out}: {len(learned.package)} bytes, {learned.report.steps} steps")


if __name__ == "__main__":
    main(*sys.argv[1:5], *map(int, sys.argv[5:]))
