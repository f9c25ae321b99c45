"""Where a passphrase comes from: the environment, the system's keyring, a prompt, in this order (P72)."""

import os
import sys
from types import ModuleType

import pytest

from pcm.own_keys import passphrase_from

NAME = "amy.release.pem"


class KeyringError(Exception):
    """What the distribution raises where it has no backend."""


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """The distribution, over a dictionary."""
    held = dict[tuple[str, str], str]()
    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    vars(errors)["KeyringError"] = KeyringError
    vars(module).update(get_password=lambda *place: held.get(place), errors=errors)
    monkeypatch.setitem(sys.modules, "keyring", module)
    return held


def answered() -> str:
    return passphrase_from(lambda name: f"asked for {name}")(NAME)


def test_a_person_is_asked_where_nothing_else_knows(entries: dict[tuple[str, str], str]) -> None:
    assert answered() == f"asked for {NAME}"
    entries["another", NAME] = "not ours"
    assert answered() == f"asked for {NAME}"


def test_the_keyring_goes_before_the_prompt(entries: dict[tuple[str, str], str]) -> None:
    entries["pcm", NAME] = "kept"
    assert answered() == "kept"


def test_the_environment_goes_before_the_keyring(
    entries: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries["pcm", NAME] = "kept"
    monkeypatch.setitem(os.environ, "PCM_PASSPHRASE", "told")
    assert answered() == "told"


def test_without_the_distribution_a_person_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert answered() == f"asked for {NAME}"


def test_a_keyring_that_stays_locked_leads_to_the_prompt(
    entries: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_place: str) -> str:
        raise KeyringError

    monkeypatch.setattr(sys.modules["keyring"], "get_password", locked)
    assert answered() == f"asked for {NAME}"
