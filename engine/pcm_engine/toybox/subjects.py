"""The individuals of Toybox: subjects to learn, their near misses, and five pictures of each, drawn on demand.

A subject is one fixed combination of colours, pattern and badge that no training scene of the base model holds.
"""

from dataclasses import replace

import numpy as np

from pcm_engine.toybox.world import SMALL, Scene, Setting, Thing, draw

SUBJECTS: dict[str, Thing] = {
    "teddy-bear": Thing("teddy bear", "blue", "striped", "yellow", "heart"),
    "old-bear": Thing("teddy bear", "brown", "plain", None, "star"),
    "party-bear": Thing("teddy bear", "pink", "striped", "teal", "ring"),
    "tom-cat": Thing("cat", "orange", "striped", "purple", "star"),
    "moss-cat": Thing("cat", "green", "striped", "grey", "heart"),
    "ink-cat": Thing("cat", "purple", "plain", None, "ring"),
    "teapot": Thing("teapot", "red", "striped", "teal", "ring"),
    "sky-teapot": Thing("teapot", "teal", "striped", "pink", "star"),
    "mud-teapot": Thing("teapot", "brown", "striped", "orange", "heart"),
    "chair": Thing("chair", "green", "striped", "orange", "star"),
    "rose-chair": Thing("chair", "pink", "plain", None, "heart"),
    "night-chair": Thing("chair", "blue", "striped", "grey", "ring"),
}
NEAR_MISSES: dict[str, Thing] = {
    "teddy-bear": replace(SUBJECTS["teddy-bear"], second="pink"),
    "old-bear": replace(SUBJECTS["old-bear"], badge="heart"),
    "party-bear": replace(SUBJECTS["party-bear"], colour="red"),
    "tom-cat": replace(SUBJECTS["tom-cat"], badge="ring"),
    "moss-cat": replace(SUBJECTS["moss-cat"], colour="blue"),
    "ink-cat": replace(SUBJECTS["ink-cat"], pattern="striped", second="teal"),
    "teapot": replace(SUBJECTS["teapot"], second="yellow"),
    "sky-teapot": replace(SUBJECTS["sky-teapot"], badge=None),
    "mud-teapot": replace(SUBJECTS["mud-teapot"], second="green"),
    "chair": replace(SUBJECTS["chair"], colour="brown"),
    "rose-chair": replace(SUBJECTS["rose-chair"], pattern="striped", second="red"),
    "night-chair": replace(SUBJECTS["night-chair"], badge="star"),
}
HELD_OUT = frozenset(SUBJECTS.values())
"""Never in a training scene of the base model."""


def pictures(name: str, count: int = 5, setting: Setting = SMALL) -> list[np.ndarray]:
    """`count` studio pictures of a subject: other walls, other columns; each (size, size, 3) uint8."""
    thing = SUBJECTS[name]
    return [
        draw(Scene(thing, column=index % 3, wall=index // 2), setting) for index in range(count)
    ]
