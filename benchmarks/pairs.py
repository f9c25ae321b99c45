"""Times of whole processes, taken in turns, and their ratios with intervals: what a shared machine can still tell."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

LONGEST = 600.0
DRAWS = 10_000
SMALL = 0.095  # ratios below are shown with four digits


@dataclass(frozen=True)
class Contender:
    """A command and what makes its folders ready; only the command is timed. `prepare` answers its working folder."""

    name: str
    command: Sequence[str]
    prepare: Callable[[], Path]
    variables: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Path], None] = lambda _folder: None


@dataclass(frozen=True)
class Ratio:
    """Median of the paired ratios, and the ends of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        digits = 2 if self.value >= SMALL else 4
        return f"{self.value:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"


Times = dict[str, list[float]]


def interleaved(contenders: Sequence[Contender], rounds: int) -> Times:
    """Run every contender once a round, in an order that turns, after one round that does not count."""
    times: Times = {each.name: [] for each in contenders}
    for number in range(rounds + 1):
        start = number % len(contenders)
        for each in (*contenders[start:], *contenders[:start]):
            spent = seconds(each)
            if number:
                times[each.name].append(spent)
    return times


def seconds(contender: Contender) -> float:
    """Wall time of one whole process. Raises RuntimeError with what it said when it fails."""
    folder = contender.prepare()
    began = time.perf_counter()
    done = subprocess.run(
        contender.command,
        cwd=folder,
        env=dict(contender.variables),
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    spent = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{contender.name}: {done.stdout}{done.stderr}")
    contender.check(folder)
    return spent


def ratio(times: Times, ours: str, theirs: str) -> Ratio:
    """Ours over theirs, round by round; the median, drawn again from the rounds for the interval."""
    pairs = np.array(times[ours]) / np.array(times[theirs])
    drawn = np.random.default_rng(0).choice(pairs, (DRAWS, len(pairs)))
    low, high = np.quantile(np.median(drawn, axis=1), [0.025, 0.975])
    return Ratio(float(np.median(pairs)), float(low), float(high))
