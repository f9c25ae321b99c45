"""How close two bases are, P13, and the text form of sketches, P12."""

import numpy as np
import pytest

from golden import samples
from pcm_schemas import sketch
from pcm_schemas.base_model import BaseClaim, Tier, compare
from pcm_schemas.sketch import Sketch
from pcm_schemas.tier import sketch_distance


def claim(**changes: object) -> BaseClaim:
    same = Sketch(samples.SKETCH, samples.SKETCH)
    fields = {
        "architecture": "sd1",
        "prediction_type": "epsilon",
        "digest": "sha256:" + "0" * 64,
        "sketch": same,
    }
    return BaseClaim(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [{"architecture": "sd2"}, {"prediction_type": "v_prediction"}, {"layers": ((640, 768),)}],
)
def test_p13_another_layout_is_another_base_even_with_one_digest(change: dict[str, object]) -> None:
    assert (
        compare(claim(layers=((320, 768),)), claim(**{"layers": ((320, 768),), **change}))
        is Tier.OTHER
    )


def test_p13_widths_count_only_where_both_tell_them() -> None:
    assert compare(claim(layers=((320, 768),)), claim()) is Tier.EXACT


def turned(angle: float) -> str:
    """A sketch at an angle to the sample."""
    numbers = np.ones(64) / 8
    away = np.tile([1.0, -1.0], 32) / 8
    return sketch.written((np.cos(angle) * numbers + np.sin(angle) * away).tolist())


@pytest.mark.parametrize(
    ("angle", "tier"),
    [
        (0.0, Tier.SAME),
        (0.002, Tier.SAME),
        (0.005, Tier.NEAR),
        (0.05, Tier.NEAR),
        (0.2, Tier.OTHER),
    ],
)
def test_p13_the_worse_of_the_two_sketches_decides(angle: float, tier: Tier) -> None:
    other = "sha256:" + "1" * 64
    for pair in (Sketch(turned(angle), samples.SKETCH), Sketch(samples.SKETCH, turned(angle))):
        assert compare(claim(), claim(digest=other, sketch=pair)) is tier


def test_p12_unknown_sketches_compare_by_digest_alone() -> None:
    unknown = Sketch("s2:AAECAw==", samples.SKETCH)
    assert sketch_distance(unknown, unknown) is None
    assert compare(claim(sketch=unknown), claim(sketch=unknown)) is Tier.EXACT
    assert (
        compare(claim(sketch=unknown), claim(sketch=unknown, digest="sha256:" + "1" * 64))
        is Tier.OTHER
    )


@pytest.mark.parametrize(
    "text",
    ["s1:", "s1:AAEC", "s1:" + "A" * 171, "S1:AAEC", "s1" + "A" * 172, "s1:" + "/" * 170 + "8="],
)
def test_p12_a_sketch_has_64_finite_numbers(text: str) -> None:
    assert not sketch.is_sketch(text)
