"""A27: a name that looks like another: a letter of another alphabet, `l` for `1`, other hyphens, one edit away.

Without P2's refusal of non-ASCII, and P3's clash keys, `teap0t` would stand beside `teapot`.
"""

from collections.abc import Callable

import pytest

from attacks.against import refused as stopped_install
from attacks.forge import refused
from golden import trust_samples
from pcm_schemas.name import (
    ConceptName,
    look_alike,
    require_distinct_name,
    require_distinct_namespace,
)
from publishers import Publisher, code_of, package
from unit.pcm.conftest import Desk


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


@pytest.mark.parametrize("text", ["tеapot", "ｔeapot", "teapot\u200b"])
def test_a_client_that_is_told_to_install_one_stays_as_it_was(shop: Desk, text: str) -> None:
    assert stopped_install(shop, f"amy/{text}").code == "name.invalid"


def test_a_registry_gives_no_such_name_away(amy: Publisher, as_: Callable[..., Publisher]) -> None:
    amy.publish_visibly(package())
    events = amy.http.get("/api/v1/events").content
    assert code_of(amy.publish_or_refuse(package(name="amy/tomcat"))) == (409, "name.similar")
    arny = trust_samples.keyset(trust_samples.keyset_fields(namespace="arny"))
    assert code_of(as_("admin").claim(arny)) == (409, "name.similar")
    assert amy.http.get("/api/v1/events").content == events
