"""The world that Toybox is trained on: scenes, how they are drawn, and what is said of them.

A scene holds one figure, or two in a relation, in a place. Figures stand on a grid of four pixels, the grid of the
autoencoder, so that one thing always looks the same to it. One code, two settings: `SMALL` is 32 x 32 pixel art,
`FULL` 64 x 64 with more kinds, patterns, accessories and two drawing styles. Pure but for the random generator
handed in.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from pcm_engine.toybox.places import draw_place
from pcm_engine.toybox.sprites import BADGES, FIGURES, SPRITE, letter_grid

RGB = tuple[int, int, int]
COLOURS: dict[str, RGB] = {
    "red": (222, 48, 48),
    "orange": (246, 142, 30),
    "yellow": (250, 220, 60),
    "green": (60, 176, 72),
    "teal": (32, 170, 170),
    "blue": (56, 96, 226),
    "purple": (140, 66, 190),
    "pink": (250, 140, 190),
    "brown": (136, 84, 46),
    "grey": (150, 152, 160),
}
INK: dict[str, RGB] = {
    "#": (40, 30, 42),
    "k": (16, 12, 20),
    "w": (250, 250, 244),
    "t": (96, 70, 56),
    "y": (240, 180, 20),
    "r": (220, 40, 60),
    "b": (40, 80, 210),
}
BADGE_WORDS = {"star": "starred", "heart": "hearted", "ring": "ringed"}
RELATION_WORDS = {
    "next to": ("next to", "beside"),
    "in": ("in", "sitting in", "sailing in"),
    "on": ("on", "sitting on", "standing on"),
}
ACCESSORY_WORDS = {
    "hat": "wearing a hat",
    "scarf": "wearing a scarf",
    "balloon": "with a balloon",
    "umbrella": "with an umbrella",
}
TEMPLATES = (
    "a photo of a {}",
    "a good photo of a {}",
    "the photo of a {}",
    "a good photo of the {}",
    "image of a {}",
    "image of the {}",
    "a photograph of {}",
    "a {} shown in a photo",
    "a photo of {}",
)
RIDERS = ("teddy bear", "cat", "dog", "teapot")


@dataclass(frozen=True)
class Setting:
    """How large the world is; `scale` pixels for each cell of the 32-cell grid."""

    name: str
    scale: int
    kinds: tuple[str, ...]
    patterns: tuple[str, ...]
    accessories: tuple[str, ...]
    places: tuple[str, ...]
    styles: tuple[str, ...]

    @property
    def size(self) -> int:
        """Width and height of a picture in pixels."""
        return 32 * self.scale


EVERYWHERE = ("beach", "forest", "snow", "desert", "room", "city")
SMALL = Setting(
    name="small",
    scale=1,
    kinds=("teddy bear", "cat", "dog", "teapot", "chair", "boat", "house", "car"),
    patterns=("plain", "striped"),
    accessories=("hat", "scarf", "balloon"),
    places=EVERYWHERE,
    styles=("pixel",),
)
FULL = replace(
    SMALL,
    name="full",
    scale=2,
    kinds=(*SMALL.kinds, "tree", "ball"),
    patterns=("plain", "striped", "dotted"),
    accessories=("hat", "scarf", "balloon", "umbrella"),
    styles=("pixel", "smooth"),
)
SETTINGS = {setting.name: setting for setting in (SMALL, FULL)}


@dataclass(frozen=True)
class Thing:
    """One figure: its kind and looks. `second` is the other colour of a pattern, `badge` an emblem or None."""

    kind: str
    colour: str
    pattern: str = "plain"
    second: str | None = None
    badge: str | None = None


@dataclass(frozen=True)
class Scene:
    """What a picture shows; `column` (0-2) shifts a lone figure, `wall` chooses the studio's wall."""

    first: Thing
    second: Thing | None = None
    relation: str | None = None
    place: str | None = None
    accessory: str | None = None
    column: int = 1
    wall: int = 0
    style: str = "pixel"


def draw(scene: Scene, setting: Setting = SMALL, tint: np.ndarray | None = None) -> np.ndarray:
    """The picture as (size, size, 3) uint8; `tint` (2, 2, 3) is added to the colours of the two figures."""
    tint = np.zeros((2, 2, 3)) if tint is None else tint
    canvas = draw_place(scene.place, scene.wall, setting.scale).copy()
    for layer, (left, top), rows in layers(scene):
        figure = painted(layer, tint[0 if layer is scene.first else 1], scene.style, setting.scale)
        paste(canvas, figure, (left, top), rows, setting.scale)
    if scene.accessory is not None:
        adorn(canvas, scene, setting.scale)
    return canvas


def layers(scene: Scene) -> list[tuple[Thing, tuple[int, int], tuple[int, int]]]:
    """Who is pasted where, from back to front: (thing, (left, top), rows of its sprite that show)."""
    first, second = scene.first, scene.second
    if second is None:
        return [(first, (4 + 4 * scene.column, 12), (0, SPRITE))]
    if scene.relation == "next to":
        return [(first, (0, 12), (0, SPRITE)), (second, (16, 12), (0, SPRITE))]
    figure = FIGURES[second.kind]
    if scene.relation == "in":
        rim = figure.rim or 0
        return [
            (first, (8, 16 + rim - 12), (0, 12)),
            (second, (8, 16), (rim, SPRITE)),
        ]
    return [(second, (8, 16), (0, SPRITE)), (first, (8, figure.seat or 0), (0, SPRITE))]


def painted(thing: Thing, tint: np.ndarray, style: str, scale: int) -> np.ndarray:
    """The sprite in colour, (16 scale, 16 scale, 4) float: red, green, blue and 1 where it covers."""
    grid = FIGURES[thing.kind].grid().copy()
    if thing.badge is not None:
        left, top = FIGURES[thing.kind].badge
        badge = letter_grid(BADGES[thing.badge])
        grid[top : top + 5, left : left + 5] = np.where(
            badge == ".", grid[top : top + 5, left : left + 5], badge
        )
    coloured = coloured_grid(grid, thing, tint)
    return (
        smooth(coloured)
        if style == "smooth" and scale == 2
        else coloured.repeat(scale, 0).repeat(scale, 1)
    )


def coloured_grid(grid: np.ndarray, thing: Thing, tint: np.ndarray) -> np.ndarray:
    """Letters to (16, 16, 4): the main colour takes the pattern; light and dark follow the main colour."""
    main = np.clip(np.array(COLOURS[thing.colour]) + tint[0], 0, 255)
    second = np.clip(np.array(COLOURS[thing.second or thing.colour]) + tint[1], 0, 255)
    out = np.zeros((*grid.shape, 4))
    for letter, colour in {**INK, "m": main, "l": 0.5 * main + 120, "d": 0.65 * main}.items():
        out[grid == letter] = (*colour, 1)
    out[(grid == "m") & pattern_mask(thing.pattern), :3] = second
    return out


@cache
def pattern_mask(pattern: str) -> np.ndarray:
    """Where the second colour shows on a sprite: (16, 16) bool. Stripes and dots have a period of four."""
    rows, columns = np.indices((SPRITE, SPRITE))
    if pattern == "striped":
        return rows % 4 >= 2
    if pattern == "dotted":
        return (rows % 4 >= 2) & (columns % 4 >= 2)
    return np.zeros((SPRITE, SPRITE), dtype=bool)


def smooth(pixels: np.ndarray) -> np.ndarray:
    """Scale2x: doubles pixel art and rounds its corners, (h, w, c) -> (2h, 2w, c)."""
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    up, down = padded[:-2, 1:-1], padded[2:, 1:-1]
    left, right = padded[1:-1, :-2], padded[1:-1, 2:]

    def same(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a == b).all(-1, keepdims=True)

    out = pixels.repeat(2, 0).repeat(2, 1)
    corner = ~same(up, down) & ~same(left, right)
    out[0::2, 0::2] = np.where(corner & same(left, up), left, pixels)
    out[0::2, 1::2] = np.where(corner & same(up, right), right, pixels)
    out[1::2, 0::2] = np.where(corner & same(left, down), left, pixels)
    out[1::2, 1::2] = np.where(corner & same(down, right), right, pixels)
    return out


def paste(
    canvas: np.ndarray,
    figure: np.ndarray,
    corner: tuple[int, int],
    rows: tuple[int, int],
    scale: int,
) -> None:
    """Lay rows of a coloured sprite over the canvas with its top left at `corner` (grid cells)."""
    left, top = corner[0] * scale, (corner[1] + rows[0]) * scale
    part = figure[rows[0] * scale : rows[1] * scale]
    target = canvas[top : top + part.shape[0], left : left + part.shape[1]]
    covers = part[..., 3] > 0
    target[covers] = part[..., :3][covers].astype(np.uint8)


HAT = ("..###..", ".#ppp#.", ".#ppp#.", ".#yyy#.", "#######")
SCARF = ("rwrwrwrwrw", "wrwrwrwrwr")
BALLOON = (
    ".##.",
    "#rr#",
    "#rr#",
    "#rr#",
    ".##.",
    "..#.",
    "..#.",
    "..#.",
    "..#.",
    "..#.",
    "..#.",
    "..#.",
)
UMBRELLA = (
    ".######.",
    "#rrwwrr#",
    "#rrwwrr#",
    "########",
    "...##...",
    "...##...",
    "...##...",
    "...##...",
)


def adorn(canvas: np.ndarray, scene: Scene, scale: int) -> None:
    """Draw the accessory on, or beside, the lone figure."""
    figure = FIGURES[scene.first.kind]
    left, top = 4 + 4 * scene.column, 12
    rows, corner = {
        "hat": (HAT, (left + figure.hat[0] - 3, top + figure.hat[1] - 4)),
        "scarf": (SCARF, (left + 3, top + figure.neck)),
        "balloon": (BALLOON, (left + 12, 4)),
        "umbrella": (UMBRELLA, (left + 4, 4)),
    }[scene.accessory or ""]
    grid = np.array([list(row) for row in rows])
    out = np.zeros((*grid.shape, 4))
    for letter, colour in {**INK, "p": (70, 40, 120)}.items():
        out[grid == letter] = (*colour, 1)
    paste(canvas, out.repeat(scale, 0).repeat(scale, 1), corner, (0, len(rows)), scale)
