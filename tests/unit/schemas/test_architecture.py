"""The table of architectures, P17, and the limits of P8."""

import pytest

from pcm_schemas import limits
from pcm_schemas.architecture import ARCHITECTURES, cap_of, known_by_widths, runs_of, values_width


@pytest.mark.parametrize(
    ("label", "values", "cap"),
    [("sd1", 12_480, 102_400), ("sd2", 12_480, 102_400), ("sdxl", 83_200, 204_800)],
)
def test_p17_the_rows_of_the_table(label: str, values: int, cap: int) -> None:
    row = ARCHITECTURES[label]
    assert (values_width(row.layers), row.cap, cap_of(label)) == (values, cap, cap)
    elements = 3 * row.text + sum(row.embedding) + values
    assert 2 * elements == {"sd1": 31_104, "sd2": 33_152, "sdxl": 182_784}[label]
    assert known_by_widths(text=row.text, embedding=row.embedding, layers=row.layers) is row


def test_p17_toybox_is_another_label() -> None:
    assert known_by_widths(text=16, embedding=(16,), layers=((8, 1),)) is None
    assert (cap_of("toybox"), cap_of(None)) == (102_400, 102_400)


def test_p17_widths_fold_into_runs() -> None:
    assert runs_of((320, 320, 640, 320)) == ((320, 2), (640, 1), (320, 1))
    assert runs_of(()) == ()


def test_p8_the_limits() -> None:
    assert (limits.DESCRIPTION, limits.TAGS, limits.TAG, limits.REQUIRES, limits.PREVIEWS) == (
        2_000,
        16,
        32,
        32,
        8,
    )
    assert (limits.MANIFEST, limits.HEADER, limits.PACKAGE) == (16_384, 24_576, 204_800)
