"""The page of the Hub is true: its commands run against a Hub on loopback, and leave what it says."""

from pathlib import Path

import pytest

from docs.blocks import DOCS, told
from docs.shell import Shell, play
from docs.test_pages import WORDS, prelude
from simulator.hub import Hub, serving

PAGE = "guide/hub.md"


@pytest.mark.slow
def test_what_the_page_tells_to_type_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Hub()) as hub:
        hub.user("amy")
        for name, value in {
            "HF_ENDPOINT": hub.url,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
        }.items():
            monkeypatch.setenv(name, value)
        with Shell(tmp_path, WORDS) as shell:
            assert play(shell, prelude(PAGE)) == []
            assert play(shell, told((DOCS / PAGE).read_text("utf-8"))) == []
        held = hub.repositories["amy/tom-cat"]
        assert [commit.message for commit in held.commits.values()] == [
            "initial commit",
            "amy/tom-cat 1.2.0",
        ]
        assert f"hf:amy/tom-cat@{held.head}#" in (tmp_path / "pcm.lock").read_text()
