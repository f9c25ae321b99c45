"""Pictures of a random pipeline as arrays, and the keys and values that its layers saw."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from pcm_engine.bases import Profile

STEPS = 2


def picture(
    make: Callable[..., object], *prompts: object, seed: int = 1, **options: object
) -> np.ndarray:
    """Pictures of one call with a fixed seed."""
    generator = torch.Generator().manual_seed(seed)
    settings = {"num_inference_steps": STEPS, "output_type": "np"} | options
    return make(*prompts, generator=generator, **settings).images


@contextmanager
def recorded(profile: Profile) -> Iterator[list[list[Tensor]]]:
    """K and V of each layer in turn, one list a projection, one tensor a step."""
    seen: list[list[Tensor]] = []
    handles = []
    for layer in profile.layers:
        for projection in (layer.key, layer.value):
            calls: list[Tensor] = []
            seen.append(calls)
            handles.append(projection.register_forward_hook(_into(calls)))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _into(calls: list[Tensor]) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    def note(_module: nn.Module, _arguments: tuple[Tensor, ...], output: Tensor) -> None:
        calls.append(output.detach().clone())

    return note
