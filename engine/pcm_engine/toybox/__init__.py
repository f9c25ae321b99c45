"""Toybox: the small base model that ships with pcm, the world it was trained on, and its judges.

`path()` is a folder in `StableDiffusionPipeline` format:

    StableDiffusionPipeline.from_pretrained(pcm_engine.toybox.path())
"""

from pathlib import Path

SETTING = "small"
"""Which setting of the world the shipped weights know."""


def path() -> Path:
    """The folder of the bundled base model."""
    return Path(__file__).parent / "weights" / SETTING


__all__ = ["SETTING", "path"]
