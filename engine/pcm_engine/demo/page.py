"""The demo's page: what was made and by which commands; chapters in, HTML out; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

from pcm_engine.demo.chapter import Chapter, Gallery, Place, Row, Shot, Step, Table
from pcm_engine.demo.command import Command
from pcm_engine.demo.facts import Facts
from pcm_engine.demo.ledger import Done

TITLE: Final = "From five pictures to a picture at somebody else's"
LEAD: Final = (
    "A concept is what a text-to-image model learns of one thing. pcm learned one from five pictures, on this machine; "
    "signed and published it beside three others; installed them by name where nothing was; and composed them. All of "
    "it was done by the commands that stand here, and every picture holds its own recipe."
)
FINDING: Final = (
    "Each command is typed in the folder that stands before its <code>$</code>, with pcm's own folders and throw-away "
    "keys there instead of yours: <code>cd {folder}; export PCM_HOME=$PWD/home PCM_PASSPHRASE=demo</code>. If the shell "
    "does not find <code>pcm</code>, it lies in the environment that make built: <code>. .venv/bin/activate</code>. "
    "The registry was ended with the demo; what is installed works without it."
)
PAIR: Final = 2
LEAST_ROW: Final = 3
ERROR: Final = "error["
GAP: Final = "\n\n"
Folders = Mapping[Path, Sequence[Path]]


@dataclass(frozen=True)
class Shown:
    """What the run left: pictures by folder, steps by name, tables."""

    out: Path
    folders: Folders
    done: Mapping[str, Done] = field(default_factory=dict)
    facts: Mapping[Table, Facts] = field(default_factory=dict)


def page(
    chapters: Sequence[Chapter],
    ending: Sequence[tuple[str, Place, Command]],
    *,
    shown: Shown,
    maker: str,
    style: str,
) -> str:
    """The whole document."""
    body = [
        f"<h1>{escape(TITLE)}</h1>",
        f'<p class="lead">{escape(LEAD)}</p>',
        *(section(number, chapter, shown) for number, chapter in enumerate(chapters, start=1)),
        next_steps(ending, shown.out),
        f"<footer>{escape(maker)}</footer>",
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>pcm demo: {escape(TITLE[0].lower() + TITLE[1:])}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def section(number: int, chapter: Chapter, shown: Shown) -> str:
    """One chapter: its words, its commands with their answers, its tables, its pictures."""
    parts = [
        f'<section>\n<h2><span class="number">{number}</span> {escape(chapter.title)}</h2>',
        f"<p>{escape(chapter.text)}</p>",
        transcript(chapter.steps, shown),
        took(chapter.steps, shown),
        *(table(one, shown.facts[one]) for one in chapter.tables),
        *(gallery(one, shown.folders[one.folder], shown.out) for one in chapter.galleries),
        rows(chapter.rows, shown.out),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def transcript(steps: Sequence[Step], shown: Shown) -> str:
    """Commands as they ran, each with what it answered."""
    if not steps:
        return ""
    return f"<pre><code>{GAP.join(said(step, shown.done.get(step.name)) for step in steps)}</code></pre>"


def said(step: Step, done: Done | None) -> str:
    """One command and its answer."""
    line = typed(step.place, done.line if done else step.shown())
    answer = (done.answer if done else "").splitlines()
    return "\n".join([line, *(answered(each) for each in answer)])


def answered(line: str) -> str:
    """One line of an answer; the line that names an error stands out."""
    kind = "error" if line.startswith(ERROR) else "answer"
    return f'<span class="{kind}">{escape(line)}</span>'


def typed(place: Place, line: str) -> str:
    """A command after its prompt, which names the folder."""
    prompt = f'<span class="prompt">{escape(place.folder.name)} $ </span>'
    return f"{prompt}{whole_words(line)}"


def took(steps: Sequence[Step], shown: Shown) -> str:
    """How long a chapter's commands took, where that was long enough to notice."""
    seconds = sum(shown.done[step.name].seconds for step in steps if step.name in shown.done)
    return f'<p class="took">It took {seconds} seconds.</p>' if seconds >= LEAST_ROW else ""


def table(kind: Table, facts: Facts) -> str:
    """Names and values of one thing, or a list of things below its heads."""
    body = "".join(
        row(each, head="th" if kind is Table.RELEASES and place == 0 else "td")
        for place, each in enumerate(facts.rows)
    )
    folded = (
        f"<details><summary>the manifest</summary><pre><code>{escape(facts.source)}</code></pre></details>"
        if facts.source
        else ""
    )
    return f'<div class="wide"><table class="{kind.value}">{body}</table></div>{folded}'


def row(cells: Sequence[str], *, head: str) -> str:
    """One row of a table."""
    return f"<tr>{''.join(f'<{head}>{escape(cell)}</{head}>' for cell in cells)}</tr>"


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
        f"{commands([shot.step for shot in row.shots])}\n</div>"
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


def commands(found: Sequence[Step]) -> str:
    """The commands behind a row, folded where there are many."""
    title = "the command" if len(found) == 1 else f"the {len(found)} commands"
    opened = " open" if len(found) < LEAST_ROW else ""
    lines = [typed(step.place, step.shown()) for step in found]
    return f"<details{opened}><summary>{title}</summary>{block(lines)}</details>"


def block(lines: Iterable[str]) -> str:
    """Lines as they are typed."""
    return f"<pre><code>{chr(10).join(lines)}</code></pre>"


def whole_words(line: str) -> str:
    """A line that breaks between its words only, never after a hyphen."""
    return " ".join(f'<span class="word">{escape(word)}</span>' for word in line.split(" "))


def next_steps(ending: Sequence[tuple[str, Place, Command]], out: Path) -> str:
    """What to try next, each with its command."""
    items = "".join(
        f"<h3>{escape(why)}</h3>\n{block([typed(place, command.shown())])}"
        for why, place, command in ending
    )
    where = FINDING.format(folder=escape(f"{out.as_posix()}/user"))
    return f"<section>\n<h2>Try next</h2>\n<p>{where}</p>\n{items}\n</section>"
