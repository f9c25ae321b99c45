"""Do concepts come out right? `python -m benchmarks.path` asks this of individuals learned from five pictures.

Identity, place and accessory for one concept; both identities for two; by the reporting oracle, with intervals
bootstrapped over subjects and seeds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pcm_engine.evaluation.intervals import Estimate, bootstrap
from pcm_engine.evaluation.methods import Method, key
from pcm_engine.learning.learn import Base
from pcm_engine.toybox.oracle import Oracle, Verdict, judge
from pcm_engine.toybox.places import PLACES
from pcm_engine.toybox.subjects import SUBJECTS
from pcm_engine.toybox.world import ACCESSORY_WORDS, SMALL

ALONE = ("teddy-bear", "old-bear", "tom-cat", "moss-cat", "teapot", "chair")
PAIRS = (
    ("teddy-bear", "in", "teapot"),
    ("teddy-bear", "next to", "tom-cat"),
    ("tom-cat", "on", "chair"),
    ("old-bear", "next to", "moss-cat"),
    ("moss-cat", "in", "teapot"),
    ("old-bear", "on", "chair"),
)


@dataclass(frozen=True)
class Trial:
    """Prompts about the same individuals, and what must be seen in the picture of each."""

    names: tuple[str, ...]
    prompts: tuple[str, ...]
    wanted: tuple[str, ...]

    @property
    def label(self) -> str:
        """The individuals, with their relation where there are two."""
        return self.names[0] if len(self.names) == 1 else f" {self.wanted[0]} ".join(self.names)


def place_trial(name: str, seeds: int) -> Trial:
    """One individual, the places in turn."""
    wanted = tuple(SMALL.places[k % len(SMALL.places)] for k in range(seeds))
    prompts = tuple(f"a photo of a {{{key(name)}}} {PLACES[place][0]}" for place in wanted)
    return Trial((name,), prompts, wanted)


def accessory_trial(name: str, seeds: int) -> Trial:
    """One individual, the accessories in turn."""
    wanted = tuple(SMALL.accessories[k % len(SMALL.accessories)] for k in range(seeds))
    prompts = tuple(f"a {{{key(name)}}} {ACCESSORY_WORDS[worn]}" for worn in wanted)
    return Trial((name,), prompts, wanted)


def pair_trial(pair: tuple[str, str, str], seeds: int) -> Trial:
    """Two individuals in a relation."""
    first, relation, second = pair
    prompt = f"a {{{key(first)}}} {relation} a {{{key(second)}}}"
    return Trial((first, second), (prompt,) * seeds, (relation,) * seeds)


Check = Callable[[Verdict, Trial, int], bool]
CHECKS: dict[str, dict[str, Check]] = {
    "place": {
        "identity": lambda seen, trial, _: seen.shows(SUBJECTS[trial.names[0]]),
        "place followed": lambda seen, trial, k: seen.answers["place"] == trial.wanted[k],
    },
    "accessory": {
        "identity with accessory asked": lambda seen, trial, _: seen.shows(
            SUBJECTS[trial.names[0]]
        ),
        "accessory followed": lambda seen, trial, k: seen.answers["accessory"] == trial.wanted[k],
    },
    "pair": {
        "both identities": lambda seen, trial, _: (
            seen.shows(SUBJECTS[trial.names[0]]) and seen.shows(SUBJECTS[trial.names[1]], "other")
        ),
        "relation followed": lambda seen, trial, k: seen.answers["relation"] == trial.wanted[k],
    },
}


def trials(seeds: int) -> dict[str, list[Trial]]:
    """All questions, `seeds` pictures each."""
    return {
        "place": [place_trial(name, seeds) for name in ALONE],
        "accessory": [accessory_trial(name, seeds) for name in ALONE],
        "pair": [pair_trial(pair, seeds) for pair in PAIRS],
    }


@dataclass(frozen=True, eq=False)
class Measured:
    """One method's row of the table, the mean of each trial apart, and its first pictures of every trial for a sheet."""

    row: dict[str, Estimate]
    apart: dict[str, dict[str, float]]
    shown: list[np.ndarray]


def measure(
    base: Base, method: Method, oracle: Oracle, asked: dict[str, list[Trial]], seed: int
) -> Measured:
    """Paint and judge every question."""
    measured = Measured({}, {}, [])
    for question, rows in asked.items():
        painted = [method.paint(base, trial.prompts, trial.names, seed=seed) for trial in rows]
        measured.shown.extend(pictures[k] for pictures in painted for k in range(6))
        for name, check in CHECKS[question].items():
            hits = hits_of(check, rows, [judge(oracle, p) for p in painted])
            measured.row[name] = bootstrap(hits)
            measured.apart[name] = {
                trial.label: float(mean) for trial, mean in zip(rows, hits.mean(1), strict=True)
            }
    return measured


def hits_of(
    check: Check, rows: Sequence[Trial], verdicts: Sequence[Sequence[Verdict]]
) -> np.ndarray:
    """(trials, pictures) of 0 and 1."""
    return np.array(
        [
            [check(verdict, trial, k) for k, verdict in enumerate(seen)]
            for trial, seen in zip(rows, verdicts, strict=True)
        ],
        dtype=float,
    )


def markdown(table: dict[str, dict[str, Estimate]]) -> str:
    """Methods down, measures across."""
    measures = list(next(iter(table.values())))
    lines = ["| method | " + " | ".join(measures) + " |", "|---" * (len(measures) + 1) + "|"]
    lines += [
        f"| {name} | " + " | ".join(str(row[m]) for m in measures) + " |"
        for name, row in table.items()
    ]
    return "\n".join(lines)
