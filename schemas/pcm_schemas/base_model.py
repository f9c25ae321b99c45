"""Base identity: which frozen generator this is, measured from its tensors (P11–P13). Arrays in, identity out.

The caller reads the files and hands the tensors over one at a time, in P11's order; nothing larger than one tensor and
a chunk is held. `sd1`, `sd2`, `sdxl` are in `architecture`; any other label, such as `toybox`, has its own widths.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from pcm_schemas.architecture import ARCHITECTURES, Architecture, Runs, runs_of
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.errors import BaseUnreadable
from pcm_schemas.projection import Projection
from pcm_schemas.sketch import Sketch
from pcm_schemas.tier import BaseClaim, LayerWidths, Tier, compare

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "BaseClaim",
    "BaseIdentity",
    "BaseLayout",
    "EncoderShape",
    "Kind",
    "Tier",
    "compare",
    "measure",
]

Kind = Literal["kv", "text"]
"""`kv`: W_K or W_V of a cross-attention layer; `text`: a tensor of a text encoder."""
Array = npt.NDArray[np.floating]
Shape = tuple[int | None, ...]
PREFIX: Final = b"pcm-base-1\n"
CHUNK: Final = 1 << 16


@dataclass(frozen=True)
class EncoderShape:
    """Depth, vocabulary (rows of the token embedding) and width of one text encoder."""

    layers: int
    vocabulary: int
    width: int

    def tensor_shapes(self) -> Iterator[Shape]:
        """Shapes of its tensors in P11's order; None is a length that the identity does not fix."""
        vector, square = (self.width,), (self.width, self.width)
        yield (self.vocabulary, self.width)
        yield (None, self.width)
        for _ in range(self.layers):
            yield from (vector, vector)  # norm 1
            yield from (square, vector) * 4  # q, k, v, output
            yield from (vector, vector)  # norm 2
            yield from ((None, self.width), (None,), (self.width, None), vector)  # fc 1, fc 2
        yield from (vector, vector)  # final norm


@dataclass(frozen=True)
class BaseLayout:
    """The part of a base's identity that is said before its tensors: encoders, layer widths, prediction type."""

    prediction_type: str
    encoders: tuple[EncoderShape, ...]
    layers: LayerWidths

    def header(self) -> bytes:
        """What the digest starts with: prefix, canonical JSON, newline (P11)."""
        encoders = [asdict(encoder) for encoder in self.encoders]
        said = {
            "encoders": encoders,
            "layers": self.layers,
            "prediction_type": self.prediction_type,
        }
        return PREFIX + canonical_bytes(said) + b"\n"

    def tensor_shapes(self) -> Iterator[tuple[Kind, Shape]]:
        """Kind and shape of every tensor in P11's order."""
        for d_out, d_text in self.layers:
            yield from (("kv", (d_out, d_text)), ("kv", (d_out, d_text)))  # W_K, W_V
        for encoder in self.encoders:
            for shape in encoder.tensor_shapes():
                yield "text", shape


@dataclass(frozen=True)
class BaseIdentity:
    """A base as measured; comparable with another one, or with a claim, by `compare`."""

    architecture: str
    prediction_type: str
    digest: Digest
    sketch: Sketch
    encoders: tuple[EncoderShape, ...]
    layers: LayerWidths

    @property
    def runs(self) -> Runs:
        """The layer runs that a manifest's `tensors.layers` lists."""
        return runs_of(tuple(d_out for d_out, _ in self.layers))

    def manifest_fields(
        self, *, label: str, clip_skip: int = 0, hub: dict[str, str] | None = None
    ) -> dict[str, object]:
        """Return the plain values of a manifest's `base` (P9)."""
        fields: dict[str, object] = {
            "architecture": self.architecture,
            "clip_skip": clip_skip,
            "digest": self.digest,
            "label": label,
            "prediction_type": self.prediction_type,
            "sketch": asdict(self.sketch),
        }
        return fields if hub is None else {**fields, "hub": hub}


def measure(
    tensors: Iterable[tuple[Kind, Array]], *, architecture: str, layout: BaseLayout
) -> BaseIdentity:
    """Digest and sketch a base from its tensors in P11's order, in one pass.

    The sketch sees the fp16 values that the digest sees, so that both name the same numbers. Raises BaseUnreadable for
    a tensor too many or too few, another shape, and values that fp16 cannot hold.
    """
    hashed = hashlib.sha256(layout.header())
    projections = {"kv": Projection(), "text": Projection()}
    for kind, tensor in _checked(tensors, layout):
        projection = projections[kind]
        for chunk in _halves(tensor):
            hashed.update(chunk.tobytes())
            projection.add(chunk)
        projection.close_tensor()
    return BaseIdentity(
        architecture=architecture,
        prediction_type=layout.prediction_type,
        digest=Digest(f"sha256:{hashed.hexdigest()}"),
        sketch=Sketch(kv=projections["kv"].sketch(), text=projections["text"].sketch()),
        encoders=layout.encoders,
        layers=layout.layers,
    )


def _checked(
    tensors: Iterable[tuple[Kind, Array]], layout: BaseLayout
) -> Iterator[tuple[Kind, Array]]:
    """Pass the tensors on, each held against the place it should have."""
    handed = iter(tensors)
    for place, (kind, shape) in enumerate(layout.tensor_shapes()):
        found = next(handed, None)
        if found is None:
            raise BaseUnreadable(f"it ends after {place} tensors")
        _require_place(found, kind=kind, shape=shape, place=place)
        yield found
    if next(handed, None) is not None:
        raise BaseUnreadable("it has more tensors than its layout")


def _require_place(found: tuple[Kind, Array], *, kind: Kind, shape: Shape, place: int) -> None:
    fits = len(found[1].shape) == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, found[1].shape, strict=True)
    )
    if found[0] != kind or not fits:
        held = f"{found[0]} {list(found[1].shape)}"
        raise BaseUnreadable(f"tensor {place} is {held}, its place is {kind} {list(shape)}")


def _halves(tensor: Array) -> Iterator[npt.NDArray[np.float16]]:
    """The tensor row by row as little-endian fp16, rounded to nearest even, in chunks; overflow is refused (P11)."""
    flat = tensor.reshape(-1)
    for start in range(0, flat.size, CHUNK):
        with np.errstate(over="ignore"):  # looked for on the next line
            chunk = flat[start : start + CHUNK].astype("<f2")
        if not np.isfinite(chunk).all():
            raise BaseUnreadable("a value is not finite in fp16")
        yield chunk
