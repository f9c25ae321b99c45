"""The demo from beginning to end: run what is not done yet, then write the page."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pcm_engine import toybox
from pcm_engine.cli.loading import TOYBOX, Bases, find
from pcm_engine.demo.chapter import Chapter
from pcm_engine.demo.ledger import Ledger, folder_digest
from pcm_engine.demo.page import page
from pcm_engine.demo.plan import Layout, next_commands
from pcm_engine.demo.running import run_all
from pcm_engine.pictures_io import made_folder, write_text

PAGE: Final = "index.html"
STYLE: Final = Path(__file__).parent / "page.css"
DECIDING: Final = ("pcm-concepts", "torch", "diffusers", "transformers")


def show(chapters: Sequence[Chapter], out: Path, bases: Bases) -> Path:
    """Run every step that is not done, and write the page; its path."""
    base = find(TOYBOX).folder
    made_folder(out)
    ledger = Ledger.open(out, surroundings(base))
    steps = dict.fromkeys(step for chapter in chapters for step in chapter.all_steps)
    run_all(steps, ledger, bases)
    write_text(out / PAGE, written(chapters, out, ledger))
    return out / PAGE


def surroundings(base: Path) -> Mapping[str, str]:
    """What decides every step beside its own files: the base's files, and the versions that compute."""
    return {"base": folder_digest(base), **{name: version(name) for name in DECIDING}}


def written(chapters: Sequence[Chapter], out: Path, ledger: Ledger) -> str:
    """The page, with the pictures that lie in its folders now."""
    shown = [gallery.folder for chapter in chapters for gallery in chapter.galleries]
    return page(
        chapters,
        next_commands(Layout(out).out),
        out=out,
        folders={folder: sorted(folder.glob("*.png")) for folder in shown},
        seconds={name: done.seconds for name, done in ledger.done.items()},
        maker=f"pcm {version('pcm-concepts')} on Toybox ({toybox.SETTING}), {ledger.surroundings['base'][:19]}…",
        style=STYLE.read_text(encoding="utf-8"),
    )
