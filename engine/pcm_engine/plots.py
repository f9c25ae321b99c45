"""The trade-off drawn: likeness over text, and the strip of pictures along the bias."""

from io import BytesIO

import matplotlib as mpl
import numpy as np
from PIL import Image

from pcm_engine.pareto import Point, Sweep

GAP = 4
LEAST = 192
"""Pictures of fewer pixels are enlarged for people, by nearest neighbour."""


def curve(sweep: Sweep, kind: str = "svg") -> bytes:
    """Every point with its bias, the front joined, as a file of one of matplotlib's kinds; the same points, the same bytes."""
    from matplotlib.figure import Figure

    canvas = Figure(figsize=(5.5, 4.2), layout="constrained")
    panel = canvas.subplots()
    front = sweep.front
    panel.plot([p.text for p in front], [p.image for p in front], "-", color="tab:blue", alpha=0.5)
    panel.scatter([p.text for p in sweep.points], [p.image for p in sweep.points], zorder=3)
    for label, points in _together(sweep.points).items():
        panel.annotate(label, points, textcoords="offset points", xytext=(6, 6), fontsize=8)
    panel.set(
        xlabel=f"follows the prompt ({sweep.scorer})",
        ylabel=f"looks like {sweep.trigger}*",
        title=sweep.prompt,
    )
    drawn = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "pcm"}):
        canvas.savefig(drawn, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return drawn.getvalue()


def strip(sweep: Sweep) -> Image.Image:
    """The first seed's picture at every gate, side by side in the order of the points."""
    count, height, width, _ = sweep.strip.shape
    times = max(1, -(-LEAST // height))
    shown = sweep.strip.repeat(times, 1).repeat(times, 2)
    sheet = np.full((height * times, count * (width * times + GAP) - GAP, 3), 255, np.uint8)
    for place, picture in enumerate(shown):
        left = place * (width * times + GAP)
        sheet[:, left : left + width * times] = picture
    return Image.fromarray(sheet)


def _together(points: tuple[Point, ...]) -> dict[str, tuple[float, float]]:
    """Labels by place: points that lie on one another share theirs."""
    biases: dict[tuple[float, float], list[str]] = {}
    for point in points:
        biases.setdefault((point.text, point.image), []).append(f"{point.gate.bias:g}")
    return {"bias " + ", ".join(said): place for place, said in biases.items()}
