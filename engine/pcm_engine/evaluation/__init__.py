"""Measure what pcm paints: judged by oracles, reported with intervals, every figure from a command."""
