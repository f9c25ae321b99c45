"""Which part of a concept does what: I9, I16, I17 and I20 of method.md section 7, in what the layers of a Composer see."""

import math

import pytest
import torch
from torch import Tensor

from concepts import packed
from edits import error
from pcm_engine.composer import Composer
from pcm_engine.concept import Concept
from pcm_engine.encoding import EncodedRequest
from pcm_engine.gate import Gate, Lock
from pictures import recorded
from projections import weight_of
from triples import ALL, SMALL, WORDS, apart, seen, tolerance, varied

PROMPT = "a me* on a boat"
Projections = list[tuple[Tensor, Tensor]]


def of(composer: Composer, *names: str, words: tuple[str, ...] = WORDS) -> list[Tensor]:
    """These parts of loaded concepts, one concept a row, float64."""
    concepts = [composer.loaded[word] for word in words]
    return [torch.stack([getattr(one, name) for one in concepts]).double() for name in names]


def similarities(composer: Composer, rows: Tensor) -> Tensor:
    """(M3) of every concept, float64."""
    (b,) = of(composer, "dual")
    return rows.double() @ b.mT


@pytest.mark.parametrize("strength", [(1.0, 1.0, 1.0), (0.5, 1.0, 0.25)], ids=str)
def test_i9_what_similarity_is_left_in_the_values(
    trio: Composer, strength: tuple[float, ...]
) -> None:
    """`gamma s(x_V) = (1 - gamma) a`, with a = P s by (M9): at full strength nothing is left."""
    gates = {word: Gate(strength=one) for word, one in zip(WORDS, strength, strict=True)}
    encoded = trio._encoded(trio._request(ALL, None, gates), 0)
    rows = encoded.embeddings["prompt_embeds"]
    i, b = of(trio, "direction", "dual")
    gamma, eye = torch.tensor(strength, dtype=torch.float64), torch.eye(3, dtype=torch.float64)
    mix = gamma.diag() @ torch.linalg.inv(eye + (b @ i.mT - eye) @ gamma.diag())
    s = similarities(trio, rows)
    left = similarities(trio, encoded.edit.context(rows).values)
    worst = (gamma * left - (1 - gamma) * (s @ mix.mT)).abs().max()
    assert float(worst / s.abs().max().clamp_min(1)) <= tolerance(trio)


def exact(concept: Concept) -> Concept:
    """The concept along a direction that every dtype holds without rounding, so that a row can be i* itself."""
    return varied(concept, direction=concept.direction.half().bfloat16())


def seen_at(composer: Composer, row: Tensor, gate: Gate) -> Projections:
    """K and V of every layer for this row amid the rows of the prompt, under one concept."""
    composer.load(packed(exact(composer.loaded["me"])), alias="exact")
    try:
        request = composer._request("a exact* on a boat", None, {"exact": gate})
        encoded = composer._encoded(request, 0)
        rows = encoded.embeddings["prompt_embeds"].clone()
        rows[0, 3] = row.to(rows)
        edit = type(encoded.edit).of(encoded.edit.stack, encoded.edit.controls, rows)
        given = dict(encoded.embeddings) | {"prompt_embeds": rows}
        with recorded(composer.profile) as calls:
            composer._painted(EncodedRequest(given, edit, ()), SMALL)
    finally:
        composer.unload("exact")
    found = [one[0][0, 3] for one in calls]
    return list(zip(found[::2], found[1::2], strict=True))


def outputs(composer: Composer, concept: Concept) -> Projections:
    """`W_K u` and o of every layer, float64."""
    values = concept.values.double().split(list(composer.profile.widths))
    u = concept.supercategory.double()
    layers = zip(composer.profile.layers, values, strict=True)
    return [(weight_of(layer.key) @ u, part) for layer, part in layers]


def assert_sides(composer: Composer, found: Projections, expected: Projections) -> None:
    for one, other in zip(found, expected, strict=True):
        for side in (0, 1):
            assert error(one[side], other[side]) <= tolerance(composer)


def test_i16_a_row_at_the_direction_has_the_gated_targets(trio: Composer) -> None:
    """K = g(1) W_K u and V = g(1) o; g(1) at the default gate is in method.md section 8."""
    concept = exact(trio.loaded["me"])
    opened = 1 / (1 + math.exp(-(1 - 0.7) / 0.15))
    assert opened == pytest.approx(0.880797, abs=1e-6)
    found = seen_at(trio, concept.direction, Gate())
    targets = outputs(trio, concept)
    assert_sides(trio, found, [(opened * key, opened * value) for key, value in targets])


def test_i17_a_row_without_similarity_gets_the_leak_alone(trio: Composer) -> None:
    """It is W e + gamma g(0) o*, for a row from which i* is taken and for an empty one; g(0) as in section 8."""
    concept = exact(trio.loaded["me"])
    gate = Gate(bias=0.6, strength=0.5)
    opened = 1 / (1 + math.exp(0.6 / 0.15))
    assert opened == pytest.approx(0.017986, abs=1e-6)
    leak = 0.5 * opened
    targets = outputs(trio, concept)
    row = trio.encode(PROMPT)["prompt_embeds"][0, 5]
    i, b = concept.direction.double(), concept.dual.double()
    for e in (torch.zeros_like(row), (row.double() - (b @ row.double()) * i).to(row.dtype)):
        found = seen_at(trio, e, gate)
        layers = zip(trio.profile.layers, targets, strict=True)
        expected = [
            (weight_of(layer.key) @ e.double() + leak * key,
             weight_of(layer.value) @ e.double() + leak * value)
            for layer, (key, value) in layers
        ]  # fmt: skip
        assert_sides(trio, found, expected)


def with_parts(composer: Composer, gate: Gate, **parts: Tensor) -> list[Tensor]:
    """K and V of the prompt with one concept whose other parts these are, as its package holds them."""
    composer.load(packed(varied(composer.loaded["me"], **parts)), alias="other")
    try:
        return seen(composer, "a other* on a boat", {"other": gate})
    finally:
        composer.unload("other")


def test_i20_local_keys_and_values_depend_on_their_own_parts_only(trio: Composer) -> None:
    concept = trio.loaded["me"]
    whole = seen(trio, PROMPT)
    outputs = with_parts(trio, Gate(), values=2 * concept.values)
    locked = with_parts(trio, Gate(), supercategory=2 * concept.supercategory)
    for index in range(0, len(whole), 2):
        assert torch.equal(outputs[index], whole[index])
        assert torch.equal(locked[index + 1], whole[index + 1])
        assert not torch.equal(outputs[index + 1], whole[index + 1])
        assert not torch.equal(locked[index], whole[index])


def test_i20_global_keys_depend_on_none_of_the_edit(trio: Composer) -> None:
    """Not on i*, b, beta, tau, o nor u, at a strength between too; the values do on each of them but u."""
    other, me = trio.loaded["hat"], trio.loaded["me"]
    gate = Gate(lock=Lock.GLOBAL, strength=0.5)
    _, b, _, across = apart(trio)
    whole = seen(trio, PROMPT, {"me": gate})
    turned = {"direction": other.direction, "stored_dual": other.stored_dual}
    locked = with_parts(trio, gate, supercategory=2 * me.supercategory)
    assert all(torch.equal(one, same) for one, same in zip(locked, whole, strict=True))
    for changed in (
        with_parts(trio, gate, **turned),
        with_parts(trio, gate, stored_dual=b + across),
        with_parts(trio, gate, values=2 * me.values),
        seen(trio, PROMPT, {"me": Gate(lock=Lock.GLOBAL, strength=0.5, bias=0.8)}),
        seen(trio, PROMPT, {"me": Gate(lock=Lock.GLOBAL, strength=0.5, temperature=0.3)}),
    ):
        for index in range(0, len(whole), 2):
            assert torch.equal(changed[index], whole[index])
            assert not torch.equal(changed[index + 1], whole[index + 1])
