"""Put an edit on the projections of a pipeline and take it off again; nothing of the pipeline is replaced.

Each `attn2.to_k` and `attn2.to_v` gets one diffusers hook that stands between the module and its forward. While no
edit is on, it calls the forward. While one is on, it calls the forward once on the edited context (method.md 3), at
the pipeline's own shapes, and serves the result at every later step: K and V depend on the prompt alone (I19).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from itertools import accumulate, pairwise

import torch
from diffusers.hooks import HookRegistry, ModelHook
from jaxtyping import Float
from torch import Tensor, nn

from pcm_engine import perfusion
from pcm_engine.bases import Profile
from pcm_engine.bases.layers import require_editable
from pcm_engine.edit import Edit
from pcm_engine.errors import AlreadyAttached
from pcm_engine.perfusion import EditedContext

NAME = "pcm"
KEPT = 4  # batches whose K and V are held at once: guidance may ask for its halves in turns

Projection = Callable[[Float[Tensor, "batch tokens text"]], Float[Tensor, "batch tokens out"]]


class Side(Enum):
    """Which projection of a layer."""

    KEY = "to_k"
    VALUE = "to_v"


@dataclass(eq=False)
class Served:
    """One batch of encodings with its edited context and the K and V computed so far; no context, no edit."""

    encodings: Float[Tensor, "batch tokens text"]
    context: EditedContext | None
    version: int
    projected: dict[tuple[int, Side], Tensor] = field(default_factory=dict)

    def is_of(self, encodings: Float[Tensor, "batch tokens text"]) -> bool:
        """Tell whether these are the same rows: the same tensor unchanged, or equal in content."""
        if encodings is self.encodings:
            return encodings._version == self.version  # noqa: SLF001 - how PyTorch counts changes in place
        alike = encodings.shape == self.encodings.shape and encodings.dtype == self.encodings.dtype
        return (
            alike
            and encodings.device == self.encodings.device
            and torch.equal(encodings, self.encodings)
        )


@dataclass(eq=False)
class Editing:
    """The edit that is on, shared by the hooks of one pipeline. Invariant: what is served belongs to it."""

    widths: tuple[int, ...]
    edit: Edit | None = None
    served: list[Served] = field(default_factory=list)

    def project(
        self,
        layer: int,
        side: Side,
        encodings: Float[Tensor, "batch tokens text"],
        *,
        base: Projection,
    ) -> Float[Tensor, "batch tokens out"]:
        """K or V of a layer under the edit; the base projection where nothing in the batch is edited."""
        if self.edit is None:
            return base(encodings)
        served = self._served(encodings)
        if served.context is None:
            return base(encodings)
        if (
            torch.is_grad_enabled()
        ):  # a graph is built anew each time: it may be freed or replayed between steps
            return self._computed(layer, side, served.context, base)
        if (layer, side) not in served.projected:
            served.projected[layer, side] = self._computed(layer, side, served.context, base)
        return served.projected[layer, side]

    def switch(self, edit: Edit | None) -> None:
        """Put an edit on, or take it off; what was served for the last one is forgotten."""
        self.edit = edit
        self.served.clear()

    def prepare(self, encodings: Float[Tensor, "batch tokens text"]) -> None:
        """Compute the context of a batch before its first projection asks for it."""
        self._served(encodings)

    def _computed(self, layer: int, side: Side, context: EditedContext, base: Projection) -> Tensor:
        """(M10) K = W_K x_K, or (M11) V = W_V x_V + sum gamma g o, by the base projection itself."""
        if side is Side.KEY:
            return base(context.keys)
        start, end = list(pairwise(accumulate(self.widths, initial=0)))[layer]
        outputs = self.edit.stack.values[:, start:end]
        return perfusion.with_outputs(
            base(context.values), context.openings, outputs, active=context.active
        )

    def _served(self, encodings: Float[Tensor, "batch tokens text"]) -> Served:
        for one in self.served:
            if one.is_of(encodings):
                return one
        one = Served(encodings, self.edit.context(encodings), encodings._version)  # noqa: SLF001
        self.served = [one, *self.served][:KEPT]
        return one


class ProjectionHook(ModelHook):
    """Stands between one projection and its forward."""

    def __init__(self, editing: Editing, layer: int, side: Side) -> None:
        super().__init__()
        self.editing, self.layer, self.side = editing, layer, side

    def new_forward(
        self, _module: nn.Module, encodings: Tensor, *args: object, **kwargs: object
    ) -> Tensor:
        """Answer for the projection; further arguments belong to adapters and pass through."""
        forward = self.fn_ref.original_forward
        return self.editing.project(
            self.layer, self.side, encodings, base=lambda rows: forward(rows, *args, **kwargs)
        )


class Hooks:
    """The hooks of one pipeline. Invariant: on both current projections of every layer, or on nothing.

    One edit at a time and one thread: `editing` refuses a second one.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._editing = Editing(profile.widths)
        self._held: list[tuple[nn.Module, frozenset[str]]] = []

    @property
    def is_attached(self) -> bool:
        """Tell whether the hooks are on."""
        return bool(self._held)

    @property
    def is_busy(self) -> bool:
        """Tell whether an edit is on."""
        return self._editing.edit is not None

    def attach(self) -> None:
        """Hook every projection. Raises AlreadyAttached where one is hooked already, changing nothing."""
        require_editable(self.profile.layers)
        targets = list(self._targets())
        if any(NAME in _registered(module) for module, _, _ in targets):
            raise AlreadyAttached(
                "another composer edits this pipeline", "detach it first: `composer.detach()`"
            )
        for module, layer, side in targets:
            self._held.append((module, frozenset(vars(module))))
            HookRegistry.check_if_exists_or_initialize(module).register_hook(
                ProjectionHook(self._editing, layer, side), NAME
            )

    def detach(self) -> None:
        """Take every hook off and leave the modules as they were. Raises AlreadyAttached during an edit."""
        if self.is_busy:
            raise AlreadyAttached("a picture is being made", "detach when the call has returned")
        for module, before in self._held:
            _unhook(module, before)
        self._held.clear()

    def follow(self) -> None:
        """Move to the projections that the pipeline has now: adapters wrap or replace them."""
        if [module for module, _ in self._held] != [module for module, _, _ in self._targets()]:
            self.detach()
            self.attach()

    @contextmanager
    def editing(self, edit: Edit) -> Iterator[None]:
        """Have the edit on for the length of the block. Raises AlreadyAttached if one is on.

        With gradients enabled the context is computed here, outside any checkpoint, and nothing is kept.
        """
        if self.is_busy:
            raise AlreadyAttached("an edit is already on", "one picture at a time on one pipeline")
        self.follow()
        self._editing.switch(edit)
        if torch.is_grad_enabled():
            self._editing.prepare(edit.encodings)
        try:
            yield
        finally:
            self._editing.switch(None)

    def _targets(self) -> Iterator[tuple[nn.Module, int, Side]]:
        for index, layer in enumerate(self.profile.layers):
            yield layer.key, index, Side.KEY
            yield layer.value, index, Side.VALUE


def _registered(module: nn.Module) -> dict[str, ModelHook]:
    registry = getattr(module, "_diffusers_hook", None)
    return {} if registry is None else registry.hooks


def _unhook(module: nn.Module, before: frozenset[str]) -> None:
    """Remove the hook and, if no other came meanwhile, what hooking left on the module."""
    module._diffusers_hook.remove_hook(NAME, recurse=False)  # noqa: SLF001 - diffusers offers no other way in
    if not _registered(module):
        for name in {"_diffusers_hook", "forward"} - before:
            vars(module).pop(name, None)
