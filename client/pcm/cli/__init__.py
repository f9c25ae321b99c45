"""The command `pcm`: one group, and the boundary where every error becomes three lines and an exit status (P75)."""

from pcm.cli.boundary import main
from pcm.cli.group import pcm

__all__ = ["main", "pcm"]
