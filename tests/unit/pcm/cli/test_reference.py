"""The reference in `docs/` is what the commands say of themselves today."""

from pathlib import Path

from pcm.cli.commands import ENGINE, OWN
from pcm.cli.reference import main, reference

COMMITTED = Path(__file__).parents[4] / "docs" / "reference" / "cli.md"


def test_the_committed_page_is_not_stale() -> None:
    assert COMMITTED.read_text("utf-8") == reference(), "run `make docs`"


def test_every_command_has_its_section() -> None:
    page = reference().splitlines()
    assert {f"## pcm {name}" for name in OWN | ENGINE} <= {*page}


def test_the_page_is_written_where_asked(tmp_path: Path) -> None:
    main(tmp_path / "new" / "cli.md")
    assert (tmp_path / "new" / "cli.md").read_text("utf-8") == reference()
