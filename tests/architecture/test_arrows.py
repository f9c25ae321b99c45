"""The arrows of style.md section 2: which package may import which, and which modules may do I/O."""

import ast
from pathlib import Path

import pytest

from architecture.source_tree import ROOTS, Import, Module, imports, is_inside, modules

ALLOWED = {
    "pcm_schemas": set[str](),
    "pcm": {"pcm_schemas"},
    "pcm_registry": {"pcm_schemas"},
    "pcm_engine": {"pcm_schemas"},
}
# The one module of the engine that finds installed concepts and hands learned ones over.
BRIDGES = {("pcm_engine.installed", "pcm")}

# Values in, values out: these never import what reads files, sockets or devices.
CORES = {
    "pcm": ("errors", "trust", "verification", "resolver"),
    "pcm_registry": ("errors", "releases", "ownership", "index"),
    "pcm_engine": ("perfusion", "concept", "prompt", "gate"),
}
SHELLS = {
    "pcm": ("transport", "store", "metadata", "client", "cli"),
    "pcm_registry": ("app", "blobs", "tables", "routes", "jobs"),
    "pcm_engine": ("hooks", "composer", "installed", "cli", "learning", "evaluation"),
}
# What a format never needs: a file, a socket, a process, a clock.
OUTSIDE_WORLD = (
    "os",
    "pathlib",
    "shutil",
    "socket",
    "subprocess",
    "tempfile",
    "time",
    "urllib",
    "http",
    "httpx2",
)


def crossings(module: Module) -> list[Import]:
    """Imports of one of our packages by another that no arrow allows."""
    return [found for found in imports(module) if not is_allowed(found, module)]


def is_allowed(found: Import, module: Module) -> bool:
    owner = next((package for package in ROOTS if is_inside(found.target, package)), module.package)
    return (
        owner == module.package
        or owner in ALLOWED[module.package]
        or (module.name, owner) in BRIDGES
    )


def reaching_out(module: Module, forbidden: tuple[str, ...]) -> list[Import]:
    return [
        found
        for found in imports(module)
        if any(is_inside(found.target, name) for name in forbidden)
    ]


def core_modules(package: str) -> list[Module]:
    cores = tuple(f"{package}.{name}" for name in CORES[package])
    return [
        module for module in modules(package) if any(is_inside(module.name, core) for core in cores)
    ]


def clock_calls(tree: ast.Module) -> list[str]:
    """Attribute calls that read the clock: `datetime.now()`, `date.today()`, …"""
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [
        func.attr
        for func in called
        if isinstance(func, ast.Attribute) and func.attr in {"now", "utcnow", "today"}
    ]


def file_calls(tree: ast.Module) -> list[str]:
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [func.id for func in called if isinstance(func, ast.Name) and func.id == "open"]


@pytest.mark.parametrize("package", ROOTS)
def test_packages_import_only_along_the_arrows(package: str) -> None:
    assert [found for module in modules(package) for found in crossings(module)] == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("pcm.store", "import pcm_engine"),
        ("pcm.store", "def late() -> None:\n    from pcm_registry import app"),
        ("pcm_engine.composer", "from pcm import store"),
        ("pcm_schemas.name", "from pcm.errors import TriggerClash"),
    ],
)
def test_a_forbidden_arrow_is_seen(name: str, source: str, tmp_path: Path) -> None:
    assert crossings(written(name, source, tmp_path))


def test_the_bridge_is_one_module(tmp_path: Path) -> None:
    assert crossings(written("pcm_engine.installed", "import pcm.store", tmp_path)) == []


@pytest.mark.parametrize("package", CORES)
def test_cores_import_no_shell(package: str) -> None:
    shells = tuple(f"{package}.{name}" for name in SHELLS[package])
    assert [
        found for module in core_modules(package) for found in reaching_out(module, shells)
    ] == []


def test_schemas_never_open_a_file_a_socket_or_a_clock() -> None:
    for module in modules("pcm_schemas"):
        assert reaching_out(module, OUTSIDE_WORLD) == []
        assert clock_calls(module.tree()) + file_calls(module.tree()) == []


def test_reading_a_file_or_the_clock_is_seen(tmp_path: Path) -> None:
    assert reaching_out(
        written("pcm_schemas.name", "from pathlib import Path", tmp_path), OUTSIDE_WORLD
    )
    assert clock_calls(ast.parse("datetime.now()")) == ["now"]
    assert file_calls(ast.parse("open('x')")) == ["open"]


def test_relative_imports_are_resolved(tmp_path: Path) -> None:
    found = [
        one.target for one in imports(written("pcm.cli.render", "from ..errors import X", tmp_path))
    ]
    assert found == ["pcm.errors", "pcm.errors.X"]


def written(name: str, source: str, folder: Path) -> Module:
    path = folder / "module.py"
    path.write_text(source, encoding="utf-8")
    return Module(name, path)
