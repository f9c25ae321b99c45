"""The card of a learned concept, for people: what it is, how it looks, how to call it, how it was learned."""

from collections.abc import Sequence

from pcm_engine.learning.lesson import Lesson
from pcm_engine.learning.previews import Preview
from pcm_engine.learning.report import Report, lines


def card(lesson: Lesson, report: Report, previews: Sequence[Preview], *, label: str) -> str:
    """The card as Markdown."""
    naming = lesson.naming
    name = naming.trigger
    kinds = ", ".join(naming.supercategories)
    adjectives = f" It began as {', '.join(naming.adjectives)}." if naming.adjectives else ""
    pictures = " ".join(f"![{_caption(one)}]({one.fields['path']})" for one in previews)
    return "\n".join(
        [
            f"# {name}*",
            "",
            f"A concept for {label}: a kind of {kinds}, learned from {len(lesson.latents)} pictures.{adjectives}",
            "",
            pictures,
            "",
            f"The same seed at {', '.join(_caption(one) for one in previews)}.",
            "",
            "```console",
            f'$ pcm generate "a photo of a {name}*" --concept {name}.safetensors -o out.png',
            "```",
            "",
            "## How it was learned",
            "",
            *(f"- {line}" for line in lines(report)),
            _settings_line(lesson),
            "",
        ]
    )


def _settings_line(lesson: Lesson) -> str:
    said = lesson.settings
    return f"- {said.batch} pictures a step, seed {said.seed}, decay of the running mean {said.pace:.3g}"


def _caption(preview: Preview) -> str:
    """The bias of a preview."""
    gate = preview.fields["gate"]
    return f"bias {gate['bias']}" if isinstance(gate, dict) else "the default gate"
