"""The budgets of style.md section 1: short files, short functions, honest names."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

from architecture.source_tree import REPOSITORY, ROOTS, Module, modules

FILE_LINES = 300
BODY_LINES = 40
MEDIAN_LINES = 8
NINTH_DECILE_LINES = 25
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
CHECKED = ("schemas", "client", "registry", "engine", "tests", "benchmarks", "examples")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files() -> list[Path]:
    return [path for folder in CHECKED for path in sorted((REPOSITORY / folder).rglob("*.py"))]


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def too_long(tree: ast.Module) -> list[str]:
    return [function.name for function in functions(tree) if body_lines(function) > BODY_LINES]


def all_modules() -> list[Module]:
    return [module for package in ROOTS for module in modules(package)]


def test_no_file_is_longer_than_a_sitting() -> None:
    long = {
        path: count
        for path in files()
        if (count := len(path.read_text("utf-8").splitlines())) > FILE_LINES
    }
    assert long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    assert {
        module.name: names for module in all_modules() if (names := too_long(module.tree()))
    } == {}


def test_the_long_function_is_seen() -> None:
    assert too_long(ast.parse("def f():\n" + "    x = 1\n" * (BODY_LINES + 1))) == ["f"]
    assert (
        too_long(ast.parse("def f():\n    '''" + "\n" * BODY_LINES + "    '''\n    x = 1\n")) == []
    )


def test_most_functions_are_a_few_lines() -> None:
    lines = sorted(
        body_lines(function) for module in all_modules() for function in functions(module.tree())
    )
    assert statistics.median(lines) < MEDIAN_LINES
    assert statistics.quantiles(lines, n=10)[-1] < NINTH_DECILE_LINES


def test_no_module_is_named_for_nothing() -> None:
    assert {module.name for module in all_modules() if module.path.stem in VAGUE} == set()


def test_every_module_says_what_it_decides() -> None:
    assert {
        module.name for module in all_modules() if not ast.get_docstring(module.tree())
    } == set()


def test_the_engine_keeps_its_annotations_alive() -> None:
    """`from __future__ import annotations` would silence the shape checks (style 3)."""
    future = "from __future__ import annotations"
    assert {
        m.name for m in modules("pcm_engine") if future in m.path.read_text("utf-8").splitlines()
    } == set()
