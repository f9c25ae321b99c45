"""Put an edit on the projections of a pipeline and take it off again; nothing of the pipeline is replaced.

Each `attn2.to_k` and `attn2.to_v` gets one diffusers hook that stands between the module and its forward. While no
edit is on, it calls the forward. While one is on, it answers for it (`projected`), by the forward itself on the edited
context, at the pipeline's own shapes (method.md 3).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, no_type_check

import torch
from diffusers.hooks import HookRegistry, ModelHook
from jaxtyping import Float
from torch import Tensor, nn

from pcm_engine import compiled
from pcm_engine.bases import Profile
from pcm_engine.bases.layers import require_editable
from pcm_engine.edit import Edit
from pcm_engine.errors import AlreadyAttached, Unsupported
from pcm_engine.projected import Base, Editing, Side
from pcm_engine.watch import watch

NAME = "pcm"


class ProjectionHook(ModelHook):
    """Stands between one projection and its forward."""

    def __init__(self, editing: Editing, layer: int, side: Side) -> None:
        super().__init__()
        self.editing, self.layer, self.side = editing, layer, side
        self.module: nn.Module
        self.address = compiled.address_of(self)

    def initialize_hook(self, module: nn.Module) -> nn.Module:
        """Remember the projection."""
        self.module = module
        return module

    @no_type_check  # the one method that compiled graphs trace: a shape check's own state would compile them anew
    def new_forward(
        self, module: nn.Module, encodings: Tensor, *args: object, **kwargs: object
    ) -> Tensor:
        """Answer for the projection; further arguments belong to adapters and pass through."""
        if torch.compiler.is_compiling() and not (args or kwargs or torch.is_grad_enabled()):
            return compiled.project(encodings, self.address, module.out_features)
        return self.answer(encodings, *args, **kwargs)

    def answer(
        self, encodings: Float[Tensor, "batch tokens text"], *args: object, **kwargs: object
    ) -> Tensor:
        """K or V of these rows, under the edit if one is on."""
        forward = self.fn_ref.original_forward
        if self.editing.edit is None:
            return forward(encodings, *args, **kwargs)
        if args or kwargs or not _is_own(self.module, forward):
            base = Base(lambda rows: forward(rows, *args, **kwargs), None)
        else:
            base = Base(forward, watch(self.module))
        return self.editing.project(self.layer, self.side, encodings, base=base)


class Held(NamedTuple):
    """A hooked projection, what it had of its own before, and the forward that hooking gave it."""

    module: nn.Module
    before: frozenset[str]
    forward: object


class Hooks:
    """The hooks of one pipeline. Invariant: on both current projections of every layer, or on nothing.

    One edit at a time and one thread: `editing` refuses a second one.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._editing = Editing(profile.widths)
        self._held: list[Held] = []

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
                "another composer edits this pipeline",
                "detach it first: `composer.detach()`; one that nothing holds any more, not even the last "
                "traceback of a notebook, has detached itself",
            )
        for module, layer, side in targets:
            before = frozenset(vars(module))
            hook = ProjectionHook(self._editing, layer, side)
            HookRegistry.check_if_exists_or_initialize(module).register_hook(hook, NAME)
            self._held.append(Held(module, before, module.forward))

    def detach(self) -> None:
        """Take every hook off and leave the modules as they were.

        Raises AlreadyAttached during an edit, or where another tool has put a forward of its own over a hook.
        """
        if self.is_busy:
            raise AlreadyAttached("a picture is being made", "detach when the call has returned")
        if any(_is_covered(held) for held in self._held):
            raise AlreadyAttached(
                "another tool has wrapped this pipeline's projections since",
                "take that off first, such as offloading: `pipeline.remove_all_hooks()`",
            )
        for held in self._held:
            _unhook(held)
        self._held.clear()

    def release(self) -> None:
        """Detach for a composer that nobody holds any more, if that can be done; hooks without an edit change nothing."""
        if not any(_is_covered(held) for held in self._held):
            self.detach()

    def follow(self) -> None:
        """Move to the projections that the pipeline has now: adapters wrap or replace them. Raises Unsupported."""
        require_editable(self.profile.layers)
        if not self._is_on_all():
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
        try:
            self._editing.switch(edit)
            if torch.is_grad_enabled():
                self._editing.prepare(edit.encodings)
            yield
        finally:
            self._editing.switch(None)

    def require_asked(self) -> None:
        """Raise Unsupported if the pipeline made its keys or values without asking every projection, or for others' rows."""
        if not self._is_on_all():
            raise Unsupported(
                "its projections were exchanged while a picture was made: its later steps were without the edit",
                "load, unload and fuse adapters between calls",
            )
        missing = 2 * len(self.profile.layers) - len(self._editing.asked)
        if missing:
            raise Unsupported(
                f"{missing} of its {2 * len(self.profile.layers)} key and value projections were not asked: "
                "another tool's attention processors or hooks stand in their place",
                "take them off: `pipeline.unet.set_default_attn_processor()`",
            )
        if self._editing.edit.is_wanted and self._editing.acting.has_stopped:
            raise Unsupported(
                "its layers were asked for other encodings than those of the prompts: no concept acts on them",
                "leave the prompts' encodings to the pipeline: no callback, processor or hook may change `prompt_embeds`",
            )

    @property
    def size(self) -> int:
        """Bytes of K and V that are held now."""
        return self._editing.size

    @property
    def most(self) -> int:
        """Bytes of K and V that were held at most, so far."""
        return max(self._editing.most, self.size)

    def _is_on_all(self) -> bool:
        """Tell whether the projections that are hooked are those that the pipeline has now."""
        return [held.module for held in self._held] == [module for module, _, _ in self._targets()]

    def _targets(self) -> Iterator[tuple[nn.Module, int, Side]]:
        for index, layer in enumerate(self.profile.layers):
            yield layer.key, index, Side.KEY
            yield layer.value, index, Side.VALUE


def _registered(module: nn.Module) -> dict[str, ModelHook]:
    registry = getattr(module, "_diffusers_hook", None)
    return {} if registry is None else registry.hooks


def _is_own(module: nn.Module, forward: object) -> bool:
    """Tell whether this is the forward of the module's own class, with nothing of anyone's before it."""
    return getattr(forward, "__func__", None) is type(module).forward


def _is_covered(held: Held) -> bool:
    """Tell whether a forward that no diffusers hook put there stands over ours."""
    order = held.module._diffusers_hook._hook_order  # noqa: SLF001 - diffusers offers no other way in
    forward = held.module.forward
    if order[-1] != NAME or forward is held.forward:
        return False
    return not _is_own(held.module, forward)


def _unhook(held: Held) -> None:
    """Remove the hook and, if no other came meanwhile, what hooking left on the module."""
    held.module._diffusers_hook.remove_hook(NAME, recurse=False)  # noqa: SLF001 - as above
    if not _registered(held.module):
        for name in {"_diffusers_hook", "forward"} - held.before:
            vars(held.module).pop(name, None)
