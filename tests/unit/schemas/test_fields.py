"""Field types of documents: decimal strings and times, P15 and conventions."""

import pytest

from pcm_schemas.fields import decimal_string, is_decimal, time_string


@pytest.mark.parametrize("text", ["0", "0.7", "-0.7", "1", "123456", "0.00000001", "-1.5"])
def test_p15_decimals(text: str) -> None:
    assert is_decimal(text)


@pytest.mark.parametrize(
    "text", ["", "-0", "0.70", ".7", "1e3", "01", "+1", "1.", "1234567", "0.123456789", "0.0"]
)
def test_p15_one_spelling_a_value(text: str) -> None:
    assert not is_decimal(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7, "0.7"), (1.0, "1"), (-0.0, "0"), (1e-9, "0"), (0.1 + 0.2, "0.3"), (100, "100")],
)
def test_p15_numbers_are_spelled(value: float, text: str) -> None:
    assert decimal_string(value) == text
    assert is_decimal(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1970-01-01T00:00:00Z"), (1795341600, "2026-11-22T10:00:00Z")]
)
def test_p9_times_are_spelled(seconds: int, text: str) -> None:
    assert time_string(seconds) == text
