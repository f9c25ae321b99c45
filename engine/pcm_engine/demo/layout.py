"""Where everything lies below the demo's folder: three people, each with a folder and pcm's folders of their own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pcm_engine.demo.chapter import Place

SUBJECT: Final = "teddy-bear"
KIND: Final = "teddy bear"
SHIPPED: Final = {"teapot": "teapot", "chair": "chair", "tom-cat": "cat"}
"""The concepts that ship as package files, each with its supercategory; the last one is published last."""


@dataclass(frozen=True)
class Layout:
    """The demo's folder."""

    out: Path

    @property
    def maker(self) -> Place:
        """Who learns."""
        return Place(self.out / "maker")

    @property
    def library(self) -> Place:
        """Who runs the registry and publishes what everyone calls by a bare name."""
        return Place(self.out / "library")

    @property
    def user(self) -> Place:
        """Who installs and paints."""
        return Place(self.out / "user")

    @property
    def other(self) -> Place:
        """A fourth, who has another base model."""
        return Place(self.out / "other")

    @property
    def photos(self) -> Path:
        """The five pictures to learn from."""
        return self.maker.folder / "photos"

    @property
    def learned(self) -> Path:
        """The folder that `pcm learn` writes."""
        return self.maker.folder / "concepts" / SUBJECT

    @property
    def packages(self) -> Path:
        """The concepts that ship, a folder each."""
        return self.library.folder / "packages"

    @property
    def registry(self) -> Path:
        """The registry's data."""
        return self.library.folder / "registry"

    @property
    def lock(self) -> Path:
        """What was installed, exactly."""
        return self.user.folder / "pcm.lock"

    @property
    def other_base(self) -> Path:
        """A base model of Toybox's shape and other weights."""
        return self.other.folder / "another-base"

    def concept(self, word: str) -> Path:
        """The folder of a concept before it is published."""
        return self.learned if word == SUBJECT else self.packages / word

    def package(self, word: str) -> Path:
        """The file in it."""
        return self.concept(word) / f"{word}.safetensors"

    def picture(self, name: str) -> Path:
        """A painted picture."""
        return self.user.folder / "pictures" / f"{name}.png"

    def left_by_sharing(self) -> tuple[Path, ...]:
        """What the steps that go together leave, and find empty when they are done again."""
        library, user, other = (place.folder for place in (self.library, self.user, self.other))
        projects = [folder / name for folder in (library, user, other) for name in PROJECT]
        return (self.registry, *projects)


PROJECT: Final = ("home", "pcm.toml", "pcm.lock")
"""What an environment consists of."""
