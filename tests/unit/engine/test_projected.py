"""K and V are kept while all they depend on stays as it was, and computed anew when any of it changes (I19)."""

from collections.abc import Callable, Iterator

import pytest
import torch
from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from torch import Tensor, nn

import pipelines
from concepts import packed, random_concept
from edits import TOLERANCE, error
from pcm_engine.bank import SlotBank
from pcm_engine.bases import Layer
from pcm_engine.composer import Composer
from pcm_engine.edit import Edit
from pcm_engine.gate import Gate, Lock
from pcm_engine.projected import KEPT
from pcm_engine.watch import mark_of, watch
from projections import assert_rows, edited, seen

LORA = LoraConfig(r=2, target_modules=["to_k", "to_v"], init_lora_weights=False)


@pytest.fixture
def own() -> StableDiffusionPipeline:
    """A pipeline of the test's own, whose weights it may change."""
    return pipelines.pipeline()


@pytest.fixture
def alone(own: StableDiffusionPipeline) -> Iterator[Composer]:
    with Composer(own) as made:
        made.load(packed(random_concept(own, "me")))
        yield made


def edit_of(composer: Composer, prompt: str = "a me*", **gate: object) -> Edit:
    request = composer._request(prompt, None, {"me": Gate(**gate)})
    return composer._encoded(request, 0).edit


def key(layer: Layer, edit: Edit) -> Tensor:
    return layer.key(edit.encodings)


def computed(layer: Layer, edit: Edit) -> Tensor:
    """K by the present projection, nothing kept."""
    with torch.enable_grad():
        return key(layer, edit).detach()


def doubled_in_place(layer: Layer) -> None:
    layer.key.weight.mul_(2)


def another_weight(layer: Layer) -> None:
    layer.key.weight = nn.Parameter(torch.randn_like(layer.key.weight), requires_grad=False)


def other_data(layer: Layer) -> None:
    layer.key.weight.data = torch.randn_like(layer.key.weight)


@pytest.mark.parametrize("change", [doubled_in_place, another_weight, other_data])
def test_changed_weights_of_a_projection_are_seen(
    alone: Composer, change: Callable[[Layer], None]
) -> None:
    layer, edit = alone.profile.layers[0], edit_of(alone)
    with torch.no_grad(), alone._hooks.editing(edit):
        before = key(layer, edit)
        assert key(layer, edit) is before
        change(layer)
        after = key(layer, edit)
        assert not torch.equal(after, before)
        assert torch.equal(after, computed(layer, edit))
        assert key(layer, edit) is after


def test_lora_changes_are_seen_and_what_does_not_change_is_kept(
    own: StableDiffusionPipeline, alone: Composer
) -> None:
    own.unet.add_adapter(LORA, adapter_name="one")
    layer, edit = alone.profile.layers[0], edit_of(alone)
    changes: list[Callable[[], object]] = [
        lambda: own.unet.set_adapters("one", 0.5),
        own.unet.disable_adapters,
        own.unet.enable_adapters,
        own.unet.fuse_lora,
        own.unet.unfuse_lora,
        lambda: layer.key.lora_A["one"].weight.mul_(3),
    ]
    seen = []
    with torch.no_grad(), alone._hooks.editing(edit):
        for change in changes:
            seen.append(key(layer, edit))
            assert key(layer, edit) is seen[-1]
            change()
            assert key(layer, edit) is not seen[-1]
            assert torch.equal(key(layer, edit), computed(layer, edit))
    assert not torch.equal(seen[0], seen[1])


def test_a_lora_taken_off_between_calls_leaves_no_trace(
    own: StableDiffusionPipeline, alone: Composer
) -> None:
    edit = edit_of(alone)
    layer = alone.profile.layers[0]
    with torch.no_grad():
        with alone._hooks.editing(edit):
            plain = key(layer, edit)
        own.unet.add_adapter(LORA, adapter_name="one")
        with alone._hooks.editing(edit):
            adapted = key(layer, edit)
        own.unet.delete_adapters("one")
        own.unet.unload_lora()
        with alone._hooks.editing(edit):
            assert torch.equal(key(layer, edit), plain)
    assert not torch.equal(adapted, plain)


@pytest.mark.parametrize("gate", [{"bias": 0.4}, {"strength": 0.5}, {"lock": Lock.GLOBAL}])
def test_every_edit_starts_with_nothing_kept(alone: Composer, gate: dict[str, object]) -> None:
    layer, first, second = alone.profile.layers[0], edit_of(alone), edit_of(alone, **gate)
    rows = first.encodings
    with torch.no_grad():
        with alone._hooks.editing(first):
            before = layer.key(rows)
        assert alone.memory.held == 0
        with alone._hooks.editing(second):
            after = layer.key(rows)
    assert not torch.equal(before, after)


def test_a_swapped_slot_is_seen(own: StableDiffusionPipeline, alone: Composer) -> None:
    layer, before = alone.profile.layers[0], edit_of(alone)
    alone.unload("me")
    alone.load(packed(random_concept(own, "hat", seed=4)), alias="me")
    after = edit_of(alone)
    assert not torch.equal(before.stack.values, after.stack.values)
    with torch.no_grad(), alone._hooks.editing(after):
        found = layer.value(after.encodings)
    context = after.context(after.encodings)
    expected = (
        context.values @ layer.value.weight.mT + context.openings @ after.stack.values[:, :32]
    )
    torch.testing.assert_close(found, expected)


def test_rows_in_another_dtype_are_another_batch(alone: Composer) -> None:
    """K and V are those of `edit_layer` in that dtype, and what was kept is still there for the first one."""
    layer, edit = alone.profile.layers[0], edit_of(alone)
    rows = edit.encodings.double()
    with torch.no_grad(), alone._hooks.editing(edit):
        first = key(layer, edit)
        for projection in (layer.key, layer.value):
            projection.to(torch.float64)
        try:
            found = layer.key(rows), layer.value(rows)
            again = layer.key(rows)
        finally:
            for projection in (layer.key, layer.value):
                projection.to(torch.float32)
        assert torch.equal(key(layer, edit), first)
    for one, expected in zip(found, edited(alone, rows[0], {"me": Gate()}), strict=False):
        assert one.dtype is torch.float64
        assert error(one[0], expected) <= TOLERANCE[torch.float64]
    assert again is found[0]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_a_pipeline_cast_beneath_a_composer_has_the_keys_and_values_of_its_dtype(
    own: StableDiffusionPipeline, alone: Composer, dtype: torch.dtype
) -> None:
    """Between calls there and back: nothing of one dtype is served in the other, and the slots stay as they were."""
    prompts, on = ["a me*", "a cat"], [{"me": Gate()}, {}]
    first = seen(alone, prompts, guidance_scale=1.0)
    own.to(dtype)
    batch = alone.encode(prompts)["prompt_embeds"]
    found = seen(alone, prompts, guidance_scale=1.0)
    assert {one.dtype for one in (batch, *found)} == {dtype}
    assert_rows(alone, found, batch, on)
    own.to(torch.float32)
    assert_rows(
        alone, seen(alone, prompts, guidance_scale=1.0), alone.encode(prompts)["prompt_embeds"], on
    )
    assert not any(torch.equal(one, other) for one, other in zip(first, found, strict=True))


def test_rows_that_equal_what_changed_rows_once_were_are_computed(alone: Composer) -> None:
    """The kept batch was changed in place, so its K and V belong to rows that are gone."""
    layer, edit = alone.profile.layers[0], edit_of(alone)
    given = edit.encodings.clone()
    with torch.no_grad(), alone._hooks.editing(edit):
        edited = layer.key(given)
        given.zero_()
        assert torch.equal(layer.key(torch.zeros_like(given)), torch.zeros_like(edited))


def test_inference_mode_keeps_by_content(alone: Composer) -> None:
    layer = alone.profile.layers[0]
    with torch.inference_mode():
        edit = edit_of(alone)
        assert mark_of(edit.encodings) is None
        with alone._hooks.editing(edit):
            first = key(layer, edit)
            assert key(layer, edit) is first
            edit.encodings.add_(1)
            assert not torch.equal(key(layer, edit), first)


def test_a_projection_with_a_forward_of_anothers_keeps_nothing(
    own: StableDiffusionPipeline,
) -> None:
    """What such a forward depends on cannot be seen: it is asked at every step, as without pcm."""
    layer_key = own.unet.down_blocks[0].attentions[0].transformer_blocks[0].attn2.to_k
    plain, factor = layer_key.forward, [1.0]
    layer_key.forward = lambda rows: plain(rows) * factor[0]
    with Composer(own) as composer:
        composer.load(packed(random_concept(own, "me")))
        layer, edit = composer.profile.layers[0], edit_of(composer)
        with torch.no_grad(), composer._hooks.editing(edit):
            once = key(layer, edit)
            factor[0] = 2.0
            assert torch.equal(key(layer, edit), 2 * once)


def test_states_are_known_for_linear_layers_and_adapters_only() -> None:
    assert watch(nn.Linear(2, 2)).state is not None
    assert watch(nn.Sequential(nn.Linear(2, 2))).state is None
    assert watch(nn.Linear(2, 2, device="meta")).state is None


def test_memory_is_bounded_and_told(alone: Composer) -> None:
    profile, edit = alone.profile, edit_of(alone)
    batch = 77 * 2 * sum(profile.widths) * 4
    assert alone.memory == (SlotBank(profile, 64).size, 0, 0)
    with torch.no_grad(), alone._hooks.editing(edit):
        for repeats in range(1, KEPT + 3):
            rows = edit.encodings.repeat(repeats, 1, 1)
            for layer in profile.layers:
                layer.key(rows), layer.value(rows)
        assert alone.memory.held == batch * sum(range(3, KEPT + 3))
    assert alone.memory.held == 0
    assert alone.memory.most == batch * sum(range(3, KEPT + 3))
