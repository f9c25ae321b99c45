"""A23: weights that are infinite, not a number, or that could never be a concept.

Without R13 one NaN would turn every picture black; without R14 an edit could grow without bound.
"""

import pytest

from attacks.against import refused as stopped_install
from attacks.against import swapped, taken_apart
from attacks.forge import Offer, refused
from golden import trust_samples as t
from golden.forge import forgery
from pcm_schemas.package import read
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("tensor", ["direction", "dual", "embedding", "supercategory", "values"])
def test_a_value_that_is_no_number_is_refused(tensor: str, value: float) -> None:
    made = forgery()
    made.write(tensor, [value], at=5)
    data = made.build()
    assert refused(lambda: read(data)).code == "package.not_finite"


@pytest.mark.parametrize("dual", [0.0, 1e-3, 60_000.0])
def test_a_dual_that_does_not_answer_its_direction_is_refused(dual: float) -> None:
    made = forgery()
    made.write("dual", [dual] * 768)
    data = made.build()
    assert refused(lambda: read(data)).code == "package.degenerate"


def test_a_signature_does_not_help() -> None:
    """The owner signed it; V10 reads it all the same."""
    made = forgery()
    made.write("values", [float("nan")])
    data = made.build()
    fields = t.statement_fields(t.package())
    fields["subject"][0]["digest"]["sha256"] = t.Digest.of(data).hex
    fields["predicate"]["size"] = len(data)
    offer = Offer()
    offer.sign(fields)
    offer.data = data
    assert refused(offer.verify).code == "package.not_finite"


@pytest.mark.parametrize(
    ("tensor", "values", "code"),
    [
        ("values", [float("nan")], "package.not_finite"),
        ("dual", [0.0] * 16, "package.degenerate"),
    ],
)
def test_a_client_that_meets_them_stays_as_it_was(
    shop: Desk, simulator: Simulator, tensor: str, values: list[float], code: str
) -> None:
    made = taken_apart(shop)
    made.write(tensor, values)
    asked = swapped(simulator, "amy/cup", made.build())
    assert stopped_install(shop, asked).code == code
