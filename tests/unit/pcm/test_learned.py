"""A learned concept joins the environment, whatever the environment is (P30, P61, P68)."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pcm.bases import BaseList
from pcm.client import Client
from pcm.config import Folders
from pcm.environment import Environment
from pcm.learned import add_learned, free_name, require_free_trigger
from pcm.local_keys import LocalKeys
from pcm.resolution_errors import BaseOther, TriggerClash
from pcm_schemas.requirement import Requirement
from simulator.concepts import concept, identity, place, write_base
from simulator.keys import NOW, Publisher
from unit.pcm.conftest import Desk


def learned(desk: Desk, folder: Path, **changes: object) -> Path:
    """A folder as `pcm learn` leaves it."""
    data = concept("local/me", base=desk.base, **changes)  # type: ignore[arg-type]
    made = LocalKeys(desk.folders).sign(data, now=NOW)
    path = place(folder, data, name="me", by=None)
    path.with_name("me.safetensors.dsse.json").write_bytes(made.envelope)
    (folder / "keyset.json").write_bytes(made.chain.to_bytes())
    return path


def added(desk: Desk, file: Path, base: Path | None = None) -> Client:
    client = desk.client()
    add_learned(file, client, base=str(base or "tiny"), label="mine")
    return client


def test_inside_a_project_the_path_is_relative(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file = learned(desk, desk.folder / "concepts" / "me")
    monkeypatch.chdir(desk.folder / "concepts")  # as from a folder below pcm.toml
    added(desk, Path("me/me.safetensors"))
    assert desk.client().held_lock().packages[0].source == "file:concepts/me/me.safetensors"
    assert desk.client().read("me") == file.read_bytes()


def test_learned_again_it_takes_its_own_place_and_keeps_its_alias(desk: Desk) -> None:
    file = learned(desk, desk.folder / "me")
    desk.client().install([Requirement.from_input(f"file:{os.path.relpath(file)} as bruno*")])
    learned(desk, desk.folder / "me", description="Better.")
    added(desk, file)
    package = desk.client().held_lock().packages[0]
    assert (package.name, package.trigger) == ("local/me", "bruno")
    assert desk.client().read("bruno") == file.read_bytes()


def test_p68_without_a_project_the_default_environment_takes_it_and_its_base(
    desk: Desk, base_folder: Path, tmp_path: Path
) -> None:
    folders = Folders(tmp_path / "new", tmp_path / "new" / "settings")
    fresh = replace(desk, folder=tmp_path / "nowhere", folders=folders)
    file = learned(fresh, tmp_path / "nowhere" / "me")
    client = added(fresh, file, base_folder)
    assert client.environment == Environment(folders.default_environment, folders)
    assert client.environment.project().base == "mine"
    assert client.held_lock().packages[0].source == f"file:{file}"


def test_a_base_never_takes_the_name_of_another(desk: Desk, tmp_path: Path) -> None:
    listed = BaseList.read(desk.folders).find("tiny")
    assert listed is not None
    assert free_name("tiny", listed.folder, desk.folders) == "tiny"
    assert free_name("tiny", str(tmp_path), desk.folders) == str(tmp_path)
    assert free_name("large", str(tmp_path), desk.folders) == "large"


def test_for_another_base_nothing_is_written(desk: Desk, tmp_path: Path) -> None:
    other = replace(desk, base=identity(write_base(tmp_path / "other", seed=8)))
    file = learned(other, desk.folder / "me")
    before = (desk.folder / "pcm.toml").read_bytes()
    with pytest.raises(BaseOther):
        added(desk, file)
    assert (desk.folder / "pcm.toml").read_bytes() == before
    assert desk.client().environment.lock() is None


def test_p66_a_word_that_calls_another_concept_is_refused_before_learning(desk: Desk) -> None:
    path = place(desk.folder, concept("amy/me", base=desk.base), name="me", by=Publisher("amy"))
    environment = desk.client().environment
    require_free_trigger("me", environment)  # no lock yet
    desk.client().install([Requirement.from_input(f"file:{path}")])
    require_free_trigger("you", environment)
    with pytest.raises(TriggerClash) as caught:
        require_free_trigger("me", environment)
    assert caught.value.holders == ("amy/me", "local/me")


def test_a_word_of_its_own_earlier_version_is_free(desk: Desk) -> None:
    added(desk, learned(desk, desk.folder / "me"))
    require_free_trigger("me", desk.client().environment)
