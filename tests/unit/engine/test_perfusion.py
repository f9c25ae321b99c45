import pytest
import torch
from jaxtyping import TypeCheckError

from edits import case
from pcm_engine import perfusion
from pcm_engine.perfusion import edit_layer


@pytest.mark.parametrize("leading", [(), (2,), (2, 1), (1, 2, 1)], ids=str)
def test_any_leading_dimensions(leading: tuple[int, ...]) -> None:
    given = case(2, rows=2)
    tokens = given.encodings if leading else given.encodings[0]
    shaped = given.but(encodings=tokens.reshape(*leading, *tokens.shape[-2:]))
    keys, values = edit_layer(*shaped.arguments())
    expected_keys, expected_values = edit_layer(*given.arguments())
    assert keys.shape == values.shape == (*leading, 12, 320)
    assert torch.allclose(keys.reshape(-1, 12, 320)[0], expected_keys[0])
    assert torch.allclose(values.reshape(-1, 12, 320)[0], expected_values[0])


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16], ids=str
)
def test_the_dtype_is_that_of_the_inputs(dtype: torch.dtype) -> None:
    assert {one.dtype for one in edit_layer(*case(1).to(dtype).arguments())} == {dtype}


def test_shapes_are_checked_in_tests() -> None:
    """The counter-test of tests/shapes.py: without the import hook this would raise another error, or none."""
    with pytest.raises(TypeCheckError):
        perfusion.similarity(torch.randn(3, 8), torch.randn(2, 7))


def test_m2_the_dual_is_one_along_its_direction_and_zero_along_m_orthogonal_ones() -> None:
    given = case(1)
    direction, dual = given.directions[0], given.duals[0]
    across = torch.randn_like(direction)
    across -= (dual @ across) * direction
    assert float(dual @ direction) == pytest.approx(1)
    assert float(dual @ across) == pytest.approx(0, abs=1e-9)
    assert float(across @ given.inverse @ direction) == pytest.approx(0, abs=1e-9)


def test_m9_full_strength_is_the_inverse_and_a_single_concept_its_strength() -> None:
    given = case(3)
    overlaps = perfusion.overlap(given.duals, given.directions)
    assert torch.allclose(perfusion.mixing(overlaps, torch.ones(3)), torch.linalg.inv(overlaps))
    alone = perfusion.mixing(overlaps, torch.tensor([0.0, 0.3, 0.0]))
    assert float(alone[1, 1]) == pytest.approx(0.3)
    assert torch.count_nonzero(alone) == 1


def test_m9_is_continuous_where_a_concept_fades_away() -> None:
    given = case(3)
    overlaps = perfusion.overlap(given.duals, given.directions)
    faint, gone = (perfusion.mixing(overlaps, torch.tensor([1.0, s, 0.5])) for s in (1e-7, 0.0))
    assert torch.allclose(faint, gone, atol=1e-5)


def test_rows_of_different_strengths_are_solved_apart() -> None:
    given = case(2)
    overlaps = perfusion.overlap(given.duals, given.directions)
    rows = torch.tensor([[1.0, 0.5], [0.0, 0.0], [1.0, 0.5], [0.0, 1.0]])
    together = perfusion.mixing(overlaps, rows)
    assert all(
        torch.equal(one, perfusion.mixing(overlaps, row))
        for one, row in zip(together, rows, strict=True)
    )
