"""Open package files from this disk: bounded, then parsed by R1–R14 (P19)."""

from pathlib import Path

from pcm_schemas import limits
from pcm_schemas.package import Package, read


def read_file(path: Path) -> Package:
    """Read a package file, at most one byte more than any may have (R1); raises what R1–R14 raise."""
    with path.open("rb") as file:
        return read(file.read(limits.PACKAGE + 1))
