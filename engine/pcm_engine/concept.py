"""A concept as tensors: what method.md section 6 says is needed at inference, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pcm_engine import perfusion
from pcm_engine.errors import Unsupported
from pcm_engine.gate import Gate, Lock
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import Package

DTYPES = {"F16": torch.float16, "F32": torch.float32}


@dataclass(frozen=True, eq=False)
class Concept:
    """Float32 tensors, each rounded as the package stores it, with their manifest.

    `stored_dual` is kept apart from `dual`, so that saving again gives the same bytes (I24).
    """

    manifest: Manifest
    direction: Float[Tensor, " text"]
    stored_dual: Float[Tensor, " text"]
    embedding: tuple[Float[Tensor, "_"], ...]
    supercategory: Float[Tensor, " text"]
    values: Float[Tensor, " outputs"]

    @classmethod
    def from_package(cls, package: Package) -> "Concept":
        """Upcast the tensors of a package that the strict reader let in (T9). Raises Unsupported for a bundle."""
        if package.manifest.is_bundle:
            raise Unsupported(
                f"{package.manifest.name} is a bundle: it only names other concepts",
                f"load these: {', '.join(package.manifest.requires)}",
            )
        tensors = {
            name: torch.from_numpy(np.array(array, np.float32))
            for name, array in package.tensors.items()
        }
        words = tuple(tensors[name] for name in ("embedding", "embedding_2") if name in tensors)
        return cls(
            manifest=package.manifest,
            direction=tensors["direction"],
            stored_dual=tensors["dual"],
            embedding=words,
            supercategory=tensors["supercategory"],
            values=tensors["values"],
        )

    @classmethod
    def learned(
        cls,
        manifest: Manifest,
        *,
        direction: Float[Tensor, " text"],
        inverse: Float[Tensor, "text text"],
        embedding: Sequence[Float[Tensor, "_"]],
        supercategory: Float[Tensor, " text"],
        values: Float[Tensor, " outputs"],
    ) -> "Concept":
        """(T9) Round i*, then b from the rounded i* in float64, and the rest, to the manifest's dtype."""
        dtype = DTYPES[manifest.tensors.dtype]
        rounded = _rounded(direction, dtype)
        dual = perfusion.dual(rounded.double(), inverse.to(rounded.device).double())
        return cls(
            manifest=manifest,
            direction=rounded,
            stored_dual=_rounded(dual, dtype),
            embedding=tuple(_rounded(vector, dtype) for vector in embedding),
            supercategory=_rounded(supercategory, dtype),
            values=_rounded(values, dtype),
        )

    @cached_property
    def dual(self) -> Float[Tensor, " text"]:
        """(T9) b / (b' i*), which rounding moved away from 1 (I8)."""
        stored = self.stored_dual.double()
        return (stored / (stored @ self.direction.double())).float()

    @cached_property
    def gate(self) -> Gate:
        """The concept's default gate."""
        said = self.manifest.gate
        return Gate(
            float(said.bias), float(said.temperature), float(said.strength), Lock(said.lock)
        )

    def to_tensors(self) -> Mapping[str, np.ndarray]:
        """The tensors of P17, by name, in the manifest's dtype."""
        names = ("embedding", "embedding_2")[: len(self.embedding)]
        tensors = {
            "direction": self.direction,
            "dual": self.stored_dual,
            **dict(zip(names, self.embedding, strict=True)),
            "supercategory": self.supercategory,
            "values": self.values,
        }
        dtype = DTYPES[self.manifest.tensors.dtype]
        return {name: tensor.to(dtype).numpy() for name, tensor in tensors.items()}


def _rounded(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """The values that a file of this dtype can hold, in float32 on the CPU."""
    return tensor.detach().to(dtype).float().cpu()
