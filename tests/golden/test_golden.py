"""Formats stay put: what is committed is what is written today, and what the protocol's text gives by hand."""

import ast
import json
import sys
from functools import cache
from pathlib import Path

import pytest

from golden import generate, independent, independent_trust
from pcm_schemas.package import read

FOLDER = Path(__file__).resolve().parent
VECTORS = json.loads((FOLDER / "vectors.json").read_text("utf-8"))
TRUST = json.loads((FOLDER / "trust_vectors.json").read_text("utf-8"))


@pytest.mark.parametrize("path", generate.files(), ids=lambda path: path.name)
def test_a_generated_file_is_not_stale(path: Path) -> None:
    assert path.read_bytes() == generate.files()[path]


@pytest.mark.parametrize("part", sorted(VECTORS))
def test_a_second_computation_agrees(part: str) -> None:
    assert independent.recomputed(VECTORS)[part] == VECTORS[part]


@cache
def again() -> dict[str, object]:
    return independent_trust.recomputed(TRUST)


@pytest.mark.parametrize("part", sorted(TRUST))
def test_a_second_computation_of_trust_agrees(part: str) -> None:
    assert again()[part] == TRUST[part]


@pytest.mark.parametrize("name", sorted(VECTORS["packages"]))
def test_a_committed_package_has_the_bytes_of_the_second_computation(name: str) -> None:
    data = (FOLDER / f"{name}.safetensors").read_bytes()
    assert data == independent.package(VECTORS["packages"][name]["fields"])
    assert read(data).digest == VECTORS["packages"][name]["sha256"]


@pytest.mark.parametrize("name", ["independent.py", "independent_trust.py"])
def test_the_second_computation_uses_the_standard_library_alone(name: str) -> None:
    tree = ast.parse((FOLDER / name).read_text("utf-8"))
    plain = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    from_ = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert plain | from_ <= {*sys.stdlib_module_names, "golden.independent"}


def test_splitmix64_gives_the_number_of_the_protocol() -> None:
    assert independent.splitmix64(0x70636D) == 0x107C78BE20FE2BD3


def test_the_vectors_that_the_protocol_prints_are_ours() -> None:
    """P23's key id and signature, and P50's token, read from the protocol's own text."""
    protocol = (FOLDER.parents[1] / "docs" / "spec" / "protocol.md").read_text("utf-8")
    assert TRUST["key"]["id"] in protocol
    assert TRUST["key"]["sig"] in protocol
    assert TRUST["tokens"]["0123456789abcdefghijABCDEFGHIJ01"].endswith("21rPM8")
    assert "`…21rPM8`" in protocol
