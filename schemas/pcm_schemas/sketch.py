"""Sketches of a base: 64 numbers by which copies of the same base recognise each other (P12). Text form and cosine.

How a sketch is computed from tensors is in `base_model`; here numpy is imported only to compare and to write.
"""

import base64
import math
import re
import struct
from dataclasses import dataclass
from typing import Final

LABEL: Final = "s1"
BUCKETS: Final = 64
SKETCH_PATTERN: Final = r"^[a-z][a-z0-9]{0,7}:[A-Za-z0-9+/]{4,680}={0,2}$"
_SKETCH: Final = re.compile(SKETCH_PATTERN[1:-1])


@dataclass(frozen=True)
class Sketch:
    """The two sketches of a base in their text form: attention tensors and encoder tensors."""

    kv: str
    text: str


def is_sketch(text: str) -> bool:
    """Whether it may stand in a document: any label; with label `s1` exactly 64 finite fp16 numbers."""
    if _SKETCH.fullmatch(text) is None:
        return False
    return not text.startswith(f"{LABEL}:") or numbers(text) is not None


def written(values: list[float]) -> str:
    """Text form of 64 numbers: `s1:` and the standard base64 of 64 little-endian fp16."""
    import numpy as np

    data = np.asarray(values, dtype="<f2").tobytes()
    return f"{LABEL}:{base64.b64encode(data).decode('ascii')}"


def numbers(text: str) -> list[float] | None:
    """Return the 64 numbers of an `s1` sketch, or None for another label or other contents."""
    label, _, encoded = text.partition(":")
    if label != LABEL:
        return None
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
    if len(data) != 2 * BUCKETS or base64.b64encode(data).decode("ascii") != encoded:
        return None
    found = [*struct.unpack(f"<{BUCKETS}e", data)]
    return found if all(map(math.isfinite, found)) else None


def cosine(first: str, second: str) -> float | None:
    """Cosine in float64 of two `s1` sketches; None where they cannot be compared (another label, all zero)."""
    import numpy as np

    one, two = numbers(first), numbers(second)
    if one is None or two is None:
        return None
    lengths = float(np.linalg.norm(one) * np.linalg.norm(two))
    return float(np.dot(one, two)) / lengths if lengths > 0 else None
