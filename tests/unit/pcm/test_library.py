"""`import pcm`: typed, silent, light; what an installed concept tells of itself (issue: as a library)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import pcm
from pcm.environment import Environment
from pcm.store_errors import NotInstalled
from pcm_schemas.digest import Digest
from pcm_schemas.errors import PcmError
from pcm_schemas.revocations import Revocations, RevokedRelease
from pcm_schemas.trust_errors import KeyRevoked, ReleaseRevoked
from simulator.concepts import concept, place
from simulator.keys import Publisher
from unit.pcm.conftest import Desk

AMY = Publisher("amy")
HEAVY = ("torch", "tuf", "huggingface_hub", "httpx2", "numpy", "pydantic", "pcm_engine")


@pytest.fixture
def here(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A project with a cup, as the working folder."""
    place(desk.folder / "cup", concept("amy/cup", base=desk.base), name="cup", by=AMY)
    environment = Environment.find(desk.folder, desk.folders)
    monkeypatch.chdir(desk.folder)
    monkeypatch.setenv("PCM_HOME", str(desk.folders.data))
    pcm.install("file:cup/cup.safetensors as mug*")
    return environment


def test_it_is_found_by_trigger_and_by_name_in_the_working_folder(here: Environment) -> None:
    mug = pcm.installed("mug*")
    assert (mug.name, mug.version, mug.trigger) == ("amy/cup", "1.0.0", "mug")
    assert pcm.installed("amy/cup", environment=here).read() == mug.read()
    assert Digest.of(mug.read()) == mug.package.file.sha256


def test_the_gate_is_that_of_pcm_toml(here: Environment) -> None:
    assert pcm.installed("mug*").gate.bias is None
    text = here.text()
    here.project_path.write_text(f'{text}\n[gates."amy/cup"]\nbias = 0.6\nlock = "global"\n')
    gate = pcm.installed("mug*").gate
    assert (gate.bias, gate.lock, gate.strength) == ("0.6", "global", None)
    assert not pcm.installed("mug*").accepts_near


@pytest.mark.parametrize("name", ["cup*", "amy/hat", "me"])
def test_what_is_not_installed_is_an_error_with_the_name(here: Environment, name: str) -> None:
    with pytest.raises(NotInstalled) as caught:
        pcm.installed(name)
    assert caught.value.name == name.removesuffix("*")


def test_without_any_environment_nothing_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotInstalled):
        pcm.installed("teddy-bear*")


def test_everything_is_silent_unless_progress_is_asked_for(
    here: Environment, capfd: pytest.CaptureFixture[str]
) -> None:
    lines: list[str] = []
    assert [each.name for each in pcm.verify()] == ["amy/cup"]
    assert pcm.sync(progress=lines.append).changes == ()
    assert lines == []  # all of it was there
    pcm.install("file:cup/cup.safetensors as mug*", progress=lines.append)
    assert lines == ["verified amy/cup 1.0.0"]
    assert capfd.readouterr() == ("", "")


def test_it_is_linked_under_its_name_or_another(here: Environment, tmp_path: Path) -> None:
    mug = pcm.installed("mug*")
    assert mug.link(tmp_path / "loras") == tmp_path / "loras" / "cup.safetensors"
    assert mug.link(str(tmp_path), name="beaker").read_bytes() == mug.read()
    (tmp_path / "cup.safetensors").write_bytes(b"mine")
    with pytest.raises(PcmError) as caught:
        mug.link(tmp_path)
    assert caught.value.code == "usage"


def revoking(desk: Desk, listed: Revocations) -> None:
    """A registry whose list is held and will not be asked: reading needs no network."""
    url, root = "https://registry.example", "sha256:" + "0" * 64
    path = desk.folder / "pcm.toml"
    path.write_text(
        f'{path.read_text()}\n[registries]\ndefault = {{ url = "{url}", root = "{root}" }}\n'
    )
    held = desk.folders.tuf / Digest.of(url.encode()).hex / "targets"
    held.mkdir(parents=True)
    (held / "revocations.json").write_bytes(listed.to_bytes())


def test_p36_what_was_revoked_after_it_was_installed_is_not_read(
    here: Environment, desk: Desk
) -> None:
    locked = pcm.installed("mug*").package
    of_file = RevokedRelease(
        at="2026-11-22T12:00:00Z", name="amy/cup", reason="bad", sha256=locked.file.sha256
    )
    revoking(desk, Revocations.none().model_copy(update={"releases": (of_file,)}))
    with pytest.raises(ReleaseRevoked):
        pcm.installed("mug*").read()


def test_p36_a_revoked_key_counts_for_a_file_too(here: Environment, desk: Desk) -> None:
    key = {"at": "2026-11-22T12:00:00Z", "id": AMY.pair.release.id, "reason": "lost"}
    listed = {**Revocations.none().model_dump(mode="json"), "keys": [key]}
    revoking(desk, Revocations.model_validate_json(json.dumps(listed)))
    with pytest.raises(KeyRevoked):
        pcm.installed("mug*").read()


def test_p36_a_name_is_the_registrys_own_affair(here: Environment, desk: Desk) -> None:
    of_name = RevokedRelease(at="2026-11-22T12:00:00Z", name="amy/cup", reason="bad")
    revoking(desk, Revocations.none().model_copy(update={"releases": (of_name,)}))
    assert pcm.installed("mug*").read()


def test_importing_it_loads_nothing_heavy_and_reading_no_torch_no_tuf_no_network(
    here: Environment,
) -> None:
    program = (
        "import sys, pcm\n"
        f"print([n for n in {HEAVY!r} if n in sys.modules])\n"
        "pcm.installed('mug*').read()\n"
        "print([n for n in ('torch', 'tuf', 'huggingface_hub', 'httpx2') if n in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "[]"]
