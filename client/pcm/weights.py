"""Read the tensors of a base model's safetensors file one at a time, with numpy alone, in any dtype of the field.

The library's numpy door knows neither bfloat16 nor fp8, and bases are published in both (P13).
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from pcm_schemas.errors import BaseUnreadable

Array: TypeAlias = npt.NDArray[np.floating]
Raw: TypeAlias = npt.NDArray[np.uint8]
LARGEST_HEADER: Final = 1 << 24
"""Headers of published bases are below 1 MiB; what claims more is not read."""


def decode_bfloat16(raw: Raw) -> Array:
    """The upper half of a float32."""
    return (raw.view("<u2").astype("<u4") << 16).view("<f4")


def decode_e5m2(raw: Raw) -> Array:
    """The upper half of a float16."""
    return (raw.astype("<u2") << 8).view("<f2")


def decode_e4m3(raw: Raw) -> Array:
    """Sign, four bits of exponent (bias 7), three of fraction; no infinities, all ones is not a number."""
    exponent, fraction = (raw >> 3) & 15, (raw & 7) / 8
    size = np.where(exponent > 0, (1 + fraction) * 2.0 ** (exponent - 7.0), fraction * 2.0**-6)
    signed = np.where(raw & 128, -size, size)
    return np.where((raw & 127) == 127, np.nan, signed).astype("<f4")


DECODERS: Final[Mapping[str, tuple[int, Callable[[Raw], Array]]]] = {
    "F64": (8, lambda raw: raw.view("<f8")),
    "F32": (4, lambda raw: raw.view("<f4")),
    "F16": (2, lambda raw: raw.view("<f2")),
    "BF16": (2, decode_bfloat16),
    "F8_E4M3": (1, decode_e4m3),
    "F8_E5M2": (1, decode_e5m2),
}
"""Bytes a value and the way to decode them, by safetensors' name of the dtype."""


@dataclass(frozen=True)
class Place:
    """Where a tensor lies in its file, and how to read it. Invariant: the bytes are as many as the shape needs."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int

    @classmethod
    def parse(cls, name: str, entry: Any) -> Self:  # noqa: ANN401 - JSON from outside
        """Read one entry of a header. Raises BaseUnreadable for an entry that no tensor can have."""
        try:
            start, end = entry["data_offsets"]
            place = cls(str(entry["dtype"]), tuple(map(int, entry["shape"])), int(start), int(end))
        except (KeyError, TypeError, ValueError) as error:
            raise BaseUnreadable(f"the header entry of {name!r} is malformed") from error
        if place.dtype in DECODERS and place.end - place.start != place.bytes_needed:
            raise BaseUnreadable(f"{name!r} has other bytes than its shape needs")
        return place

    @property
    def bytes_needed(self) -> int:
        """What shape and dtype ask for."""
        return math.prod(self.shape) * DECODERS[self.dtype][0]


@dataclass(frozen=True)
class Weights:
    """One safetensors file: shapes at hand, tensors read when asked for."""

    path: Path
    places: Mapping[str, Place]
    body: int

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the header, bounded. Raises BaseUnreadable for what is no safetensors file."""
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= LARGEST_HEADER:
                raise BaseUnreadable(f"{path.name} is not a safetensors file")
            header = parse_header(file.read(length), path)
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        places = {name: Place.parse(name, entry) for name, entry in entries.items()}
        return cls(path, places, body=8 + length)

    def read(self, name: str) -> Array:
        """Read one tensor; bfloat16 and fp8 arrive as float32. Raises BaseUnreadable."""
        if (place := self.places.get(name)) is None:
            raise BaseUnreadable(f"{self.path.name} has no tensor {name!r}")
        if place.dtype not in DECODERS:
            raise BaseUnreadable(f"{name!r} is stored as {place.dtype}")
        size = place.end - place.start
        raw = np.fromfile(self.path, np.uint8, count=size, offset=self.body + place.start)
        if raw.size != size:
            raise BaseUnreadable(f"{self.path.name} ends inside {name!r}")
        return DECODERS[place.dtype][1](raw).reshape(place.shape)


def parse_header(data: bytes, path: Path) -> dict[str, object]:
    """Parse the JSON of a header. Raises BaseUnreadable."""
    try:
        header = json.loads(data)
    except ValueError as error:
        raise BaseUnreadable(f"the header of {path.name} is not JSON") from error
    if not isinstance(header, dict):
        raise BaseUnreadable(f"the header of {path.name} is not an object")
    return header
