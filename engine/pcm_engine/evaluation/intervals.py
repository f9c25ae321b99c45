"""Intervals for shares and means: Wilson's for independent trials, a bootstrap where trials share a subject."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A value in [0, 1] with the ends of its 95 % interval, from `count` pictures."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{100 * self.value:.0f} % [{100 * self.low:.0f}, {100 * self.high:.0f}]"


def wilson(hits: int, count: int, z: float = 1.96) -> Estimate:
    """Wilson's score interval for `hits` of `count` independent trials."""
    if count == 0:
        return Estimate(float("nan"), 0.0, 1.0, 0)
    share, scale = hits / count, 1 + z * z / count
    centre = (share + z * z / (2 * count)) / scale
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / scale
    return Estimate(share, float(centre - half), float(centre + half), count)


def bootstrap(hits: np.ndarray, *, rounds: int = 2000, seed: int = 0) -> Estimate:
    """95 % percentile interval of the mean of `hits` (subjects, pictures), both levels drawn again."""
    rng = np.random.default_rng(seed)
    subjects, pictures = hits.shape
    rows = rng.integers(subjects, size=(rounds, subjects, 1))
    columns = rng.integers(pictures, size=(rounds, subjects, pictures))
    means = hits[rows, columns].mean((1, 2))
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(hits.mean()), float(low), float(high), hits.size)
