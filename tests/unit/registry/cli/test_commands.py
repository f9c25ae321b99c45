"""`pcm-registry`: what an operator types, each command against a real data folder (P45, P46, P50)."""

import json
from pathlib import Path

import pytest

from golden import trust_samples
from pcm_registry import jobs, namespaces
from pcm_registry.app import build_app
from pcm_registry.blobs import Storage
from pcm_registry.ceremony import newest_targets
from pcm_registry.cli.boundary import run
from pcm_registry.errors import DevelopmentKeys, RootInvalid
from pcm_registry.founding import newest_root, ready_for_development
from pcm_registry.role_keys import OnlineKeys
from pcm_registry.services import Services, utc_clock
from pcm_registry.settings import Mode, Settings
from pcm_schemas.token import require_token
from servers import development

PASSPHRASE = "correct horse"


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCM_REGISTRY_PASSPHRASE", PASSPHRASE)


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """A registry that a small ceremony of three holders founded."""
    out, data = tmp_path / "ceremony", tmp_path / "data"
    assert run(["keys", "ceremony", "--bits", "2", "--out", str(out)]) == 0
    assert run(["keys", "install", "--data", str(data), "--from", str(out)]) == 0
    return data


def storage(data: Path) -> Storage:
    return Storage.in_folder(data / "public")


def test_init_makes_a_registry_that_serves_and_prints_what_to_pin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pcm_registry.signer.BITS", 2)
    assert run(["init", "--data", str(tmp_path)]) == 0
    root = (tmp_path / "public" / "tuf" / "1.root.json").read_bytes()
    import hashlib

    assert capsys.readouterr().out == f"root sha256: {hashlib.sha256(root).hexdigest()}\n"
    assert b"ENCRYPTED" in (tmp_path / "offline-keys" / "root.pem").read_bytes()
    assert (tmp_path / "online-keys" / "timestamp.pem").stat().st_mode & 0o777 == 0o600
    build_app(Settings(data=tmp_path)).state.services.database.close()
    assert run(["init", "--data", str(tmp_path)]) == 2


def test_development_keys_do_not_serve_for_real_nor_the_other_way(
    tmp_path: Path, held: Path
) -> None:
    folder = tmp_path / "dev"
    ready_for_development(storage(folder), development(folder), now=utc_clock())
    with pytest.raises(DevelopmentKeys):
        build_app(Settings(data=folder))
    with pytest.raises(DevelopmentKeys):
        build_app(Settings(data=held, mode=Mode.DEVELOPMENT))


def test_tokens_are_made_listed_and_revoked(held: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    new = ["token", "new", "--data", str(held), "--note", "amy", "--scope", "publish:amy/*"]
    assert run(new) == 0
    token = capsys.readouterr().out.strip()
    assert require_token(token) == token
    assert run(["token", "list", "--data", str(held)]) == 0
    listed = capsys.readouterr().out
    assert "publish:amy/*  amy" in listed
    assert token not in listed
    assert run(["token", "revoke", "--data", str(held), listed.split()[0]]) == 0
    assert run(["token", "revoke", "--data", str(held), listed.split()[0]]) == 6


def test_a_token_of_another_scope_or_length_is_refused(held: Path) -> None:
    new = ["token", "new", "--data", str(held), "--note", "amy"]
    assert run([*new, "--scope", "everything"]) == 8
    assert run([*new, "--scope", "read", "--days", "400"]) == 8


def test_a_folder_without_a_registry_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["token", "list", "--data", str(tmp_path / "none")]) == 2
    assert "pcm-registry init" in capsys.readouterr().err


def test_a_root_needs_as_many_holders_as_it_says(held: Path, tmp_path: Path) -> None:
    out = tmp_path / "2.root.json"
    assert run(["keys", "renew", "root", "--data", str(held), "--out", str(out)]) == 0
    sign = ["keys", "sign", str(out), "--key"]
    publish = ["keys", "publish", "--data", str(held), str(out)]
    assert run([*sign, str(tmp_path / "ceremony" / "root-1.pem")]) == 0
    assert run(publish) == RootInvalid("").exit_code
    assert newest_root(storage(held)).signed.version == 1
    assert run([*sign, str(tmp_path / "ceremony" / "root-3.pem")]) == 0
    assert run(publish) == 0
    assert newest_root(storage(held)).signed.version == 2


def test_targets_claim_the_library_keyset_and_the_worker_takes_them_up(
    held: Path, tmp_path: Path
) -> None:
    app = build_app(Settings(data=held))
    services: Services = app.state.services
    keyset = trust_samples.keyset(trust_samples.keyset_fields(namespace="library"))
    with services.database.writing() as connection:
        namespaces.create(connection, keyset, at=services.now)
    keys = OnlineKeys.read(services.settings.online_keys)
    jobs.publish_waiting(services, keys)
    assert newest_targets(storage(held)).signed.targets == {}
    assert list((held / "public" / "tuf" / "targets" / "keysets").glob("*.library.json"))
    out = tmp_path / "2.targets.json"
    assert run(["keys", "renew", "targets", "--data", str(held), "--out", str(out)]) == 0
    publish = ["keys", "publish", "--data", str(held), str(out)]
    assert run(publish) == RootInvalid("").exit_code
    key = tmp_path / "ceremony" / "targets-2.pem"
    assert run(["keys", "sign", str(out), "--key", str(key)]) == 0
    assert run(publish) == 0
    assert jobs.publish_waiting(services, keys) == 2
    snapshot = json.loads(storage(held).get("tuf/3.snapshot.json") or b"")
    assert snapshot["signed"]["meta"]["targets.json"]["version"] == 2
    services.database.close()


@pytest.mark.parametrize(
    "shape", [["--bits", "16"], ["--bits", "0"], ["--threshold", "4"], ["--threshold", "0"]]
)
def test_a_ceremony_that_nobody_could_use_is_refused(tmp_path: Path, shape: list[str]) -> None:
    """P41: clients read no snapshot of 2^16 bins."""
    assert run(["keys", "ceremony", *shape, "--out", str(tmp_path / "made")]) == 2
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("command", [["token", "list"], ["keys", "status"], ["serve"]])
def test_nothing_is_made_where_no_registry_is(tmp_path: Path, command: list[str]) -> None:
    assert run([*command, "--data", str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()


def test_a_wrong_word_is_an_error_of_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "renew", "bins", "--data", ".", "--out", "x"]) == 2
    assert capsys.readouterr().err.splitlines()[2] == "  fix: see `pcm-registry keys renew --help`"


def test_status_lists_the_roles(held: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["keys", "status", "--data", str(held)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["root", "targets", "snapshot", "timestamp"]
    assert lines[0].split()[1:] == ["1", "364", "days"]
