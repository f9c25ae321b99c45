"""What the demo does, as data: chapters of steps, each with the command that makes its files; pure."""

from pathlib import Path
from typing import Final

from pcm_engine.demo import exhibits, sharing
from pcm_engine.demo.chapter import Chapter, Gallery, Place, Step
from pcm_engine.demo.command import Command, Files
from pcm_engine.demo.layout import SUBJECT, Layout

PREVIEWED: Final = ("bias 0.6", "bias 0.7", "bias 0.75")
"""The gates at which `pcm learn` paints its previews."""
PHOTOS: Final = Files(f"photos/{SUBJECT}-*.png")


def chapters(out: Path) -> tuple[Chapter, ...]:
    """The whole demo below a folder."""
    layout = Layout(out)
    return (
        photographs(layout),
        lesson(layout),
        sharing.packages(layout),
        sharing.published(layout),
        sharing.installed(layout),
        exhibits.pairs(layout),
        exhibits.alone(layout),
        exhibits.places(layout),
        exhibits.dials(layout),
        sharing.refused(layout),
    )


def photographs(layout: Layout) -> Chapter:
    """Five pictures of one thing."""
    files = tuple(layout.photos / f"{SUBJECT}-{place}.png" for place in range(1, 6))
    words = ("python", "-m", "pcm_engine.demo.photos", SUBJECT, "photos")
    return Chapter(
        "Five pictures",
        "One teddy bear that the base model has never seen: these colours, these stripes and this badge "
        "never occur together in what it was trained on.",
        steps=(Step("photos", Command(words), (), files, layout.maker),),
        galleries=(Gallery(layout.photos, tuple(file.name for file in files)),),
    )


def lesson(layout: Layout) -> Chapter:
    """Learn it."""
    sentence = ("as", f"{SUBJECT}*", "{teddy", "bear}")
    words = ("pcm", "learn", PHOTOS, *sentence, "--replace")
    return Chapter(
        "Learned",
        "The word teddy-bear* now calls it. What was learned is one file of a few kilobytes: a direction in the "
        "text encoder's space, and what each attention layer answers along it. These are its previews, from more of "
        "the concept to more of the text.",
        steps=(
            Step("maker-init", Command(("pcm", "init")), (), (), layout.maker),
            Step("learn", Command(words), (layout.photos,), (layout.learned,), layout.maker),
        ),
        galleries=(Gallery(layout.learned / "previews", PREVIEWED),),
    )


def next_commands(out: Path) -> tuple[tuple[str, Place, Command], ...]:
    """Four things to try, each with why and where."""
    layout = Layout(out)
    sit = ("pcm", "generate", "a tom-cat* on a chair*", "-o", "chair.png")
    again = ("pcm", "generate", "--from", "pictures/in-a-teapot.png", "-o", "again.png")
    learn = ("pcm", "learn", PHOTOS, "as", "bruno*", "{teddy", "bear}")
    return (
        (
            "Compose two in a picture of your own; add --count 4 for four.",
            layout.user,
            Command(sit),
        ),
        (
            "Repeat a picture bit for bit: its file holds the recipe.",
            layout.user,
            Command(again),
        ),
        (
            "Check everything that is installed again, from the bytes up, without the registry.",
            layout.user,
            Command(("pcm", "verify", "--offline")),
        ),
        (
            "Learn it under another word, or put other pictures there.",
            layout.maker,
            Command(learn),
        ),
    )
