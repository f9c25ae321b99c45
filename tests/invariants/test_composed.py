"""Invariants of method.md section 7 that say how concepts act together, with a Composer, in every dtype."""

from collections.abc import Iterator, Mapping

import pytest
import torch
from torch import Tensor

import pipelines
from concepts import packed, random_concept
from edits import TOLERANCE, error
from pcm_engine import perfusion
from pcm_engine.composer import Composer
from pcm_engine.concept import Concept
from pcm_engine.errors import DependentConcepts
from pcm_engine.gate import Gate
from pcm_schemas import package
from pcm_schemas.manifest import Manifest
from pictures import recorded

WORDS = ("me", "hat", "dog")
ALL = "a me* and a hat* and a dog*"
SMALL = {"num_inference_steps": 1, "output_type": "latent", "guidance_scale": 1.0}
Gates = Mapping[str, Gate]


@pytest.fixture(scope="module", params=[torch.float32, torch.float16, torch.bfloat16], ids=str)
def composer(request: pytest.FixtureRequest) -> Iterator[Composer]:
    pipeline = pipelines.pipeline()
    data = [packed(random_concept(pipeline, word, seed=seed)) for seed, word in enumerate(WORDS)]
    with Composer(pipeline.to(request.param)) as made:
        for one in data:
            made.load(one)
        yield made


def tolerance(composer: Composer) -> float:
    return TOLERANCE[composer.pipeline.unet.dtype]


def seen(composer: Composer, prompt: str = ALL, gates: Gates | None = None) -> list[Tensor]:
    """K, then V of every layer for one prompt."""
    with recorded(composer.profile) as calls:
        composer(prompt, gates=gates, **SMALL)
    return [one[0][0] for one in calls]


def base(composer: Composer, prompt: str = ALL) -> list[Tensor]:
    rows = composer.encode(prompt)["prompt_embeds"]
    layers = composer.profile.layers
    with torch.no_grad():
        return [one(rows)[0] for layer in layers for one in (layer.key, layer.value)]


def assert_close(composer: Composer, found: list[Tensor], expected: list[Tensor]) -> None:
    worst = max(error(one, other) for one, other in zip(found, expected, strict=True))
    assert worst <= tolerance(composer)


def test_i3_a_concept_of_strength_zero_is_as_if_not_loaded(composer: Composer) -> None:
    """Its word stays in the prompt, so the rows are the same; its edit is absent, the others' is what it was."""
    off = {"hat": Gate(strength=0.0)}
    found = seen(composer, gates=off)
    encoded = composer._encoded(composer._request(ALL, None, off), 0)
    assert encoded.edit.stack.names == ("me", "dog")
    assert not torch.equal(found[1], seen(composer)[1])
    context = encoded.edit.context(encoded.embeddings["prompt_embeds"])
    with torch.no_grad():
        keys = [layer.key(context.keys)[0] for layer in composer.profile.layers]
    assert_close(composer, found[::2], keys)


def test_i5_with_the_gate_at_the_share_it_is_one_weight_matrix(
    composer: Composer, monkeypatch: pytest.MonkeyPatch
) -> None:
    concepts = [composer.loaded[word] for word in WORDS]
    i, b, u, o = (
        torch.stack([getattr(one, name) for one in concepts]).double()
        for name in ("direction", "dual", "supercategory", "values")
    )
    mix = perfusion.mixing(perfusion.overlap(b, i), torch.ones(3))
    monkeypatch.setattr(perfusion, "gate", lambda s, _beta, _tau: perfusion.shares(s, mix))
    found = seen(composer)
    e = composer.encode(ALL)["prompt_embeds"][0].double()
    expected, start = [], 0
    for layer in composer.profile.layers:
        outputs = o[:, start : start + layer.width]
        start += layer.width
        for weight, targets in (
            (layer.key.weight.double(), u @ layer.key.weight.double().mT),
            (layer.value.weight.double(), outputs),
        ):
            edited = weight + (targets - i @ weight.mT).mT @ (mix @ b)
            expected.append(e @ edited.mT)
    assert_close(composer, found, expected)


def test_i10_one_concept_fades_linearly(composer: Composer) -> None:
    prompt, gates = "a me* on a boat", {"me": Gate(strength=0.25)}
    faded, whole, none = (
        seen(composer, prompt, gates), seen(composer, prompt), base(composer, prompt)
    )  # fmt: skip
    mixed = [0.75 * b.double() + 0.25 * w.double() for b, w in zip(none, whole, strict=True)]
    assert_close(composer, faded, mixed)


def test_i11_the_order_in_which_concepts_are_loaded_does_not_matter(composer: Composer) -> None:
    gates = {"hat": Gate(strength=0.5), "dog": Gate(bias=0.5)}
    expected = seen(composer, gates=gates)
    data = {word: packed(composer.loaded[word]) for word in WORDS}
    try:
        for word in WORDS:
            composer.unload(word)
        for word in reversed(WORDS):
            composer.load(data[word])
        assert_close(composer, seen(composer, gates=gates), expected)
    finally:
        for word in WORDS:
            composer.unload(word)
        for word in WORDS:
            composer.load(data[word])


def test_i12_orthogonal_concepts_add_up(composer: Composer) -> None:
    """The second direction and dual are made free of the first ones, so that R = Id."""
    first, other = composer.loaded["me"], composer.loaded["hat"]
    i, b = first.direction.double(), first.dual.double()
    direction = other.direction.double() - (b @ other.direction.double()) * i
    dual = other.stored_dual.double() - (other.stored_dual.double() @ i) * b
    wide = {"tensors": other.manifest.tensors.model_dump() | {"dtype": "F32"}}
    parts = {"embedding": other.embedding, "supercategory": other.supercategory}
    free = Concept(
        Manifest.of(other.manifest.model_dump(exclude_none=True) | wide),
        direction=direction.float(),
        stored_dual=(dual / (dual @ direction)).float(),
        values=other.values,
        **parts,
    )
    composer.load(packed(free), alias="free")
    try:
        prompt = "a me* and a free*"
        strengths = {"me": Gate(strength=0.5), "free": Gate(strength=0.25)}
        both, none = seen(composer, prompt, strengths), base(composer, prompt)
        singles = [
            seen(composer, prompt, strengths | {word: Gate(strength=0.0)}) for word in strengths
        ]
    finally:
        composer.unload("free")
    added = [
        one.double() + sum(single[k].double() - one.double() for single in singles)
        for k, one in enumerate(none)
    ]
    assert_close(composer, both, added)


def test_i14_nearly_parallel_concepts_are_refused_by_name_in_one_prompt_only(
    composer: Composer,
) -> None:
    twin = composer.load(packed(composer.loaded["me"]), alias="twin")
    try:
        with pytest.raises(DependentConcepts) as caught:
            composer("a me* and a twin*", **SMALL)
        assert {caught.value.first, caught.value.second} == {"me", "twin"}
        assert caught.value.code == "engine.dependent"
        apart = seen(composer, "a me* and a twin*", {"twin": Gate(strength=0.0)})
        assert len(apart) == 2 * len(composer.profile.layers)
        composer(["a me*", "a twin*"], gates={"twin": Gate(bias=0.5)}, **SMALL)
    finally:
        composer.unload(twin)


def with_parts(composer: Composer, **parts: Tensor) -> list[Tensor]:
    """K and V of the prompt with one concept whose other parts these are."""
    concept = composer.loaded["me"]
    kept = {name: parts.get(name, getattr(concept, name)) for name in PARTS}
    other = Concept(concept.manifest, embedding=concept.embedding, **kept)
    composer.load(packed(other), alias="other")
    try:
        word = composer.loaded["other"]
        assert package.read(packed(word)).manifest == concept.manifest
        return seen(composer, "a other* on a boat")
    finally:
        composer.unload("other")


PARTS = ("direction", "stored_dual", "supercategory", "values")


def test_i20_keys_and_values_depend_on_their_own_parts_only(composer: Composer) -> None:
    concept = composer.loaded["me"]
    whole = seen(composer, "a me* on a boat")
    outputs = with_parts(composer, values=(2 * concept.values).half().float())
    locked = with_parts(composer, supercategory=(2 * concept.supercategory).half().float())
    for index in range(0, len(whole), 2):
        assert torch.equal(outputs[index], whole[index])
        assert torch.equal(locked[index + 1], whole[index + 1])
        assert not torch.equal(outputs[index + 1], whole[index + 1])
        assert not torch.equal(locked[index], whole[index])


def test_i9_i16_i17_what_the_contexts_hold(composer: Composer) -> None:
    """At full strength nothing of x_V lies along a direction; a row at i* is g(1) u, a row without it keeps the leak."""
    encoded = composer._encoded(composer._request("a me* on a boat", None, None), 0)
    edit, concept = encoded.edit, composer.loaded["me"]
    rows = encoded.embeddings["prompt_embeds"]
    dual = concept.dual.double()
    context = edit.context(rows)
    scale = (rows.double() @ dual).abs().max().clamp_min(1)
    assert float((context.values.double() @ dual).abs().max() / scale) <= tolerance(composer)
    opened = torch.sigmoid(torch.tensor((1 - 0.7) / 0.15, dtype=torch.float64))
    at = rows.clone()
    at[0, 0] = concept.direction.to(rows)
    s = at[0, 0].double() @ dual
    whole = type(edit).of(edit.stack, edit.controls, at)
    assert float(s) == pytest.approx(1, abs=0.02)
    found = whole.context(at).openings[0, 0, 0]
    assert float(found) == pytest.approx(float(opened), abs=0.02)
    none = torch.zeros_like(rows)
    leaked = type(edit).of(edit.stack, edit.controls, none).context(none)
    leak = perfusion.leak(0.7, 0.15)
    assert float(leaked.openings[0, 5, 0]) == pytest.approx(leak, abs=1e-6)
    expected = leak * concept.supercategory.double()
    assert error(leaked.keys[0, 5], expected) <= tolerance(composer)
