"""A compiled U-Net: what is loaded, edited or gated is no part of its graph (docs/decisions/0014)."""

from collections.abc import Iterator

import pytest
import torch
from diffusers import StableDiffusionPipeline
from torch._dynamo.testing import CompileCounterWithBackend

import pipelines
from concepts import packed, random_concept
from pcm_engine.composer import Composer
from pcm_engine.gate import Gate, Lock
from pictures import picture


@pytest.fixture
def counter() -> Iterator[CompileCounterWithBackend]:
    torch._dynamo.reset()
    yield CompileCounterWithBackend("aot_eager")
    torch._dynamo.reset()


def one_level() -> StableDiffusionPipeline:
    return pipelines.pipeline(widths=(32,))


def test_nothing_loaded_swapped_gated_or_prompted_compiles_a_graph_anew(
    counter: CompileCounterWithBackend,
) -> None:
    pipeline, plain = one_level(), one_level()
    first, second = (
        packed(random_concept(plain, word, seed=seed)) for seed, word in enumerate(("me", "hat"))
    )
    pipeline.unet.compile(backend=counter, fullgraph=True)
    with Composer(pipeline, slots=2) as composer, Composer(plain, slots=2) as eager:
        picture(composer, "a cat")
        assert counter.frame_count == 1
        for load in (composer.load, eager.load):
            load(first)
        asked: list[tuple[str, dict[str, Gate]]] = [
            ("a me*", {}),
            ("a me* on a boat", {}),
            ("a me*", {"me": Gate(bias=0.4)}),
            ("a me*", {"me": Gate(lock=Lock.GLOBAL)}),
        ]
        for prompt, gates in asked:
            assert_alike(composer, eager, prompt, gates)
        for one in (composer, eager):
            one.load(second)
        assert_alike(composer, eager, "a me* in a hat*", {"hat": Gate(strength=0.5)})
        for one in (composer, eager):
            one.unload("me")
            one.load(second, alias="cap")
        assert_alike(composer, eager, "a cap*", {})
        assert counter.frame_count == 1


def assert_alike(compiled: Composer, eager: Composer, prompt: str, gates: dict[str, Gate]) -> None:
    found, expected = (picture(one, prompt, gates=gates) for one in (compiled, eager))
    assert abs(found - expected).max() < 1e-4


def test_blocks_compiled_apart_are_compiled_once(counter: CompileCounterWithBackend) -> None:
    """`compile_repeated_blocks` makes a graph a block here: PyTorch tells alike blocks apart by their hooks."""
    pipeline = one_level()
    with Composer(pipeline) as composer:
        composer.load(packed(random_concept(pipeline, "me")))
        plain = picture(composer, "a me*")
        pipeline.unet.compile_repeated_blocks(backend=counter)
        compiled = picture(composer, "a me*")
        assert counter.frame_count == len(composer.profile.layers)
        picture(composer, "a cat and a me*", gates={"me": Gate(bias=0.4)})
        assert counter.frame_count == len(composer.profile.layers)
    assert abs(compiled - plain).max() < 1e-4


def test_a_compiled_graph_is_handed_copies(counter: CompileCounterWithBackend) -> None:
    """It may write over what it was given; what is kept must stay (I19)."""
    pipeline = one_level()
    with Composer(pipeline) as composer:
        composer.load(packed(random_concept(pipeline, "me")))
        layer = composer.profile.layers[0]
        encoded = composer._encoded(composer._request("a me*", None, None), 0)
        rows = encoded.embeddings["prompt_embeds"]
        with torch.no_grad(), composer._hooks.editing(encoded.edit):
            compiled = torch.compile(layer.key, backend=counter)
            kept = layer.key(rows).clone()
            compiled(rows).zero_()
            assert torch.equal(compiled(rows), kept)


@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.slow)])
def test_a_unet_that_compiling_put_another_module_around(
    counter: CompileCounterWithBackend, when: str
) -> None:
    """`pipe.unet = torch.compile(pipe.unet)`, before the composer came or after its first picture."""
    pipeline, plain = one_level(), one_level()
    data = packed(random_concept(plain, "me"))

    def compiled() -> None:
        pipeline.unet = torch.compile(pipeline.unet, backend=counter, fullgraph=True)

    if when == "before":
        compiled()
    with Composer(pipeline) as composer, Composer(plain) as eager:
        for one in (composer, eager):
            one.load(data)
        if when == "after":
            picture(composer, "a me*")
            compiled()
        for prompt, gates in (("a cat", {}), ("a me*", {}), ("a me*", {"me": Gate(bias=0.4)})):
            assert_alike(composer, eager, prompt, gates)
        assert counter.frame_count == 1
        assert abs(picture(composer, "a me*") - picture(pipeline, "a cat")).max() > 1e-3
