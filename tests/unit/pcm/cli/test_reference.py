"""The reference in `docs/` is what the commands say of themselves today."""

import subprocess
import sys
from pathlib import Path

import pytest

from pcm.cli.commands import ENGINE, OWN

COMMITTED = Path(__file__).parents[4] / "docs" / "reference" / "cli.md"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, made as `make docs` makes it: click keeps what a command said of itself before, so by a new process."""
    page = tmp_path_factory.mktemp("reference") / "new" / "cli.md"
    subprocess.run([sys.executable, "-m", "pcm.cli.reference", page], check=True)
    return page


def test_the_committed_page_is_not_stale(written: Path) -> None:
    assert COMMITTED.read_text("utf-8") == written.read_text("utf-8"), "run `make docs`"


def test_every_command_has_its_section(written: Path) -> None:
    page = written.read_text("utf-8").splitlines()
    assert {f"## pcm {name}" for name in OWN | ENGINE} <= {*page}
