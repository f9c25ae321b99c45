"""What a program may hand the engine that is no such thing, and a composer that nobody holds any more."""

import gc
import subprocess
import sys

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline

import pipelines
from pcm_engine.composer import Composer
from pcm_engine.errors import AlreadyAttached, NearBase, Unsupported
from pcm_engine.gate import Gate
from pcm_engine.perfusion import edit_layer
from pcm_schemas.base_model import Tier
from pcm_schemas.errors import PcmError
from pictures import picture

HEAD = """
from pcm_engine.gate import Gate
from pcm_engine.request import Request
from pcm_schemas.errors import PcmError

def ask(gates):
    Request.of("a hat*", negative_prompt=None, gates=gates, loaded=["hat"])
"""
TRIED = """
try:
    {}
except PcmError as error:
    print(error.code, error.message(), error.hint(), sep="|")
"""
WRITTEN = {
    'Gate(bias="0.6")': "gate.range",
    'Gate(temperature="0.6")': "gate.range",
    'Gate(strength=["0.6"])': "gate.range",
    'ask({"hat": {"bias": 0.6}})': "engine.unsupported",
    'ask({"hat": 0.6})': "engine.unsupported",
    'ask({"hat": None})': "engine.unsupported",
    "ask({1: Gate()})": "engine.unsupported",
    "ask(Gate(bias=0.6))": "engine.unsupported",
    'ask("hat")': "engine.unsupported",
    'ask(["hat"])': "engine.unsupported",
}


def test_a_composer_that_nobody_holds_has_left_the_pipeline(
    pipeline: StableDiffusionPipeline, packages: dict[str, bytes]
) -> None:
    """In one line, an error on the way: there is nothing to detach by."""
    before = [set(vars(one)) for one in pipeline.unet.modules()]
    gc.disable()
    try:
        with pytest.raises(PcmError) as caught:
            Composer(pipeline).load(b"")
        del caught
        assert [set(vars(one)) for one in pipeline.unet.modules()] == before
        Composer(pipeline).load(packages["hat"])
    finally:
        gc.enable()
    with Composer(pipeline) as composer:
        composer.load(packages["hat"])
        assert picture(composer, "a hat*").shape == (1, 8, 8, 3)


def test_a_composer_that_is_dropped_leaves_the_next_one_alone(
    pipeline: StableDiffusionPipeline,
) -> None:
    first = Composer(pipeline)
    first.detach()
    with Composer(pipeline) as second:
        del first
        gc.collect()
        with pytest.raises(AlreadyAttached) as caught:
            Composer(pipeline)
        assert "detach" in caught.value.hint()
        assert second.memory.held == 0


@pytest.mark.parametrize("slots", [-1, 0])
def test_slots_that_hold_nothing_are_refused(pipeline: StableDiffusionPipeline, slots: int) -> None:
    with pytest.raises(Unsupported) as caught:
        Composer(pipeline, slots=slots)
    assert "slots" in caught.value.message()
    Composer(pipeline).detach()


def test_what_is_written_in_another_way_is_met_by_an_error_of_ours() -> None:
    """In a process of its own: while tests run, annotations are checked, and such a call does not get that far."""
    program = "\n".join((HEAD, *(TRIED.format(case) for case in WRITTEN)))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    said = [line.split("|") for line in done.stdout.splitlines()]
    assert [code for code, _, _ in said] == list(WRITTEN.values())
    for code, message, hint in said:
        told = ("'0.6'", "may be") if code == "gate.range" else ("gate", "Gate(bias=0.6)")
        assert told[0] in message
        assert told[1] in hint


def test_a_layer_under_no_concept_is_the_layer_itself() -> None:
    rows, key, value = torch.randn(2, 7, 6), torch.randn(5, 6), torch.randn(5, 6)
    none = torch.zeros(0, 6)
    found = edit_layer(
        rows, key, value, none, none, none, torch.zeros(0, 5), *(torch.zeros(0),) * 3
    )
    assert torch.equal(found[0], rows @ key.mT)
    assert torch.equal(found[1], rows @ value.mT)


def test_a_base_whose_weights_lie_in_eight_bits_is_measured(packages: dict[str, bytes]) -> None:
    """Its denoiser is near the one in 32 bits (P13), and an error of ours says so."""
    made = pipelines.pipeline()
    made.unet.enable_layerwise_casting(
        storage_dtype=torch.float8_e4m3fn, compute_dtype=torch.float32
    )
    with Composer(made) as composer, pytest.raises(NearBase) as caught:
        composer.load(packages["hat"])
    assert caught.value.code == "base.near"
    with Composer(made, accept=Tier.NEAR) as composer:
        composer.load(packages["hat"])
        assert np.array_equal(picture(composer, "a cat"), picture(made, "a cat"))
        off = picture(composer, "a hat*", gates={"hat": Gate(strength=0.0)})
        assert not np.array_equal(picture(composer, "a hat*"), off)
