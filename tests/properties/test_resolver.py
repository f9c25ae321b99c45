"""The resolver finds a solution exactly when a brute-force oracle does, and what it finds is one (P63–P65)."""

from collections.abc import Mapping, Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from pcm.eligibility import Conditions, Options
from pcm.listing import Offer
from pcm.resolution_errors import Conflict, Unresolved
from pcm.resolver import Market, resolve
from pcm_schemas.requirement import Requirement
from scenarios.markets import BASE, NOW, PLACE, market, wish

NAMES = ("amy/a", "amy/b", "amy/c")
VERSIONS = ("1.0.0", "1.1.0", "2.0.0")
CLAUSES = ("", "<2", ">=1.1", "==1.0.0", "!=1.1.0")
CONDITIONS = Conditions(BASE, Options(), NOW, "Mine")

requirements = st.builds("".join, st.tuples(st.sampled_from(NAMES), st.sampled_from(CLAUSES)))
dependencies = st.lists(requirements, max_size=2, unique_by=lambda text: text[:5])
flags = st.sampled_from(("", " yanked", " other"))


@st.composite
def indexes(draw: st.DrawFn) -> dict[str, list[str]]:
    def line(version: str) -> str:
        needed = draw(dependencies)
        return version + draw(flags) + (f" requires {'; '.join(needed)}" if needed else "")

    return {name: [line(version) for version in VERSIONS] for name in NAMES}


def is_allowed(offer: Offer) -> bool:
    return offer.yanked is None and offer.label != "Other"


def is_solution(chosen: Mapping[str, Offer], roots: Sequence[str]) -> bool:
    """Every requirement of the project and of what is chosen is met by what is chosen."""
    asked = [*roots, *(text for offer in chosen.values() for text in offer.requires)]
    return all(is_allowed(offer) for offer in chosen.values()) and all(
        (name := str(each.name)) in chosen and each.admits(chosen[name].version)
        for each in map(Requirement.parse, asked)
    )


def solvable(found: Market, roots: Sequence[str]) -> bool:
    """Try every choice of one release or none of each name."""
    choices = [(None, *found.listings[PLACE, name].offers) for name in NAMES]
    for combination in product(*choices):
        if is_solution({o.name: o for o in combination if o is not None}, roots):
            return True
    return False


@settings(max_examples=150)
@given(indexes(), st.lists(requirements, min_size=1, max_size=3))
def test_it_agrees_with_the_oracle(index: dict[str, list[str]], roots: list[str]) -> None:
    found = market(index)
    try:
        chosen = resolve([wish(text) for text in roots], found, CONDITIONS)
    except (Conflict, Unresolved):
        assert not solvable(found, roots)
    else:
        assert is_solution({each.offer.name: each.offer for each in chosen}, roots)
        assert chosen == resolve([wish(text) for text in roots], found, CONDITIONS)


def test_the_oracle_sees_both_answers() -> None:
    index = {name: ["1.0.0"] for name in NAMES}
    assert solvable(market(index), ["amy/a"])
    assert not solvable(market(index), ["amy/a>=1.1"])
