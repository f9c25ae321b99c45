"""The packages say that they are typed, and a program that uses them passes `mypy --strict` as its author would run it."""

import subprocess
import sys
from pathlib import Path

import pytest

from smoke.bare_environment import REPOSITORY

PROGRAM = Path(__file__).with_name("typed_program.py")
KEPT = REPOSITORY / ".mypy_cache" / "programs"
"""Beside that of `make types`: reading PyTorch takes a minute, once."""
ROOTS = ("schemas/pcm_schemas", "client/pcm", "registry/pcm_registry", "engine/pcm_engine")


@pytest.mark.parametrize("package", ROOTS)
def test_a_package_says_that_it_is_typed(package: str) -> None:
    """PEP 561; the wheel holds every file of the packages (test_wheel.py)."""
    assert (REPOSITORY / package / "py.typed").is_file()


@pytest.mark.slow
def test_the_public_surface_passes_strict_checks(tmp_path: Path) -> None:
    """No configuration of this repository is read, so what is installed is all that mypy knows."""
    flags = ("--strict", "--config-file=", "--cache-dir", str(KEPT))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *flags, str(PROGRAM)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
