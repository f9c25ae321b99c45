"""The edit of one batch of prompts: which concepts, which controls, which rows; tensors in, contexts out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pcm_engine import perfusion
from pcm_engine.errors import Unsupported
from pcm_engine.gate import Gate, Lock
from pcm_engine.perfusion import EditedContext


class ConceptStack(NamedTuple):
    """The concepts that take part in a call, one a row of each tensor; `values` are those of all layers."""

    names: tuple[str, ...]
    directions: Float[Tensor, "concepts text"]
    duals: Float[Tensor, "concepts text"]
    supercategories: Float[Tensor, "concepts text"]
    values: Float[Tensor, "concepts outputs"]


class Controls(NamedTuple):
    """Gates as data: one row a prompt, one column a concept; strength 0 where a concept is not named (M13)."""

    bias: Float[Tensor, "prompts concepts"]
    temperature: Float[Tensor, "prompts concepts"]
    strength: Float[Tensor, "prompts concepts"]
    locked: Bool[Tensor, " prompts"]

    @classmethod
    def of(cls, names: Sequence[str], rows: Sequence[Mapping[str, Gate]]) -> "Controls":
        """From the filled gates of each prompt's active concepts; a prompt is locked globally if all of them are."""
        absent = Gate(bias=0.0, temperature=1.0, strength=0.0)
        table = [[row.get(name, absent) for name in names] for row in rows]
        bias, temperature, strength = (
            torch.tensor(
                [[getattr(one, control) for one in row] for row in table], dtype=torch.float64
            )
            for control in ("bias", "temperature", "strength")
        )
        locked = [
            bool(row) and all(one.lock is Lock.GLOBAL for one in row.values()) for row in rows
        ]
        return cls(bias, temperature, strength, torch.tensor(locked))


@dataclass(frozen=True, eq=False)
class Edit:
    """Concepts and controls of the prompts whose encodings these are; other rows are left alone.

    The first `negatives` prompts are negative: guidance may leave them out. Each prompt is repeated `images` times in
    a batch. Invariant: the active directions of every prompt are independent (M8); `mix` is P of (M9).
    """

    stack: ConceptStack
    controls: Controls
    encodings: Float[Tensor, "prompts tokens text"]
    super_encodings: Float[Tensor, "prompts tokens text"] | None
    mix: Float[Tensor, "prompts concepts concepts"]
    negatives: int = 0
    images: int = 1

    @classmethod
    def of(
        cls,
        stack: ConceptStack,
        controls: Controls,
        encodings: Float[Tensor, "prompts tokens text"],
        super_encodings: Float[Tensor, "prompts tokens text"] | None = None,
    ) -> "Edit":
        """Solve (M9) for every prompt. Raises DependentConcepts where a prompt's concepts nearly coincide."""
        overlaps = perfusion.overlap(stack.duals.detach().cpu(), stack.directions.detach().cpu())
        for strength in torch.unique(controls.strength, dim=0):
            chosen = strength.nonzero().squeeze(-1)
            names = [stack.names[int(j)] for j in chosen]
            perfusion.require_independent(overlaps[chosen][:, chosen], names)
        return cls(
            stack,
            controls,
            encodings,
            super_encodings,
            perfusion.mixing(overlaps, controls.strength),
        )

    def context(self, encodings: Float[Tensor, "batch tokens text"]) -> EditedContext | None:
        """What all projections see instead of `encodings`; None where no row of them is ours or active."""
        return self.context_of(encodings, self.rows_of(encodings))

    def context_of(
        self, encodings: Float[Tensor, "batch tokens text"], rows: Int[Tensor, " batch"]
    ) -> EditedContext | None:
        """The same where it is known which prompt each row is."""
        strength = self.controls.strength[rows] * (rows >= 0).unsqueeze(-1)
        if not strength.any():
            return None
        local = perfusion.edited_context(
            encodings,
            self.stack.directions,
            self.stack.duals,
            supercategories=self.stack.supercategories,
            bias=self.controls.bias[rows],
            temperature=self.controls.temperature[rows],
            strength=strength,
            mix=self.mix[rows],
        )
        if self.super_encodings is None:
            return local
        locked = (self.controls.locked[rows] & (rows >= 0)).to(encodings.device)
        return perfusion.lock_globally(
            local, self.super_encodings.to(encodings.device)[rows], locked
        )

    def rows_of(self, encodings: Float[Tensor, "batch tokens text"]) -> Int[Tensor, " batch"]:
        """Which prompt each row of a batch is, -1 for none of ours.

        Pipelines repeat, double and reorder the rows that they are given, so rows are known by content, and equal
        rows under different controls by their order. Raises Unsupported where that is not known.
        """
        if encodings is self.encodings:
            return torch.arange(len(encodings))
        rows = torch.full((len(encodings),), -1)
        for twins, places in matching_rows(encodings, self.encodings):
            rows[places] = self._dealt(torch.tensor(twins), len(places))
        return rows

    @property
    def is_wanted(self) -> bool:
        """Tell whether a concept acts in a prompt that the pipeline cannot leave out."""
        return bool(self.controls.strength[self.negatives :].any())

    def is_wanted_in(self, rows: Int[Tensor, " batch"]) -> bool:
        """Tell whether one of these is such a prompt."""
        return bool(self.controls.strength[rows[rows >= self.negatives]].any())

    def _dealt(self, twins: Int[Tensor, " twins"], count: int) -> Int[Tensor, " places"]:
        """Deal prompts of the same words to `count` places: in order, each to its pictures.

        Under the same controls any of them will do; the last is not negative if one is not.
        """
        if all((one[twins] == one[twins[0]]).all() for one in self.controls):
            return twins[-1:].expand(count)
        if count in {len(twins), len(twins) * self.images}:
            return twins.repeat_interleave(count // len(twins))
        raise Unsupported(
            f"{len(twins)} prompts with the same words and other gates cannot be told apart in {count} rows of a batch",
            "generate them one after another",
        )


def matching_rows(
    batch: Float[Tensor, "batch length text"], known: Float[Tensor, "prompts tokens text"]
) -> Iterator[tuple[list[int], list[int]]]:
    """Equal prompts of `known`, and the places in `batch` that are one of them."""
    if batch.shape[1:] != known.shape[1:]:
        return
    candidates = known.detach().to(batch)
    same = torch.stack([(batch == one).flatten(1).all(1) for one in candidates], dim=1).tolist()
    for pattern in {tuple(row) for row in same if any(row)}:
        twins = [index for index, is_same in enumerate(pattern) if is_same]
        yield twins, [place for place, row in enumerate(same) if tuple(row) == pattern]
