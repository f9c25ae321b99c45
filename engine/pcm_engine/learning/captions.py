"""The captions that C is made of (U1): a grammar over nouns that ship with pcm, Toybox's own, or a file of the user's."""

import random
from functools import cache
from importlib.resources import files
from pathlib import Path

from pcm_engine.learning.errors import BadCovariance

FEWEST = 5_000
LARGEST = 64 << 20
SEED = 2305
LOOKS = (
    "red", "blue", "green", "yellow", "black", "white", "brown", "grey", "golden", "pink", "old", "new", "small",
    "large", "tall", "round", "shiny", "broken", "striped", "wooden", "soft", "bright", "dark", "colourful", "happy",
    "sleeping", "tiny", "beautiful", "dusty", "wet", "smiling", "quiet", "heavy", "elegant", "rusty", "plain",
)  # fmt: skip
PLACES = (
    "on the beach", "in the forest", "in the snow", "in a garden", "on a table", "in the street", "at night",
    "under a tree", "in the rain", "on a mountain", "in a kitchen", "by the river", "in the city", "on a roof",
    "in a museum", "at sunset", "in the desert", "on a boat", "in a living room", "in front of a window",
)  # fmt: skip
DEEDS = (
    "wearing a hat", "with a scarf", "covered with flowers", "full of books", "made of glass", "next to a {}",
    "and a {}", "on top of a {}", "behind a {}", "holding a {}", "inside a {}", "with a {}", "looking at a {}",
)  # fmt: skip
OPENINGS = (
    "a photo of", "a painting of", "a drawing of", "a close-up of", "an old photo of", "a picture of", "a sketch of",
    "a bright photo of", "a black and white photo of", "a cropped photo of", "a rendering of", "an illustration of",
)  # fmt: skip


@cache
def nouns() -> tuple[str, ...]:
    """The everyday nouns that ship with the learner."""
    text = (files("pcm_engine.learning") / "nouns.txt").read_text("utf-8")
    return tuple(text.split("\n")[:-1])


def general(count: int = FEWEST) -> tuple[str, ...]:
    """Captions of an everyday world by a small grammar; the same ones always."""
    chance = random.Random(SEED)  # noqa: S311 - captions, not keys
    return tuple(_sentence(chance) for _ in range(count))


def _sentence(chance: random.Random) -> str:
    """One caption: an opening, a thing with its looks, perhaps a deed and a place."""
    parts = [chance.choice(OPENINGS)] if chance.random() < 0.6 else []
    parts.append(_thing(chance))
    if chance.random() < 0.5:
        parts.append(chance.choice(DEEDS).format(chance.choice(nouns())))
    if chance.random() < 0.5:
        parts.append(chance.choice(PLACES))
    return " ".join(parts)


def _thing(chance: random.Random) -> str:
    """A noun with an article and up to two looks."""
    looks = chance.sample(LOOKS, chance.choice((0, 1, 1, 2)))
    phrase = " ".join((*looks, chance.choice(nouns())))
    article = chance.choice(("the", "an" if phrase[0] in "aeiou" else "a"))
    return f"{article} {phrase}"


def of_toybox(count: int = FEWEST) -> tuple[str, ...]:
    """Captions of the world that Toybox was trained on; it knows no other words."""
    import numpy as np

    from pcm_engine import toybox
    from pcm_engine.toybox.captions import caption, sample_scene
    from pcm_engine.toybox.world import SETTINGS

    rng = np.random.default_rng(SEED)
    setting = SETTINGS[toybox.SETTING]
    return tuple(caption(rng, sample_scene(rng, setting)) for _ in range(count))


def from_file(file: Path) -> tuple[str, ...]:
    """Captions of the user's own, one a line. Raises BadCovariance for a file that holds none."""
    try:
        with file.open("rb") as source:
            lines = source.read(LARGEST).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadCovariance(f"the captions in {file.name} cannot be read: {error}") from error
    found = tuple(line.strip() for line in lines if line.strip())
    if not found:
        raise BadCovariance(f"there is no caption in {file.name}")
    return found


def words_of_toybox() -> frozenset[str]:
    """Every word that Toybox has met."""
    from pcm_engine.toybox.captions import vocabulary

    return frozenset(vocabulary())
