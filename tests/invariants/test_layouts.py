"""The invariants with a Composer on Toybox and on the layouts of SD1.5, SD2.1 and SDXL, in every dtype (method.md 7)."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

import projections
from concepts import packed, random_concept
from edits import TOLERANCE, error
from pcm_engine.bases import measure, profile_of
from pcm_engine.composer import Composer
from pcm_engine.gate import Gate, Lock
from pcm_engine.tokens import encode
from pictures import recorded
from triples import opened

HALVES = (torch.float32, torch.bfloat16, torch.float16)
PROMPTS = ["a cat", "a teddy-bear* in a red hat*", "a hat* on a boat"]
GATES = {"hat": Gate(bias=0.6, strength=0.5)}
LOCKED = {
    "hat": Gate(bias=0.6, strength=0.5, lock=Lock.GLOBAL),
    "teddy-bear": Gate(bias=0.5, lock=Lock.GLOBAL),
}
ON = {"hat": Gate(), "teddy-bear": Gate()}
OFF = {"hat": Gate(strength=0.0), "teddy-bear": Gate(strength=0.0)}
V_PREDICTION = ("toybox", "sd2", "whole-sd2")
SMALL = {"height": 8, "width": 8, "output_type": "latent", "guidance_scale": 1.0}
CASES = [
    *(
        pytest.param((name, dtype), id=f"{name}-{dtype}")
        for name in ("toybox", "sd1", "sd2", "sdxl")
        for dtype in HALVES
    ),
    *(
        pytest.param((f"whole-{name}", torch.float32), id=f"whole-{name}", marks=pytest.mark.slow)
        for name in ("sd1", "sd2", "sdxl")
    ),
]


@dataclass(eq=False)
class Base:
    """A composer with two concepts, and K and V of calls on it, one list of steps a projection."""

    name: str
    composer: Composer
    dtype: torch.dtype
    packages: dict[str, bytes]

    def seen(
        self, prompts: list[str], gates: dict[str, Gate], steps: int = 1
    ) -> list[list[Tensor]]:
        with recorded(self.composer.profile) as seen:
            self.composer(prompts, gates=gates, num_inference_steps=steps, **SMALL)
        return seen

    def plain(self) -> list[Tensor]:
        """The base projections of the same encodings, in the same batch."""
        rows = self.composer.encode(PROMPTS)["prompt_embeds"]
        return projections.base(self.composer, rows)


@pytest.fixture(scope="module", params=CASES)
def base(request: pytest.FixtureRequest) -> Iterator[Base]:
    name, dtype = request.param
    pipeline = opened(name)
    identity = measure(profile_of(pipeline))
    data = {
        word: packed(random_concept(pipeline, word, seed=seed, identity=identity))
        for seed, word in enumerate(OFF)
    }
    with Composer(pipeline.to(dtype)) as composer:
        for one in data.values():
            composer.load(one)
        yield Base(name, composer, dtype, data)


def acting(row: int, gates: dict[str, Gate]) -> dict[str, Gate]:
    """The gates of the concepts that this prompt names."""
    return {word: gate for word, gate in (ON | gates).items() if f"{word}*" in PROMPTS[row]}


def expected(base: Base, row: int, gates: dict[str, Gate]) -> list[Tensor]:
    """`edit_layer` in float64 for one prompt, K then V of every layer."""
    batch = base.composer.encode(PROMPTS)["prompt_embeds"]
    told = acting(row, gates)
    locked = None
    if any(gate.lock is Lock.GLOBAL for gate in told.values()):
        strengths = {
            word: 1.0 if gate.strength is None else gate.strength for word, gate in gates.items()
        }
        locked = projections.super_rows(base.composer, PROMPTS, strengths)[row]
    return projections.edited(base.composer, batch[row], told, super_rows=locked)


def test_the_layout_is_the_one_it_is_called_by(base: Base) -> None:
    profile = base.composer.profile
    if base.name.startswith("whole"):
        assert profile.architecture == base.name.removeprefix("whole-")
        assert sum(profile.widths) == {"sdxl": 83_200}.get(profile.architecture, 12_480)
    assert profile.prediction_type == ("v_prediction" if base.name in V_PREDICTION else "epsilon")
    assert base.composer.encode("a cat")["prompt_embeds"].dtype is base.dtype


@pytest.mark.parametrize("gates", [GATES, LOCKED], ids=["local", "global"])
def test_i25_keys_and_values_are_those_of_edit_layer_in_float64(
    base: Base, gates: dict[str, Gate]
) -> None:
    seen = base.seen(PROMPTS, gates)
    for row in (1, 2):
        for calls, one in zip(seen, expected(base, row, gates), strict=True):
            assert error(calls[0][row], one) <= TOLERANCE[base.dtype]


@pytest.mark.parametrize("lock", list(Lock))
def test_i1_at_strength_zero_they_are_the_base_projections(base: Base, lock: Lock) -> None:
    gates = {word: Gate(strength=0.0, lock=lock) for word in OFF}
    for calls, one in zip(base.seen(PROMPTS, gates), base.plain(), strict=True):
        assert torch.equal(calls[0], one)


@pytest.mark.parametrize("gates", [GATES, LOCKED], ids=["local", "global"])
def test_i2_i19_a_row_without_trigger_is_the_base_row_and_every_step_has_the_first_ones(
    base: Base, gates: dict[str, Gate]
) -> None:
    seen = base.seen(PROMPTS, gates, steps=2)
    for calls, one in zip(seen, base.plain(), strict=True):
        assert len(calls) == 2
        assert torch.equal(calls[0], calls[1])
        assert torch.equal(calls[0][0], one[0])
        assert not torch.equal(calls[0][1], one[1])


def test_i18_a_prompt_of_a_mixed_batch_has_its_solo_keys_and_values(base: Base) -> None:
    together, alone = base.seen(PROMPTS, GATES), base.seen(PROMPTS[1:2], GATES)
    for both, one in zip(together, alone, strict=True):
        assert error(both[0][1:2], one[0]) <= TOLERANCE[base.dtype]


def weights(base: Base) -> dict[str, tuple[int, int]]:
    """Where each weight of the U-Net lies, and how often it was written."""
    state = base.composer.pipeline.unet.state_dict()
    return {name: (tensor.data_ptr(), tensor._version) for name, tensor in state.items()}


def test_i4_unloading_gives_the_base_projections_back_and_no_weight_was_touched(base: Base) -> None:
    composer, before = base.composer, weights(base)
    plain = ["a cat", "a dog in a red hat"]
    with torch.no_grad():
        rows = encode(composer.profile, plain, {}).encodings
    base.seen(PROMPTS, GATES)
    try:
        for word in base.packages:
            composer.unload(word)
        found = base.seen(plain, {})
        assert weights(base) == before
    finally:
        for data in base.packages.values():
            composer.load(data)
    for calls, one in zip(found, projections.base(composer, rows), strict=True):
        assert torch.equal(calls[0], one)
    composer.detach()
    try:
        with recorded(composer.profile) as seen:
            composer.pipeline(plain, num_inference_steps=1, **SMALL)
    finally:
        composer._hooks.attach()
    assert weights(base) == before
    for calls, one in zip(seen, found, strict=True):
        assert torch.equal(calls[0], one[0])
