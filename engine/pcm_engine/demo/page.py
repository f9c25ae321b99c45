"""The demo's page: what was made and by which commands; chapters in, HTML out; pure."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from pcm_engine.demo.chapter import Chapter, Gallery, Row, Shot, Step
from pcm_engine.demo.command import Command

TITLE: Final = "From five pictures to a composed picture"
LEAD: Final = (
    "A concept is what a text-to-image model learns of one thing. pcm learned one from five pictures, on this "
    "machine, and composed it with three that came as files. Every picture here was made by the command that "
    "stands with it, and holds its own recipe."
)
FINDING: Final = (
    "The commands are typed where the demo was started. If the shell does not find <code>pcm</code>, it lies in the "
    "environment that make built: <code>. .venv/bin/activate</code>."
)
PAIR: Final = 2
LEAST_ROW: Final = 3
Folders = Mapping[Path, Sequence[Path]]


def page(
    chapters: Sequence[Chapter],
    ending: Sequence[tuple[str, Command]],
    *,
    out: Path,
    folders: Folders,
    seconds: Mapping[str, int],
    maker: str,
    style: str,
) -> str:
    """The whole document. `folders` lists the pictures that a chapter shows of a folder, by that folder."""
    body = [
        f"<h1>{escape(TITLE)}</h1>",
        f'<p class="lead">{escape(LEAD)}</p>',
        *(section(chapter, out, folders, seconds) for chapter in chapters),
        next_steps(ending),
        f"<footer>{escape(maker)}</footer>",
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>pcm demo: {escape(TITLE.lower())}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def section(chapter: Chapter, out: Path, folders: Folders, seconds: Mapping[str, int]) -> str:
    """One chapter: its words, its commands, its pictures."""
    parts = [
        f"<section>\n<h2>{escape(chapter.title)}</h2>",
        f"<p>{escape(chapter.text)}</p>",
        *(block([step.command]) + took(step, seconds) for step in chapter.steps),
        *(gallery(one, folders[one.folder], out) for one in chapter.galleries),
        rows(chapter.rows, out),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def took(step: Step, seconds: Mapping[str, int]) -> str:
    """How long a step took, where that was long enough to notice."""
    spent = seconds.get(step.name, 0)
    return f"\n<p><small>It took {spent} seconds.</small></p>" if spent > 1 else ""


def rows(found: Sequence[Row], out: Path) -> str:
    """Pairs side by side, longer rows below one another."""
    written = "".join(pictures(row, out) for row in found)
    if found and all(len(row.shots) == PAIR for row in found):
        return f'<div class="pairs">{written}</div>'
    return written


def pictures(row: Row, out: Path) -> str:
    """One row with its title, and below it the commands."""
    return (
        f'<div>\n<h3>{escape(row.title)}</h3>\n<div class="row">'
        f"{''.join(picture(shot, out) for shot in row.shots)}</div>\n"
        f"{commands([shot.step.command for shot in row.shots])}\n</div>"
    )


def picture(shot: Shot, out: Path) -> str:
    """One picture with what it shows."""
    return figure(shot.file.relative_to(out), shot.alt, shot.caption)


def gallery(found: Gallery, files: Sequence[Path], out: Path) -> str:
    """The pictures of a folder, in order."""
    named = found.folder.name.replace("-", " ")
    shown = [
        figure(file.relative_to(out), f"{named}, picture {place}: {caption}", caption)
        for place, (file, caption) in enumerate(zip(files, found.captions, strict=False), start=1)
    ]
    return f'<div class="row">{"".join(shown)}</div>'


def figure(file: Path, alt: str, caption: str) -> str:
    """A picture, its alternative text, its caption."""
    source = escape(file.as_posix(), quote=True)
    return (
        f'\n<figure><a href="{source}"><img src="{source}" alt="{escape(alt, quote=True)}" width="256" '
        f'height="256" loading="lazy"></a><figcaption>{escape(caption)}</figcaption></figure>'
    )


def commands(found: Sequence[Command]) -> str:
    """The commands behind a row, folded where there are many."""
    title = "the command" if len(found) == 1 else f"the {len(found)} commands"
    opened = " open" if len(found) < LEAST_ROW else ""
    return f"<details{opened}><summary>{title}</summary>{block(found)}</details>"


def block(found: Iterable[Command]) -> str:
    """Commands as they are typed."""
    lines = [f'<span class="prompt">$ </span>{whole_words(one.shown())}' for one in found]
    return f"<pre><code>{chr(10).join(lines)}</code></pre>"


def whole_words(line: str) -> str:
    """A line that breaks between its words only, never after a hyphen."""
    return " ".join(f'<span class="word">{escape(word)}</span>' for word in line.split(" "))


def next_steps(ending: Sequence[tuple[str, Command]]) -> str:
    """What to try next, each with its command."""
    items = "".join(f"<h3>{escape(why)}</h3>\n{block([command])}" for why, command in ending)
    return f"<section>\n<h2>Try next</h2>\n<p>{FINDING}</p>\n{items}\n</section>"
