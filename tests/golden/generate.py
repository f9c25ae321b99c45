"""Write the golden vectors, packages and JSON Schemas anew: `python tests/golden/generate.py`.

A difference in the committed files is a change of a format: move the protocol, and the version number, with it.
"""

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
REPOSITORY = FOLDER.parents[1]
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("schemas", "client", "tests")]

from golden import samples, trust_vectors  # noqa: E402
from pcm_schemas import json_schema  # noqa: E402
from pcm_schemas.base_model import measure  # noqa: E402
from pcm_schemas.digest import Digest, canonical_bytes  # noqa: E402
from pcm_schemas.manifest import Manifest  # noqa: E402
from pcm_schemas.name import clash_key, normalised  # noqa: E402
from pcm_schemas.requirement import Requirement  # noqa: E402

CANONICAL = [
    {"b": [1, 2, {"e": 0}], "a": 'ünder\n"\\/', "A": True, "aa": None},
    {"": "", "10": 1, "9": 9007199254740991, "list": [], "object": {}},
    ["\u2028", "😀", "tab", "a\nb"],
]
CLASHES = ["teapot", "tea-pot", "teap0t", "vvorm", "worm", "rnodern", "modern", "l1i", "a-r-n"]
INPUTS = ["Tom_Cat*", "tom--cat", "tom.cat", "TOM-CAT", "tom-._cat*"]
REQUIREMENTS = [
    "amy/tom-cat>=1.2,<2 as tom*",
    "teddy-bear*",
    "pcm+work:amy/chair==1.0.0rc1",
    "hf:amy/tom-cat@main#concept.sdxl.safetensors as tom*",
    "file:../me-1.0.0/me.safetensors as me*",
    "pcm:amy/chair ~= 1.2 , != 1.3.0",
]


def packages() -> dict[str, samples.Fields]:
    """The packages that are kept as files."""
    return {"sd1": samples.perfusion(), "toybox": samples.toybox(), "bundle": samples.bundle()}


def package_vector(fields: samples.Fields) -> dict[str, object]:
    data = samples.packed(fields)
    manifest = Manifest.of(fields).to_bytes()
    return {
        "fields": fields,
        "manifest": Digest.of(manifest),
        "sha256": Digest.of(data),
        "size": len(data),
    }


def base_vector() -> dict[str, object]:
    layout = samples.BASE_LAYOUT
    found = measure(samples.base_tensors(), architecture="toybox", layout=layout)
    return {
        "encoders": [[e.layers, e.vocabulary, e.width] for e in layout.encoders],
        "layers": [list(widths) for widths in layout.layers],
        "prediction_type": layout.prediction_type,
        "digest": found.digest,
        "kv": found.sketch.kv,
        "text": found.sketch.text,
    }


def vectors() -> dict[str, object]:
    """Everything that `independent.py` computes again."""
    return {
        "base": base_vector(),
        "canonical": [[value, canonical_bytes(value).decode("utf-8")] for value in CANONICAL],
        "clash_keys": {label: clash_key(label) for label in CLASHES},
        "inputs": {text: normalised(text) for text in INPUTS},
        "packages": {name: package_vector(fields) for name, fields in packages().items()},
        "requirements": {text: str(Requirement.parse(text)) for text in REQUIREMENTS},
    }


def written(values: dict[str, object]) -> bytes:
    text = json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return text.encode("utf-8")


def files() -> dict[Path, bytes]:
    """Path and contents of every generated file."""
    made = {
        FOLDER / "vectors.json": written(vectors()),
        FOLDER / "trust_vectors.json": written(trust_vectors.vectors()),
    }
    for name, fields in packages().items():
        made[FOLDER / f"{name}.safetensors"] = samples.packed(fields)
    for name, schema in json_schema.documents().items():
        made[REPOSITORY / "schemas" / "json" / name] = schema.encode("utf-8")
    return made


if __name__ == "__main__":
    for path, data in files().items():
        path.write_bytes(data)
