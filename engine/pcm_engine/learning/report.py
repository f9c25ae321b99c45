"""What is told after learning: how well the gate finds the concept, what leaks, what it cost; and the card."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from pcm_engine import perfusion
from pcm_engine.gate import DEFAULT, Gate
from pcm_engine.learning.covariance import Covariance
from pcm_engine.learning.lesson import Lesson, State, words_of
from pcm_engine.learning.templates import called_rows, last_tokens, phrase_rows
from pcm_engine.tokens import encode

FAR = 0.25
"""How far s at the trigger may end from 1 before it is said."""


@dataclass(frozen=True)
class Similarities:
    """s of (M3) where it should be 1, and where it should be small."""

    trigger: float
    class_word: float
    class_beside: float
    next_word: float

    def leaks(self, gate: Gate) -> dict[str, float]:
        """The gate at each of them (M4)."""
        return {name: opening(s, gate) for name, s in asdict(self).items()}


@dataclass(frozen=True)
class Report:
    """What learning came to. `loss` is the mean of the first and of the last tenth of the steps."""

    ending: str
    steps: int
    loss: tuple[float, float]
    similarities: Similarities
    covariance: Mapping[str, float | int]
    seconds: float
    peak_mebibytes: float

    def document(self) -> dict[str, object]:
        """For a program: every number, rounded to what it means."""
        return _rounded(asdict(self)) | {
            "gate": _rounded(self.similarities.leaks(DEFAULT))
            | {"elsewhere": _short(base_leak(DEFAULT))}
        }


def opening(similarity: float, gate: Gate) -> float:
    """(M4) for one similarity."""
    return perfusion.leak(gate.bias - similarity, gate.temperature)


def base_leak(gate: Gate) -> float:
    """The gate at similarity 0."""
    return opening(0.0, gate)


def similarities(lesson: Lesson, state: State) -> Similarities:
    """Find s at the trigger and at its supercategory over the templates, and in one prompt that names both."""
    dual = perfusion.dual(state.direction, lesson.covariance.inverse)
    skip, trigger = lesson.settings.clip_skip, lesson.naming.trigger
    words = words_of(lesson, state.parameters)
    kind = lesson.naming.supercategories[0]
    alone = phrase_rows(lesson.profile, kind, clip_skip=skip)
    called = called_rows(lesson.profile, trigger, words, clip_skip=skip)
    after, beside = _together(lesson, state, kind)
    found = [float((rows.double().cpu() @ dual).mean()) for rows in (called, alone, beside, after)]
    return Similarities(*found)


def _together(
    lesson: Lesson, state: State, kind: str
) -> tuple[Float[Tensor, "1 text"], Float[Tensor, "1 text"]]:
    """The rows of the word after the trigger and of the class word, in `a T* next to a K`."""
    trigger, skip = lesson.naming.trigger, lesson.settings.clip_skip
    with torch.no_grad():
        encoded = encode(
            lesson.profile,
            [f"a {trigger}* next to a {kind}"],
            words_of(lesson, state.parameters),
            clip_skip=skip,
        )
    place = encoded.positions[0][trigger][0]
    (before,) = last_tokens(lesson.profile, [f"next to a {kind}"])
    rows = encoded.encodings[0].float()
    return rows[place + 1 : place + 2], rows[place + before : place + before + 1]


def of_covariance(
    covariance: Covariance, direction: Float[Tensor, " text"]
) -> dict[str, float | int]:
    """The condition of C, how many dimensions were cut, and how much of i* is kept (M1)."""
    return {
        "rows": covariance.rows,
        "dimensions": len(covariance.matrix),
        "cut": covariance.cut,
        "condition": covariance.condition,
        "kept": covariance.share(direction),
    }


def tenths(losses: tuple[float, ...]) -> tuple[float, float]:
    """Means of the first and of the last tenth; 0 where there was no step."""
    count = max(1, len(losses) // 10)
    first, last = losses[:count], losses[-count:]
    return tuple(sum(some) / max(1, len(some)) for some in (first, last))


def lines(report: Report) -> list[str]:
    """The report for people."""
    return [
        f"{report.steps} steps in {report.seconds:.0f} s, {report.peak_mebibytes:,.0f} MiB at most",
        f"loss {report.loss[0]:.4f} at first, {report.loss[1]:.4f} in the end",
        *_gate_lines(report.similarities),
        _covariance_line(report.covariance),
        *advice(report.similarities),
    ]


def _covariance_line(found: Mapping[str, float | int]) -> str:
    cut = f"{found['cut']:.0f} of {found['dimensions']:.0f} dimensions cut"
    kept = f"{found['kept']:.1%} of the direction kept"
    return f"covariance of {found['rows']:,.0f} rows: condition {found['condition']:.1e}, {cut}, {kept}"


def _gate_lines(found: Similarities) -> list[str]:
    """How far the gate opens where it should, and what leaks through it elsewhere."""
    gate = found.leaks(DEFAULT)
    said = {
        "at the trigger (s near 1 is right)": "trigger",
        "at the plain class word": "class_word",
        "at the class word beside the trigger": "class_beside",
        "at the word after the trigger": "next_word",
    }
    values = asdict(found)
    told = [f"gate {gate[name]:.1%}, s {values[name]:.2f} {where}" for where, name in said.items()]
    return [*told, f"gate {base_leak(DEFAULT):.1%}, s 0 elsewhere"]


def advice(found: Similarities) -> list[str]:
    """What to try where a similarity is off."""
    told = []
    if abs(found.trigger - 1) > FAR:
        told.append(
            "the running mean lagged: learn again with more steps, or a faster `--decay 0.9`"
        )
    if found.class_word > DEFAULT.bias:
        told.append(
            "the concept answers to its plain class word too: generate with a higher bias, or learn fewer steps"
        )
    return told


def _rounded(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _short(value) for name, value in values.items()}


def _short(value: object) -> object:
    """Four significant digits, at any depth."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, Mapping):
        return _rounded(value)
    return [_short(one) for one in value] if isinstance(value, tuple) else value
