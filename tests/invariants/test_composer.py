"""Invariants of method.md section 7 for the composer, on a random pipeline."""

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor

from edits import TOLERANCE, error
from pcm_engine.composer import Composer
from pcm_engine.gate import Gate, Lock
from pcm_engine.perfusion import edit_layer
from pcm_engine.tokens import encode
from pictures import STEPS, picture, recorded

BOTH = "a teddy-bear* in a red hat*"
OFF = {"teddy-bear": Gate(strength=0.0), "hat": Gate(strength=0.0)}
GLOBAL = {"teddy-bear": Gate(lock=Lock.GLOBAL), "hat": Gate(lock=Lock.GLOBAL)}


def projections(composer: Composer, *prompts: object, **options: object) -> list[list[Tensor]]:
    """K and V that the layers see during a call."""
    with recorded(composer.profile) as seen:
        picture(composer, *prompts, **options)
    return seen


@pytest.mark.parametrize("lock", [Lock.LOCAL, Lock.GLOBAL])
def test_i1_strength_zero_is_the_plain_pipeline_on_the_same_embeddings(
    composer: Composer, pipeline: StableDiffusionPipeline, lock: Lock
) -> None:
    gates = {word: Gate(strength=0.0, lock=lock) for word in OFF}
    plain = picture(pipeline, **composer.encode(BOTH))
    assert np.array_equal(picture(composer, BOTH, gates=gates), plain)
    assert not np.array_equal(picture(composer, BOTH), plain)


def test_i2_a_prompt_without_triggers_is_the_plain_picture(
    composer: Composer, pipeline: StableDiffusionPipeline
) -> None:
    prompts = ["a photo of a cat, red", "the dog"]
    assert np.array_equal(picture(composer, prompts), picture(pipeline, prompts))


def test_i2_next_to_an_edited_row_too(
    composer: Composer, pipeline: StableDiffusionPipeline
) -> None:
    mixed = picture(composer, ["a photo of a cat", BOTH])
    plain = picture(pipeline, ["a photo of a cat", "a teddy in a red hat"])
    assert np.array_equal(mixed[0], plain[0])
    assert not np.array_equal(mixed[1], plain[1])


def test_i2_a_trigger_lost_by_truncation_leaves_the_plain_picture(
    composer: Composer, pipeline: StableDiffusionPipeline
) -> None:
    long = "a " * 80
    with pytest.warns(UserWarning, match="cut off"):
        found = picture(composer, [long + "hat*", BOTH])
    assert np.array_equal(found[0], picture(pipeline, [long, "a cat"])[0])


def test_i4_unloading_and_detaching_restore_the_pipeline(
    pipeline: StableDiffusionPipeline, packages: dict[str, bytes]
) -> None:
    before = {name: tensor.clone() for name, tensor in pipeline.unet.state_dict().items()}
    shapes_of_modules = {
        name: sorted(vars(module)) for name, module in pipeline.unet.named_modules()
    }
    processors = dict(pipeline.unet.attn_processors)
    plain = picture(pipeline, "a cat")
    composer = Composer(pipeline)
    composer.load(packages["hat"])
    picture(composer, "a hat*")
    assert pipeline.unet.state_dict().keys() == before.keys()
    assert np.array_equal(picture(pipeline, "a cat"), plain)
    composer.unload("hat*")
    composer.detach()
    after = pipeline.unet.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())
    assert {
        name: sorted(vars(module)) for name, module in pipeline.unet.named_modules()
    } == shapes_of_modules
    assert dict(pipeline.unet.attn_processors) == processors
    assert np.array_equal(picture(pipeline, "a cat"), plain)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_i25_the_layers_see_what_edit_layer_says_in_float64(
    pipeline: StableDiffusionPipeline, packages: dict[str, bytes], dtype: torch.dtype
) -> None:
    pipeline.to(dtype)
    try:
        with Composer(pipeline) as composer:
            for data in packages.values():
                composer.load(data)
            gates = {"hat": Gate(bias=0.6, strength=0.5)}
            seen = projections(composer, BOTH, gates=gates, guidance_scale=1.0)
            encodings = composer.encode(BOTH)["prompt_embeds"]
            expected = expected_projections(composer, encodings, (0.7, 0.6), (1.0, 0.5))
    finally:
        pipeline.to(torch.float32)
    assert encodings.dtype is dtype
    for calls, one in zip(seen, expected, strict=True):
        assert error(calls[0], one) <= TOLERANCE[dtype]


def expected_projections(
    composer: Composer, encodings: Tensor, bias: tuple[float, ...], strength: tuple[float, ...]
) -> list[Tensor]:
    """`edit_layer` in float64 for every layer, K then V."""
    loaded = [composer.loaded[word] for word in ("teddy-bear", "hat")]
    directions, duals, supercategories, values = (
        torch.stack([getattr(concept, name) for concept in loaded]).double()
        for name in ("direction", "dual", "supercategory", "values")
    )
    gates = [torch.tensor(each, dtype=torch.float64) for each in (bias, (0.15, 0.15), strength)]
    found, start = [], 0
    for layer in composer.profile.layers:
        weights = (layer.key.weight.double(), layer.value.weight.double())
        outputs = values[:, start : start + layer.width]
        found += edit_layer(
            encodings.double(), *weights, directions, duals, supercategories, outputs, *gates
        )
        start += layer.width
    return found


def test_i18_a_prompt_in_a_mixed_batch_gives_its_solo_keys_and_values(composer: Composer) -> None:
    batch = projections(composer, ["a cat", BOTH, "a hat*"], guidance_scale=1.0)
    solo = projections(composer, BOTH, guidance_scale=1.0)
    for together, alone in zip(batch, solo, strict=True):
        assert error(together[0][1:2], alone[0]) <= TOLERANCE[torch.float32]


def test_i19_keys_and_values_are_those_of_the_first_step_at_every_step(composer: Composer) -> None:
    seen = projections(composer, BOTH, num_inference_steps=4)
    again = projections(composer, BOTH, num_inference_steps=1)
    for calls, fresh in zip(seen, again, strict=True):
        assert len(calls) == 4
        assert all(torch.equal(call, fresh[0]) for call in calls)


def test_i21_the_global_lock_gives_the_keys_of_the_super_prompt(composer: Composer) -> None:
    seen = projections(
        composer,
        "a teddy-bear* on a boat",
        gates={"teddy-bear": Gate(lock=Lock.GLOBAL)},
        guidance_scale=1.0,
    )
    local = projections(
        composer,
        "a teddy-bear* on a boat",
        gates={"teddy-bear": Gate(bias=0.5)},
        guidance_scale=1.0,
    )
    with torch.no_grad():
        prompt = encode(composer.profile, ["a cat on a boat"], {}).encodings
        keys = [layer.key(prompt) for layer in composer.profile.layers]
    for key, found, other in zip(keys, seen[::2], local[::2], strict=True):
        assert torch.equal(found[0], key)
        assert not torch.equal(other[0], key)
    assert all(
        torch.equal(one[0], other[0]) for one, other in zip(seen[1::2], local[1::2], strict=True)
    )


def test_m12_the_super_prompt_is_the_prompt_itself_as_strength_nears_zero(
    composer: Composer,
) -> None:
    faint = {word: Gate(strength=1e-6, lock=Lock.GLOBAL) for word in GLOBAL}
    near = projections(composer, BOTH, gates=faint)
    none = projections(composer, BOTH, gates=OFF)
    assert max(error(one[0], other[0]) for one, other in zip(near, none, strict=True)) < 1e-4


def test_i8_a_loaded_dual_is_one_along_its_direction(composer: Composer) -> None:
    for concept in composer.loaded.values():
        assert float(concept.dual.double() @ concept.direction.double()) == pytest.approx(
            1, abs=1e-6
        )


def test_the_number_of_steps_is_what_the_recorder_counts(composer: Composer) -> None:
    assert {len(calls) for calls in projections(composer, BOTH)} == {STEPS}
