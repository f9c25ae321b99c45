"""Every transcript below this folder still tells the truth."""

import os
from pathlib import Path

import pytest

from transcripts import runner
from transcripts.inspect import packages
from transcripts.install import concepts

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.rglob("console.txt"))
WRITING = os.environ.get("PCM_WRITE_TRANSCRIPTS") == "1"  # read before the clean room wipes PCM_*


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(HERE)))
def test_the_console_and_the_disk_are_as_written(case: Path, tmp_path: Path) -> None:
    seen = runner.replay(case, tmp_path)
    if WRITING:
        (case / "console.txt").write_text(seen, encoding="utf-8")
    assert seen == (case / "console.txt").read_text("utf-8")
    assert runner.tree(tmp_path) == runner.expected_tree(case)


def test_there_are_cases() -> None:
    assert CASES


def test_a_changed_line_is_seen(tmp_path: Path) -> None:
    assert str(runner.run("pcm --version", tmp_path)) == "$ pcm --version\npcm [VERSION]"
    assert runner.run("pcm nope", tmp_path).shown.endswith("[exit 2]")


def test_only_pcm_is_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not 'rm'"):
        runner.run("rm -r x", tmp_path)


def test_times_and_paths_are_redacted(tmp_path: Path) -> None:
    assert runner.redacted(f"{tmp_path}/x took 1.5 s", tmp_path) == "[CWD]/x took [TIME]"


def test_the_package_files_are_what_their_generator_writes() -> None:
    assert {
        path: (HERE / "inspect" / path).read_bytes() for path in packages.files()
    } == packages.files()


@pytest.mark.parametrize("case", concepts.CASES)
def test_the_concepts_are_what_their_generator_writes(case: str, tmp_path: Path) -> None:
    concepts.write(tmp_path)
    assert runner.tree(HERE / "install" / case / "before") == runner.tree(tmp_path)
