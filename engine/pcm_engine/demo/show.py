"""The demo from beginning to end: run what is not done yet, then write the page."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pcm_engine import toybox
from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.cli.loading import TOYBOX, Bases, find
from pcm_engine.demo import telling
from pcm_engine.demo.chapter import Again, Chapter
from pcm_engine.demo.facts import facts_of
from pcm_engine.demo.layout import Layout
from pcm_engine.demo.ledger import Ledger, folder_digest
from pcm_engine.demo.page import Shown, page
from pcm_engine.demo.plan import next_commands
from pcm_engine.demo.running import Run
from pcm_engine.demo.stage import Stage, staged
from pcm_engine.demo.surroundings import tidy_ending
from pcm_engine.pictures_io import made_folder, write_text

PAGE: Final = "index.html"
STYLE: Final = Path(__file__).parent / "page.css"
DECIDING: Final = ("pcm-concepts", "torch", "diffusers", "transformers")
SERVER: Final = "uvicorn"
"""A part of the extra [registry]; without it no registry starts."""


def show(chapters: Sequence[Chapter], out: Path, bases: Bases) -> Path:
    """Run every step that is not done, and write the page; its path. Raises OptionsRefused and what a step raises."""
    require_registry()
    started = time.monotonic()
    base = find(TOYBOX).folder
    made_folder(out)
    ledger = Ledger.open(out, surroundings(base))
    with tidy_ending(), stage_for(chapters, ledger, Layout(out)) as stage:
        run = Run(ledger, bases, stage)
        for chapter in chapters:
            run.chapter(chapter)
        run.finish()
    write_text(out / PAGE, written(chapters, out, ledger))
    telling.say("")
    telling.say(summary(run, time.monotonic() - started))
    return out / PAGE


def summary(run: Run, seconds: float) -> str:
    """What came of it, in one line."""
    teller = run.teller
    if teller.reused == teller.chapters:
        return (
            f"nothing has changed: all {teller.chapters} chapters were reused, in {seconds:.1f} s"
        )
    reused = f", {teller.reused} of them reused" if teller.reused else ""
    return f"{teller.chapters} chapters{reused}, in {round(seconds)} s; the registry is ended"


def require_registry() -> None:
    """Refuse before anything is learned if no registry can be started later. Raises OptionsRefused."""
    if find_spec(SERVER) is None:
        raise OptionsRefused(
            "the demo starts a registry on this machine, and the server is not installed",
            'pip install "pcm-concepts[engine,registry]"',
        )


@contextmanager
def stage_for(
    chapters: Sequence[Chapter], ledger: Ledger, layout: Layout
) -> Iterator[Stage | None]:
    """A stage if any step of those that go together must be done again, else none."""
    steps = [step for chapter in chapters for step in chapter.all_steps]
    if all(ledger.has(step) for step in steps if step.again is Again.TOGETHER):
        yield None
        return
    with staged(layout) as stage:
        yield stage


def surroundings(base: Path) -> Mapping[str, str]:
    """What decides every step beside its own files: the base's files, and the versions that compute."""
    return {"base": folder_digest(base), **{name: version(name) for name in DECIDING}}


def written(chapters: Sequence[Chapter], out: Path, ledger: Ledger) -> str:
    """The page, with the pictures that lie in its folders now."""
    folders = [gallery.folder for chapter in chapters for gallery in chapter.galleries]
    has_tables = any(chapter.tables for chapter in chapters)
    shown = Shown(
        out=out,
        folders={folder: sorted(folder.glob("*.png")) for folder in folders},
        done=ledger.done,
        facts=facts_of(Layout(out)) if has_tables else {},
    )
    maker = f"pcm {version('pcm-concepts')} on Toybox ({toybox.SETTING}), {ledger.surroundings['base'][:19]}…"
    style = STYLE.read_text(encoding="utf-8")
    return page(chapters, next_commands(out), shown=shown, maker=maker, style=style)
