"""The trade-off drawn: likeness over text, and the strip of pictures along the bias; as values, or as two files."""

from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image

from pcm_engine.pareto import Point, Sweep
from pcm_engine.picture_errors import FileRefused
from pcm_engine.pictures_io import refused, write_together

GAP = 4
LEAST = 192
"""Pictures of fewer pixels are enlarged for people, by nearest neighbour."""
MAKER = "pcm: the trade-off of a concept"
"""What a curve's metadata names, so that it is known for ours when it is drawn anew."""
HEAD = 4096
"""Bytes in which matplotlib has written it."""


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
    said = {"Date": None, "Creator": MAKER} if kind == "svg" else None
    with mpl.rc_context({"svg.hashsalt": "pcm"}):
        canvas.savefig(drawn, format=kind, metadata=said)
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


def saved(sweep: Sweep, file: Path) -> tuple[Path, Path]:
    """Write the strip as a PNG and the curve beside it, both or none; where they are. Raises FileRefused, DiskFull."""
    beside = require_places(file)
    drawn = BytesIO()
    strip(sweep).save(drawn, format="PNG")
    write_together({file: drawn.getvalue(), beside: curve(sweep)})
    return file, beside


def require_places(file: Path) -> Path:
    """Where the curve of this strip goes. Raises FileRefused where a file cannot lie there, or another would be lost."""
    if file.suffix.lower() != ".png":
        raise FileRefused(str(file), "the strip is a PNG", "end its name in `.png`")
    beside = file.with_suffix(".svg")
    for one in (file, beside):
        if one.is_dir():
            raise FileRefused(str(one), "it is a folder")
    if beside.exists() and not _is_curve(beside):
        raise FileRefused(str(beside), "it exists and is no curve of pcm's, so it would be lost")
    return beside


def _is_curve(file: Path) -> bool:
    """Whether a file is one that `curve` drew; an empty one holds nothing to lose. Raises FileRefused."""
    try:
        with file.open("rb") as opened:
            head = opened.read(HEAD)
    except OSError as error:
        raise refused(file, error) from error
    return not head or MAKER.encode() in head


def _together(points: tuple[Point, ...]) -> dict[str, tuple[float, float]]:
    """Labels by place: points that lie on one another share theirs."""
    biases: dict[tuple[float, float], list[str]] = {}
    for point in points:
        biases.setdefault((point.text, point.image), []).append(f"{point.gate.bias:g}")
    return {"bias " + ", ".join(said): place for place, said in biases.items()}
