"""The engine with its shapes checked while these tests run, one random pipeline with two concepts, and bases with three."""

from composing import composer, packages, pipeline
from triples import trio

__all__ = ["composer", "packages", "pipeline", "trio"]
