"""The package file: manifest and tensors in one safetensors file (P14–P19). Bytes in, objects out, and back.

`read` is the strict reader: R1–R14 in order, the first failure wins. `pack` reads its own bytes back (P18).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from pcm_schemas import limits, values
from pcm_schemas.architecture import ARCHITECTURES, cap_of
from pcm_schemas.digest import Digest
from pcm_schemas.errors import ManifestInvalid
from pcm_schemas.header import Header, open_header
from pcm_schemas.layout import SIZES, Slot, build_header, expected_slots
from pcm_schemas.manifest import Manifest
from pcm_schemas.package_errors import (
    Degenerate,
    HeaderForm,
    NotFinite,
    PackageTooLarge,
    PackageTruncated,
    TensorNames,
    TensorOffsets,
    TensorShape,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[np.floating]"
SHORTEST: Final = 10
DUAL_TOLERANCE: Final = 0.01
NOT_ZERO: Final = ("embedding", "embedding_2", "values")


@dataclass(frozen=True)
class Package:
    """A package that passed R1–R14. `manifest_bytes` are those of the `pcm` string, `digest` is the file's."""

    manifest: Manifest
    body: bytes
    manifest_bytes: bytes
    digest: Digest
    size: int

    @cached_property
    def tensors(self) -> "Mapping[str, Array]":
        """Read-only, one-dimensional, of the manifest's dtype, in ascending order of name (P17)."""
        return {slot.name: _view(slot, self.body) for slot in expected_slots(self.manifest)}

    @property
    def manifest_digest(self) -> Digest:
        """What the statement calls `manifest` (P21)."""
        return Digest.of(self.manifest_bytes)


def pack(manifest: Manifest, tensors: "Mapping[str, Array]") -> bytes:
    """Write a package file: the same manifest and tensor values give the same bytes everywhere (P16, P18).

    Tensors must have the names, widths and dtype that the manifest says: rounding is the caller's (method.md T9).
    Raises every error of `read`.
    """
    slots = expected_slots(manifest)
    _require_names(set(tensors), {slot.name for slot in slots})
    header = build_header(manifest.to_bytes(), slots)
    body = b"".join(_slot_bytes(slot, tensors[slot.name]) for slot in slots)
    data = len(header).to_bytes(8, "little") + header + body
    read(data)
    return data


@lru_cache(maxsize=1)
def read(data: bytes) -> Package:
    """Return the package that these bytes are, or raise the PcmError of the first of R1–R14 that fails.

    The same bytes twice in a row are read once: V10 follows on the rebuilding of the statement (P21).
    """
    _require_size(data)  # R1
    header = open_header(data)  # R2–R5
    manifest = Manifest.parse(header.manifest)  # R6, R7
    _require_architecture(manifest, size=len(data))  # R8
    slots = expected_slots(manifest)
    _require_names(set(header.tensors), {slot.name for slot in slots})  # R9
    for slot in slots:
        _require_shape(slot, header.tensors[slot.name])  # R10
    _require_offsets(header, slots)  # R11
    _require_form(header, build_header(header.manifest, slots))  # R12
    _require_finite(header.body, slots)  # R13
    _require_concept({slot.name: slot for slot in slots}, header.body)  # R14
    return Package(manifest, header.body, header.manifest, Digest.of(data), len(data))


def _require_size(data: bytes) -> None:
    if len(data) > limits.PACKAGE:
        raise PackageTooLarge(len(data), limits.PACKAGE)
    if len(data) < SHORTEST:
        raise PackageTruncated(len(data))


def _require_architecture(manifest: Manifest, *, size: int) -> None:
    label = None if manifest.base is None else manifest.base.architecture
    if size > cap_of(label):
        raise PackageTooLarge(size, cap_of(label))
    require_widths(manifest)


def require_widths(manifest: Manifest) -> None:
    """Refuse a known architecture with other widths than P17's (second half of R8); raises ManifestInvalid."""
    known = None if manifest.base is None else ARCHITECTURES.get(manifest.base.architecture)
    found = manifest.tensors
    if known is None or found is None:
        return
    if (found.text, found.embedding, found.layers) != (known.text, known.embedding, known.layers):
        raise ManifestInvalid((("/tensors", f"the widths are not those of {known.label}"),))


def _require_names(found: set[str], expected: set[str]) -> None:
    if found != expected:
        raise TensorNames(tuple(sorted(expected - found)), tuple(sorted(found - expected)))


def _require_shape(slot: Slot, entry: object) -> None:
    found = (entry.get("dtype"), entry.get("shape")) if isinstance(entry, dict) else (entry, None)
    if found != (slot.dtype, [slot.width]):
        raise TensorShape(slot.name, f"{slot.dtype} [{slot.width}]", f"{found[0]} {found[1]}")


def _require_offsets(header: Header, slots: tuple[Slot, ...]) -> None:
    for slot in slots:
        found = header.tensors[slot.name].get("data_offsets")
        if found != [slot.start, slot.end]:
            raise TensorOffsets(slot.name, f"[{slot.start}, {slot.end}]", str(found))
    end = slots[-1].end if slots else 0
    if end != len(header.body):
        raise TensorOffsets(None, str(end), str(len(header.body)))


def _require_form(header: Header, expected: bytes) -> None:
    if header.raw != expected:
        pairs = enumerate(zip(header.raw, expected, strict=False))
        shorter = min(len(header.raw), len(expected))
        raise HeaderForm(next((at for at, (one, two) in pairs if one != two), shorter))


def _require_finite(body: bytes, slots: tuple[Slot, ...]) -> None:
    if not slots:
        return
    size = SIZES[slots[0].dtype]
    place = values.first_excessive(body, size)
    if place is not None:
        slot = next(slot for slot in slots if place * size < slot.end)
        raise NotFinite(slot.name, place - slot.start // size)


def _require_concept(slots: Mapping[str, Slot], body: bytes) -> None:
    if not slots:
        return
    parts = {name: body[slot.start : slot.end] for name, slot in slots.items()}
    size = SIZES[slots["dual"].dtype]
    answer = values.dot(parts["direction"], parts["dual"], size)
    if not abs(answer - 1) <= DUAL_TOLERANCE:
        raise Degenerate("dual", f"direction · dual is {answer:.4g}, not 1")
    for name in NOT_ZERO:
        if name in parts and values.is_zero(parts[name], size):
            raise Degenerate(name, "every value is zero")


def _view(slot: Slot, body: bytes) -> "Array":
    import numpy as np

    return np.frombuffer(body, slot.numpy_dtype, count=slot.width, offset=slot.start)


def _slot_bytes(slot: Slot, tensor: "Array") -> bytes:
    if tensor.dtype.newbyteorder("<") != slot.numpy_dtype or tensor.shape != (slot.width,):
        found = f"{tensor.dtype} {list(tensor.shape)}"
        raise TensorShape(slot.name, f"{slot.dtype} [{slot.width}]", found)
    return tensor.astype(slot.numpy_dtype).tobytes()
