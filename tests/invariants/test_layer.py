"""Invariants of method.md section 7 for the pure functions at d = 768, in every dtype they promise."""

import pytest
import torch
from torch import Tensor

from edits import DTYPES, TOLERANCE, Case, assert_close, case, error, reference
from pcm_engine import perfusion
from pcm_engine.perfusion import edit_layer, edit_layer_globally

each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)
half_strength = torch.tensor([0.5, 1.0, 0.25], dtype=torch.float64)


def edited(given: Case) -> tuple[Tensor, Tensor]:
    return edit_layer(*given.arguments())


def base(given: Case) -> tuple[Tensor, Tensor]:
    return given.encodings @ given.weight_key.mT, given.encodings @ given.weight_value.mT


def edited_globally(given: Case, super_encodings: Tensor) -> tuple[Tensor, Tensor]:
    arguments = given.arguments()
    return edit_layer_globally(arguments[0], super_encodings, *arguments[1:5], *arguments[6:])


@each_dtype
def test_i1_strength_zero_is_the_base_projections(dtype: torch.dtype) -> None:
    given = case(3).but(strength=torch.zeros(3)).to(dtype)
    for found in (edited(given), edited_globally(given, torch.zeros_like(given.encodings))):
        assert all(torch.equal(one, other) for one, other in zip(found, base(given), strict=True))


@each_dtype
def test_i3_a_concept_of_strength_zero_is_as_if_not_loaded(dtype: torch.dtype) -> None:
    given = case(3).but(strength=torch.tensor([1.0, 0.0, 0.5])).to(dtype)
    assert_close(edited(given), edited(given.only(0, 2)), dtype)


def test_i3_similarity_and_mixing_are_equal_to_those_without_it() -> None:
    given = case(3)
    strength = torch.tensor([1.0, 0.0, 0.5])
    overlaps = perfusion.overlap(given.duals, given.directions)
    kept = torch.tensor([0, 2])
    mix = perfusion.mixing(overlaps, strength)
    assert torch.equal(
        mix[kept][:, kept], perfusion.mixing(overlaps[kept][:, kept], strength[kept])
    )
    assert torch.count_nonzero(mix[1]) == torch.count_nonzero(mix[:, 1]) == 0
    alone = perfusion.similarity(given.encodings, given.duals[kept])
    assert torch.equal(perfusion.similarity(given.encodings, given.duals)[..., kept], alone)


@each_dtype
@pytest.mark.parametrize("concepts", [1, 3])
def test_i5_with_the_gate_at_the_share_it_is_one_weight_matrix(
    concepts: int, dtype: torch.dtype
) -> None:
    given = case(concepts).to(dtype)
    exact = given.to(torch.float64)
    overlaps = perfusion.overlap(given.duals, given.directions)
    mix = perfusion.mixing(overlaps, torch.ones(concepts))
    e = perfusion.working(given.encodings)
    a = perfusion.shares(perfusion.similarity(e, given.duals.to(e)), mix)
    rest = e - a @ given.directions.to(e)
    keys = perfusion.local_key_context(rest, a, given.supercategories.to(e)).to(dtype)
    active = torch.ones(len(e), dtype=torch.bool)
    values = perfusion.with_outputs(
        rest.to(dtype) @ given.weight_value.mT, a, given.values, active=active
    )
    left = mix @ exact.duals
    for found, weight, outputs in (
        (keys @ given.weight_key.mT, exact.weight_key, exact.supercategories @ exact.weight_key.mT),
        (values, exact.weight_value, exact.values),
    ):
        edited_weight = weight + (outputs - exact.directions @ weight.mT).mT @ left
        assert error(found, exact.encodings @ edited_weight.mT) <= TOLERANCE[dtype]
        assert error(exact.directions @ edited_weight.mT, outputs) <= TOLERANCE[dtype]


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_i6_the_scale_of_the_second_moment_does_not_matter(scale: float) -> None:
    given = case(1)
    scaled = perfusion.dual(given.directions[0], given.inverse / scale)
    assert error(scaled, given.duals[0]) <= 1e-6


def test_i7_a_change_of_basis_changes_nothing() -> None:
    given = case(2)
    change = torch.eye(768, dtype=torch.float64) + 0.01 * torch.randn(768, 768, dtype=torch.float64)
    back = torch.linalg.inv(change)
    inverse = back.mT @ given.inverse @ back
    directions = given.directions @ change.mT
    moved = given.but(
        encodings=given.encodings @ change.mT,
        weight_key=given.weight_key @ back,
        weight_value=given.weight_value @ back,
        directions=directions,
        duals=torch.stack([perfusion.dual(one, inverse) for one in directions]),
        supercategories=given.supercategories @ change.mT,
    )
    for one, other in zip(edited(moved), edited(given), strict=True):
        assert error(one, other) <= 1e-10
    assert_close(edited(moved.to(torch.float32)), edited(given), torch.float32)


@each_dtype
def test_i9_what_is_left_has_no_similarity_at_full_strength(dtype: torch.dtype) -> None:
    given = case(3).to(dtype)
    found = similarity_left(given, torch.ones(3))
    assert float(found.abs().max()) <= TOLERANCE[dtype] * float(found_scale(given))


@each_dtype
def test_i9_in_general_strength_times_similarity_left_is_the_share_kept(dtype: torch.dtype) -> None:
    given = case(3).to(dtype)
    overlaps = perfusion.overlap(given.duals, given.directions)
    e = perfusion.working(given.encodings)
    a = perfusion.shares(
        perfusion.similarity(e, given.duals.to(e)), perfusion.mixing(overlaps, half_strength)
    )
    left = similarity_left(given, half_strength)
    gamma = half_strength.to(a)
    worst = float((gamma * left - (1 - gamma) * a).abs().max())
    assert worst <= TOLERANCE[dtype] * float(found_scale(given))


def similarity_left(given: Case, strength: Tensor) -> Tensor:
    """s(x_V) before the cast to the model's dtype."""
    overlaps = perfusion.overlap(given.duals, given.directions)
    e = perfusion.working(given.encodings)
    s = perfusion.similarity(e, given.duals.to(e))
    rest = e - perfusion.shares(s, perfusion.mixing(overlaps, strength)) @ given.directions.to(e)
    return perfusion.similarity(rest, given.duals.to(e))


def found_scale(given: Case) -> Tensor:
    """max(1, |s|): what errors of s and a are relative to."""
    s = given.encodings.double() @ given.duals.double().mT
    return s.abs().max().clamp_min(1)


@each_dtype
def test_i10_one_concept_fades_linearly(dtype: torch.dtype) -> None:
    given = case(1).to(dtype)
    whole, none = edited(given), base(given)
    faded = edited(given.but(strength=torch.tensor([0.25], dtype=dtype)))
    mixed = tuple(0.75 * b.double() + 0.25 * w.double() for b, w in zip(none, whole, strict=True))
    assert_close(faded, mixed, dtype)


def test_i10_the_code_for_many_gives_the_single_equation() -> None:
    given = case(1)
    g, s = given.gates(), given.encodings @ given.duals.mT
    rest = given.encodings - s @ given.directions
    key = rest @ given.weight_key.mT + g @ (given.supercategories @ given.weight_key.mT)
    value = rest @ given.weight_value.mT + g @ given.values
    assert_close(edited(given), (key, value), torch.float64)


@each_dtype
def test_i11_the_order_of_concepts_does_not_matter(dtype: torch.dtype) -> None:
    given = case(3).but(strength=half_strength).to(dtype)
    assert_close(edited(given.only(2, 0, 1)), edited(given), dtype)


@each_dtype
def test_i12_orthogonal_concepts_add_up(dtype: torch.dtype) -> None:
    given = orthogonal(case(3)).but(strength=half_strength).to(dtype)
    none = base(given)
    for side in (0, 1):
        singles = [edited(given.only(j))[side].double() - none[side].double() for j in range(3)]
        assert error(edited(given)[side], none[side].double() + sum(singles)) <= TOLERANCE[dtype]


def orthogonal(given: Case) -> Case:
    """The same case with directions made M-orthogonal, by Gram and Schmidt."""
    done: list[Tensor] = []
    for one in given.directions:
        rest = one.clone()
        for other in done:
            rest -= (other @ given.inverse @ rest) / (other @ given.inverse @ other) * other
        done.append(rest)
    directions = torch.stack(done)
    duals = torch.stack([perfusion.dual(one, given.inverse) for one in directions])
    return given.but(directions=directions, duals=duals)


def test_i13_removal_equals_cholesky_and_qr() -> None:
    given = case(3)
    lower = torch.linalg.cholesky(given.inverse)
    basis, _ = torch.linalg.qr(lower.mT @ given.directions.mT)
    z = torch.linalg.solve(lower.mT, basis)
    expected = given.encodings - (given.encodings @ given.inverse @ z) @ z.mT
    mix = perfusion.mixing(perfusion.overlap(given.duals, given.directions), torch.ones(3))
    for dtype, bound in ((torch.float64, 1e-10), (torch.float32, 1e-5)):
        cast = given.to(dtype)
        a = perfusion.shares(perfusion.similarity(cast.encodings, cast.duals), mix)
        assert error(cast.encodings - a @ cast.directions, expected) <= bound


@each_dtype
def test_i16_at_the_direction_key_and_value_are_gated_targets(dtype: torch.dtype) -> None:
    given = case(1)
    given = given.but(encodings=given.directions.expand(1, 1, -1).clone()).to(dtype)
    exact = given.to(torch.float64)
    g = exact.gates()
    expected = (g @ exact.supercategories @ exact.weight_key.mT, g @ exact.values)
    assert_close(edited(given), expected, dtype)


@each_dtype
def test_i17_a_row_without_similarity_gets_the_leak_alone(dtype: torch.dtype) -> None:
    given = case(1)
    e = given.encodings - (given.encodings @ given.duals.mT) @ given.directions
    given = given.but(encodings=e, strength=half_strength[:1]).to(dtype)
    leak = 0.5 * perfusion.leak(0.7, 0.15)
    exact = given.to(torch.float64)
    outputs = (exact.supercategories @ exact.weight_key.mT, exact.values)
    expected = tuple(one + leak * o for one, o in zip(base(exact), outputs, strict=True))
    assert_close(edited(given), expected, dtype)


@each_dtype
def test_i18_rows_and_tokens_do_not_see_each_other(dtype: torch.dtype) -> None:
    given = case(2, rows=3).to(dtype)
    whole = edited(given)
    solo = edited(given.but(encodings=given.encodings[1:2]))
    assert_close(solo, tuple(one[1:2] for one in whole), dtype)
    order = torch.randperm(given.encodings.shape[1])
    permuted = edited(given.but(encodings=given.encodings[:, order]))
    assert_close(permuted, tuple(one[:, order] for one in whole), dtype)


def test_i20_keys_and_values_depend_on_their_own_parts_only() -> None:
    given, other = case(2), case(2, seed=1)
    keys, values = edited(given)
    assert torch.equal(edited(given.but(values=other.values))[0], keys)
    assert torch.equal(edited(given.but(supercategories=other.supercategories))[1], values)


def test_i20_globally_locked_keys_depend_on_the_super_prompt_alone() -> None:
    given, other = case(2), case(2, seed=1)
    prompt = torch.randn_like(given.encodings)
    changed = other.but(
        encodings=given.encodings,
        weight_key=given.weight_key,
        bias=given.bias * 0.5,
        temperature=given.temperature * 2,
    )
    assert torch.equal(edited_globally(given, prompt)[0], edited_globally(changed, prompt)[0])


@each_dtype
def test_i21_global_lock_has_the_keys_of_the_super_prompt_and_the_local_values(
    dtype: torch.dtype,
) -> None:
    given = case(2).to(dtype)
    prompt = torch.randn_like(given.encodings)
    keys, values = edited_globally(given, prompt)
    assert torch.equal(keys, prompt @ given.weight_key.mT)
    assert torch.equal(values, edited(given)[1])


@each_dtype
@pytest.mark.parametrize("concepts", [1, 2, 5])
def test_i25_the_edit_matches_a_float64_evaluation(concepts: int, dtype: torch.dtype) -> None:
    strength = torch.linspace(1, 0.3, concepts, dtype=torch.float64)
    given = case(concepts, seed=concepts).but(strength=strength).to(dtype)
    assert_close(edited(given), reference(given), dtype)


@each_dtype
def test_i25_globally_locked_too(dtype: torch.dtype) -> None:
    given = case(2).to(dtype)
    prompt = torch.randn_like(given.encodings)
    assert_close(edited_globally(given, prompt), reference(given, super_encodings=prompt), dtype)
