"""The shipped oracles of Toybox, opened."""

from functools import cache

from safetensors.torch import load_file

from pcm_engine.toybox import path
from pcm_engine.toybox.oracle import Oracle, make_oracle


@cache
def open_oracle(name: str) -> Oracle:
    """`chooser` (may choose) or `reporter` (only reports), ready to judge."""
    oracle = make_oracle(name)
    state = load_file(path().parent / "oracles" / f"{name}.safetensors")
    oracle.load_state_dict({key: value.float() for key, value in state.items()})
    return oracle.eval().requires_grad_(False)
