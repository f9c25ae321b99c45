"""A folder to work in: a random base, two package files, and a way to run `pcm generate` in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from diffusers import StableDiffusionPipeline

from pcm_engine.cli.generate import generate
from pcm_engine.cli.loading import Bases

Run = Callable[..., None]


@pytest.fixture(scope="session")
def base(pipeline: StableDiffusionPipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The random pipeline as diffusers writes it."""
    folder = tmp_path_factory.mktemp("base")
    pipeline.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def bases() -> Bases:
    """Opened once for all tests: commands leave a base as they found it."""
    return Bases()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packages: dict[str, bytes]) -> Path:
    """The current folder, with both packages."""
    monkeypatch.chdir(tmp_path)
    for word, data in packages.items():
        (tmp_path / f"{word}.safetensors").write_bytes(data)
    return tmp_path


@pytest.fixture
def paint(base: Path, bases: Bases) -> Run:
    """Run `pcm generate` on the random base, in three steps."""

    def run(*words: str, steps: tuple[str, ...] = ("--steps", "3")) -> None:
        arguments = [*words, *steps, "--base", str(base)]
        generate.main(arguments, standalone_mode=False, obj=bases)

    return run
