"""The figures of the Toybox world, drawn by hand as 16 x 16 pixel art.

A sprite says where a figure is and what each pixel is made of; colours, stripes and badges are filled in by
`pcm_engine.toybox.world`. Letters: `.` nothing, `#` outline, `m` main colour (takes the pattern), `l` the main
colour lightened, `d` darkened, `k` black, `w` window or sail, `t` wood or rubber.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

SPRITE = 16
"""Width and height of a sprite, in pixels of the small setting; figures stand on multiples of four."""

TEDDY = """
..##........##..
.#mm#.####.#mm#.
.#mmm#mmmm#mmm#.
..#mmmmmmmmmm#..
..#mmkmmmmkmm#..
..#mmmlkklmmm#..
...##mmllmm##...
..#mmmmmmmmmm#..
.#mm#mmmmmm#mm#.
.#mm#mmmmmm#mm#.
.##m#mmmmmm#m##.
...#mmmmmmmm#...
..#mmmmmmmmmm#..
.#mmm#mmmm#mmm#.
.#lmm##..##mml#.
..####....####..
"""
CAT = """
..#........#....
.#m#......#m#...
.#mm######mm#...
.#mmmmmmmmmm#...
.#mkkmmmmkkm#.#.
w#mkkmllmkkm##m#
..#mmmkkmmm#.#m#
...#mmmmmm#..#m#
..#mmmmmmmm#.#m#
..#mmmmmmmm##mm#
..#mmmmmmmmmmm#.
..#mmmmmmmmmm#..
..#m#mmmm#mm#...
..#m#mmmm#mm#...
..#l#l##l#ll#...
...########.....
"""
DOG = """
................
...########.....
.##mmmmmmmm##...
#dd#mmmmmm#dd#..
#dd#mkmmkm#dd#..
#dd#mmllmm#dd#..
.##.#lkkl#.##...
...#mmmmmm#.....
..#mmmmmmmm#..#.
..#mmmmmmmm#.#m#
..#mmmmmmmm##mm#
..#mmmmmmmmmmm#.
..#mmmmmmmmm##..
..#mm#mm#mmm#...
..#ll#ll#lll#...
..##########....
"""
TEAPOT = """
.......##.......
......#mm#......
....########....
...#mmmmmmmm#...
..############..
##.#mmmmmmmm####
#m##mmmmmmmm#..#
.#mmmmmmmmmmm#.#
.#mmmmmmmmmmm#.#
..#mmmmmmmmmm#.#
..#mmmmmmmmmm##.
...#mmmmmmmm#...
...#mmmmmmmm#...
....########....
...#dddddddd#...
...##########...
"""
CHAIR = """
.####...........
.#mm#...........
.#mm#...........
.#mm#...........
.#mm#...........
.#mm#...........
.#mm#...........
.#mm###########.
.#mmmmmmmmmmmm#.
.#mmmmmmmmmmmm#.
.#mmmmmmmmmmmm#.
.#mmmmmmmmmmmm#.
.#mmmmmmmmmmmm#.
.##############.
.#t#........#t#.
.#t#........#t#.
"""
BOAT = """
.......##.......
......#w#.......
.....#ww#.......
....#www#.......
...#wwww#.......
..#wwwww#.......
..#######.......
........#.......
################
#mmmmmmmmmmmmmm#
#mmmmmmmmmmmmmm#
.#mmmmmmmmmmmm#.
.#mmmmmmmmmmmm#.
..#mmmmmmmmmm#..
..#dddddddddd#..
...##########...
"""
HOUSE = """
.......##.......
......#dd#......
.....#dddd#.....
....#dddddd#....
...#dddddddd#...
..#dddddddddd#..
.##############.
..#mmmmmmmmmm#..
..#mmmmmmmmmm#..
..#mmmmmmmmmm#..
..#mmmmmm####...
..#mmmmmm#tt#...
..#mmmmmm#tt##..
..#mmmmmm#tt##..
..#mmmmmm#tt##..
..############..
"""
CAR = """
................
................
................
....########....
...#www##www#...
..#wwww##wwww#..
..#wwww##wwww#..
.##############.
#mmmmmmmmmmmmmm#
#mmmmmmmmmmmmmm#
#mmmmmmmmmmmmmm#
#mmmmmmmmmmmmmm#
#mmmmmmmmmmmmmm#
################
..#tt#....#tt#..
...##......##...
"""
TREE = """
.....######.....
...##mmmmmm##...
..#mmmmmmmmmm#..
.#mmmmmmmmmmmm#.
.#mmmmmmmmmmmm#.
.#mmmmmmmmmmmm#.
.#mmmmmmmmmmmm#.
..#mmmmmmmmmm#..
..#mmmmmmmmmm#..
...##mmmmmm##...
.....######.....
......#tt#......
......#tt#......
......#tt#......
.....#tttt#.....
.....######.....
"""
BALL = """
.....######.....
...##mmmmmm##...
..#mmmmmmmmmm#..
.#mmlmmmmmmmmm#.
.#mllmmmmmmmmm#.
#mmlmmmmmmmmmmm#
#mmmmmmmmmmmmmm#
#mmmmmmmmmmmmmm#
#mmmmmmmmmmmmmm#
#mmmmmmmmmmmmmm#
#mmmmmmmmmmmmmm#
.#mmmmmmmmmmmm#.
.#mmmmmmmmmmmm#.
..#mmmmmmmmmm#..
...##mmmmmm##...
.....######.....
"""
BADGES = {
    "star": ".www. wwyww wyyyw wwyww .www.",
    "heart": ".www. wrwrw wrrrw wwrww .www.",
    "ring": ".www. wbbbw wbwbw wbbbw .www.",
}
"""Five by five emblems on a pale patch: `y` gold, `r` red, `b` blue."""


@dataclass(frozen=True)
class Figure:
    """A kind of thing: its letters and where badge, hat and scarf go, in pixels from the top left corner.

    `rim`: the row from which it hides what stands in it; `seat`: the row on which another figure stands.
    """

    letters: str
    badge: tuple[int, int]
    hat: tuple[int, int]
    neck: int
    rim: int | None = None
    seat: int | None = None

    def grid(self) -> np.ndarray:
        """The letters as a (16, 16) array of one-character strings."""
        return letter_grid(self.letters)


@cache
def letter_grid(letters: str) -> np.ndarray:
    """Rows of text as an array of characters; every row must be 16 wide."""
    return np.array([list(row) for row in letters.split()])


FIGURES = {
    "teddy bear": Figure(TEDDY, badge=(5, 7), hat=(8, 2), neck=6),
    "cat": Figure(CAT, badge=(4, 7), hat=(6, 2), neck=6),
    "dog": Figure(DOG, badge=(4, 7), hat=(7, 2), neck=6),
    "teapot": Figure(TEAPOT, badge=(5, 6), hat=(8, 2), neck=4, rim=4, seat=0),
    "chair": Figure(CHAIR, badge=(6, 8), hat=(3, 1), neck=7, seat=8),
    "boat": Figure(BOAT, badge=(5, 9), hat=(8, 2), neck=8, rim=8),
    "house": Figure(HOUSE, badge=(3, 8), hat=(8, 2), neck=6, seat=0),
    "car": Figure(CAR, badge=(5, 8), hat=(8, 4), neck=7, rim=8, seat=4),
    "tree": Figure(TREE, badge=(5, 3), hat=(8, 2), neck=10, seat=0),
    "ball": Figure(BALL, badge=(5, 6), hat=(8, 2), neck=4, seat=0),
}
