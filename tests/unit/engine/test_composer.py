import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline

import pipelines
from concepts import packed, random_concept
from pcm_engine.composer import Composer
from pcm_engine.errors import (
    AlreadyAttached,
    DependentConcepts,
    NearBase,
    NoSuchFile,
    TriggerLost,
    TriggerTaken,
    UnknownGate,
    UnknownTrigger,
    Unsupported,
    WrongBase,
    WrongClipSkip,
    WrongWidths,
)
from pcm_engine.gate import Gate, Lock
from pcm_schemas.base_model import Tier
from pcm_schemas.errors import PcmError
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import pack
from pictures import picture


def test_a_concept_loads_from_a_path_its_name_or_bytes(
    pipeline: StableDiffusionPipeline, packages: dict[str, bytes], tmp_path: Path
) -> None:
    file = tmp_path / "hat.safetensors"
    file.write_bytes(packages["hat"])
    with Composer(pipeline) as composer:
        assert composer.load(file) == "hat"
        assert composer.load(str(file), alias="cap*") == "cap"
        assert composer.load(packages["hat"], alias="beret") == "beret"
        assert list(composer.loaded) == ["hat", "cap", "beret"]
        assert composer.loaded["cap"].manifest.name == "amy/hat"


def test_a_name_that_is_no_file_says_what_to_give(composer: Composer) -> None:
    with pytest.raises(NoSuchFile) as caught:
        composer.load("tom-cat.safetensors")
    assert caught.value.code == "name.not_found"


def test_two_concepts_may_not_answer_to_one_trigger(
    composer: Composer, packages: dict[str, bytes]
) -> None:
    with pytest.raises(TriggerTaken) as caught:
        composer.load(packages["teddy-bear"], alias="Hat*")
    assert (caught.value.trigger, caught.value.holder) == ("hat", "amy/hat")


def test_unloading_frees_the_trigger(composer: Composer, packages: dict[str, bytes]) -> None:
    composer.unload("hat*")
    with pytest.raises(UnknownTrigger) as caught:
        composer("a hat*")
    assert caught.value.loaded == ("teddy-bear",)
    with pytest.raises(UnknownTrigger):
        composer.unload("hat")
    composer.load(packages["hat"])


def test_damaged_bytes_load_nothing(composer: Composer, packages: dict[str, bytes]) -> None:
    data = packages["hat"]
    for broken in (data[:-1], data[:40] + b"!" + data[41:], b"", data + b"\0"):
        with pytest.raises(PcmError):
            composer.load(broken, alias="broken")
    assert list(composer.loaded) == ["teddy-bear", "hat"]


def test_a_concept_of_another_base_is_refused(composer: Composer) -> None:
    other = packed(random_concept(pipelines.pipeline(seed=9), "dog"))
    with pytest.raises(WrongBase) as caught:
        composer.load(other)
    assert caught.value.code == "base.mismatch"
    assert "dog" not in composer.loaded


def test_a_concept_of_another_architecture_is_refused_before_anything_is_measured(
    composer: Composer,
) -> None:
    concept = random_concept(pipelines.pipeline(), "dog")
    base = concept.manifest.base.model_dump(exclude_none=True) | {"architecture": "other"}
    manifest = Manifest.of(concept.manifest.model_dump(exclude_none=True) | {"base": base})
    with pytest.raises(WrongBase):
        composer.load(pack(manifest, concept.to_tensors()))


@pytest.mark.parametrize(
    ("other", "tensor"), [({"widths": (32, 32)}, "values"), ({"text": 16}, "direction")]
)
def test_other_widths_are_named(composer: Composer, other: dict[str, object], tensor: str) -> None:
    data = packed(random_concept(pipelines.pipeline(**other), "dog"))
    with pytest.raises(WrongWidths) as caught:
        composer.load(data)
    assert (caught.value.code, caught.value.tensor) == ("engine.widths", tensor)


def test_a_near_base_loads_with_a_word_from_the_user(packages: dict[str, bytes]) -> None:
    near = pipelines.pipeline()
    with torch.no_grad():
        for parameter in near.unet.parameters():
            parameter.add_(0.02 * parameter.std(correction=0) * torch.randn_like(parameter))
    with Composer(near) as composer, pytest.raises(NearBase) as caught:
        composer.load(packages["hat"])
    assert caught.value.code == "base.near"
    with Composer(near, accept=Tier.NEAR) as composer:
        assert composer.load(packages["hat"]) == "hat"


def test_a_bundle_names_what_to_load(composer: Composer) -> None:
    bundle = Manifest.of(
        {
            "manifest": 1, "kind": "bundle", "name": "amy/zoo", "version": "1.0.0", "requires": ["amy/hat"],
            "tags": [], "description": "", "license": "CC0-1.0", "previews": [], "created": "2026-11-22T10:00:00Z",
        }
    )  # fmt: skip
    with pytest.raises(Unsupported) as caught:
        composer.load(pack(bundle, {}))
    assert "amy/hat" in caught.value.hint()


def test_another_encoder_layer_is_refused(composer: Composer) -> None:
    with pytest.raises(WrongClipSkip) as caught:
        composer("a hat*", clip_skip=1)
    assert (caught.value.code, caught.value.learned, caught.value.asked) == ("base.mismatch", 0, 1)


def test_a_gate_for_nobody_is_refused(composer: Composer) -> None:
    with pytest.raises(UnknownGate) as caught:
        composer("a hat*", gates={"scarf*": Gate(bias=0.5)})
    assert caught.value.trigger == "scarf"


def test_a_gate_changes_the_picture_without_reloading(composer: Composer) -> None:
    pictures = [
        picture(composer, "a hat*", gates={"hat*": gate})
        for gate in (
            Gate(),
            Gate(bias=0.3),
            Gate(temperature=0.5),
            Gate(strength=0.5),
            Gate(lock=Lock.GLOBAL),
        )
    ]
    assert len({one.tobytes() for one in pictures}) == len(pictures)
    assert np.array_equal(picture(composer, "a hat*"), pictures[0])


def test_a_gate_in_the_prompt_acts_as_one_beside_it(composer: Composer) -> None:
    beside = picture(composer, "a hat*", gates={"hat": Gate(bias=0.6, strength=0.5)})
    inside = picture(composer, "a hat*@bias=0.6", gates={"hat": Gate(strength=0.5)})
    assert np.array_equal(inside, beside)


def test_gates_may_differ_by_prompt(composer: Composer) -> None:
    """Equal prompts with other gates in one batch are told apart by their order."""
    gates = [{"hat": Gate(strength=0.5)}, {"hat": Gate()}]
    both = picture(composer, ["a hat*", "a hat*"], gates=gates, num_images_per_prompt=2)
    whole = picture(composer, ["a hat*", "a hat*"], num_images_per_prompt=2)
    assert np.array_equal(both[2:], whole[2:])
    assert not np.array_equal(both[:2], whole[:2])
    with pytest.raises(Unsupported):
        composer("a hat*", gates=gates)


def test_locks_may_differ_by_prompt(composer: Composer) -> None:
    """(M12) is for the rows of the prompts that ask for it: each of two is as if it were alone."""
    text, locks = "a hat* on a cat", (Lock.GLOBAL, Lock.LOCAL)
    alone = [picture(composer, text, gates={"hat": Gate(lock=lock)})[0] for lock in locks]
    assert not np.allclose(alone[0], alone[1], atol=1e-3)
    for order in ((0, 1), (1, 0)):
        gates = [{"hat*": Gate(lock=locks[place])} for place in order]
        noise = [torch.Generator().manual_seed(1) for _ in order]
        both = composer(
            [text] * 2, gates=gates, generator=noise, num_inference_steps=2, output_type="np"
        ).images
        for found, place in zip(both, order, strict=True):
            assert np.allclose(found, alone[place], atol=1e-5)


def test_one_concept_under_two_aliases_acts_in_different_prompts(
    pipeline: StableDiffusionPipeline, packages: dict[str, bytes]
) -> None:
    with Composer(pipeline) as composer:
        composer.load(packages["hat"])
        composer.load(packages["hat"], alias="cap")
        together = picture(composer, ["a hat*", "a cap*"], gates={"cap": Gate(strength=0.5)})
        faint = picture(composer, ["a hat*", "a hat*"], gates={"hat": Gate(strength=0.5)})
        assert np.allclose(together[1], faint[1], atol=1e-5)
        assert not np.allclose(together[0], faint[0], atol=1e-5)
        with pytest.raises(DependentConcepts) as caught:
            composer("a hat* and a cap*")
        assert {caught.value.first, caught.value.second} == {"hat", "cap"}


def test_concepts_in_negative_prompts_act_there_only(
    composer: Composer, pipeline: StableDiffusionPipeline
) -> None:
    options = {"guidance_scale": 5.0}
    found = picture(composer, ["a cat", "the dog"], negative_prompt="hat*", **options)
    embeddings = composer.encode(["a cat", "the dog"], negative_prompt="hat*")
    unedited = picture(pipeline, **embeddings, **options)
    off = picture(
        composer,
        ["a cat", "the dog"],
        negative_prompt="hat*",
        gates={"hat": Gate(strength=0.0)},
        **options,
    )
    assert np.array_equal(off, unedited)
    assert not np.array_equal(found, unedited)


def test_a_plain_negative_prompt_is_the_pipelines_own(
    composer: Composer, pipeline: StableDiffusionPipeline
) -> None:
    found = picture(composer, ["a hat*", "a cat"], negative_prompt="red", guidance_scale=5.0)
    plain = picture(
        pipeline, ["a photo", "a cat"], negative_prompt=["red", "red"], guidance_scale=5.0
    )
    assert np.array_equal(found[1], plain[1])


def test_embeddings_given_by_the_caller_go_to_the_pipeline_as_they_are(
    composer: Composer, pipeline: StableDiffusionPipeline
) -> None:
    embeddings = composer.encode("a hat*")
    assert np.array_equal(picture(composer, **embeddings), picture(pipeline, **embeddings))


def test_truncation_is_told(composer: Composer) -> None:
    with pytest.warns(TriggerLost, match="hat"):
        picture(composer, "a " * 90 + "hat*")
    with warnings.catch_warnings():
        warnings.simplefilter("error", TriggerLost)
        picture(composer, "a hat* " + "a " * 90)


def test_detaching_or_unloading_during_a_call_is_refused(composer: Composer) -> None:
    refused = []

    def meddle(*_given: object) -> dict[str, object]:
        for act in (composer.detach, lambda: composer.unload("hat"), lambda: composer("a hat*")):
            with pytest.raises(AlreadyAttached):
                act()
            refused.append(act)
        return {}

    picture(composer, "a hat*", callback_on_step_end=meddle, num_inference_steps=1)
    assert len(refused) == 3


def test_a_detached_composer_says_so(composer: Composer) -> None:
    composer.detach()
    with pytest.raises(AlreadyAttached, match="detached"):
        composer("a cat")


def test_sdxl_composes_with_its_pooled_output() -> None:
    pipeline = pipelines.sdxl()
    data = [
        packed(random_concept(pipeline, word, seed=seed)) for seed, word in enumerate(("me", "hat"))
    ]
    options = {"height": 8, "width": 8}
    plain = picture(pipeline, "a photo of a cat", **options)
    with Composer(pipeline) as composer:
        for one in data:
            composer.load(one)
        assert np.array_equal(picture(composer, "a photo of a cat", **options), plain)
        found = picture(composer, ["a me* in a hat*", "a cat"], negative_prompt="red", **options)
        unedited = picture(
            pipeline,
            **composer.encode(["a me* in a hat*", "a cat"], negative_prompt="red"),
            **options,
        )
        assert np.array_equal(found[1], unedited[1])
        assert not np.array_equal(found[0], unedited[0])
        picture(composer, "a me*", gates={"me": Gate(lock=Lock.GLOBAL)}, **options)
    assert np.array_equal(picture(pipeline, "a photo of a cat", **options), plain)
