"""The engine with its shapes checked while these tests run, and one random pipeline with two concepts."""

from composing import composer, packages, pipeline

__all__ = ["composer", "packages", "pipeline"]
