"""Make the package files that ship with Toybox: `python -m pcm_engine.demo.shipped [FOLDER]`.

Each is learned by `pcm learn` from five pictures of its subject. Run it again whenever the base is trained anew: a
concept belongs to its base.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pcm_engine.cli import answers
from pcm_engine.cli.learn import learn
from pcm_engine.demo import photos
from pcm_engine.demo.command import Command, Files
from pcm_engine.demo.layout import SHIPPED
from pcm_engine.demo.packages import HOME
from pcm_engine.pictures_io import made_folder, write_bytes
from pcm_engine.toybox.subjects import SUBJECTS

EPOCH: Final = "1795305600"
"""When they say they were made, so that the same base gives the same bytes: 2026-11-22."""


def main(arguments: Sequence[str]) -> None:
    """Learn every one and write its package. What `pcm learn` signs and installs stays in folders that go again."""
    folder = Path(arguments[0]) if arguments else HOME
    made_folder(folder)
    os.environ.setdefault("SOURCE_DATE_EPOCH", EPOCH)
    for word in SHIPPED:
        with tempfile.TemporaryDirectory() as work:
            os.environ["PCM_HOME"] = str(Path(work) / "home")
            keep(word, learned(word, Path(work)), folder)
        answers.text(str(folder / f"{word}.safetensors"))


def keep(word: str, concept: Path, folder: Path) -> None:
    """The package, and the previews that it names: who publishes it must have them."""
    write_bytes(folder / f"{word}.safetensors", (concept / f"{word}.safetensors").read_bytes())
    previews = folder / "previews" / word
    made_folder(previews)
    for path in sorted((concept / "previews").glob("*.png")):
        write_bytes(previews / path.name, path.read_bytes())


def learned(word: str, work: Path) -> Path:
    """Five pictures to a concept's folder."""
    photos.main([word, str(work / "photos")])
    command = lesson(word, work)
    answers.talk(f"$ {command.shown()}")
    learn.main(command.expanded()[2:], standalone_mode=False)
    return work / word


def lesson(word: str, work: Path) -> Command:
    """The sentence for one subject: its kind alone, which composes best on Toybox (docs/guide/learn.md)."""
    sentence = ("as", f"{word}*", f"{{{SUBJECTS[word].kind}}}")
    pictures = Files(str(work / "photos" / "*.png"))
    return Command(("pcm", "learn", pictures, *sentence, "--out", str(work / word)))


if __name__ == "__main__":
    main(sys.argv[1:])
