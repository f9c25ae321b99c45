"""The scripts of `examples/`, each run as its reader would: on Toybox, from a registry on loopback, in few steps."""

import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from PIL import Image

import pcm
from pcm.environment import Environment
from pcm_engine import Composer, Gate, toybox
from pcm_engine.demo import photos
from pcm_engine.demo.packages import HOME
from pcm_schemas.package import read
from projects import supplied

EXAMPLES = Path(__file__).parents[2] / "examples"
WORDS = ("teapot", "tom-cat")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """A registry where amy has published two of the concepts that ship with Toybox, and a project."""
    releases = [(word, f"amy/{word}", "1.0.0") for word in WORDS]
    with supplied(tmp_path, monkeypatch, releases) as environment:
        yield environment


def run(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    """One script, in the working folder."""
    return subprocess.run(
        [sys.executable, str(EXAMPLES / script), *words],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def ran(script: str, *words: str) -> str:
    done = run(script, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_installed_from_a_registry_linked_and_composed(project: Environment) -> None:
    """Three scripts in the order in which they are used."""
    told = run("install_with_progress.py", *(f"amy/{word}" for word in WORDS))
    assert told.returncode == 0, told.stderr
    assert "+ amy/teapot 1.0.0\n+ amy/tom-cat 1.0.0\ntrusting amy from now on" in told.stdout
    assert told.stdout.endswith("2 installed, 0 changed by a second sync\n")
    assert "… fetching 2 from pcm:http://127.0.0.1" in told.stderr
    assert "… verified amy/teapot 1.0.0" in told.stderr
    linked(project)
    composed()


def composed() -> None:
    """The script's picture is that of both concepts: neither the plain one of its words, nor that of one of them."""
    ran("compose.py", "out.png", "4")
    with Image.open("out.png") as image:
        found = np.asarray(image)
    pipeline = DiffusionPipeline.from_pretrained(toybox.path(), use_safetensors=True)
    with Composer(pipeline) as composer:
        for word in WORDS:
            composer.load(f"{word}*")
        gates = {"tom-cat": Gate(bias=0.6)}
        expected = painted(composer, "a tom-cat* in a teapot*", gates=gates)
        one = painted(composer, "a tom-cat* in a teapot", gates=gates)
        plain = painted(composer, "a tom-cat in a teapot")
    assert found.shape == (32, 32, 3)
    assert difference(found, expected) <= 1
    assert difference(found, one) > 20
    assert difference(found, plain) > 20


def painted(composer: Composer, prompt: str, **options: object) -> np.ndarray:
    noise = torch.Generator().manual_seed(7)
    made = composer(prompt, generator=noise, num_inference_steps=4, guidance_scale=3.0, **options)
    return np.asarray(made.images[0])


def difference(one: np.ndarray, other: np.ndarray) -> int:
    """The most that a pixel differs, of 255."""
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def linked(project: Environment) -> None:
    """Files for another tool: everything that is installed, an older one replaced, a stranger's left alone."""
    folder = project.folder / "loras"
    folder.mkdir()
    (folder / "teapot.safetensors").write_bytes(b"my own LoRA")
    done = run("link_concepts.py", "loras")
    assert done.stdout == "loras/tom-cat.safetensors\n"
    assert done.stderr.startswith("usage: ")
    assert (folder / "teapot.safetensors").read_bytes() == b"my own LoRA"
    assert (folder / "tom-cat.safetensors").read_bytes() == pcm.installed("tom-cat*").read()
    (folder / "teapot.safetensors").unlink()
    assert ran("link_concepts.py", "loras", "teapot*") == "loras/teapot.safetensors\n"


@pytest.mark.slow
def test_learned_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    photos.main(["teddy-bear", "photos"])
    told = ran("learn_from_python.py", "bear", "teddy bear", "photos", "concepts/bear", "2")
    manifest = read(Path("concepts/bear/bear.safetensors").read_bytes()).manifest
    assert (manifest.name, manifest.training.steps) == ("local/bear", 2)
    assert told.startswith("concepts/bear: ")


def test_the_trade_off_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process: a fresh one would wait for PyTorch longer than it paints."""
    monkeypatch.chdir(tmp_path)
    photos.main(["teapot", "photos"])
    words = [str(HOME / "teapot.safetensors"), "photos", "front.png", "2", "1"]
    monkeypatch.setattr(sys, "argv", ["pareto.py", *words])
    runpy.run_path(str(EXAMPLES / "pareto.py"), run_name="__main__")
    assert capsys.readouterr().out.startswith("front.png front.svg: most of both at bias 0.")
    with Image.open("front.png") as strip:
        assert strip.size == (3 * 192 + 2 * 4, 192)
    assert "toybox-reporter" in Path("front.svg").read_text()


def test_files_are_verified_before_anything_loads_them(tmp_path: Path) -> None:
    data = (HOME / "teapot.safetensors").read_bytes()
    (tmp_path / "good.safetensors").write_bytes(data)
    (tmp_path / "cut.safetensors").write_bytes(data[:-1])
    assert ran("verify_file.py", str(tmp_path / "good.safetensors")).endswith("unsigned\n")
    done = run("verify_file.py", str(tmp_path / "cut.safetensors"))
    assert (done.returncode, done.stdout.split(": ")[1]) == (1, "package.offsets")


def test_a_signature_beside_a_file_counts_and_a_foreign_one_does_not(tmp_path: Path) -> None:
    from simulator.concepts import place
    from simulator.keys import Publisher

    name, data = "local/teapot", (HOME / "teapot.safetensors").read_bytes()
    path = place(tmp_path, data, name="teapot", by=Publisher("local"))
    assert read(data).manifest.name == name
    assert f"{name} " in (told := ran("verify_file.py", str(path)))
    assert "signed by " in told
    other = Publisher("local", extra="mallory").chain.to_bytes()
    path.with_name("keyset.json").write_bytes(other)
    assert "signature.threshold" in run("verify_file.py", str(path)).stdout
