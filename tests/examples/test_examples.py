"""The scripts of `examples/`, each run as its reader would: on Toybox, from a registry on loopback, in few steps."""

import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import pcm
import servers
from pcm.bases import add_base
from pcm.config import Folders
from pcm.connecting import transport_for
from pcm.environment import Environment
from pcm.own_keys import OwnKeys
from pcm.publish import Parcel, Publisher, repacked
from pcm.registries import add_registry
from pcm.workplace import system_time
from pcm_engine.demo import photos
from pcm_engine.demo.packages import HOME
from pcm_schemas.digest import Digest
from pcm_schemas.package import read

EXAMPLES = Path(__file__).parents[2] / "examples"
WORDS = ("teapot", "tom-cat")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """A project on Toybox, and a registry where amy has published two of the concepts that ship with it."""
    folder = tmp_path / "project"
    folder.mkdir()
    folders = Folders.from_environment()
    add_base("toybox", folders)
    (folder / "pcm.toml").write_text('base = "toybox"\n')
    environment = Environment.find(folder, folders)
    monkeypatch.chdir(folder)
    with servers.running(tmp_path / "data") as server:
        monkeypatch.setenv("PCM_TOKEN", server.token())
        transport = transport_for(environment)
        add_registry(
            server.url, environment, name="default", root=server.root, transport=transport,
            agree=lambda _found: False,
        )  # fmt: skip
        publish(environment)
        yield environment


def publish(environment: Environment) -> None:
    """Sign with keys of amy's and publish."""
    from pcm.client import Client
    from pcm.connecting import connector
    from pcm.workplace import Switches

    keys = OwnKeys(environment.folders, lambda _name: "some words")
    keys.new("amy", note=None, now=system_time())
    work = Client(environment, connector(environment, Switches())).work()
    registry = work.project.default_registry()
    served = work.routing.server(registry).chain
    publisher = Publisher(registry.url, transport_for(environment), keys, system_time(), served)
    for word in WORDS:
        publisher.publish(repacked(parcel(word), name=f"amy/{word}", version="1.0.0"))


def parcel(word: str) -> Parcel:
    """A concept that ships with Toybox, and the previews that its manifest names."""
    previews = [path.read_bytes() for path in (HOME / "previews" / word).glob("*.png")]
    data = (HOME / f"{word}.safetensors").read_bytes()
    return Parcel(data, {Digest.of(each): each for each in previews})


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
    ran("compose.py", "out.png", "2")
    with Image.open("out.png") as image:
        assert image.size == (32, 32)


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
