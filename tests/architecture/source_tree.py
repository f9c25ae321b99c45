"""The source as data: every module of the four packages with what it imports, read by `ast`, never by running."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROOTS = {
    "pcm_schemas": "schemas",
    "pcm": "client",
    "pcm_registry": "registry",
    "pcm_engine": "engine",
}


@dataclass(frozen=True)
class Module:
    """One file; `name` is dotted, a package is named by its folder."""

    name: str
    path: Path

    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), filename=str(self.path))

    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Import:
    """`target` is the dotted thing imported; for `from a import b` both `a` and `a.b` are reported."""

    importer: str
    target: str
    line: int


def modules(package: str) -> list[Module]:
    """Every module of a package, its top first."""
    root = REPOSITORY / ROOTS[package]
    return [
        Module(dotted(path.relative_to(root)), path)
        for path in sorted((root / package).rglob("*.py"))
    ]


def dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(module: Module) -> Iterator[Import]:
    """All imports, also those inside functions: an arrow is an arrow whenever it is drawn."""
    for node in ast.walk(module.tree()):
        for target in targets(node, module):
            yield Import(module.name, target, getattr(node, "lineno", 0))


def targets(node: ast.AST, module: Module) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        origin = absolute(node, module)
        return [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
    return []


def absolute(node: ast.ImportFrom, module: Module) -> str:
    if node.level == 0:
        return node.module or ""
    parts = module.name.split(".")
    base = parts[: len(parts) - node.level + module.is_package()]
    return ".".join([*base, *([node.module] if node.module else [])])


def is_inside(target: str, package: str) -> bool:
    return target == package or target.startswith(f"{package}.")
