"""What the demo does, as data: chapters of steps, each with the command that makes its files; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pcm_engine.demo.chapter import Chapter, Gallery, Row, Shot, Step
from pcm_engine.demo.command import Command, Files

SUBJECT: Final = "teddy-bear"
KIND: Final = "teddy bear"
SHIPPED: Final = {"tom-cat": "cat", "teapot": "teapot", "chair": "chair"}
"""The concepts that ship as package files, each with its supercategory."""
PLACES: Final = (
    "on the beach",
    "in the forest",
    "in the snow",
    "in the desert",
    "in the room",
    "in the city",
)
BIASES: Final = ("0.5", "0.6", "0.7", "0.8", "0.9")
STRENGTHS: Final = ("0", "0.25", "0.5", "0.75", "1")
PREVIEWED: Final = ("bias 0.6", "bias 0.7", "bias 0.75")
"""The gates at which `pcm learn` paints its previews."""
SEED: Final = 7


@dataclass(frozen=True)
class Layout:
    """Where everything lies below the demo's folder."""

    out: Path

    @property
    def photos(self) -> Path:
        """The five pictures to learn from."""
        return self.out / "photos"

    @property
    def learned(self) -> Path:
        """The folder that `pcm learn` writes."""
        return self.out / "concepts" / SUBJECT

    @property
    def packages(self) -> Path:
        """The package files that ship."""
        return self.out / "packages"

    def concept(self, word: str) -> Path:
        """What `--concept` is given."""
        return self.learned if word == SUBJECT else self.packages / f"{word}.safetensors"

    def picture(self, name: str) -> Path:
        """A painted picture."""
        return self.out / "pictures" / f"{name}.png"


def chapters(out: Path) -> tuple[Chapter, ...]:
    """The whole demo below a folder."""
    layout = Layout(out)
    return (
        photographs(layout),
        lesson(layout),
        packages(layout),
        pairs(layout),
        places(layout),
        dials(layout),
    )


def photographs(layout: Layout) -> Chapter:
    """Five pictures of one thing."""
    files = tuple(layout.photos / f"{SUBJECT}-{place}.png" for place in range(1, 6))
    words = ("python", "-m", "pcm_engine.demo.photos", SUBJECT, str(layout.photos))
    return Chapter(
        "Five pictures",
        "One teddy bear that the base model has never seen: these colours, these stripes and this badge "
        "never occur together in what it was trained on.",
        steps=(Step("photos", Command(words), (), files),),
        galleries=(Gallery(layout.photos, tuple(file.name for file in files)),),
    )


def lesson(layout: Layout) -> Chapter:
    """Learn it."""
    pattern = Files(str(layout.photos / f"{SUBJECT}-*.png"))
    sentence = ("as", f"{SUBJECT}*", "{teddy", "bear}", "adjectives:", "[blue,", "striped]")
    words = ("pcm", "learn", pattern, *sentence, "--out", str(layout.learned), "--replace")
    return Chapter(
        "Learned",
        "The word teddy-bear* now calls it. What was learned is one file of a few kilobytes: a direction in the "
        "text encoder's space, and what each attention layer answers along it. These are its previews, from more of "
        "the concept to more of the text.",
        steps=(Step("learn", Command(words), (layout.photos,), (layout.learned,)),),
        galleries=(Gallery(layout.learned / "previews", PREVIEWED),),
    )


def packages(layout: Layout) -> Chapter:
    """Three that somebody else learned, each beside what the base makes of its supercategory."""
    files = tuple(layout.concept(word) for word in SHIPPED)
    words = ("python", "-m", "pcm_engine.demo.packages", str(layout.packages))
    return Chapter(
        "Three more, as files",
        "A concept is a file: these three ship with pcm. On the left the concept, on the right what the base model "
        "paints for the everyday word, from the same noise.",
        steps=(Step("packages", Command(words), (), files),),
        rows=tuple(
            beside(layout, word, f"a photo of a {word}*", f"a photo of a {kind}", (word,))
            for word, kind in SHIPPED.items()
        ),
    )


def pairs(layout: Layout) -> Chapter:
    """Two concepts in one picture."""
    bear = f"a {SUBJECT}*"
    return Chapter(
        "Two concepts, one picture",
        "They were learned apart and have never met. Nothing is trained now; the two edits are solved together "
        "when the prompt is read.",
        rows=(
            beside(
                layout,
                "in-a-teapot",
                f"{bear} in a teapot*",
                f"a {KIND} in a teapot",
                (SUBJECT, "teapot"),
            ),
            beside(
                layout,
                "next-to-tom-cat",
                f"{bear} next to a tom-cat*",
                f"a {KIND} next to a cat",
                (SUBJECT, "tom-cat"),
            ),
        ),
    )


def places(layout: Layout) -> Chapter:
    """One concept in six places."""
    return Chapter(
        "Six places",
        "The bear stays itself and the place is followed: its key is locked to that of its supercategory, so it "
        "stands where any teddy bear would.",
        rows=tuple(
            beside(
                layout,
                named(place),
                f"a {SUBJECT}* {place}",
                f"a {KIND} {place}",
                (SUBJECT,),
            )
            for place in PLACES
        ),
    )


def dials(layout: Layout) -> Chapter:
    """The same picture under other gates."""
    return Chapter(
        "Two dials, no retraining",
        "Bias says how clearly a word must mean the concept before it acts: lower is more concept. Strength fades "
        "the whole edit: at 0 the layers are the base model's own, and only the learned word is left.",
        rows=(strip(layout, "bias", BIASES), strip(layout, "strength", STRENGTHS)),
    )


def beside(layout: Layout, name: str, prompt: str, plain: str, words: Sequence[str]) -> Row:
    """One picture with concepts, and the plain base's from the same noise."""
    return Row(
        prompt,
        (
            shot(layout, name, prompt, words),
            shot(layout, f"{name}-plain", plain, ()),
        ),
    )


def strip(layout: Layout, control: str, values: Sequence[str]) -> Row:
    """One prompt under several values of one control, and the plain base's picture at the end."""
    prompt = f"a {SUBJECT}* {PLACES[0]}"
    shots = [
        shot(layout, f"{control}-{value}", prompt, (SUBJECT,), f"{SUBJECT}:{control}={value}")
        for value in values
    ]
    plain = shot(layout, f"{named(PLACES[0])}-plain", f"a {KIND} {PLACES[0]}", ())
    return Row(f"{control.capitalize()}: {prompt}", (*shots, plain))


def shot(
    layout: Layout, name: str, prompt: str, words: Sequence[str], gate: str | None = None
) -> Shot:
    """One picture: `pcm generate` with these concepts, under one gate."""
    file = layout.picture(name)
    concepts = [part for word in words for part in ("--concept", str(layout.concept(word)))]
    gates = ["--gate", gate] if gate else []
    command = ("pcm", "generate", prompt, *concepts, *gates, "--seed", str(SEED), "-o", str(file))
    reads = tuple(layout.concept(word) for word in words)
    return Shot(
        Step(name, Command(command), reads, (file,)),
        caption_of(prompt, words, gate),
        alt_of(prompt, words, gate),
    )


def named(place: str) -> str:
    """A place as a file is named."""
    return place.replace(" ", "-")


def caption_of(prompt: str, words: Sequence[str], gate: str | None) -> str:
    """What stands below a picture."""
    if gate:
        return gate.partition(":")[2].replace("=", " ")
    return prompt if words else f"plain base: {prompt}"


def alt_of(prompt: str, words: Sequence[str], gate: str | None) -> str:
    """What a picture shows, for those who do not see it."""
    spoken = prompt.replace("*", "").replace("-", " ")
    if not words:
        return f"Pixel art by the plain base model: {spoken}."
    dial = f", {gate.partition(':')[2].replace('=', ' ')}" if gate else ""
    return f"Pixel art with the learned {' and '.join(words).replace('-', ' ')}: {spoken}{dial}."


def next_commands(out: Path) -> tuple[tuple[str, Command], ...]:
    """Three things to try, each with why."""
    layout = Layout(out)
    both = ("--concept", str(layout.learned), "--concept", str(layout.concept("chair")))
    sit = ("pcm", "generate", f"a {SUBJECT}* sitting on a chair*", *both, "-o", "chair.png")
    again = ("pcm", "generate", "--from", str(layout.picture("in-a-teapot")))
    found = ("--concept", str(layout.learned), "--concept", str(layout.concept("teapot")))
    learn = (
        "pcm",
        "learn",
        Files(str(layout.photos / f"{SUBJECT}-*.png")),
        "as",
        "bruno*",
        "{teddy",
        "bear}",
    )
    return (
        ("Compose two in a picture of your own; add --count 4 for four.", Command(sit)),
        (
            "Repeat a picture bit for bit: its file holds the recipe.",
            Command((*again, *found, "-o", "again.png")),
        ),
        ("Learn it under another word, or put other pictures there.", Command(learn)),
    )
