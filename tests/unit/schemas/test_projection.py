"""The projection behind a sketch, P12."""

import numpy as np
import pytest

from golden import samples
from pcm_schemas import sketch
from pcm_schemas.projection import Projection, splitmix64


def test_p12_splitmix64_gives_the_number_of_the_protocol() -> None:
    assert splitmix64(np.array([0x70636D], np.uint64))[0] == 0x107C78BE20FE2BD3


def test_p12_a_sketch_does_not_depend_on_how_values_arrive() -> None:
    values = samples.ramp(1000, number=1)
    whole, pieces = Projection(), Projection()
    whole.add(values)
    for start in range(0, 1000, 7):
        pieces.add(values[start : start + 7])
    for projection in (whole, pieces):
        projection.close_tensor()
    assert whole.sketch() == pieces.sketch()


def test_p12_a_sketch_has_length_1_and_every_tensor_the_same_weight() -> None:
    loud, quiet = Projection(), Projection()
    for projection, scale in ((loud, 100.0), (quiet, 1.0)):
        projection.add(scale * samples.ramp(500, number=1))
        projection.close_tensor()
        projection.add(samples.ramp(500, number=2))
        projection.close_tensor()
    assert sketch.cosine(loud.sketch(), quiet.sketch()) == pytest.approx(1, abs=1e-6)
    assert np.linalg.norm(sketch.numbers(loud.sketch()) or []) == pytest.approx(1, abs=1e-3)


def test_p12_zeros_add_nothing() -> None:
    projection = Projection()
    projection.add(np.zeros(100))
    projection.close_tensor()
    assert sketch.numbers(projection.sketch()) == [0.0] * 64
    assert sketch.cosine(projection.sketch(), samples.SKETCH) is None
