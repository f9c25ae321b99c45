"""Compose two installed concepts in a diffusers script of your own: `python examples/compose.py out.png [STEPS]`.

Before it, once: `pcm base add toybox`, then `pcm install 'teapot*' 'tom-cat*'`.
"""

import sys

import torch
from diffusers import DiffusionPipeline

from pcm_engine import Composer, Gate, toybox


def main(file: str, steps: int = 25) -> None:
    """Paint one picture with two concepts that were learned apart."""
    pipeline = DiffusionPipeline.from_pretrained(toybox.path(), use_safetensors=True)
    with Composer(pipeline) as composer:
        for word in ("teapot*", "tom-cat*"):
            composer.load(
                word
            )  # verified, not revoked, under the word and gate of your environment
        image = composer(
            "a tom-cat* in a teapot*",
            gates={"tom-cat*": Gate(bias=0.6)},
            num_inference_steps=steps,
            guidance_scale=3.0,
            generator=torch.Generator().manual_seed(7),
        ).images[0]
    image.save(file)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
