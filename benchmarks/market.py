"""A real registry on loopback that serves a number of concepts of Stable Diffusion 1.5's shape, and homes of its users."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pcm.bases import BaseList, BaseRecord
from pcm.config import Folders
from pcm.environment import Environment
from pcm.own_keys import OwnKeys
from pcm.publish import Parcel, Publisher
from pcm.registries import add_registry
from pcm.transport import Transport
from pcm.workplace import system_time
from pcm_schemas import sketch
from pcm_schemas.architecture import ARCHITECTURES
from pcm_schemas.layout import tensor_widths
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import pack

NAMESPACE = "bench"
BASE = "sd15"
DIGEST = "sha256:" + "5f" * 32
SKETCHES = {"kv": sketch.written([1 / 8] * 64), "text": sketch.written([1 / 8] * 64)}
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Market:
    """A registry that runs: its address, the folder of a user who knows it, and the names that it serves."""

    url: str
    home: Path
    names: tuple[str, ...]
    sizes: tuple[int, ...]

    def variables(self, home: Path) -> dict[str, str]:
        """The environment of a process of a user with this home."""
        return {"PCM_HOME": str(home), "HOME": str(home), "PATH": os.environ["PATH"]}

    def fresh(self, home: Path) -> Path:
        """A home of somebody who knows registry and base and has installed nothing; answers an empty project."""
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.home, home)
        return project(home / "project")


def project(folder: Path) -> Path:
    """An empty project for the base."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "pcm.toml").write_text(f'base = "{BASE}"\nconcepts = []\n')
    return folder


@contextmanager
def market(folder: Path, count: int) -> Iterator[Market]:
    """Serve `count` concepts until the block ends; what the folder already holds is served again."""
    packages = [concept(number) for number in range(count)]
    with registry(folder / "registry") as url:
        known(url, folder / "home")
        publish(packages, url, folder / "publisher")
        names = tuple(name_of(number) for number in range(count))
        yield Market(url, folder / "home", names, tuple(map(len, packages)))


@contextmanager
def registry(data: Path) -> Iterator[str]:
    """The server itself, in its own process, as `pcm-registry serve --dev` starts it."""
    data.mkdir(parents=True, exist_ok=True)
    command = [BIN / "pcm-registry", "serve", "--dev", "--data", data, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            lines = iter(server.stderr or ())
            yield next(found[0] for line in lines if (found := re.search(r"http://\S+", line)))
        finally:
            server.terminate()


def known(url: str, home: Path) -> None:
    """Write a home whose settings name the registry, with the root that it serves, and the base."""
    shutil.rmtree(home, ignore_errors=True)
    folders = Folders.from_environment({"PCM_HOME": str(home)})
    environment = Environment(folders.default_environment, folders)
    add_registry(
        url, environment, name="default", root=None, transport=Transport(), agree=lambda _root: True
    )
    BaseList(bases=(base(),), version=1).write(folders)


def base() -> BaseRecord:
    """A base of the shape of Stable Diffusion 1.5, as if it had been measured."""
    known_shape = ARCHITECTURES["sd1"]
    widths = [width for width, times in known_shape.layers for _ in range(times)]
    fields = {
        "architecture": "sd1",
        "digest": DIGEST,
        "files": DIGEST,
        "folder": "nowhere",
        "layers": tuple((width, known_shape.text) for width in widths),
        "name": BASE,
        "prediction_type": "epsilon",
        "sketches": SKETCHES,
    }
    return BaseRecord.model_validate(fields)


def name_of(number: int) -> str:
    """Full name of a concept."""
    return f"{NAMESPACE}/concept-{number:03d}"


def concept(number: int) -> bytes:
    """A package whose tensors are drawn from the number, so that every run publishes the same bytes."""
    fields = Manifest.of(_fields(number))
    draw = np.random.default_rng(number)
    tensors = {name: draw.normal(size=width) for name, width in tensor_widths(fields).items()}
    tensors["dual"] = tensors["direction"] / (tensors["direction"] @ tensors["direction"])
    return pack(fields, {name: values.astype("<f2") for name, values in tensors.items()})


def publish(packages: list[bytes], url: str, home: Path) -> None:
    """Publish what is not published yet, by the client's own means."""
    folders = Folders.from_environment({"PCM_HOME": str(home)})
    keys = OwnKeys(folders, lambda _file: "benchmark")
    if not keys.held():
        keys.new(NAMESPACE, note=None, now=system_time())
    data = home.parent / "registry"
    token = _token(data)
    sender = Publisher(
        url, Transport(lambda _origin: token), keys, system_time(), lambda _name: None
    )
    with ThreadPoolExecutor(8) as pool:
        [*pool.map(lambda data: sender.publish(Parcel(data, {})), packages)]


def _token(data: Path) -> str:
    scopes = ("--scope", f"publish:{NAMESPACE}/*", "--scope", f"keyset:{NAMESPACE}")
    note = ("--note", "benchmark")
    command = [BIN / "pcm-registry", "token", "new", "--data", data, *note, *scopes]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"pcm_\w+", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout)
    return found[0]


def _fields(number: int) -> dict[str, object]:
    shape = ARCHITECTURES["sd1"]
    return {
        "manifest": 1,
        "kind": "perfusion",
        "name": name_of(number),
        "version": "1.0.0",
        "trigger": f"concept-{number:03d}",
        "supercategories": ["cat"],
        "adjectives": [],
        "base": {
            "architecture": "sd1",
            "digest": DIGEST,
            "sketch": SKETCHES,
            "label": "Stable Diffusion 1.5",
            "prediction_type": "epsilon",
            "clip_skip": 0,
        },
        "gate": {"bias": "0.7", "temperature": "0.15", "strength": "1", "lock": "local"},
        "tensors": {
            "dtype": "F16",
            "text": shape.text,
            "embedding": list(shape.embedding),
            "layers": [list(run) for run in shape.layers],
        },
        "requires": [],
        "tags": ["animal"],
        "description": "A concept that nobody learned.",
        "license": "CC0-1.0",
        "previews": [],
        "created": "2026-11-22T10:00:00Z",
    }
