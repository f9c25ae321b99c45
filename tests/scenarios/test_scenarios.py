"""The resolver does what each scenario says (§10)."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from pcm.eligibility import Conditions, Options
from pcm.resolution_errors import Unresolved
from pcm.resolver import Chosen, resolve
from pcm_schemas.digest import Digest
from pcm_schemas.errors import PcmError
from scenarios.markets import BASE, NOW, digest, market, wish

HERE = Path(__file__).parent
CASES = [
    case
    for path in sorted(HERE.glob("*.toml"))
    for case in tomllib.loads(path.read_text())["scenario"]
]


def locked(case: dict[str, Any]) -> dict[str, Digest]:
    named = (line.split() for line in case.get("locked", []))
    return {name: digest(name, version) for name, version in named}


def resolved(case: dict[str, Any]) -> tuple[Chosen, ...]:
    options = Options(cooldown=case.get("cooldown", 0), upgrade=frozenset(case.get("upgrade", ())))
    conditions = Conditions(BASE, options, NOW, "Mine", locked=locked(case))
    return resolve([wish(text) for text in case["request"]], market(case["index"]), conditions)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["says"]))
def test_a_scenario_ends_as_it_says(case: dict[str, Any]) -> None:
    if "error" not in case:
        found = resolved(case)
        assert [str(each.offer) for each in found] == case["lock"]
        assert case.get("triggers") in (None, [each.trigger for each in found])
        return
    with pytest.raises(PcmError) as caught:
        resolved(case)
    assert caught.value.code == case["error"]
    if "fallen" in case:
        assert isinstance(caught.value, Unresolved)
        assert [str(each) for each in caught.value.fallen] == case["fallen"]
