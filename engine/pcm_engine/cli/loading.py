"""Bases named on a command line: `toybox`, a folder that diffusers wrote, or `hf:owner/repo[@rev]`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pcm_engine import toybox
from pcm_engine.cli import hub
from pcm_engine.cli.errors import BaseBroken, BaseNotFound
from pcm_engine.cli.quiet import quiet
from pcm_schemas.base_model import Tier

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

    from pcm_engine.composer import Composer

TOYBOX: Final = "toybox"
FOLDER: Final = "folder"
HUB: Final = re.compile(r"hf:(?P<repository>[^@\s]+/[^@\s]+)(?:@(?P<revision>[^@\s]+))?")

base_option = click.option(
    "--base",
    metavar="BASE",
    help="toybox, a folder, or hf:owner/repo[@rev]. Default: the environment's, else toybox.",
)
"""Gives a command `--base`."""


@dataclass(frozen=True)
class Place:
    """Where a base lies on this disk, and what recipes say of that: never a path."""

    text: str
    folder: Path
    source: str

    @property
    def label(self) -> str:
        """Its name for people: `toybox`, the Hub's, or that of its folder."""
        text = self.folder.resolve().name if self.source == FOLDER else self.source
        return text.removeprefix("hf:").partition("@")[0][:64]


@dataclass(frozen=True)
class Machine:
    """What computes: device and dtype by their PyTorch names."""

    device: str
    dtype: str


@dataclass(frozen=True)
class Opened:
    """A base that is loaded, with a composer on it."""

    composer: "Composer"
    source: str
    machine: Machine


class Bases:
    """Every base that was opened in this process, once each: commands that run together share them."""

    def __init__(self) -> None:
        self._opened: dict[tuple[str, Tier], Opened] = {}

    def open(self, text: str, accept: Tier = Tier.SAME) -> Opened:
        """Find, load and measure a base for concepts of a tier. Raises BaseNotFound, BaseBroken and the Hub's errors."""
        if (text, accept) not in self._opened:
            from pcm_engine.composer import Composer

            place = find(text)
            computer = this_machine()
            composer = Composer(load(place, computer), accept=accept)
            self._opened[text, accept] = Opened(composer, place.source, computer)
        return self._opened[text, accept]


def find(text: str) -> Place:
    """Where a base lies, fetched if it is the Hub's. Raises BaseNotFound and what the Hub raises."""
    if text == TOYBOX:
        return in_folder(text, toybox.path(), TOYBOX)
    if text.startswith("hf:"):
        return on_hub(text)
    return in_folder(text, Path(text), FOLDER)


def in_folder(text: str, folder: Path, source: str) -> Place:
    """A folder in the layout that diffusers writes. Raises BaseNotFound."""
    if not folder.is_dir():
        raise BaseNotFound(text, "there is no such folder")
    if not (folder / "model_index.json").is_file():
        raise BaseNotFound(text, "the folder has no model_index.json")
    return Place(text, folder, source)


def on_hub(text: str) -> Place:
    """A repository of the Hub, at the commit that its revision is now."""
    match = HUB.fullmatch(text)
    if match is None:
        raise BaseNotFound(text, "this is not hf:owner/repo[@rev]")
    folder, commit = hub.fetch(match["repository"], match["revision"])
    return Place(text, folder, f"hf:{match['repository']}@{commit}")


def this_machine() -> Machine:
    """The best device here: half precision on a GPU, single on a CPU, where half is slower."""
    import torch

    return Machine("cuda", "float16") if torch.cuda.is_available() else Machine("cpu", "float32")


def load(place: Place, machine: Machine) -> "DiffusionPipeline":
    """A pipeline from its folder: safetensors only, no code of the folder's own, no network. Raises BaseBroken."""
    import torch
    from diffusers import DiffusionPipeline

    with quiet(), broken(place.text):
        pipeline = DiffusionPipeline.from_pretrained(
            place.folder,
            torch_dtype=getattr(torch, machine.dtype),
            use_safetensors=True,
            local_files_only=True,
        )
        return pipeline.to(machine.device)


@contextmanager
def broken(text: str) -> Iterator[None]:
    """Whatever the libraries raise about a base's files, as one error that names the base."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise BaseBroken(text, hub.first_line(error)) from error
