"""The golden vectors computed a second time, from the text of the protocol alone: plain Python, nothing of pcm.

Slow and literal on purpose. `recomputed(vectors)` returns the vectors as this file would have written them.
"""

import base64
import hashlib
import json
import math
import struct
from typing import Any

MASK = (1 << 64) - 1
Json = dict[str, Any]


def canonical(value: object) -> str:
    """P15, written out: no library decides about order, spaces or escapes."""
    if isinstance(value, dict):
        members = (
            f"{canonical(key)}:{canonical(value[key])}" for key in sorted(value, key=str.encode)
        )
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(map(escaped, value)) + '"'
    words = {True: "true", False: "false", None: "null"}
    return str(value) if is_int(value) else words[value]


def is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def escaped(character: str) -> str:
    short = {
        '"': '\\"',
        "\\": "\\\\",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
    }
    if character in short:
        return short[character]
    return f"\\u{ord(character):04x}" if ord(character) < 32 else character


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def ramp(count: int, number: int) -> list[float]:
    """The rule of the sample tensors."""
    return [((37 * i + 101 * number + 11) % 201 - 100) / 64 for i in range(count)]


def halves(values: list[float]) -> bytes:
    """Little-endian fp16, rounded to nearest even."""
    return b"".join(struct.pack("<e", value) for value in values)


def widths(layout: Json | None) -> dict[str, int]:
    """P17."""
    if layout is None:
        return {}
    found = dict.fromkeys(("direction", "dual", "supercategory"), layout["text"])
    found["embedding"] = layout["embedding"][0]
    if len(layout["embedding"]) == 2:
        found["embedding_2"] = layout["embedding"][1]
    found["values"] = sum(width * count for width, count in layout["layers"])
    return found


def package(fields: Json) -> bytes:
    """P14, P16, P17: the package file of these fields and the tensors by the rule."""
    sizes = widths(fields.get("tensors"))
    members, data = [f'"__metadata__":{{"pcm":{canonical(canonical(fields))}}}'], b""
    for number, name in enumerate(sorted(sizes)):
        values = ramp(sizes[name], number)
        if name == "dual":
            direction = ramp(sizes["direction"], 0)
            values = [x / sum(y * y for y in direction) for x in direction]
        packed = halves(values)
        spot = f"[{len(data)},{len(data) + len(packed)}]"
        members.append(f'"{name}":{{"dtype":"F16","shape":[{sizes[name]}],"data_offsets":{spot}}}')
        data += packed
    header = ("{" + ",".join(members) + "}").encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + data


def base_shapes(base: Json) -> list[tuple[str, int]]:
    """Kind and number of values of every tensor of P11, open lengths 6."""
    found = [("kv", d_out * d_text) for d_out, d_text in base["layers"] for _ in "KV"]
    for layers, vocabulary, width in base["encoders"]:
        block = [width, width] + [width * width, width] * 4 + [width, width]
        block += [6 * width, 6, 6 * width, width]
        counts = [vocabulary * width, 6 * width] + block * layers + [width, width]
        found += [("text", count) for count in counts]
    return found


def splitmix64(z: int) -> int:
    z = (z + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def sketch(tensors: list[list[float]]) -> str:
    """P12, one value after the other."""
    sums, j = [0.0] * 64, 0
    for tensor in tensors:
        rms = math.sqrt(math.fsum(x * x for x in tensor) / len(tensor))
        for x in tensor:
            h = splitmix64(j + 0x70636D)
            sums[h & 63] += (-1) ** (h >> 63) * x / rms
            j += 1
    length = math.sqrt(math.fsum(s * s for s in sums))
    return "s1:" + base64.b64encode(halves([s / length for s in sums])).decode()


def base_vector(base: Json) -> Json:
    """P11 and P12."""
    encoders = [
        dict(zip(("layers", "vocabulary", "width"), e, strict=True)) for e in base["encoders"]
    ]
    said = {
        "encoders": encoders,
        "layers": base["layers"],
        "prediction_type": base["prediction_type"],
    }
    made = [(kind, ramp(count, k)) for k, (kind, count) in enumerate(base_shapes(base))]
    data = b"".join(halves(values) for _, values in made)
    return {
        **base,
        "digest": sha256(b"pcm-base-1\n" + canonical(said).encode() + b"\n" + data),
        "kv": sketch([values for kind, values in made if kind == "kv"]),
        "text": sketch([values for kind, values in made if kind == "text"]),
    }


def package_vector(fields: Json) -> Json:
    data = package(fields)
    manifest = sha256(canonical(fields).encode())
    return {"fields": fields, "manifest": manifest, "sha256": sha256(data), "size": len(data)}


def clash_key(label: str) -> str:
    """P3."""
    for old, new in (("-", ""), ("0", "o"), ("1", "l"), ("i", "l"), ("vv", "w"), ("rn", "m")):
        label = label.replace(old, new)
    return label


def normalised(text: str) -> str:
    """P2."""
    text = (text[:-1] if text.endswith("*") else text).lower().replace("_", "-").replace(".", "-")
    while "--" in text:
        text = text.replace("--", "-")
    return text


def recomputed(vectors: Json) -> Json:
    """The vectors anew; requirement strings are taken as they are, their forms are written out in unit tests."""
    return {
        "base": base_vector(vectors["base"]),
        "canonical": [[value, canonical(value)] for value, _ in vectors["canonical"]],
        "clash_keys": {label: clash_key(label) for label in vectors["clash_keys"]},
        "inputs": {text: normalised(text) for text in vectors["inputs"]},
        "packages": {
            name: package_vector(each["fields"]) for name, each in vectors["packages"].items()
        },
        "requirements": vectors["requirements"],
    }


def load(text: str) -> Json:
    loaded: Json = json.loads(text)
    return loaded
