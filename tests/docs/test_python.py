"""The manual is true for programs: its Python blocks run, a page's in order and in one interpreter, and do what it says.

What differs from a reader's machine is said here: concepts that ship with Toybox stand for the reader's own, sampling takes
few steps and one seed, and this process, which has PyTorch already, is the interpreter.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from diffusers import DiffusionPipeline
from PIL import Image

import concepts
import pcm
import pipelines
from docs.blocks import DOCS, pages, scripts
from pcm.environment import Environment
from pcm_engine.cli.export import export
from pcm_engine.demo import photos
from pcm_schemas.package import read
from projects import renamed, supplied
from simulator.concepts import place
from simulator.keys import Publisher

README = DOCS.parent / "README.md"
LIBRARY, EXPORT = DOCS / "guide" / "library.md", DOCS / "guide" / "export.md"
INSTALL, TOYBOX = DOCS / "guide" / "install.md", DOCS / "toybox.md"
STEPS = 2
Names = dict[str, Any]


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a page samples with, and noise of one seed: how good pictures are is looked at by other tests."""
    call = pipelines.StableDiffusionPipeline.__call__

    def quick(self: DiffusionPipeline, *given: object, **options: object) -> object:
        settled = {"generator": torch.Generator().manual_seed(1)} | options
        return call(self, *given, **(settled | {"num_inference_steps": STEPS}))

    monkeypatch.setattr(pipelines.StableDiffusionPipeline, "__call__", quick)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """What the pages install from a registry."""
    releases = [("tom-cat", "amy/tom-cat", "1.2.0"), ("teapot", "library/teddy-bear", "1.0.0")]
    with supplied(tmp_path, monkeypatch, releases) as environment:
        yield environment


def played(page: Path, *, blocks: slice = slice(None), names: Names | None = None) -> Names:
    """Run blocks of a page; an error names the line of the page."""
    found: Names = {} if names is None else names
    for block in scripts(page.read_text("utf-8"))[blocks]:
        code = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
        exec(code, found)
    return found


def test_the_front_page_composes_a_learned_concept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = renamed("tom-cat", "local/teddy-bear")
    place(tmp_path / "concepts" / "teddy-bear", data, name="teddy-bear", by=None)
    found = played(README)
    assert isinstance(found["image"], Image.Image)
    with pytest.raises(pcm.errors.PcmError, match="detached"):
        found["composer"]("a cat")


def test_toybox_opens_by_its_page() -> None:
    assert played(TOYBOX)["pipeline"].unet.config.cross_attention_dim > 0


def test_the_page_of_installing_reads_an_installed_concept(project: Environment) -> None:
    assert read(played(INSTALL)["data"]).manifest.name == "library/teddy-bear"


def test_the_page_of_the_library_runs_from_installing_to_detaching(
    project: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    here = project.folder
    place(here, renamed("chair", "bob/me"), name="me", by=Publisher("bob"))
    place(here / "pot", renamed("teapot", "carol/teapot"), name="teapot", by=Publisher("carol"))
    pcm.install("file:pot/teapot.safetensors")
    photos.main(["chair", "photos"])
    found = played(LIBRARY)
    assert (here / "models" / "loras" / "tom-cat.safetensors").read_bytes() == found["data"]
    assert Path("front.png").is_file()
    assert Path("front.svg").is_file()
    assert len(found["images"]) == 2
    assert {*found["embeddings"]} == {"prompt_embeds"}
    assert capsys.readouterr().out.strip().endswith(str(found["composer"].memory.slots * 16))
    with pytest.raises(pcm.errors.PcmError, match="detached"):
        found["composer"]("a cat")


def exported(data: bytes, *words: str) -> None:
    """What the page's first command writes."""
    place(Path("concepts") / "tom-cat", data, name="tom-cat", by=None)
    CliRunner().invoke(export, ["concepts/tom-cat", *words], catch_exceptions=False)


def test_an_export_loads_as_its_page_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exported(renamed("tom-cat", "local/tom-cat"))
    found = played(EXPORT, blocks=slice(1))
    pipeline, prompt = found["pipeline"], "a photo of a <tom-cat> in the snow"
    assert "<tom-cat>" in pipeline.tokenizer.get_vocab()
    assert np.array_equal(found["image"], pipeline(prompt).images[0])
    pipeline.unload_lora_weights()
    assert not np.array_equal(found["image"], pipeline(prompt).images[0])


def test_an_export_for_two_encoders_loads_as_its_page_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pipeline = pipelines.sdxl()
    exported(concepts.packed(concepts.random_concept(pipeline, "tom-cat")), "--to", "embedding")
    played(EXPORT, blocks=slice(1, None), names={"pipeline": pipeline})
    for tokenizer in (pipeline.tokenizer, pipeline.tokenizer_2):
        assert "<tom-cat>" in tokenizer.get_vocab()


def test_every_page_with_python_is_run() -> None:
    found = {page for page in pages() if "```python" in page.read_text("utf-8")}
    assert found == {README, LIBRARY, EXPORT, INSTALL, TOYBOX}


def test_a_block_that_fails_is_told_by_its_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A\n\n```python\na = 1\n```\n\n```python\n\na / 0\n```\n")
    assert [block.line for block in scripts(page.read_text())] == [4, 8]
    with pytest.raises(ZeroDivisionError) as caught:
        played(page)
    assert caught.traceback[-1].lineno + 1 == 9
