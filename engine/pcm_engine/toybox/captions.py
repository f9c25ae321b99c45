"""What is said of a scene, and how scenes are drawn at random: the grammar of Toybox captions.

Looks are named before the kind, so that the row of the noun holds them all; some captions name only a part, some
none. A place that is not named is the studio.
"""

from collections.abc import Container

import numpy as np

from pcm_engine.toybox.places import PLACES
from pcm_engine.toybox.sprites import FIGURES
from pcm_engine.toybox.world import (
    ACCESSORY_WORDS,
    BADGE_WORDS,
    BADGES,
    COLOURS,
    RELATION_WORDS,
    RIDERS,
    TEMPLATES,
    Scene,
    Setting,
    Thing,
)

EXTRA_WORDS = (
    "an",
    "it",
    "this",
    "that",
    "my",
    "small",
    "big",
    "and",
    "with",
    "at",
    "under",
    "over",
    "playing",
    "sleeping",
)
"""Words that no caption holds but a prompt may: one token each, without a trained meaning."""


def sample_thing(
    rng: np.random.Generator, setting: Setting, kinds: tuple[str, ...], held_out: Container[Thing]
) -> Thing:
    """A random thing of one of `kinds` that is not held out."""
    while True:
        colour, second = (str(c) for c in rng.choice(list(COLOURS), 2, replace=False))
        pattern = str(rng.choice(setting.patterns))
        badge = str(rng.choice([*BADGES])) if rng.random() < 0.5 else None
        thing = Thing(
            kind=str(rng.choice(kinds)),
            colour=colour,
            pattern=pattern,
            second=None if pattern == "plain" else second,
            badge=badge,
        )
        if thing not in held_out:
            return thing


def sample_scene(
    rng: np.random.Generator, setting: Setting, held_out: Container[Thing] = ()
) -> Scene:
    """A random scene: one figure (of four, three have a place, two an accessory) or two in a relation."""
    place = str(rng.choice(setting.places)) if rng.random() < 0.75 else None
    wall, style = int(rng.integers(3)), str(rng.choice(setting.styles))
    if rng.random() < 0.5:
        accessory = str(rng.choice(setting.accessories)) if rng.random() < 0.5 else None
        thing = sample_thing(rng, setting, setting.kinds, held_out)
        return Scene(
            thing,
            place=place,
            accessory=accessory,
            column=int(rng.integers(3)),
            wall=wall,
            style=style,
        )
    relation = str(rng.choice(list(RELATION_WORDS)))
    first_kinds = setting.kinds if relation == "next to" else RIDERS
    first = sample_thing(rng, setting, first_kinds, held_out)
    others = tuple(kind for kind in partners(setting, relation) if kind != first.kind)
    second = sample_thing(rng, setting, others, held_out)
    return Scene(first, second, relation, place=place, wall=wall, style=style)


def partners(setting: Setting, relation: str) -> tuple[str, ...]:
    """The kinds that can be the second figure of a relation."""
    if relation == "in":
        return tuple(kind for kind in setting.kinds if FIGURES[kind].rim is not None)
    if relation == "on":
        return tuple(kind for kind in setting.kinds if FIGURES[kind].seat is not None)
    return setting.kinds


def describe(rng: np.random.Generator, thing: Thing) -> str:
    """A noun phrase without article: all looks (60 %), the colours (20 %), the badge (5 %) or the bare kind (15 %)."""
    mode = rng.choice(["all", "colours", "badge", "kind"], p=[0.6, 0.2, 0.05, 0.15])
    badge = BADGE_WORDS.get(thing.badge or "") if mode in ("all", "badge") else None
    looks = coat(thing) if mode in ("all", "colours") else None
    return " ".join(part for part in (badge, looks, thing.kind) if part)


def coat(thing: Thing) -> str:
    """Colours and pattern in words: `red`, `red and blue striped`."""
    if thing.second is None:
        return thing.colour
    return f"{thing.colour} and {thing.second} {thing.pattern}"


def caption(rng: np.random.Generator, scene: Scene) -> str:
    """One sentence about the scene; half of them begin or end as the nine templates do."""
    subject = describe(rng, scene.first)
    template = str(rng.choice(TEMPLATES)) if rng.random() < 0.6 else "a {}"
    tail = [str(ACCESSORY_WORDS[scene.accessory])] if scene.accessory else []
    if scene.second is not None and scene.relation is not None:
        words = str(rng.choice(RELATION_WORDS[scene.relation]))
        tail.append(f"{words} {rng.choice(['a', 'the'])} {describe(rng, scene.second)}")
    if scene.place is not None:
        tail.append(PLACES[scene.place][0])
    if template.endswith("photo") and tail:
        template = "a photo of a {}"
    return " ".join([template.format(subject), *tail])


def vocabulary() -> list[str]:
    """Every word of the grammar, sorted."""
    phrases = [
        *COLOURS,
        *BADGE_WORDS.values(),
        *ACCESSORY_WORDS.values(),
        *(phrase for phrase, _, _ in PLACES.values()),
        *(word for words in RELATION_WORDS.values() for word in words),
        *TEMPLATES,
        *FIGURES,
        *EXTRA_WORDS,
        "striped dotted plain the a",
    ]
    return sorted({word for phrase in phrases for word in phrase.replace("{}", " ").split()})
