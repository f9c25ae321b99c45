"""What an error of the engine advises is done here as it says, and works: a hint is a command or a choice (style 3)."""

import pytest
import torch
from diffusers import StableDiffusionPipeline

import pipelines
from concepts import packed, random_concept
from pcm_engine.composer import Composer
from pcm_engine.errors import (
    AlreadyAttached,
    DependentConcepts,
    GateOutOfRange,
    NearBase,
    NoSlot,
    TriggerTaken,
    UnknownGate,
    UnknownTrigger,
    Unsupported,
    WrongClipSkip,
)
from pcm_engine.gate import RANGES, Gate
from pcm_schemas.base_model import Tier
from pictures import picture

SHORT = {"num_inference_steps": 1, "output_type": "latent"}


def test_an_unknown_trigger_is_loaded_under_that_word(
    composer: Composer, packages: dict[str, bytes]
) -> None:
    with pytest.raises(UnknownTrigger) as caught:
        composer("a cap*", **SHORT)
    assert "composer.load(…, alias='cap')" in caught.value.hint()
    composer.unload("hat")
    composer.load(packages["hat"], alias="cap")
    composer("a cap*", **SHORT)


def test_or_the_word_is_written_without_the_star(composer: Composer) -> None:
    with pytest.raises(UnknownTrigger) as caught:
        composer("a boat*", **SHORT)
    assert "without the star" in caught.value.hint()
    composer("a boat", **SHORT)


def test_a_taken_trigger_is_loaded_under_the_word_that_is_offered(
    composer: Composer, packages: dict[str, bytes]
) -> None:
    with pytest.raises(TriggerTaken) as caught:
        composer.load(packages["hat"])
    assert 'alias="hat-2"' in caught.value.hint()
    assert composer.load(packages["hat"], alias="hat-2") == "hat-2"


def test_a_full_bank_takes_a_concept_when_one_is_unloaded_or_it_has_more_slots(
    pipeline: StableDiffusionPipeline, packages: dict[str, bytes]
) -> None:
    with Composer(pipeline, slots=1) as composer:
        composer.load(packages["hat"])
        with pytest.raises(NoSlot) as caught:
            composer.load(packages["teddy-bear"])
        assert "unload one" in caught.value.hint()
        composer.unload("hat")
        composer.load(packages["teddy-bear"])
    assert "Composer(pipeline, slots=…)" in caught.value.hint()
    with Composer(pipeline, slots=2) as composer:
        composer.load(packages["hat"])
        composer.load(packages["teddy-bear"])


def test_another_clip_skip_is_that_of_the_concept(composer: Composer) -> None:
    with pytest.raises(WrongClipSkip) as caught:
        composer("a hat*", clip_skip=1, **SHORT)
    assert "clip_skip=0" in caught.value.hint()
    composer("a hat*", clip_skip=0, **SHORT)


def test_dependent_concepts_are_used_apart_or_one_at_strength_zero(
    composer: Composer, packages: dict[str, bytes]
) -> None:
    composer.load(packages["hat"], alias="cap")
    with pytest.raises(DependentConcepts) as caught:
        composer("a hat* and a cap*", **SHORT)
    for word in ("hat", "cap", "different prompts", "strength 0"):
        assert word in caught.value.hint()
    composer(["a hat*", "a cap*"], **SHORT)
    composer("a hat* and a cap*", gates={"cap": Gate(strength=0.0)}, **SHORT)


@pytest.mark.parametrize("control", list(RANGES))
def test_a_gate_may_be_what_its_error_names(control: str) -> None:
    low, high = RANGES[control]
    with pytest.raises(GateOutOfRange) as caught:
        Gate(**{control: high + 1})
    assert caught.value.hint() == f"{control} may be {low} to {high}"
    for value in (low, high):
        assert getattr(Gate(**{control: value}), control) == value


def test_a_lock_may_be_what_its_error_names() -> None:
    with pytest.raises(GateOutOfRange) as caught:
        Gate(lock="elsewhere")
    assert caught.value.hint() == "lock may be local or global"


def test_a_gate_for_nobody_is_given_to_a_loaded_trigger(composer: Composer) -> None:
    with pytest.raises(UnknownGate) as caught:
        composer("a hat*", gates={"cap": Gate()}, **SHORT)
    assert "loaded trigger" in caught.value.hint()
    composer("a hat*", gates={caught.value.loaded[0]: Gate()}, **SHORT)


def test_gates_are_one_or_one_for_each_prompt(composer: Composer) -> None:
    prompts, gate = ["a hat*", "a cat"], {"hat": Gate()}
    with pytest.raises(Unsupported) as caught:
        composer(prompts, gates=[gate] * 3, **SHORT)
    assert caught.value.hint() == "give one, or one for each prompt"
    composer(prompts, gates=gate, **SHORT)
    composer(prompts, gates=[gate, gate], **SHORT)


def test_a_second_composer_comes_when_the_first_is_detached(composer: Composer) -> None:
    with pytest.raises(AlreadyAttached) as caught:
        Composer(composer.pipeline)
    assert "composer.detach()" in caught.value.hint()
    composer.detach()
    with Composer(composer.pipeline) as second:
        second("a cat", **SHORT)


def test_in_place_of_a_detached_composer_a_new_one_is_made(
    composer: Composer, packages: dict[str, bytes]
) -> None:
    expected = picture(composer, "a hat*")
    composer.detach()
    with pytest.raises(AlreadyAttached) as caught:
        composer("a hat*", **SHORT)
    assert "Composer(pipeline)" in caught.value.hint()
    with Composer(composer.pipeline) as other:
        other.load(packages["hat"])
        assert (picture(other, "a hat*") == expected).all()


def test_fused_projections_are_unfused() -> None:
    pipeline = pipelines.pipeline(widths=(32,))
    with torch.no_grad():
        pipeline.fuse_qkv_projections()
    with pytest.raises(Unsupported) as caught:
        Composer(pipeline)
    assert "pipeline.unfuse_qkv_projections()" in caught.value.hint()
    pipeline.unfuse_qkv_projections()
    with Composer(pipeline) as composer:
        composer.load(packed(random_concept(pipeline, "me")))
        composer("a me*", **SHORT)


def test_a_near_base_is_accepted_by_saying_so(packages: dict[str, bytes]) -> None:
    near = pipelines.pipeline()
    with torch.no_grad():
        for parameter in near.unet.parameters():
            parameter.add_(0.02 * parameter.std(correction=0) * torch.randn_like(parameter))
    with Composer(near) as composer, pytest.raises(NearBase) as caught:
        composer.load(packages["hat"])
    assert "accept=Tier.NEAR" in caught.value.hint()
    with Composer(near, accept=Tier.NEAR) as composer:
        composer.load(packages["hat"])
        composer("a hat*", **SHORT)
