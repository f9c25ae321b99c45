"""Every rule that the schemas carry is named by a test that proves it."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
TRUST = [f"p{n}" for n in (21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 33, 34, 35, 36, 37)]
RECORDS = ["p47", "p48", "p50", "p53", "p68", "p69", "p71", "p75", "j1", "j2"]
RULES = [*(f"p{n}" for n in range(1, 21)), *(f"r{n}" for n in range(1, 15)), *TRUST, *RECORDS]


def proofs() -> set[str]:
    """Names of all tests in this folder."""
    trees = (ast.parse(path.read_text("utf-8")) for path in FOLDER.glob("test_*.py"))
    functions = (node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef))
    return {function.name for function in functions}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_proved_by_name(rule: str) -> None:
    assert any(name.startswith(f"test_{rule}_") for name in proofs())


def test_a_rule_without_proof_would_be_seen() -> None:
    assert not any(name.startswith("test_p99_") for name in proofs())
