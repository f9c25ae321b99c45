"""What the keys of a concept are while it is learned: locked to the supercategory (M6), or trained like the values.

The lock is the method; trained keys are what it is measured against, and no package can hold them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import accumulate, pairwise
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from pcm_engine import perfusion
from pcm_engine.bases import Profile
from pcm_engine.edit import Edit

Parameters = Mapping[str, Tensor]


@runtime_checkable
class KeyPath(Protocol):
    """How the keys along i* are made."""

    def begin(self, profile: Profile, direction: Float[Tensor, " text"]) -> dict[str, Tensor]:
        """Parameters of its own, at their start."""
        ...

    def target(self, supercategory: Float[Tensor, " text"]) -> Float[Tensor, " text"]:
        """What (M10) puts in the place of u."""
        ...

    def applied(
        self, profile: Profile, edit: Edit, parameters: Parameters
    ) -> AbstractContextManager[None]:
        """Whatever the hooks of the edit do not do by themselves, for the length of a call."""
        ...


class LockedKeys:
    """(M6) o*_K = W_K u: never trained, never stored."""

    def begin(self, profile: Profile, direction: Float[Tensor, " text"]) -> dict[str, Tensor]:
        """Nothing is trained."""
        return {}

    def target(self, supercategory: Float[Tensor, " text"]) -> Float[Tensor, " text"]:
        """The supercategory itself."""
        return supercategory

    def applied(
        self, profile: Profile, edit: Edit, parameters: Parameters
    ) -> AbstractContextManager[None]:
        """The hooks do all of it."""
        return nullcontext()


class TrainedKeys:
    """No lock: K = W_K (e - s i*) + g o*_K with o*_K trained, starting at W_K i_init as the values do at theirs."""

    def begin(self, profile: Profile, direction: Float[Tensor, " text"]) -> dict[str, Tensor]:
        """o*_K of all layers."""
        return {"keys": perfusion_outputs(profile, direction, side=lambda layer: layer.key)}

    def target(self, supercategory: Float[Tensor, " text"]) -> Float[Tensor, " text"]:
        """Nothing stands along i* but the trained output."""
        return supercategory.new_zeros(supercategory.shape)

    def applied(
        self, profile: Profile, edit: Edit, parameters: Parameters
    ) -> AbstractContextManager[None]:
        """Add g o*_K to what each key projection returns."""
        return adding_keys(profile, edit, parameters["keys"][None])


@contextmanager
def adding_keys(
    profile: Profile, edit: Edit, outputs: Float[Tensor, "concepts outputs"]
) -> Iterator[None]:
    """For the length of the block each key projection returns sum_j g_j o*_Kj as well."""
    bounds = pairwise(accumulate(profile.widths, initial=0))
    handles = [
        layer.key.register_forward_hook(_adding(edit, outputs[:, start:end]))
        for layer, (start, end) in zip(profile.layers, bounds, strict=True)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def perfusion_outputs(
    profile: Profile, direction: Float[Tensor, " text"], *, side: Callable[..., object]
) -> Float[Tensor, " outputs"]:
    """W direction of every layer, concatenated in execution order (M14): `side` picks the projection."""
    from torch import cat

    weights = [getattr(side(layer), "base_layer", side(layer)).weight for layer in profile.layers]
    return cat(
        [weight.detach().float() @ direction.to(weight.device).float() for weight in weights]
    )


def _adding(edit: Edit, outputs: Float[Tensor, "concepts out"]) -> Callable[..., Tensor]:
    """A forward hook for one key projection: the rows that the edit opens get their share of the outputs."""

    def add(_module: object, arguments: tuple[Tensor, ...], projected: Tensor) -> Tensor:
        context = edit.context(arguments[0])
        if context is None:
            return projected
        return perfusion.with_outputs(projected, context.openings, outputs, active=context.active)

    return add
