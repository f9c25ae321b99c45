"""The strict parser behind R4, R6 and V1."""

import pytest

from pcm_schemas import strict_json
from pcm_schemas.errors import NotCanonical


@pytest.mark.parametrize(
    "text", ["1.0", "1e1", "NaN", "-Infinity", '{"a":1,"a":2}', "[", "", "1 2", "9" * 18, "'a'"]
)
def test_strict_json_refuses_what_json_lets_pass(text: str) -> None:
    with pytest.raises(NotCanonical):
        strict_json.parse(text, depth=4)


@pytest.mark.parametrize(
    ("text", "deep"), [("1", 0), ("[]", 1), ('{"[[[":[{}]}', 3), ('"\\"[["', 0), ("[" * 50, 50)]
)
def test_nesting_is_counted_outside_strings(text: str, deep: int) -> None:
    assert strict_json.nesting(text) == deep


def test_strict_json_bounds_the_depth_before_parsing() -> None:
    assert strict_json.parse("[[[[1]]]]", depth=4) == [[[[1]]]]
    with pytest.raises(NotCanonical):
        strict_json.parse("[" * 1_000_000, depth=4)
