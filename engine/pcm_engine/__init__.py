"""The engine of pcm: learn concepts and compose them in the pictures of a diffusers pipeline.

The public names are loaded when first used, so that `pcm generate --help` waits for no PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcm_engine.composer import Composer
    from pcm_engine.concept import Concept
    from pcm_engine.gate import Gate, Lock

__all__ = ["Composer", "Concept", "Gate", "Lock"]

_HOMES = {"Composer": "composer", "Concept": "concept", "Gate": "gate", "Lock": "gate"}


def __getattr__(name: str) -> object:
    """Load a public name from its module (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'pcm_engine' has no attribute {name!r}")
    return getattr(import_module(f"pcm_engine.{_HOMES[name]}"), name)
