from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from torch import Tensor, nn

import pipelines
from pcm_engine.bases import Profile, profile_of
from pcm_engine.edit import ConceptStack, Controls, Edit
from pcm_engine.errors import AlreadyAttached, DependentConcepts, Unsupported
from pcm_engine.gate import TRAINING, Gate, Lock
from pcm_engine.hooks import Hooks
from pcm_engine.tokens import encode


def stack(profile: Profile, *names: str) -> ConceptStack:
    directions = torch.randn(len(names), profile.text)
    duals = directions / directions.square().sum(-1, keepdim=True)
    values = torch.randn(len(names), sum(profile.widths))
    return ConceptStack(names, directions, duals, torch.randn_like(directions), values)


def edit(profile: Profile, encodings: Tensor, *, gate: Gate = TRAINING) -> Edit:
    concepts = stack(profile, "me")
    return Edit.of(concepts, Controls.of(("me",), [{"me": gate}] * len(encodings)), encodings)


def denoised(pipeline: StableDiffusionPipeline, encodings: Tensor) -> Tensor:
    latents = torch.ones(len(encodings), 4, 8, 8)
    return pipeline.unet(latents, 3, encoder_hidden_states=encodings).sample


@pytest.fixture
def hooks(pipeline: StableDiffusionPipeline) -> Iterator[Hooks]:
    made = Hooks(profile_of(pipeline))
    made.attach()
    yield made
    made.detach()


def test_no_base_projection_runs_twice_for_a_prompt(
    pipeline: StableDiffusionPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: Counter[int] = Counter()
    plain = nn.Linear.forward
    monkeypatch.setattr(
        nn.Linear, "forward", lambda self, rows: calls.update([id(self)]) or plain(self, rows)
    )
    profile = profile_of(pipeline)
    hooks = Hooks(profile)
    hooks.attach()
    encodings = torch.randn(2, 77, 32)
    with torch.no_grad(), hooks.editing(edit(profile, encodings)):
        outputs = [denoised(pipeline, encodings) for _ in range(3)]
    hooks.detach()
    assert all(torch.equal(one, outputs[0]) for one in outputs)
    assert {
        calls[id(module)] for layer in profile.layers for module in (layer.key, layer.value)
    } == {1}


def test_equal_rows_in_another_tensor_are_the_same_prompt(
    pipeline: StableDiffusionPipeline, hooks: Hooks
) -> None:
    encodings = torch.randn(2, 77, 32)
    with torch.no_grad(), hooks.editing(edit(hooks.profile, encodings)):
        first = denoised(pipeline, encodings)
        assert torch.equal(denoised(pipeline, encodings.clone()), first)
        torch.testing.assert_close(denoised(pipeline, encodings.flip(0)), first.flip(0))
        encodings.add_(1)
        changed = denoised(pipeline, encodings)
    assert not torch.equal(changed, first)


def test_what_was_changed_in_place_is_computed_again(
    pipeline: StableDiffusionPipeline, hooks: Hooks
) -> None:
    known = torch.randn(2, 77, 32)
    given = known.clone()
    with torch.no_grad(), hooks.editing(edit(hooks.profile, known)):
        first = denoised(pipeline, given)
        given.copy_(known.flip(0))
        torch.testing.assert_close(denoised(pipeline, given), first.flip(0))


def test_gradient_reaches_word_and_values_and_not_the_base(
    pipeline: StableDiffusionPipeline, hooks: Hooks
) -> None:
    word = torch.randn(32, requires_grad=True)
    encoded = encode(hooks.profile, ["a photo of a me*"], {"me": (word,)})
    concepts = stack(hooks.profile, "me")
    concepts = concepts._replace(values=concepts.values.requires_grad_())
    on = Edit.of(concepts, Controls.of(("me",), [{"me": TRAINING}]), encoded.encodings)
    with hooks.editing(on):
        denoised(pipeline, encoded.encodings).square().mean().backward()
    assert float(word.grad.norm()) > 0
    assert float(concepts.values.grad.norm()) > 0
    assert all(parameter.grad is None for parameter in pipeline.unet.parameters())


def test_checkpointed_blocks_get_the_same_gradient(
    hooks: Hooks, pipeline: StableDiffusionPipeline
) -> None:
    gradients = []
    base = torch.randn(1, 77, 32)
    concepts = stack(hooks.profile, "me")
    for enable in (
        pipeline.unet.disable_gradient_checkpointing,
        pipeline.unet.enable_gradient_checkpointing,
    ):
        enable()
        pipeline.unet.train()
        encodings = base.clone().requires_grad_()
        on = Edit.of(concepts, Controls.of(("me",), [{"me": TRAINING}]), encodings)
        with hooks.editing(on):
            denoised(pipeline, encodings).square().mean().backward()
        gradients.append(encodings.grad)
    pipeline.unet.disable_gradient_checkpointing()
    pipeline.unet.eval()
    assert torch.allclose(gradients[0], gradients[1], rtol=1e-4, atol=1e-9)


def test_a_second_composer_is_refused_and_changes_nothing(hooks: Hooks) -> None:
    with pytest.raises(AlreadyAttached) as caught:
        Hooks(hooks.profile).attach()
    assert caught.value.code == "engine.attached"
    assert hooks.is_attached


def test_detaching_or_editing_during_an_edit_is_refused(hooks: Hooks) -> None:
    on = edit(hooks.profile, torch.randn(1, 77, 32))
    with hooks.editing(on):
        with pytest.raises(AlreadyAttached):
            hooks.detach()
        with pytest.raises(AlreadyAttached), hooks.editing(on):
            pytest.fail("a second edit was let in")
    assert not hooks.is_busy


def test_an_error_during_an_edit_takes_it_off(hooks: Hooks) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        hooks.editing(edit(hooks.profile, torch.randn(1, 77, 32))),
    ):
        raise ZeroDivisionError
    assert not hooks.is_busy


def test_hooks_follow_a_projection_that_an_adapter_wraps() -> None:
    pipeline = pipelines.pipeline()
    hooks = Hooks(profile_of(pipeline))
    hooks.attach()
    layer = hooks.profile.layers[0]
    plain = layer.key
    layer.attention.to_k = nn.Linear(plain.in_features, plain.out_features, bias=False)
    on = edit(hooks.profile, torch.randn(1, 77, 32))
    with torch.no_grad(), hooks.editing(on):
        found = layer.key(on.encodings)
        expected = nn.functional.linear(on.context(on.encodings).keys, layer.key.weight)
    assert torch.equal(found, expected)
    assert "_diffusers_hook" not in vars(plain)


def test_rows_are_known_by_content_and_twins_by_order(
    pipeline: StableDiffusionPipeline,
) -> None:
    profile = profile_of(pipeline)
    known = torch.randn(3, 5, profile.text)
    known[2] = known[0]
    gates = [{"me": Gate(bias, 0.1, 1.0, Lock.LOCAL)} for bias in (0.1, 0.2, 0.3)]
    on = Edit.of(stack(profile, "me"), Controls.of(("me",), gates), known)
    batch = torch.stack([known[0], torch.zeros_like(known[0]), known[1], known[0]])
    assert on.rows_of(batch).tolist() == [0, -1, 1, 2]
    twice = known.repeat_interleave(2, dim=0)
    assert replace(on, images=2).rows_of(twice).tolist() == [0, 0, 1, 1, 2, 2]
    assert on.rows_of(torch.zeros(1, 6, profile.text)).tolist() == [-1]
    for unknown in (known[:1], twice):
        with pytest.raises(Unsupported):
            on.rows_of(unknown)


def test_dependence_is_judged_by_what_acts_in_each_prompt(
    pipeline: StableDiffusionPipeline,
) -> None:
    profile = profile_of(pipeline)
    one = stack(profile, "me")
    both = ConceptStack(("me", "twin"), *(tensor.repeat(2, 1) for tensor in one[1:]))
    gate = {"me": TRAINING, "twin": TRAINING}
    encodings = torch.randn(2, 77, 32)
    apart = [{"me": TRAINING}, {"twin": TRAINING}]
    assert Edit.of(both, Controls.of(both.names, apart), encodings).mix.shape == (2, 2, 2)
    with pytest.raises(DependentConcepts) as caught:
        Edit.of(both, Controls.of(both.names, [gate, {}]), encodings)
    assert (caught.value.first, caught.value.second) == ("me", "twin")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lora_acts_on_the_edited_context(when: str) -> None:
    """Its base and its own product both see x_K, whether it came before the hooks or after."""
    pipeline = pipelines.pipeline()
    lora = LoraConfig(r=2, target_modules=["to_k", "to_v"], init_lora_weights=False)
    hooks = Hooks(profile_of(pipeline))
    if when == "after":
        hooks.attach()
    pipeline.unet.add_adapter(lora)
    if when == "before":
        hooks.attach()
    on = edit(hooks.profile, torch.randn(1, 77, 32))
    layer = hooks.profile.layers[0]
    with torch.no_grad():
        expected = layer.key(on.context(on.encodings).keys)
        with hooks.editing(on):
            found = layer.key(on.encodings)
    assert torch.equal(found, expected)
    hooks.detach()
