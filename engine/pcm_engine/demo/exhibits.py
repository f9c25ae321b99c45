"""The pictures that the demo paints, as data: chapters of rows, each shot with the command that paints it; pure."""

from collections.abc import Sequence
from typing import Final

from pcm_engine.demo.chapter import Chapter, Row, Shot, Step
from pcm_engine.demo.command import Command
from pcm_engine.demo.layout import KIND, SHIPPED, SUBJECT, Layout

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
SEED: Final = 7
BEAR: Final = f"a {SUBJECT}*"
LATER: Final = next(reversed(SHIPPED))
"""The concept that was published last, and is installed last, after it was tampered with."""


def pairs(layout: Layout) -> Chapter:
    """Two concepts in one picture."""
    return Chapter(
        "Two concepts, one picture",
        "They were learned apart and have never met. Nothing is trained now; the two edits are solved together "
        "when the prompt is read. On the left the concepts, on the right what the base model paints for the everyday "
        "words, from the same noise.",
        rows=(
            beside(
                layout,
                "in-a-teapot",
                f"{BEAR} in a teapot*",
                f"a {KIND} in a teapot",
                (SUBJECT, "teapot"),
            ),
            beside(
                layout,
                "on-a-chair",
                f"{BEAR} on a chair*",
                f"a {KIND} on a chair",
                (SUBJECT, "chair"),
            ),
        ),
    )


def alone(layout: Layout) -> Chapter:
    """Each concept of somebody else's, beside what the base makes of its supercategory."""
    return Chapter(
        "Somebody else's, each alone",
        "What came with the package is this teapot and this chair, not the base model's.",
        rows=tuple(portrait(layout, word) for word in SHIPPED if word != LATER),
    )


def portrait(layout: Layout, word: str) -> Row:
    """One concept and its kind."""
    return beside(layout, word, f"a photo of a {word}*", f"a photo of a {SHIPPED[word]}", (word,))


def places(layout: Layout) -> Chapter:
    """One concept in six places."""
    return Chapter(
        "Six places",
        "The bear stays itself and the place is followed: its key is locked to that of its supercategory, so it "
        "stands where any teddy bear would.",
        rows=tuple(
            beside(layout, named(place), f"{BEAR} {place}", f"a {KIND} {place}", (SUBJECT,))
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
    return Row(prompt, (shot(layout, name, prompt, words), shot(layout, f"{name}-plain", plain)))


def strip(layout: Layout, control: str, values: Sequence[str]) -> Row:
    """One prompt under several values of one control, and the plain base's picture at the end."""
    prompt = f"{BEAR} {PLACES[0]}"
    shots = [
        shot(layout, f"{control}-{value}", prompt, (SUBJECT,), f"{SUBJECT}:{control}={value}")
        for value in values
    ]
    plain = shot(layout, f"{named(PLACES[0])}-plain", f"a {KIND} {PLACES[0]}")
    return Row(f"{control.capitalize()}: {prompt}", (*shots, plain))


def shot(
    layout: Layout, name: str, prompt: str, words: Sequence[str] = (), gate: str | None = None
) -> Shot:
    """One picture: `pcm generate` where the concepts are installed, under one gate."""
    file = layout.picture(name)
    gates = ["--gate", gate] if gate else []
    target = str(file.relative_to(layout.user.folder))
    command = ("pcm", "generate", prompt, *gates, "--seed", str(SEED), "-o", target)
    reads = tuple(layout.package(word) for word in words)
    return Shot(
        Step(name, Command(command), reads, (file,), layout.user),
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
