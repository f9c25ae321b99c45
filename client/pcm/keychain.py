"""Passphrases from the system's keyring, where the `keyring` distribution is installed; pcm reads it and never writes (P72)."""

from importlib import import_module
from typing import Final

SERVICE: Final = "pcm"


def kept(name: str) -> str | None:
    """What `keyring set pcm NAME` stored; None without the distribution, without an entry, or where it stays locked."""
    try:
        keyring = import_module("keyring")
    except ImportError:
        return None
    try:
        found = keyring.get_password(SERVICE, name)
    except keyring.errors.KeyringError:  # no backend, or a person said no: the prompt is next
        return None
    return found if isinstance(found, str) else None
