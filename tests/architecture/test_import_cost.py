"""What an import loads, in modules, not milliseconds: `import pcm` brings no engine, no server, no torch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = [
    "torch",
    "diffusers",
    "transformers",
    "accelerate",
    "PIL",
    "matplotlib",
    "jaxtyping",
    "tuf",
    "huggingface_hub",
    "httpx",
    "httpx2",
    "requests",
    "fastapi",
    "sqlalchemy",
    "pcm_engine",
    "pcm_registry",
]
# `pcm --help` and `pcm --version` answer without parsing a single document.
PARSERS = ["pydantic", "numpy", "cryptography", "safetensors"]

HELP = "from pcm.cli import main\ntry: main(['{flag}'])\nexcept SystemExit: pass"


def loaded(program: str, **variables: str) -> set[str]:
    """Names of the top-level modules that a fresh interpreter holds after a program ran."""
    report = f"{program}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", report],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


@pytest.mark.parametrize(
    "package", ["pcm", "pcm_schemas", "pcm_registry", "pcm.errors", "pcm_schemas.errors"]
)
def test_an_import_is_light(package: str) -> None:
    assert (loaded(f"import {package}") & set(HEAVY)) - {package} == set()


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version_parse_no_documents(flag: str) -> None:
    assert loaded(HELP.format(flag=flag)) & {*HEAVY, *PARSERS} == set()


def test_list_reads_the_lock_without_its_models(tmp_path: Path) -> None:
    project = tmp_path / "pcm.toml"
    project.write_text('base = "toybox"\n')
    program = f"import os\nos.chdir({str(tmp_path)!r})\n{HELP.format(flag='list')}"
    assert loaded(program, PCM_HOME=str(tmp_path / "home")) & {*HEAVY, *PARSERS} == set()


def test_what_installs_needs_no_array_library_and_loads_the_network_when_it_is_asked() -> None:
    program = "import pcm.relocking, pcm.delivery, pcm.cli.commands.install, pcm_schemas.package"
    assert loaded(program) & {*HEAVY, "numpy", "safetensors"} == set()


@pytest.mark.parametrize("module", ["httpx2", "numpy"])
def test_a_heavy_import_is_seen(module: str) -> None:
    assert module in loaded(f"import pcm, {module}")
