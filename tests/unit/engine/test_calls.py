"""One call at a time, whatever the pipeline takes beside the prompt, and what a call refuses."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline

import pipelines
from pcm_engine.composer import Composer
from pcm_engine.errors import AlreadyAttached, NoSlot, Unsupported
from pcm_engine.gate import Gate
from pcm_engine.installed import Found
from pcm_schemas.base_model import Tier
from pcm_schemas.errors import PcmError
from pictures import picture

BOTH = "a teddy-bear* in a red hat*"
CLOSE = 1e-4
ENDED_IN_TIME = 60


def during(composer: Composer, act: Callable[[], object]) -> None:
    """Run `act` in another thread while a picture is being made, once."""
    met: list[BaseException] = []

    def guarded() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the test sees it
            met.append(error)

    def meanwhile(*_given: object) -> dict[str, object]:
        other = threading.Thread(target=guarded)
        other.start()
        other.join(ENDED_IN_TIME)
        assert not other.is_alive()
        return {}

    picture(composer, BOTH, callback_on_step_end=meanwhile, num_inference_steps=1)
    if met:
        raise met[0]


@pytest.mark.parametrize("act", ["paint", "paint plainly", "load", "unload", "encode", "detach"])
def test_a_second_thread_is_refused_at_once_while_a_picture_is_made(
    composer: Composer, packages: dict[str, bytes], act: str
) -> None:
    acts: dict[str, Callable[[], object]] = {
        "paint": lambda: composer(BOTH),
        "paint plainly": lambda: composer("a cat"),
        "load": lambda: composer.load(packages["hat"], alias="cap"),
        "unload": lambda: composer.unload("hat"),
        "encode": lambda: composer.encode(BOTH),
        "detach": composer.detach,
    }
    expected = picture(composer, BOTH)
    with pytest.raises(AlreadyAttached) as caught:
        during(composer, acts[act])
    assert caught.value.code == "engine.attached"
    assert list(composer.loaded) == ["teddy-bear", "hat"]
    assert np.array_equal(picture(composer, BOTH), expected)


@pytest.mark.parametrize("source", ["bytes", "installed"])
def test_of_two_threads_that_load_one_trigger_the_second_is_refused(
    pipeline: StableDiffusionPipeline,
    packages: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    """The second comes while the first is measured, after the look whether the trigger is free."""
    second: list[BaseException | str] = []
    found = Found("amy/hat", packages["hat"], "hat", Gate(strength=0.5), Tier.SAME)
    monkeypatch.setattr("pcm_engine.installed.find", {"hat*": found}.__getitem__)
    with Composer(pipeline, slots=2) as composer:
        require = composer._fitting.require

        def slowly(*given: object) -> None:
            monkeypatch.setattr(composer._fitting, "require", require)
            other = threading.Thread(target=load_bear)
            other.start()
            other.join(ENDED_IN_TIME)
            require(*given)

        def load_bear() -> None:
            try:
                second.append(composer.load(packages["teddy-bear"], alias="hat"))
            except PcmError as error:
                second.append(error)

        monkeypatch.setattr(composer._fitting, "require", slowly)
        assert composer.load(packages["hat"] if source == "bytes" else "hat*") == "hat"
        assert [type(one) for one in second] == [AlreadyAttached]
        assert composer.loaded["hat"].manifest.name == "amy/hat"
        assert len(composer._bank._places) == len(composer.loaded) == 1
        assert composer._told == ({} if source == "bytes" else {"hat": found.told})
        composer.load(packages["teddy-bear"])


def test_a_load_that_fails_gives_its_turn_back(
    composer: Composer, packages: dict[str, bytes]
) -> None:
    for source in (b"", packages["hat"], "gone.safetensors", "gone*", Path("x" * 300), "x" * 300):
        with pytest.raises(PcmError):
            composer.load(source)
    assert list(composer.loaded) == ["teddy-bear", "hat"]
    assert picture(composer, BOTH).shape == (1, 8, 8, 3)


def test_threads_may_take_turns(composer: Composer) -> None:
    expected, found = picture(composer, BOTH), []
    for _ in range(2):
        other = threading.Thread(target=lambda: found.append(picture(composer, BOTH)))
        other.start()
        other.join(ENDED_IN_TIME)
    assert len(found) == 2
    assert all(np.array_equal(one, expected) for one in found)


def test_a_failed_call_gives_its_turn_back(composer: Composer) -> None:
    def fail(*_given: object) -> dict[str, object]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        picture(composer, BOTH, callback_on_step_end=fail)
    assert picture(composer, BOTH).shape == (1, 8, 8, 3)


def test_one_seed_gives_one_picture_at_every_batch_size(composer: Composer) -> None:
    prompts = [BOTH, "a cat", "a hat* on a boat", BOTH]
    options = {"num_inference_steps": 2, "output_type": "np", "guidance_scale": 5.0}

    def painted(rows: range) -> np.ndarray:
        noise = [torch.Generator().manual_seed(row) for row in rows]
        return composer([prompts[row] for row in rows], generator=noise, **options).images

    whole = painted(range(4))
    for size in (1, 2):
        parts = [painted(range(at, at + size)) for at in range(0, 4, size)]
        assert np.allclose(np.concatenate(parts), whole, atol=CLOSE)


def test_several_pictures_of_a_prompt_are_those_of_the_prompt_repeated(composer: Composer) -> None:
    gates = {"hat": Gate(bias=0.5)}
    several = picture(composer, [BOTH, "a cat"], num_images_per_prompt=2, gates=gates)
    repeated = picture(composer, [BOTH, BOTH, "a cat", "a cat"], gates=gates)
    assert np.allclose(several, repeated, atol=CLOSE)


def test_callbacks_see_and_change_what_the_pipeline_lets_them(composer: Composer) -> None:
    seen: list[tuple[int, set[str]]] = []

    def watch(
        pipeline: StableDiffusionPipeline, step: int, _time: object, given: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        assert pipeline is composer.pipeline
        seen.append((step, set(given)))
        return {"latents": torch.zeros_like(given["latents"])}

    names = ["latents", "prompt_embeds"]
    options = {"callback_on_step_end": watch, "callback_on_step_end_tensor_inputs": names}
    first, second = (picture(composer, BOTH, seed=seed, **options) for seed in (1, 2))
    assert seen == [(0, set(names)), (1, set(names))] * 2
    assert np.array_equal(first, second)


def test_a_callback_may_end_guidance_midway(composer: Composer) -> None:
    """The recipe of diffusers: after a step the embeddings are halved, and the rows are still known."""

    def end(
        pipeline: StableDiffusionPipeline, step: int, _time: object, given: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        if step:
            return given
        pipeline._guidance_scale = 0.0
        return given | {"prompt_embeds": given["prompt_embeds"].chunk(2)[-1]}

    options = {
        "callback_on_step_end": end,
        "callback_on_step_end_tensor_inputs": ["prompt_embeds"],
        "guidance_scale": 5.0,
        "num_inference_steps": 3,
    }
    off = {word: Gate(strength=0.0) for word in composer.loaded}
    edited, plain = (
        picture(composer, BOTH, **options),
        picture(composer, BOTH, gates=off, **options),
    )
    assert not np.array_equal(edited, plain)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({"prompt": BOTH}, {"prompt_embeds": torch.zeros(1, 77, 32)}),
        (
            {"prompt": BOTH, "negative_prompt": "red"},
            {"negative_prompt_embeds": torch.zeros(1, 77, 32)},
        ),
        ({"prompt": BOTH}, {"prompt_2": "a cat"}),
        ({"gates": {"hat": Gate()}}, {"prompt_embeds": torch.zeros(1, 77, 32)}),
    ],
    ids=["embeddings", "negative embeddings", "second text", "gates alone"],
)
def test_two_sayings_of_one_thing_are_refused(
    composer: Composer, asked: dict[str, object], given: dict[str, object]
) -> None:
    with pytest.raises(Unsupported) as caught:
        composer(**asked, **given)
    assert caught.value.code == "engine.unsupported"


def test_negative_embeddings_of_the_callers_stand_beside_a_prompt(composer: Composer) -> None:
    negative = composer.encode("a boat")["prompt_embeds"]
    told = picture(composer, BOTH, negative_prompt="a boat", guidance_scale=5.0)
    given = picture(composer, BOTH, negative_prompt_embeds=negative, guidance_scale=5.0)
    assert np.allclose(given, told, atol=CLOSE)


def test_too_many_concepts_load_nothing(
    pipeline: StableDiffusionPipeline, packages: dict[str, bytes]
) -> None:
    with Composer(pipeline, slots=1) as composer:
        composer.load(packages["hat"])
        expected = picture(composer, "a hat*")
        with pytest.raises(NoSlot) as caught:
            composer.load(packages["teddy-bear"])
        assert (caught.value.code, caught.value.slots) == ("engine.slots", 1)
        assert list(composer.loaded) == ["hat"]
        assert np.array_equal(picture(composer, "a hat*"), expected)


def test_the_slots_lie_where_the_pipeline_computes() -> None:
    pipeline = pipelines.pipeline()
    pipeline.to("meta")
    with Composer(pipeline, slots=2) as composer:
        assert composer._bank._table.device.type == "meta"


def test_a_package_with_a_number_that_is_none_loads_nothing(
    composer: Composer, packages: dict[str, bytes]
) -> None:
    """Its last tensor ends in a half-precision NaN: the strict reader looks before any slot is touched."""
    expected = picture(composer, BOTH)
    with pytest.raises(PcmError) as caught:
        composer.load(packages["hat"][:-2] + b"\x00\x7e", alias="broken")
    assert caught.value.code == "package.not_finite"
    assert list(composer.loaded) == ["teddy-bear", "hat"]
    assert np.array_equal(picture(composer, BOTH), expected)
