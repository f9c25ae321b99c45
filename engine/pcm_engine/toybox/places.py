"""Backgrounds of the Toybox world, drawn with filled shapes on a grid of 32, at any scale."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

CANVAS = 32
"""Width and height of the grid on which places are drawn."""

STUDIO = ((236, 232, 222), (222, 230, 238), (230, 222, 236))
"""Pale walls; where no place is named a thing stands in the studio."""


class Brush:
    """Filled shapes in grid units; construction makes an empty picture of `CANVAS * scale` pixels a side."""

    def __init__(self, sky: tuple[int, int, int], scale: int) -> None:
        self.scale = scale
        self.picture = Image.new("RGB", (CANVAS * scale, CANVAS * scale), sky)
        self.pen = ImageDraw.Draw(self.picture)

    def box(
        self, left: int, top: int, right: int, bottom: int, colour: tuple[int, int, int]
    ) -> None:
        """Fill the grid cells left..right-1, top..bottom-1."""
        k = self.scale
        self.pen.rectangle((left * k, top * k, right * k - 1, bottom * k - 1), fill=colour)

    def peak(self, centre: int, top: int, base: int, colour: tuple[int, int, int]) -> None:
        """A stepped triangle whose sides fall one cell in one."""
        for row in range(top, base):
            half = row - top + 1
            self.box(centre - half, row, centre + half, row + 1, colour)


def beach(brush: Brush) -> None:
    """Sky, sun, sea and sand."""
    brush.box(26, 2, 30, 6, (255, 224, 96))
    brush.box(0, 16, 32, 21, (46, 140, 200))
    brush.box(0, 18, 32, 19, (120, 196, 232))
    brush.box(0, 21, 32, 32, (240, 214, 150))


def forest(brush: Brush) -> None:
    """Dark firs over grass."""
    for centre, top in ((3, 2), (11, 5), (21, 5), (29, 2)):
        brush.peak(centre, top, top + 6, (38, 110, 62))
        brush.peak(centre, top + 4, 20, (28, 92, 52))
    brush.box(0, 20, 32, 32, (96, 160, 72))


def snow(brush: Brush) -> None:
    """White hills and falling flakes."""
    brush.peak(7, 6, 20, (206, 220, 236))
    brush.peak(25, 8, 20, (190, 206, 226))
    brush.box(0, 20, 32, 32, (248, 250, 255))
    for x, y in ((2, 2), (12, 3), (20, 1), (28, 4), (16, 7), (31, 10), (0, 12)):
        brush.box(x, y, x + 1, y + 1, (255, 255, 255))


def desert(brush: Brush) -> None:
    """An orange sky, a dune and two cactuses."""
    brush.peak(16, 12, 20, (222, 150, 84))
    brush.box(0, 20, 32, 32, (232, 178, 104))
    for x in (1, 28):
        brush.box(x, 10, x + 2, 20, (64, 130, 70))
        brush.box(x - 1, 13, x + 3, 14, (64, 130, 70))


def room(brush: Brush) -> None:
    """Wallpaper, a window and a wooden floor."""
    for x in range(0, 32, 8):
        brush.box(x, 0, x + 4, 20, (214, 176, 190))
    brush.box(2, 2, 10, 10, (250, 250, 250))
    brush.box(3, 3, 9, 9, (150, 206, 240))
    brush.box(0, 20, 32, 21, (120, 76, 48))
    brush.box(0, 21, 32, 32, (168, 112, 72))
    brush.box(0, 26, 32, 27, (146, 94, 60))


def city(brush: Brush) -> None:
    """Towers with lit windows at night."""
    for left, top, right in ((0, 6, 7), (8, 11, 13), (19, 9, 24), (25, 4, 32)):
        brush.box(left, top, right, 20, (58, 58, 92))
        for y in range(top + 2, 19, 4):
            for x in range(left + 1, right - 1, 3):
                brush.box(x, y, x + 1, y + 2, (250, 220, 120))
    brush.box(0, 20, 32, 32, (74, 76, 86))
    brush.box(0, 25, 32, 26, (230, 230, 210))


PLACES: dict[str, tuple[str, tuple[int, int, int], Callable[[Brush], None]]] = {
    "beach": ("on the beach", (150, 214, 244), beach),
    "forest": ("in the forest", (196, 226, 214), forest),
    "snow": ("in the snow", (168, 190, 218), snow),
    "desert": ("in the desert", (250, 206, 148), desert),
    "room": ("in the room", (232, 204, 212), room),
    "city": ("in the city", (28, 28, 58), city),
}
"""Name -> (phrase of a caption, colour of the sky, what is drawn on it)."""


def draw_place(name: str | None, wall: int, scale: int) -> np.ndarray:
    """The background as (32 scale, 32 scale, 3) uint8; without a name the studio with that wall."""
    if name is None:
        colour = STUDIO[wall % len(STUDIO)]
        brush = Brush(colour, scale)
        brush.box(0, 24, 32, 32, (colour[0] - 26, colour[1] - 26, colour[2] - 26))
    else:
        _, sky, draw = PLACES[name]
        brush = Brush(sky, scale)
        draw(brush)
    return np.asarray(brush.picture)
