"""The base and packages that the transcripts of `pcm install` start from."""

from pathlib import Path

from simulator.concepts import concept, identity, place, write_base
from simulator.keys import Publisher

CASES = ("file", "refused")


def write(folder: Path) -> None:
    """Write everything below a case's `before/`."""
    base = identity(write_base(folder / "base"))
    amy = Publisher("amy")
    for name in ("cup", "hat"):
        place(folder / name, concept(f"amy/{name}", base=base), name=name, by=amy)
    place(folder / "unsigned", concept("local/me", base=base), name="me", by=None)
