"""A27: a name that looks like another: a letter of another alphabet, `l` for `1`, other hyphens, one edit away.

Without P2's refusal of non-ASCII, and P3's clash keys, `teap0t` would stand beside `teapot`.
"""

import pytest

from attacks.forge import refused
from pcm_schemas.name import (
    ConceptName,
    look_alike,
    require_distinct_name,
    require_distinct_namespace,
)


@pytest.mark.parametrize("text", ["tеapot", "ｔeapot", "teapot\u200b", "teαpot", "té"])
def test_a_homoglyph_is_refused_where_it_is_typed(text: str) -> None:
    assert refused(lambda: ConceptName.from_input(f"amy/{text}")).code == "name.invalid"


@pytest.mark.parametrize("new", ["tea-pot", "t-e-apot", "teap0t"])
def test_a_name_that_folds_to_one_of_the_library_is_refused(new: str) -> None:
    name = ConceptName("bob", new)
    attack = lambda: require_distinct_name(name, siblings=[], library=["teapot"])  # noqa: E731
    assert refused(attack).code == "name.similar"


@pytest.mark.parametrize("new", ["arny", "a-my"])
def test_a_namespace_that_folds_to_another_is_refused(new: str) -> None:
    attack = lambda: require_distinct_namespace(new, existing=["amy"])  # noqa: E731
    assert refused(attack).code == "name.similar"


def test_one_edit_away_is_put_aside_until_an_operator_looks() -> None:
    assert look_alike("teapott", existing=["teapot"]) == "teapot"
