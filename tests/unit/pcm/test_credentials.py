"""Tokens, each for its own origin, from the environment or from a file that nobody else can read (P50, P72)."""

import os
from pathlib import Path

import pytest

from pcm.credentials import Credentials
from pcm.environment import Environment
from pcm.key_errors import KeyFileRefused
from pcm.store_errors import FileUnreadable
from pcm_schemas.record_errors import TokenInvalid
from pcm_schemas.token import token_of
from simulator.registry import URL, Simulator
from unit.pcm.conftest import Desk

TOKEN, OTHER = token_of("a" * 32), token_of("b" * 32)
MIRROR = "https://mirror.example"


@pytest.fixture
def own(desk: Desk) -> Desk:
    return desk.with_registry(Simulator())


def credentials(desk: Desk) -> Credentials:
    return Credentials(Environment.find(desk.folder, desk.folders))


def written(desk: Desk, text: str, *, mode: int = 0o600) -> Path:
    path = desk.folders.credentials
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_without_a_token_there_is_none(own: Desk) -> None:
    assert credentials(own).token(URL) is None


def test_the_environments_token_is_the_default_registrys_alone(
    own: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "PCM_TOKEN", TOKEN)
    assert [credentials(own).token(each) for each in (URL, MIRROR)] == [TOKEN, None]


def test_without_a_default_registry_the_environments_token_goes_nowhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "PCM_TOKEN", TOKEN)
    assert credentials(desk).token(URL) is None


def test_the_file_names_the_origin_of_each(own: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    written(own, f'[tokens]\n"{URL}" = "{OTHER}"\n"{MIRROR}" = "{TOKEN}"\n')
    found = credentials(own)
    assert [found.token(each) for each in (URL, MIRROR)] == [OTHER, TOKEN]
    monkeypatch.setitem(os.environ, "PCM_TOKEN", TOKEN)
    assert found.token(URL) == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_p72_a_file_that_others_may_read_is_refused(own: Desk, mode: int) -> None:
    path = written(own, f'[tokens]\n"{URL}" = "{TOKEN}"\n', mode=mode)
    with pytest.raises(KeyFileRefused) as caught:
        credentials(own).token(URL)
    assert caught.value.path == str(path)


def test_what_is_no_toml_is_refused(own: Desk) -> None:
    written(own, "tokens = [")
    with pytest.raises(FileUnreadable):
        credentials(own).token(URL)


@pytest.mark.parametrize("text", ["", "pcm_short", f"{TOKEN[:-1]}!"])
def test_p50_a_token_whose_checksum_is_wrong_is_sent_nowhere(own: Desk, text: str) -> None:
    written(own, f'[tokens]\n"{URL}" = "{text}"\n')
    with pytest.raises(TokenInvalid) as caught:
        credentials(own).token(URL)
    assert not text or text not in str(caught.value)
