"""A Hub on loopback and the Hub's own library, unmodified, pointed at it for the length of a test."""

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from simulator.hub import Hub, serving


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """The library reads its settings when it is first imported, so that they are set in it and not around it."""
    settings = huggingface_hub.constants
    with serving() as served:
        monkeypatch.setattr(settings, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(settings, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(settings, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
        monkeypatch.setattr(settings, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield served
