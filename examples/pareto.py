"""Draw what one concept trades, without training: `python examples/pareto.py CONCEPT PICTURES out.png [STEPS [SEEDS]]`.

CONCEPT is a package file or the name of an installed concept, PICTURES the folder of PNGs that it was learned from.
"""

import sys
from pathlib import Path

from diffusers import DiffusionPipeline

from pcm_engine import Composer, toybox
from pcm_engine.learning.pictures import open_all
from pcm_engine.toybox.scoring import ToyboxScores


def main(concept: str, pictures: str, file: str, steps: int = 25, seeds: int = 4) -> None:
    """Paint one prompt at several biases, judge text and likeness, save strip and curve, say which bias keeps both."""
    pipeline = DiffusionPipeline.from_pretrained(toybox.path(), use_safetensors=True)
    scores = ToyboxScores.of(open_all(sorted(Path(pictures).glob("*.png"))))
    with Composer(pipeline) as composer:
        word = composer.load(concept)
        swept = composer.pareto(
            f"a {word}* in the forest",
            scores,  # off Toybox: ClipScores(Path("a CLIP's folder"), pictures)
            biases=(0.5, 0.7, 0.9),
            seeds=range(seeds),
            num_inference_steps=steps,
            guidance_scale=3.0,
        )
    strip, curve = swept.save(Path(file))
    print(f"{strip} {curve}: most of both at bias {swept.balanced.gate.bias}")


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:]))
