"""One opaque operator, by which a compiled graph asks for K and V: what is loaded, edited or kept is no part of it.

A graph that looked into the hooks would be compiled anew for every prompt, gate and concept. The operator takes the
encodings and the address of the projection's hook, a tensor, so that one graph serves alike blocks, too.
"""

from itertools import count
from typing import Protocol, runtime_checkable
from weakref import WeakValueDictionary

import torch
from jaxtyping import Float, Int
from torch import Tensor


@runtime_checkable
class Answerer(Protocol):
    """Whoever knows K or V of one projection."""

    def answer(self, encodings: Float[Tensor, "batch tokens text"]) -> Tensor:
        """K or V of these rows."""


_NUMBERS = count()
_ANSWERERS: WeakValueDictionary[int, Answerer] = WeakValueDictionary()


def address_of(one: Answerer) -> Int[Tensor, ""]:
    """A new address, under which `one` answers while it lives."""
    number = next(_NUMBERS)
    _ANSWERERS[number] = one
    return torch.tensor(number)


@torch.library.custom_op(
    "pcm::project",
    mutates_args=(),
    schema="(Tensor encodings, Tensor address, SymInt width) -> Tensor",
    tags=(torch.Tag.cudagraph_unsafe,),  # a replayed recording would give the first prompt's answer
)
def project(encodings: Tensor, address: Tensor, _width: int) -> Tensor:
    """Ask, and hand over a copy: a compiled graph may write over what it was given."""
    return _ANSWERERS[int(address)].answer(encodings).clone()


@project.register_fake
def _shape(encodings: Tensor, _address: Tensor, width: int) -> Tensor:
    return encodings.new_empty((*encodings.shape[:-1], width))
