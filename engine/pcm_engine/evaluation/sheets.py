"""Pictures side by side in one image, and pictures in and out of pipelines."""

from collections.abc import Sequence

import numpy as np
from PIL import Image


def contact_sheet(pictures: Sequence[np.ndarray], columns: int, enlarge: int = 3) -> Image.Image:
    """Equal-sized (h, w, 3) uint8 pictures in rows on white, enlarged by nearest neighbour."""
    height, width, _ = pictures[0].shape
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (height + 2) + 2, columns * (width + 2) + 2, 3), 255, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = 2 + index // columns * (height + 2), 2 + index % columns * (width + 2)
        sheet[top : top + height, left : left + width] = picture
    return Image.fromarray(sheet.repeat(enlarge, 0).repeat(enlarge, 1))


def as_bytes(images: np.ndarray) -> np.ndarray:
    """Pipeline output (n, h, w, 3) float in [0, 1] to uint8."""
    return (images * 255).round().clip(0, 255).astype(np.uint8)
