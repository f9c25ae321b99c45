"""The package files of these transcripts: `python tests/transcripts/inspect/packages.py` writes them again."""

import base64
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pcm_schemas.layout import tensor_widths
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import pack

HERE = Path(__file__).parent
EVEN_SKETCH = "s1:" + base64.b64encode((np.ones(64) / 8).astype("<f2").tobytes()).decode()
TAIL = {"license": "CC-BY-4.0", "created": "2026-11-22T10:00:00Z"}

CONCEPT = TAIL | {
    "manifest": 1,
    "kind": "perfusion",
    "name": "amy/tom-cat",
    "version": "1.2.0",
    "trigger": "tom-cat",
    "supercategories": ["cat"],
    "adjectives": ["grey", "striped"],
    "base": {
        "architecture": "tiny",
        "digest": "sha256:" + "5f1c" * 16,
        "sketch": {"kv": EVEN_SKETCH, "text": EVEN_SKETCH},
        "label": "A tiny base",
        "prediction_type": "v_prediction",
        "clip_skip": 0,
    },
    "gate": {"bias": "0.7", "temperature": "0.15", "strength": "1", "lock": "local"},
    "tensors": {"dtype": "F16", "text": 8, "embedding": [8], "layers": [[4, 2], [8, 1]]},
    "requires": [],
    "tags": ["animal"],
    "description": "A grey tabby.",
    "previews": [
        {
            "path": "previews/0.webp",
            "sha256": "sha256:" + "9a0b" * 16,
            "size": 14022,
            "media_type": "image/webp",
            "width": 512,
            "height": 512,
            "prompt": "a tom-cat* on a roof",
            "seed": 7,
        }
    ],
    "training": {
        "batch": 16,
        "bias": "0.75",
        "images": 5,
        "seed": 1,
        "steps": 400,
        "temperature": "0.1",
        "tool": "pcm 1.0.0",
    },
}
BUNDLE = TAIL | {
    "manifest": 1,
    "kind": "bundle",
    "name": "amy/tea-party",
    "version": "0.1.0",
    "requires": ["amy/tom-cat<2,>=1.2 as tom", "library/teapot"],
    "tags": [],
    "description": "Everything for tea.\nCups are not included.",
    "previews": [],
}


def concept_tensors(manifest: Manifest) -> dict[str, npt.NDArray[np.float16]]:
    """Even tensors of the widths that a manifest asks for, with direction · dual = 1."""
    widths = tensor_widths(manifest)
    even = 1 / np.sqrt(widths["direction"])
    return {name: np.full(width, even, "<f2") for name, width in widths.items()}


def files() -> dict[str, bytes]:
    """Every file of these cases by its path, made anew."""
    manifest = Manifest.of(CONCEPT)
    concept = pack(manifest, concept_tensors(manifest))
    return {
        "concept/before/tom-cat.safetensors": concept,
        "json/before/tom-cat.safetensors": concept,
        "truncated/before/tom-cat.safetensors": concept[:-2],
        "bundle/before/tea-party.safetensors": pack(Manifest.of(BUNDLE), {}),
        "not_a_package/before/notes.safetensors": b"these are notes, not a package\n",
    }


if __name__ == "__main__":
    for path, data in files().items():
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_bytes(data)
