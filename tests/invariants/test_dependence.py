"""(I14): directions that nearly coincide are refused by name, whatever their lengths."""

import pytest
import torch
from torch import Tensor

from edits import case
from pcm_engine import perfusion
from pcm_engine.errors import DependentConcepts


def directions_at(cosine: float, *, scale: float = 1.0) -> tuple[Tensor, Tensor]:
    """Three directions and their duals; the last two have this M-cosine."""
    given = case(3)
    first, second, third = given.directions

    def unit(one: Tensor) -> Tensor:
        return one / (one @ given.inverse @ one).sqrt()

    second = unit(second)
    across = unit(third - (second @ given.inverse @ third) * second)
    parallel = scale * (cosine * second + (1 - cosine**2) ** 0.5 * across)
    directions = torch.stack([first, second, parallel])
    return directions, torch.stack([perfusion.dual(one, given.inverse) for one in directions])


@pytest.mark.parametrize("scale", [1.0, -40.0])
def test_i14_an_overlap_of_098_works(scale: float) -> None:
    directions, duals = directions_at(0.98, scale=scale)
    overlaps = perfusion.overlap(duals, directions)
    perfusion.require_independent(overlaps, ["a", "b", "c"])
    mix = perfusion.mixing(overlaps, torch.ones(3))
    assert torch.allclose(mix @ overlaps, torch.eye(3, dtype=torch.float64), atol=1e-9)


@pytest.mark.parametrize("scale", [1.0, -40.0])
@pytest.mark.parametrize("cosine", [0.995, 1.0])
def test_i14_a_larger_overlap_is_refused_with_both_names(cosine: float, scale: float) -> None:
    directions, duals = directions_at(cosine, scale=scale)
    with pytest.raises(DependentConcepts) as caught:
        perfusion.require_independent(perfusion.overlap(duals, directions), ["a", "b", "c"])
    assert (caught.value.first, caught.value.second) == ("b", "c")
    assert caught.value.cosine == pytest.approx(cosine, abs=1e-6)
    assert caught.value.code == "engine.dependent"


def test_i14_edit_layer_refuses_a_duplicate_unless_one_has_no_strength() -> None:
    given = case(1).only(0, 0)
    with pytest.raises(DependentConcepts) as caught:
        perfusion.edit_layer(*given.arguments())
    assert (caught.value.first, caught.value.second) == ("concept 0", "concept 1")
    single = given.but(strength=torch.tensor([1.0, 0.0], dtype=torch.float64))
    keys, _ = perfusion.edit_layer(*single.arguments())
    assert torch.allclose(keys, perfusion.edit_layer(*given.only(0).arguments())[0])
