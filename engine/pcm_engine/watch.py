"""What the answers of a projection depend on besides its input, and how PyTorch lets a change of it be seen.

Asked at every projection of every step, so it has to cost less than a small projection does.
"""

from collections.abc import Hashable
from typing import NamedTuple

from torch import Tensor, nn


class Watched(NamedTuple):
    """The tensors of a projection, and the state that its answers depend on: None where that cannot be seen."""

    tensors: tuple[Tensor, ...]
    state: Hashable | None


def watch(module: nn.Module) -> Watched:
    """A linear layer or an adapter's as it is now; of anything else the state is not known."""
    if type(module) is nn.Linear:
        named = module._parameters  # noqa: SLF001 - a tenth of the time of `parameters()`
        tensors = tuple([one for one in named.values() if one is not None])
        return Watched(tensors, marks_of(tensors))
    tensors = (*module.parameters(), *module.buffers())
    return Watched(tensors, _state_of_adapters(module, tensors))


def marks_of(tensors: tuple[Tensor, ...]) -> Hashable | None:
    """The marks of all, None where one has none."""
    marks = tuple([mark_of(one) for one in tensors])
    return None if None in marks else marks


def mark_of(tensor: Tensor) -> Hashable | None:
    """What tells that a tensor is still the same memory, unchanged; None where PyTorch does not count changes."""
    if tensor.is_inference() or tensor.is_meta:
        return None
    version = tensor._version  # noqa: SLF001 - how PyTorch counts changes in place
    return tensor.data_ptr(), version, tensor.shape, tensor.stride(), tensor.dtype, tensor.device


def _state_of_adapters(module: nn.Module, tensors: tuple[Tensor, ...]) -> Hashable | None:
    """The tensors and settings of peft's layers, which have a list of merged adapters; None for any other."""
    if not hasattr(module, "merged_adapters") or _drops_out(module):
        return None
    marks = marks_of(tensors)
    if marks is None:
        return None
    active = tuple(module.active_adapters), tuple(module.merged_adapters), module.disable_adapters
    return marks, active, tuple(getattr(module, "scaling", {}).items())


def _drops_out(module: nn.Module) -> bool:
    """Tell whether it answers at random. A freshly loaded adapter is in training mode, most often without dropout."""
    return any(
        isinstance(one, nn.Dropout) and one.training and one.p > 0 for one in module.modules()
    )
