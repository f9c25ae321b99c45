"""Where each tensor of a package lies, and the one header that says so (P16, P17)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pcm_schemas.architecture import values_width
from pcm_schemas.digest import encode
from pcm_schemas.manifest import Manifest

if TYPE_CHECKING:
    import numpy as np

ALIGNMENT: Final = 8
SIZES: Final = {"F16": 2, "F32": 4}


@dataclass(frozen=True)
class Slot:
    """A tensor's name, dtype, width, and its bytes `start` to `end` in the tensor data."""

    name: str
    dtype: str
    width: int
    start: int

    @property
    def end(self) -> int:
        """First byte after the tensor."""
        return self.start + self.width * SIZES[self.dtype]

    @property
    def numpy_dtype(self) -> "np.dtype[np.floating]":
        """Little-endian dtype, on every platform."""
        import numpy as np

        return np.dtype(f"<f{SIZES[self.dtype]}")


def tensor_widths(manifest: Manifest) -> dict[str, int]:
    """Names and widths of the tensors that a manifest asks for (P17); none for a bundle."""
    layout = manifest.tensors
    if layout is None:
        return {}
    words = dict(zip(("embedding", "embedding_2"), layout.embedding, strict=False))
    text = dict.fromkeys(("direction", "dual", "supercategory"), layout.text)
    return {**text, **words, "values": values_width(layout.layers)}


def expected_slots(manifest: Manifest) -> tuple[Slot, ...]:
    """Lay the tensors out in ascending order of name, from 0 without gaps (P16)."""
    slots: list[Slot] = []
    dtype = "F16" if manifest.tensors is None else manifest.tensors.dtype
    for name, width in sorted(tensor_widths(manifest).items()):
        start = slots[-1].end if slots else 0
        slots.append(Slot(name, dtype, width, start))
    return tuple(slots)


def build_header(manifest: bytes, slots: tuple[Slot, ...]) -> bytes:
    """Build the header of P16, padded with spaces to a multiple of 8."""
    members = [f'"__metadata__":{{"pcm":{encode(manifest.decode("utf-8")).decode("utf-8")}}}']
    members += [
        f'"{slot.name}":{{"dtype":"{slot.dtype}","shape":[{slot.width}],'
        f'"data_offsets":[{slot.start},{slot.end}]}}'
        for slot in slots
    ]
    header = "{" + ",".join(members) + "}"
    data = header.encode("utf-8")
    return data + b" " * (-len(data) % ALIGNMENT)
