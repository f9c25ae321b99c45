"""Pictures of a concept just learned, at three gates, made from its package as anyone will load it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
import torch
from PIL import Image

from pcm_engine.composer import Composer
from pcm_engine.gate import DEFAULT, Gate
from pcm_engine.picture_errors import PictureBroken
from pcm_engine.pictures_io import enlarged
from pcm_engine.recipe import gate_fields, upscale_of
from pcm_schemas.digest import Digest

BIASES = (0.6, 0.7, 0.75)  # method.md section 5: the useful range, and the default
GUIDANCE = {"toybox": 3.0}
USUAL_GUIDANCE = 7.5


@dataclass(frozen=True)
class Preview:
    """One picture: its PNG, and what the manifest says of it."""

    data: bytes
    fields: dict[str, object]


def previews_of(
    composer: Composer, package: bytes, *, prompt: str, seed: int, steps: int
) -> tuple[Preview, ...]:
    """The same prompt and seed at three biases."""
    trigger = composer.load(package)
    try:
        gates = [replace(DEFAULT, bias=bias) for bias in BIASES]
        pictures = list(_painted(composer, trigger, prompt, gates, seed, steps))
    finally:
        composer.unload(trigger)
    return tuple(
        _preview(place, picture, prompt=prompt, seed=seed, gate=gate)
        for place, (picture, gate) in enumerate(zip(pictures, gates, strict=True))
    )


def _painted(
    composer: Composer, trigger: str, prompt: str, gates: Sequence[Gate], seed: int, steps: int
) -> Iterator[np.ndarray]:
    """One picture a gate, as bytes, small ones enlarged by whole pixels. Raises PictureBroken."""
    composer.pipeline.set_progress_bar_config(desc="previews", disable=None, leave=False)
    guidance = GUIDANCE.get(composer.profile.architecture, USUAL_GUIDANCE)
    for gate in gates:
        image = composer(
            prompt,
            gates={trigger: gate},
            num_inference_steps=steps,
            guidance_scale=guidance,
            generator=torch.Generator("cpu").manual_seed(seed),
            output_type="np",
        ).images[0]
        if not np.isfinite(image).all():
            raise PictureBroken(str(composer.profile.denoiser.dtype))
        pixels = (image * 255).round().astype(np.uint8)
        yield enlarged(pixels, upscale_of(pixels.shape[1], pixels.shape[0]))


def _preview(place: int, pixels: np.ndarray, *, prompt: str, seed: int, gate: Gate) -> Preview:
    """The PNG and its entry in the manifest (P9, P20)."""
    data = _png(pixels)
    fields = {
        "path": f"previews/{place}.png",
        "sha256": Digest.of(data),
        "size": len(data),
        "media_type": "image/png",
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "prompt": prompt,
        "seed": seed,
        "gate": gate_fields(gate),
    }
    return Preview(data, fields)


def _png(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, format="PNG", optimize=True)
    return file.getvalue()
