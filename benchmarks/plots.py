"""Plots of the benchmarks, drawn by matplotlib."""

import re
from pathlib import Path

from matplotlib.figure import Figure as Canvas

from benchmarks.costs import INSIDE, Figure

SERIES = {"concepts": "pcm", "LoRAs": "rank-one LoRAs (PEFT)"}


def plot_pictures(figures: list[Figure], file: Path) -> None:
    """Time of a picture, and time inside the projections, over the number of concepts, as ratios to the plain base."""
    canvas = Canvas(figsize=(9, 3.5), layout="constrained")
    panels = canvas.subplots(1, 2)
    for panel, ending, title in zip(
        panels,
        ("", INSIDE),
        ("a picture", "time inside to_k and to_v"),
        strict=True,
    ):
        for series, label in SERIES.items():
            chosen = [one for one in figures if re.fullmatch(rf"\d+ {series}{ending}", one.what)]
            counts = [int(one.what.split()[0]) for one in chosen]
            middle = [one.ratio.value for one in chosen]
            reach = [
                [one.ratio.value - one.ratio.low for one in chosen],
                [one.ratio.high - one.ratio.value for one in chosen],
            ]
            panel.errorbar(counts, middle, yerr=reach, marker="o", capsize=3, label=label)
        panel.axhline(1, color="grey", linewidth=0.8)
        panel.set(title=title, xlabel="concepts in the prompt", ylabel="time / plain pipeline")
    panels[0].legend()
    canvas.savefig(file)
