"""The public names of the four packages: a change here is a change to other people's programs (style 1)."""

import ast
from importlib import import_module

import pytest

from architecture.source_tree import REPOSITORY, ROOTS, modules

PUBLIC = REPOSITORY / "tests" / "architecture" / "public_names.txt"
ALLOWED_STATEMENTS = (
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.FunctionDef,
    ast.If,
)


def exported(package: str) -> list[str]:
    """What a package offers: its `__all__`, nothing where it has none."""
    return [f"{package}.{name}" for name in sorted(getattr(import_module(package), "__all__", []))]


def test_the_public_names_are_the_agreed_ones() -> None:
    found = [name for package in ROOTS for name in exported(package)]
    assert found == PUBLIC.read_text("utf-8").splitlines()


@pytest.mark.parametrize("package", ROOTS)
def test_every_public_name_is_there(package: str) -> None:
    found = import_module(package)
    assert [name for name in getattr(found, "__all__", []) if not hasattr(found, name)] == []


@pytest.mark.parametrize("package", ROOTS)
def test_the_top_of_a_package_holds_names_and_nothing_else(package: str) -> None:
    """Imports (some for type checkers only), `__all__`, and at most the `__getattr__` that makes them lazy."""
    _docstring, *body = modules(package)[0].tree().body
    assert [type(node).__name__ for node in body if not isinstance(node, ALLOWED_STATEMENTS)] == []
    assert {node.name for node in body if isinstance(node, ast.FunctionDef)} <= {
        "__getattr__",
        "__dir__",
    }
