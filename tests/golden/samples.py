"""Manifests and tensors that every test of the formats starts from: made by rule, the same on every platform."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pcm_schemas import sketch
from pcm_schemas.base_model import BaseLayout, EncoderShape, Kind
from pcm_schemas.layout import tensor_widths
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import pack

Array = npt.NDArray[np.floating]
Fields = dict[str, Any]

SD1 = {
    "dtype": "F16",
    "text": 768,
    "embedding": [768],
    "layers": [[320, 2], [640, 2], [1280, 6], [640, 3], [320, 3]],
}
SDXL = {
    "dtype": "F16",
    "text": 2048,
    "embedding": [768, 1280],
    "layers": [[640, 4], [1280, 60], [640, 6]],
}
TOYBOX = {"dtype": "F16", "text": 16, "embedding": [8, 12], "layers": [[8, 2], [16, 1]]}
SKETCH = sketch.written([1 / 8] * 64)
GATE = {"bias": "0.7", "temperature": "0.15", "strength": "1", "lock": "local"}
BASE_LAYOUT = BaseLayout("epsilon", (EncoderShape(1, 5, 4),), ((8, 4), (16, 4)))


def perfusion(**changes: object) -> Fields:
    """Plain fields of a concept for SD1.x, with every optional field; changes replace top-level fields."""
    fields: Fields = {
        "manifest": 1,
        "kind": "perfusion",
        "name": "amy/tom-cat",
        "version": "1.2.0",
        "trigger": "tom-cat",
        "supercategories": ["cat"],
        "adjectives": ["grey", "striped"],
        "base": base(),
        "gate": dict(GATE),
        "tensors": SD1,
        "requires": ["amy/basket<2,>=1.2 as basket", "library/teapot"],
        "tags": ["animal", "pet"],
        "description": "A grey tabby.\nHe is called Tøm.",
        "license": "CC-BY-4.0",
        "previews": [preview()],
        "evaluation": [evaluation()],
        "training": training(),
        "created": "2026-11-22T10:00:00Z",
        "ext": {"note": "ünder", "numbers": [1, 2, {"deep": True}]},
    }
    return {**fields, **changes}


def toybox(**changes: object) -> Fields:
    """Fields of a small concept of an own architecture with two text encoders."""
    return perfusion(base=base(architecture="toybox"), tensors=TOYBOX, **changes)


def bundle(**changes: object) -> Fields:
    """Fields of a bundle: dependencies only."""
    dropped = [
        "trigger",
        "supercategories",
        "adjectives",
        "base",
        "gate",
        "tensors",
        "evaluation",
        "training",
    ]
    kept = {key: value for key, value in perfusion().items() if key not in dropped}
    return {**kept, "kind": "bundle", "name": "amy/pets", "previews": [], **changes}


def base(**changes: object) -> Fields:
    fields: Fields = {
        "architecture": "sd1",
        "digest": "sha256:" + "5f" * 32,
        "sketch": {"kv": SKETCH, "text": SKETCH},
        "label": "Stable Diffusion 1.5",
        "prediction_type": "epsilon",
        "clip_skip": 0,
        "hub": {"id": "owner/base-model", "revision": "4" * 40},
    }
    return {**fields, **changes}


def preview(**changes: object) -> Fields:
    fields: Fields = {
        "path": "previews/0.webp",
        "sha256": "sha256:" + "9a" * 32,
        "size": 14022,
        "media_type": "image/webp",
        "width": 512,
        "height": 512,
        "prompt": "a tom-cat* on a roof",
        "seed": 7,
    }
    return {**fields, **changes}


def evaluation(**changes: object) -> Fields:
    dial = {"strength": "1", "temperature": "0.15"}
    points = [
        {"bias": "0.7", "image": "0.742", "text": "0.281", **dial},
        {"bias": "0.75", "image": "0.7", "text": "0.3", **dial},
    ]
    return {"prompts": "toybox-20", "scorer": "clip-b32", "points": points, **changes}


def training(**changes: object) -> Fields:
    fields: Fields = {
        "tool": "pcm 1.0.0",
        "steps": 400,
        "images": 5,
        "batch": 16,
        "seed": 1,
        "bias": "0.75",
        "temperature": "0.1",
        "covariance": "sha256:" + "c0" * 32,
        "seconds": 61,
    }
    return {**fields, **changes}


def ramp(count: int, *, number: int) -> Array:
    """The rule: value i of tensor number k is ((37 i + 101 k + 11) mod 201 − 100) / 64, exact in fp16."""
    steps = (37 * np.arange(count) + 101 * number + 11) % 201 - 100
    return steps / 64


def tensors(fields: Fields) -> dict[str, Array]:
    """Tensors by the rule, numbered in ascending order of name; the dual answers the direction."""
    widths = tensor_widths(Manifest.of(fields))
    made = {name: ramp(widths[name], number=k) for k, name in enumerate(sorted(widths))}
    if made:
        made["dual"] = made["direction"] / float(made["direction"] @ made["direction"])
    dtype = "<f4" if fields.get("tensors", {}).get("dtype") == "F32" else "<f2"
    return {name: values.astype(dtype) for name, values in made.items()}


def packed(fields: Fields) -> bytes:
    """A package file of these fields and the tensors by the rule."""
    return pack(Manifest.of(fields), tensors(fields))


def base_tensors(layout: BaseLayout = BASE_LAYOUT) -> list[tuple[Kind, Array]]:
    """Tensors of a base by the rule, numbered in P11's order; open lengths are 6."""
    shapes = [
        (kind, tuple(n or 6 for n in shape), number)
        for number, (kind, shape) in enumerate(layout.tensor_shapes())
    ]
    return [
        (kind, ramp(int(np.prod(shape)), number=number).reshape(shape).astype(np.float32))
        for kind, shape, number in shapes
    ]
