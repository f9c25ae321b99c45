"""What an import of the schemas brings: modules, not milliseconds."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("pcm_schemas", {"torch", "pydantic", "numpy", "packaging", "socket", "ssl"}),
        ("pcm_schemas.tier", {"torch", "pydantic", "numpy"}),
        ("pcm_schemas.manifest", {"torch", "numpy", "httpx", "ssl"}),
        ("pcm_schemas.base_model", {"torch", "pydantic", "safetensors"}),
        ("pcm_schemas.package", {"torch", "safetensors"}),
    ],
)
def test_an_import_brings_only_what_it_needs(module: str, kept_out: set[str]) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not kept_out & set(loaded.stdout.split())
