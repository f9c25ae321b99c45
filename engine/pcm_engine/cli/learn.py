"""`pcm learn`: a sentence about pictures to a folder with the concept in it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcm_engine import installed
from pcm_engine.cli import answers, loading
from pcm_engine.cli.answers import Form, form_option
from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.cli.learned import Made, add, kept, tell_report, told
from pcm_engine.cli.loading import Place
from pcm_engine.cli.sentence import Sentence, parse
from pcm_engine.learning.errors import BadTrigger
from pcm_engine.learning.folder import PACKAGE, Existing, require_free
from pcm_engine.learning.naming import Naming
from pcm_schemas.errors import Exit

if TYPE_CHECKING:
    from pcm_engine.learning.learn import Base, Learned
    from pcm_engine.learning.settings import Settings
    from pcm_engine.learning.trainer import Tell

CONCEPTS = Path("concepts")
MOST_STEPS, MOST_BATCH = 100_000, 1_024


@dataclass(frozen=True)
class Asked:
    """The command line as it was typed; None for what was not."""

    words: tuple[str, ...]
    trigger: str | None
    supercategories: tuple[str, ...]
    adjectives: tuple[str, ...]
    base: str | None
    out: Path | None
    existing: Existing
    captions: Path | None
    masks: Path | None
    numbers: dict[str, float | int]


@click.command(short_help="Learn a concept from a few pictures.")
@click.argument("words", nargs=-1, metavar="PICTURES… as NAME* {KIND, …} adjectives: [WORD, …]")
@click.option("--as", "trigger", metavar="NAME", help="The word that will call it.")
@click.option(
    "--super",
    "supercategories",
    multiple=True,
    metavar="WORDS",
    help="What it is a kind of. Repeatable.",
)
@click.option(
    "--adjective",
    "adjectives",
    multiple=True,
    metavar="WORD",
    help="What it looks like at the start. Repeatable.",
)
@loading.base_option
@click.option(
    "--out", type=click.Path(path_type=Path), help="The folder to write. Default: concepts/NAME."
)
@click.option(
    "--replace",
    "existing",
    flag_value=Existing.REPLACE,
    default=Existing.KEEP,
    type=click.UNPROCESSED,
    help="Put the new concept in the place of one learned before.",
)
@click.option(
    "--steps", type=click.IntRange(1, MOST_STEPS), help="Default: 240 on Toybox, else 400."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), help="Default: 0. The same seed learns the same."
)
@click.option(
    "--batch",
    type=click.IntRange(1, MOST_BATCH),
    help="Pictures a step. Default: 8 on Toybox, else 16.",
)
@click.option(
    "--micro", type=click.IntRange(1, MOST_BATCH), help="Pictures at once: fewer need less memory."
)
@click.option(
    "--rate", type=click.FloatRange(1e-4, 1e4), help="Multiplies the learning rates. Default: 1."
)
@click.option(
    "--decay", type=click.FloatRange(0, 0.9999), help="Of the running mean. Default: by the steps."
)
@click.option(
    "--captions",
    type=click.Path(path_type=Path),
    help="Captions for the statistics, one a line, instead of pcm's own.",
)
@click.option(
    "--masks",
    type=click.Path(path_type=Path),
    help="A folder of masks, each named like its picture.",
)
@form_option
def learn(*, form: Form, **options: Any) -> None:  # noqa: ANN401 - gathered in Asked
    """Learn a concept from PICTURES, to be called NAME* in prompts: a kind of KIND.

    \b
    pcm learn photos/*.png as 'me*' {person, human} adjectives: [tall, bearded]

    Braces, brackets and commas may be left out. Quote NAME*, or leave out its star: a shell takes it for a pattern.

    What was learned is signed with a key of this machine and added to the environment: NAME* can be painted at once.
    """  # noqa: D301 - click keeps a paragraph as it is after a backspace
    asked = gathered(**options)
    pictures, naming = understood(asked)
    folder = asked.out or CONCEPTS / naming.trigger
    require_free(folder, asked.existing)
    place, learned = learned_from(asked, pictures, naming)
    made = Made(folder / f"{naming.trigger}{PACKAGE}", learned)
    signature = kept(made, asked.existing)
    if form is Form.TEXT:
        tell_report(made)
    told(made, signature, add(made, place), form)
    if learned.report.ending == "interrupted":
        sys.exit(Exit.INTERRUPTED)


def gathered(**options: Any) -> Asked:  # noqa: ANN401 - the options of the command
    """The options, numbers apart."""
    names = ("steps", "seed", "batch", "micro", "rate", "decay")
    numbers = {name: options.pop(name) for name in names}
    return Asked(
        **options, numbers={name: value for name, value in numbers.items() if value is not None}
    )


def understood(asked: Asked) -> tuple[tuple[Path, ...], Naming]:
    """Pictures and words, from the sentence or from options.

    Raises BadTrigger, BadWord, TriggerExpanded, NameInvalid, and OptionsRefused for what is said twice.
    """
    said = parse(asked.words, lambda word: Path(word).exists())
    _require_once(said, asked)
    trigger = asked.trigger or said.trigger
    if trigger is None:
        raise BadTrigger(
            "nothing says what it will be called",
            "end with `as NAME {supercategory}`: as 'me*' {person}",
        )
    naming = Naming.of(
        trigger,
        supercategories=asked.supercategories or said.supercategories,
        adjectives=asked.adjectives or said.adjectives,
    )
    return tuple(Path(word) for word in said.pictures), naming


def _require_once(said: Sentence, asked: Asked) -> None:
    """Refuse a part that the sentence and an option both give. Raises OptionsRefused."""
    for option, one, other in (
        ("--as", asked.trigger, said.trigger),
        ("--super", asked.supercategories, said.supercategories),
        ("--adjective", asked.adjectives, said.adjectives),
    ):
        if one and other:
            raise OptionsRefused(
                f"`{option}` and the sentence both give it",
                f"leave out `{option}`, or that part of the sentence",
            )


def learned_from(asked: Asked, pictures: Sequence[Path], naming: Naming) -> tuple[Place, "Learned"]:
    """Open, look, prepare, train; what can be refused without the base is refused before it is loaded."""
    from pcm_engine.learning.pictures import open_all

    opened = open_all(pictures)

    from pcm_engine.learning.learn import learn as run
    from pcm_engine.learning.learn import masks_for, prepare
    from pcm_engine.learning.settings import default_settings

    place = place_of(asked)
    base = base_of(asked, naming, place)
    installed.require_room(naming.trigger, base.identity.digest)
    settings = replace(default_settings(base.profile), **asked.numbers)
    masks = None if asked.masks is None else masks_for(base, asked.masks, pictures)
    lesson = prepare(base, naming, opened, settings=settings, masks=masks)
    answers.talk(understanding(naming, len(opened), base.label))
    with progress(settings) as tell:
        return place, run(base, lesson, tell)


def place_of(asked: Asked) -> Place:
    """Where the base lies: the one that was asked for, else the environment's, else Toybox. Raises BaseNotFound."""
    return loading.find(asked.base or installed.base() or loading.TOYBOX)


def base_of(asked: Asked, naming: Naming, place: Place) -> "Base":
    """The base there, with its own captions or the user's. Raises BadWord, BaseBroken."""
    from pcm_engine.learning import captions
    from pcm_engine.learning.learn import Base

    is_toybox = place.source == loading.TOYBOX
    if is_toybox:
        naming.require_known(captions.words_of_toybox())
    said = captions.from_file(asked.captions) if asked.captions else None
    pipeline = loading.load(place, loading.this_machine())
    own = captions.of_toybox if is_toybox else captions.general
    return Base.of(pipeline, label=place.label, captions=said or own())


def understanding(naming: Naming, count: int, base: str) -> str:
    """How the sentence was understood."""
    looks = f", {', '.join(naming.adjectives)}" if naming.adjectives else ""
    kinds = " | ".join(naming.supercategories)
    return f"{naming.trigger}*: a kind of {kinds}{looks}; {count} pictures; on {base}"


@contextmanager
def progress(settings: "Settings") -> "Iterator[Tell]":
    """A bar with the loss on stderr, where someone looks."""
    from tqdm import tqdm

    with tqdm(
        total=settings.steps, desc="learn", unit="step", file=sys.stderr, disable=None
    ) as bar:
        mean: list[float] = []

        def tell(_step: int, loss: float) -> None:
            mean[:] = [loss if not mean else 0.95 * mean[0] + 0.05 * loss]
            bar.set_postfix(loss=f"{mean[0]:.4f}", refresh=False)
            bar.update()

        yield tell
