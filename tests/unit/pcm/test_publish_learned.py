"""`pcm publish FOLDER --as amy/me`, of a folder as `pcm learn` leaves it, to a real registry and back (P4, P20, P48)."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import pcm
import servers
from pcm.cli import pcm as program
from pcm.local_keys import LocalKeys
from pcm_schemas.digest import Digest
from pcm_schemas.errors import PcmError
from pcm_schemas.package import read
from simulator.concepts import concept, place
from unit.pcm.conftest import Desk

PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
PREVIEW = {
    "path": "previews/0.png",
    "sha256": Digest.of(PNG),
    "size": len(PNG),
    "media_type": "image/png",
    "width": 8,
    "height": 8,
    "prompt": "a photo of a me*",
    "seed": 0,
}


@pytest.fixture
def learned(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, below a project that is the working folder."""
    folder = desk.folder / "concepts" / "me"
    data = concept("local/me", base=desk.base, previews=[PREVIEW], license="other")
    made = LocalKeys(desk.folders).sign(data, now=datetime.now(UTC))
    path = place(folder, data, name="me", by=None)
    path.with_name("me.safetensors.dsse.json").write_bytes(made.envelope)
    (folder / "keyset.json").write_bytes(made.chain.to_bytes())
    (folder / "previews").mkdir()
    (folder / "previews" / "0.png").write_bytes(PNG)
    monkeypatch.chdir(desk.folder)
    monkeypatch.setenv("PCM_HOME", str(desk.folders.data))
    monkeypatch.setenv("PCM_PASSPHRASE", "some words")
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(program, [*words], standalone_mode=False)


def ran(*words: str) -> str:
    result = run(*words)
    if result.exception is not None:
        raise result.exception
    return result.stdout


def refused(*words: str) -> PcmError:
    error = run(*words).exception
    assert isinstance(error, PcmError), error
    return error


def test_packed_signed_published_and_installed_with_its_previews(
    learned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.running(tmp_path / "data") as server:
        monkeypatch.setenv("PCM_TOKEN", server.token())
        ran("registry", "add", server.url, "--root-sha256", server.root)
        assert refused("publish", "concepts/me", "--as", "amy/me").code == "auth.required"
        ran("key", "new", "amy")
        options = ("--as", "amy/me", "--version", "1.2.0", "--license", "CC-BY-4.0")
        assert "published amy/me 1.2.0" in ran("publish", "concepts/me", *options)
        pcm.install("amy/me as self*")
        package = read(pcm.installed("self*").read())
        served = server.services.storage
        assert package.manifest.license == "CC-BY-4.0"
        assert package.manifest.previews[0].sha256 == Digest.of(PNG)
        assert served.get_blob(Digest.of(PNG)) == PNG
        own = read((learned / "me.safetensors").read_bytes())
        assert own.manifest.name == "local/me"  # the folder stays what was learned
        assert {n: t.tobytes() for n, t in own.tensors.items()} == {
            n: t.tobytes() for n, t in package.tensors.items()
        }


@pytest.mark.usefixtures("learned")
def test_p4_local_is_not_published_as_it_is() -> None:
    error = refused("publish", "concepts/me")
    assert error.code == "name.reserved"
    assert "--as NAMESPACE/me" in error.hint()


@pytest.mark.usefixtures("learned")
def test_a_licence_that_is_none_is_refused_before_anything_is_asked() -> None:
    words = ("publish", "concepts/me", "--as", "amy/me", "--license", "free!")
    assert refused(*words).code == "manifest.invalid"


def test_a_preview_that_is_not_there_is_named(
    learned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (learned / "previews" / "0.png").write_bytes(b"another picture")
    with servers.running(tmp_path / "data") as server:
        monkeypatch.setenv("PCM_TOKEN", server.token())
        ran("registry", "add", server.url, "--root-sha256", server.root)
        ran("key", "new", "amy")
        error = refused("publish", "concepts/me", "--as", "amy/me")
    assert error.code == "preview.mismatch"
