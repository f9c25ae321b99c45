"""The command `pcm-registry`: what operators type. Modules are imported when a command runs, so `--help` needs no extra."""

from pcm_registry.cli.boundary import main
from pcm_registry.cli.group import pcm_registry

__all__ = ["main", "pcm_registry"]
