"""Invariants of method.md section 7 that say how concepts act together, with a Composer, on every layout and dtype.

I6, I7 and I13 have no form here: they are about C and M, which no package holds and no composer sees, and I15 is about
the gate as a function of its own arguments. They are shown of the pure functions (`test_layer.py`, `test_gate.py`).
I22 and I23 are about training (`tests/unit/engine/learning`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from concepts import packed
from edits import Case, error, reference
from pcm_engine import perfusion
from pcm_engine.composer import Composer
from pcm_engine.concept import Concept
from pcm_engine.errors import DependentConcepts
from pcm_engine.gate import Gate
from pcm_schemas import package
from projections import assert_rows, edited, weight_of
from projections import seen as called
from triples import ALL, SMALL, WORDS, apart, assert_close, base, seen, tolerance, varied


@contextmanager
def loaded_too(composer: Composer, concept: Concept, alias: str) -> Iterator[None]:
    """One concept more while the block runs, read as it was written."""
    data = packed(concept)
    assert packed(Concept.from_package(package.read(data))) == data
    composer.load(data, alias=alias)
    try:
        yield
    finally:
        composer.unload(alias)


def test_the_three_are_independent_enough(trio: Composer) -> None:
    """(I9), (I11)-(I13) assume 0.1; below, errors grow, but Toybox (0.045) keeps to the tolerances all the same."""
    stack = trio._bank.stack(WORDS, torch.device("cpu"))
    overlaps = perfusion.overlap(stack.duals, stack.directions)
    assert float(torch.linalg.eigvals(overlaps).real.min()) >= 0.04


def test_i25_three_concepts_row_by_row_by_hand(trio: Composer) -> None:
    """By `edits.reference`, which shares no line with the engine."""
    gates = {"hat": Gate(bias=0.6, strength=0.5), "dog": Gate(temperature=0.2, strength=0.25)}
    rows = trio.encode(ALL)["prompt_embeds"]
    concepts = [trio.loaded[word] for word in WORDS]
    i, b, u, o = (
        torch.stack([getattr(one, name) for one in concepts]).double()
        for name in ("direction", "dual", "supercategory", "values")
    )
    controls = torch.tensor(
        [[0.7, 0.6, 0.7], [0.15, 0.15, 0.2], [1.0, 0.5, 0.25]], dtype=torch.float64
    )
    expected = []
    outputs = o.split(list(trio.profile.widths), dim=-1)
    for layer, part in zip(trio.profile.layers, outputs, strict=True):
        weights = weight_of(layer.key), weight_of(layer.value)
        given = Case(rows.double(), *weights, i, b, u, part, *controls, inverse=torch.empty(0))
        expected += [one[0] for one in reference(given)]
    assert_close(trio, seen(trio, gates=gates), expected)


def test_i3_a_concept_of_strength_zero_is_as_if_not_loaded(trio: Composer) -> None:
    """Its word stays in the prompt, so the rows are the same; the others' edit is what it is without it."""
    gates = {"hat": Gate(strength=0.0), "dog": Gate(strength=0.5)}
    others = {"me": Gate(), "dog": gates["dog"]}
    found = called(trio, ALL, gates=gates, **SMALL)
    assert_rows(trio, found, trio.encode(ALL)["prompt_embeds"], [others])
    with_it = seen(trio, gates={"dog": gates["dog"]})
    assert not any(torch.equal(one[0], other) for one, other in zip(found, with_it, strict=True))


def test_i5_with_the_gate_at_the_share_it_is_one_weight_matrix(
    trio: Composer, monkeypatch: pytest.MonkeyPatch
) -> None:
    concepts = [trio.loaded[word] for word in WORDS]
    i, b, u, o = (
        torch.stack([getattr(one, name) for one in concepts]).double()
        for name in ("direction", "dual", "supercategory", "values")
    )
    mix = perfusion.mixing(perfusion.overlap(b, i), torch.ones(3))
    monkeypatch.setattr(perfusion, "gate", lambda s, _beta, _tau: perfusion.shares(s, mix))
    found = seen(trio)
    e = trio.encode(ALL)["prompt_embeds"][0].double()
    expected, start = [], 0
    for layer in trio.profile.layers:
        outputs = o[:, start : start + layer.width]
        start += layer.width
        for weight, targets in (
            (layer.key.weight.double(), u @ layer.key.weight.double().mT),
            (layer.value.weight.double(), outputs),
        ):
            edited_weight = weight + (targets - i @ weight.mT).mT @ (mix @ b)
            expected.append(e @ edited_weight.mT)
    assert_close(trio, found, expected)


def test_i10_one_concept_fades_linearly(trio: Composer) -> None:
    prompt, gates = "a me* on a boat", {"me": Gate(strength=0.25)}
    faded, whole, none = seen(trio, prompt, gates), seen(trio, prompt), base(trio, prompt)
    mixed = [0.75 * b.double() + 0.25 * w.double() for b, w in zip(none, whole, strict=True)]
    assert_close(trio, faded, mixed)


def test_i11_the_order_of_concepts_does_not_matter(trio: Composer) -> None:
    """Concepts are stacked in the order in which a batch names them first, so a prompt before this one turns it."""
    gates = {"hat": Gate(strength=0.5), "dog": Gate(bias=0.5)}
    before = "a dog* and a hat*"
    for prompts, names in (
        ([ALL], ("me", "hat", "dog")),
        ([before, ALL], ("dog", "hat", "me")),
        (["a hat*", ALL], ("hat", "me", "dog")),
    ):
        assert trio._encoded(trio._request(prompts, None, gates), 0).edit.stack.names == names
    alone = seen(trio, gates=gates)
    for first in (before, "a hat*"):
        turned = [one[1] for one in called(trio, [first, ALL], gates=gates, **SMALL)]
        assert_close(trio, turned, alone)


def test_i11_the_order_in_which_concepts_are_loaded_does_not_matter(trio: Composer) -> None:
    """Each then lies in another slot."""
    gates = {"hat": Gate(strength=0.5), "dog": Gate(bias=0.5)}
    expected = seen(trio, gates=gates)
    data = {word: packed(trio.loaded[word]) for word in WORDS}
    try:
        for word in WORDS:
            trio.unload(word)
        for word in reversed(WORDS):
            trio.load(data[word])
        assert_close(trio, seen(trio, gates=gates), expected)
    finally:
        for word in WORDS:
            trio.unload(word)
        for word in WORDS:
            trio.load(data[word])


def test_i12_orthogonal_concepts_add_up(trio: Composer) -> None:
    """The second direction and dual are made free of the first ones, so that R = Id."""
    _, _, direction, dual = apart(trio)
    free = varied(trio.loaded["hat"], direction=direction, stored_dual=dual)
    with loaded_too(trio, free, "free"):
        prompt = "a me* and a free*"
        strengths = {"me": Gate(strength=0.5), "free": Gate(strength=0.25)}
        both, none = seen(trio, prompt, strengths), base(trio, prompt)
        singles = [seen(trio, prompt, strengths | {word: Gate(strength=0.0)}) for word in strengths]
    added = [
        one.double() + sum(single[k].double() - one.double() for single in singles)
        for k, one in enumerate(none)
    ]
    assert_close(trio, both, added)


def at_cosine(composer: Composer, cosine: float, *, scale: float) -> Concept:
    """A concept whose direction has this M-cosine with that of `me`.

    Of p = c i + s f, f free of i, and an M that gives i and f the same length, the dual is c b + s b_f.
    """
    i, b, free, dual = apart(composer)
    sine = (1 - cosine**2) ** 0.5
    return varied(
        composer.loaded["hat"],
        direction=scale * (cosine * i + sine * free),
        stored_dual=(cosine * b + sine * dual) / scale,
    )


@pytest.mark.parametrize("scale", [1.0, -40.0])
def test_i14_an_overlap_of_098_works(trio: Composer, scale: float) -> None:
    prompt, smallest = "a me* and a near*", 1 - 0.98
    with loaded_too(trio, at_cosine(trio, 0.98, scale=scale), "near"):
        found = seen(trio, prompt)
        rows = trio.encode(prompt)["prompt_embeds"][0]
        expected = edited(trio, rows, {"me": Gate(), "near": Gate()})
    worst = max(error(one, other) for one, other in zip(found, expected, strict=True))
    assert worst <= tolerance(trio) / smallest


@pytest.mark.parametrize("scale", [1.0, -40.0])
@pytest.mark.parametrize("cosine", [0.995, 1.0])
def test_i14_a_larger_overlap_is_refused_by_name_in_one_prompt_only(
    trio: Composer, cosine: float, scale: float
) -> None:
    with loaded_too(trio, at_cosine(trio, cosine, scale=scale), "twin"):
        with pytest.raises(DependentConcepts) as caught:
            trio("a me* and a twin*", **SMALL)
        assert {caught.value.first, caught.value.second} == {"me", "twin"}
        assert caught.value.cosine == pytest.approx(cosine, abs=1e-5)
        assert caught.value.code == "engine.dependent"
        off = {"twin": Gate(strength=0.0)}
        alone = called(trio, "a me* and a twin*", gates=off, **SMALL)
        encoded = trio._encoded(trio._request("a me* and a twin*", None, off), 0)
        rows = encoded.embeddings["prompt_embeds"]
        assert_rows(trio, alone, rows, [{"me": Gate()}])
        if cosine == 1.0:
            return
        prompts, gates = ["a me*", "a twin*"], {"twin": Gate(bias=0.5)}
        apart_again = called(trio, prompts, gates=gates, **SMALL)
        batch = trio.encode(prompts)["prompt_embeds"]
        assert_rows(trio, apart_again, batch, [{"me": Gate()}, gates])
