"""Keys made, a concept published to the real registry, found, installed by name, yanked (P26, P36, P48)."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import pcm
import servers
from pcm.connecting import transport_for
from pcm.environment import Environment
from pcm.own_keys import OwnKeys
from pcm.publish import Parcel, Publisher, open_parcel, repacked
from pcm.publish_errors import FolderUnclear
from pcm.registries import add_registry
from pcm.transfer_errors import Refused
from pcm_schemas.digest import Digest
from pcm_schemas.errors import PcmError
from pcm_schemas.trust_errors import ChainBroken
from simulator.concepts import concept
from unit.pcm.conftest import Desk


@pytest.fixture
def own(desk: Desk) -> OwnKeys:
    return OwnKeys(desk.folders, lambda _name: "a passphrase")


def publisher(desk: Desk, own: OwnKeys) -> Publisher:
    environment = Environment.find(desk.folder, desk.folders)
    work = desk.client().work()
    registry = work.project.default_registry()
    served = work.routing.server(registry).chain
    return Publisher(registry.url, transport_for(environment), own, datetime.now(UTC), served)


def test_from_key_to_installed_concept(
    desk: Desk, own: OwnKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = replace(desk, now=datetime.now(UTC).replace(microsecond=0))
    with servers.running(tmp_path / "data") as server:
        environment = Environment.find(desk.folder, desk.folders)
        add_registry(
            server.url,
            environment,
            name="default",
            root=server.root,
            transport=transport_for(environment),
            agree=lambda _found: False,
        )
        monkeypatch.setitem(os.environ, "PCM_TOKEN", server.token())
        own.new("amy", note="laptop", now=desk.now)
        learned = concept("local/cup", base=desk.base)
        parcel = repacked(Parcel(learned, {}), name="amy/cup", version=None)
        state = publisher(desk, own).publish(parcel)
        assert state.state == "visible"
        assert publisher(desk, own).publish(parcel).id == state.id
        outcome = pcm.install("amy/cup*", environment=environment)
        assert [p.name for p in outcome.lock.packages] == ["amy/cup"]
        found = pcm.installed("cup*", environment=environment)
        assert found.read() == parcel.data
        assert found.link(tmp_path / "files").read_bytes() == parcel.data
        assert [each.name for each in pcm.search("cup", environment=environment)] == ["amy/cup"]
        publisher(desk, own).yank("amy/cup", "1.0.0", reason="too grey")
        mallory = OwnKeys(replace(desk.folders, settings=tmp_path / "mallory"), own.passphrase)
        mallory.new("amy", note=None, now=desk.now)
        with pytest.raises(ChainBroken):
            publisher(desk, mallory).publish(parcel)
        other = concept("amy/cup", base=desk.base, description="Another cup.")
        with pytest.raises(Refused) as caught:
            publisher(desk, own).publish(Parcel(other, {}))
        assert caught.value.code == "release.exists"


def test_packing_anew_changes_the_name_and_nothing_else(desk: Desk) -> None:
    parcel = Parcel(concept("local/cup", base=desk.base), {})
    assert repacked(parcel, name=None, version=None) is parcel
    made = repacked(parcel, name="amy/cup", version="2.0.0").package
    old, new = parcel.package.manifest, made.manifest
    assert new == old.model_copy(update={"name": "amy/cup", "version": "2.0.0"})
    assert {n: t.tobytes() for n, t in made.tensors.items()} == {
        n: t.tobytes() for n, t in parcel.package.tensors.items()
    }


def test_a_folder_with_two_packages_is_unclear_and_previews_come_along(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "me" / "previews").mkdir(parents=True)
    (tmp_path / "me" / "me.safetensors").write_bytes(concept("local/me", base=desk.base))
    (tmp_path / "me" / "previews" / "0.webp").write_bytes(b"picture")
    assert [*open_parcel(tmp_path / "me").previews] == [Digest.of(b"picture")]
    (tmp_path / "me" / "you.safetensors").write_bytes(b"")
    with pytest.raises(FolderUnclear) as caught:
        open_parcel(tmp_path / "me")
    assert caught.value.found == ("me.safetensors", "you.safetensors")
    with pytest.raises(PcmError):
        open_parcel(tmp_path / "gone")
