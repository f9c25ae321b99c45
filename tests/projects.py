"""A project on Toybox whose default registry, on loopback, serves concepts that ship with Toybox under other names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import servers
from pcm.bases import add_base
from pcm.client import Client
from pcm.config import Folders
from pcm.connecting import connector, transport_for
from pcm.environment import Environment
from pcm.own_keys import OwnKeys
from pcm.publish import Parcel, Publisher
from pcm.registries import add_registry
from pcm.workplace import Switches, system_time
from pcm_engine.demo.packages import HOME
from pcm_schemas.digest import Digest
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import pack, read

Release = tuple[str, str, str]
"""Whose tensors, under which name, in which version."""


@contextmanager
def supplied(
    place: Path, monkeypatch: pytest.MonkeyPatch, releases: Sequence[Release]
) -> Iterator[Environment]:
    """The project `place`/project, which is the working folder meanwhile, and the registry with these releases."""
    folder, folders = place / "project", Folders.from_environment()
    folder.mkdir()
    add_base("toybox", folders)
    (folder / "pcm.toml").write_text('base = "toybox"\n')
    environment = Environment.find(folder, folders)
    monkeypatch.chdir(folder)
    with servers.running(place / "data") as server:
        monkeypatch.setenv("PCM_TOKEN", server.token())
        add_registry(
            server.url, environment, name="default", root=server.root,
            transport=transport_for(environment), agree=lambda _found: False,
        )  # fmt: skip
        publish(environment, releases)
        yield environment


def publish(environment: Environment, releases: Sequence[Release]) -> None:
    """Sign with a key for each namespace, and publish."""
    keys = OwnKeys(environment.folders, lambda _name: "some words")
    for namespace in sorted({name.partition("/")[0] for _, name, _ in releases}):
        keys.new(namespace, note=None, now=system_time())
    work = Client(environment, connector(environment, Switches())).work()
    registry = work.project.default_registry()
    served = work.routing.server(registry).chain
    publisher = Publisher(registry.url, transport_for(environment), keys, system_time(), served)
    for word, name, version in releases:
        previews = [path.read_bytes() for path in (HOME / "previews" / word).glob("*.png")]
        publisher.publish(
            Parcel(renamed(word, name, version), {Digest.of(each): each for each in previews})
        )


def renamed(word: str, name: str, version: str = "1.0.0") -> bytes:
    """A concept that ships with Toybox, under another name, and called by the word of that name."""
    package = read((HOME / f"{word}.safetensors").read_bytes())
    changes = {"name": name, "trigger": name.partition("/")[2], "version": version}
    fields = package.manifest.model_dump(mode="json", exclude_none=True) | changes
    return pack(Manifest.of(fields), package.tensors)
