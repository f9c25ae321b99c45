"""Find, verify, install and describe concepts; light by rule: importing it loads no torch and no HTTP library."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcm import errors
    from pcm.environment import Environment
    from pcm.library import info, install, installed, search, sync, verify

__all__ = ["Environment", "errors", "info", "install", "installed", "search", "sync", "verify"]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'pcm' has no attribute {name!r}")
    if name == "errors":
        return import_module("pcm.errors")
    module = import_module("pcm.environment" if name == "Environment" else "pcm.library")
    found: object = getattr(module, name)
    return found
