"""Package files made by hand, with one thing wrong or several: what the strict reader is held against."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from golden import samples
from pcm_schemas.digest import encode
from pcm_schemas.layout import expected_slots
from pcm_schemas.manifest import Manifest

Edit = Callable[[bytes], bytes]


@dataclass
class Forgery:
    """The parts of a package file, each open to damage before they are put together."""

    fields: samples.Fields
    entries: dict[str, Any]
    body: bytearray
    metadata: dict[str, Any] = field(default_factory=dict)
    header_edits: list[Edit] = field(default_factory=list)
    file_edits: list[Edit] = field(default_factory=list)

    def build(self) -> bytes:
        text = encode(self.fields).decode("utf-8")
        members = {"__metadata__": {"pcm": text, **self.metadata}, **self.entries}
        header = json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
        for edit in self.header_edits:
            header = edit(header)
        header += b" " * (-len(header) % 8)
        data = len(header).to_bytes(8, "little") + header + bytes(self.body)
        for edit in self.file_edits:
            data = edit(data)
        return data

    def start(self, name: str) -> int:
        """First byte of a tensor in the body."""
        start: int = self.entries[name]["data_offsets"][0]
        return start

    def write(self, name: str, values: list[float], *, at: int = 0) -> None:
        """Put fp16 values into a tensor from an index on."""
        data = np.array(values, "<f2").tobytes()
        start = self.start(name) + 2 * at
        self.body[start : start + len(data)] = data


def forgery(fields: samples.Fields | None = None) -> Forgery:
    """A sound package, taken apart; untouched it is the packer's own file, byte for byte."""
    fields = copy.deepcopy(samples.perfusion() if fields is None else fields)
    slots = expected_slots(Manifest.of(fields))
    made = samples.tensors(fields)
    entries = {
        slot.name: {
            "dtype": slot.dtype,
            "shape": [slot.width],
            "data_offsets": [slot.start, slot.end],
        }
        for slot in slots
    }
    return Forgery(
        fields, entries, bytearray(b"".join(made[slot.name].tobytes() for slot in slots))
    )


def with_length(length: int) -> Edit:
    """Claim another header length."""
    return lambda data: length.to_bytes(8, "little") + data[8:]


def replaced(old: bytes, new: bytes) -> Edit:
    """Replace the first occurrence of some bytes."""
    return lambda data: data.replace(old, new, 1)
