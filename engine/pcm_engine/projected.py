"""K and V of a prompt under an edit: computed once, kept while all they depend on stays as it was (method.md 3, I19).

What they depend on: the encodings, the edit (prompt, concepts, gates, lock), and the projection with its adapters.
A change is seen where PyTorch counts it: in place, or by another tensor, dtype or device. Where it cannot be seen
(weights kept elsewhere by sequential offloading, a projection with a forward of its own) nothing is kept, and each
step computes K and V anew, as the plain pipeline does.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from itertools import accumulate, pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from pcm_engine import perfusion
from pcm_engine.edit import Edit
from pcm_engine.perfusion import EditedContext
from pcm_engine.watch import Watched, mark_of

KEPT = 4  # batches whose K and V are held at once: guidance may ask for its halves in turns

Projection = Callable[[Float[Tensor, "batch tokens text"]], Float[Tensor, "batch tokens out"]]


class Side(Enum):
    """Which projection of a layer."""

    KEY = "to_k"
    VALUE = "to_v"


class Base(NamedTuple):
    """A projection without the edit, and what its answers depend on, None where that cannot be seen."""

    project: Projection
    watched: Watched | None


class Kept(NamedTuple):
    """K or V of a layer, and what it was computed with: held, so that no other weights take that memory."""

    answer: Tensor
    watched: Watched


@dataclass(eq=False)
class Served:
    """One batch of encodings with its edited context and the K and V computed so far; no context, no edit.

    `is_wanted` where a prompt is in it in which a concept has to act.
    """

    encodings: Float[Tensor, "batch tokens text"]
    context: EditedContext | None
    is_wanted: bool
    projected: dict[tuple[int, Side], Kept] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mark = mark_of(self.encodings)
        if self.mark is None:  # its changes are not counted, so it is compared with a copy
            self.encodings = self.encodings.clone()

    def is_of(self, encodings: Float[Tensor, "batch tokens text"]) -> bool:
        """Tell whether these are the same rows: the same memory unchanged, or equal in content."""
        if self.mark is not None:
            if mark_of(encodings) == self.mark:
                return True
            if mark_of(self.encodings) != self.mark:
                return False  # what these rows were is no longer known
        held = self.encodings
        alike = (encodings.shape, encodings.dtype) == (held.shape, held.dtype)
        return alike and encodings.device == held.device and torch.equal(encodings, held)

    @property
    def size(self) -> int:
        """Bytes of K and V held."""
        return sum(kept.answer.nbytes for kept in self.projected.values())


@dataclass
class Acting:
    """Whether concepts act in the batches of a call: in each, or in one of every few, as guidance asks its halves in turns.

    `idle` counts the batches since the last in which one acted, `most` those between two such.
    """

    has_acted: bool = False
    idle: int = 0
    most: int = 1

    def note(self, *, is_wanted: bool) -> None:
        """The first projection is asked for a batch."""
        if is_wanted:
            self.has_acted, self.idle, self.most = True, 0, max(self.most, self.idle)
        else:
            self.idle += 1

    @property
    def has_stopped(self) -> bool:
        """Tell whether none ever acted, or none for longer than between two turns."""
        return not self.has_acted or self.idle > self.most


@dataclass(eq=False)
class Editing:
    """The edit that is on, shared by the hooks of one pipeline. Invariant: what is served belongs to it.

    `asked` are the projections that the pipeline has called under it, `acting` whether for our prompts; `most` is the
    most that was ever held, in bytes.
    """

    widths: tuple[int, ...]
    edit: Edit | None = None
    served: list[Served] = field(default_factory=list)
    asked: set[tuple[int, Side]] = field(default_factory=set)
    acting: Acting = field(default_factory=Acting)
    most: int = 0

    def __post_init__(self) -> None:
        ends = pairwise(accumulate(self.widths, initial=0))
        self._columns = tuple(slice(start, end) for start, end in ends)

    def project(
        self,
        layer: int,
        side: Side,
        encodings: Float[Tensor, "batch tokens text"],
        *,
        base: Base,
    ) -> Float[Tensor, "batch tokens out"]:
        """K or V of a layer under the edit that is on; the base projection where nothing in the batch is edited."""
        self.asked.add((layer, side))
        served = self._served(encodings)
        if layer == 0 and side is Side.KEY:
            self.acting.note(is_wanted=served.is_wanted)
        if served.context is None:
            return base.project(encodings)
        return self._projected(layer, side, served, base)

    def switch(self, edit: Edit | None) -> None:
        """Put an edit on, or take it off; what was served for the last one is forgotten."""
        self.most = max(self.most, self.size)
        self.edit = edit
        self.served.clear()
        self.asked.clear()
        self.acting = Acting()

    def prepare(self, encodings: Float[Tensor, "batch tokens text"]) -> None:
        """Compute the context of a batch before its first projection asks for it."""
        self._served(encodings)

    @property
    def size(self) -> int:
        """Bytes of K and V held now."""
        return sum(one.size for one in self.served)

    def _projected(self, layer: int, side: Side, served: Served, base: Base) -> Tensor:
        """What is kept, or computed now; under gradients nothing is kept: a graph may be freed between steps."""
        watched = base.watched
        if watched is None or watched.state is None or torch.is_grad_enabled():
            return self._computed(layer, side, served.context, base.project)
        kept = served.projected.get((layer, side))
        if kept is None or kept.watched.state != watched.state:
            answer = self._computed(layer, side, served.context, base.project)
            kept = served.projected[layer, side] = Kept(answer, watched)
        return kept.answer

    def _computed(self, layer: int, side: Side, context: EditedContext, base: Projection) -> Tensor:
        """(M10) K = W_K x_K, or (M11) V = W_V x_V + sum gamma g o, by the base projection itself."""
        if side is Side.KEY:
            return base(context.keys)
        outputs = self.edit.stack.values[:, self._columns[layer]]
        return perfusion.with_outputs(
            base(context.values), context.openings, outputs, active=context.active
        )

    def _served(self, encodings: Float[Tensor, "batch tokens text"]) -> Served:
        for one in self.served:
            if one.is_of(encodings):
                return one
        rows = self.edit.rows_of(encodings)
        one = Served(encodings, self.edit.context_of(encodings, rows), self.edit.is_wanted_in(rows))
        self.served = [one, *self.served][:KEPT]
        return one
