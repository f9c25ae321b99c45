"""Every transcript below this folder still tells the truth."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from transcripts import market, runner, shelves
from transcripts.inspect import packages
from transcripts.install import concepts

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.rglob("console.txt"))
WRITING = os.environ.get("PCM_WRITE_TRANSCRIPTS") == "1"  # read before the clean room wipes PCM_*


@pytest.fixture(scope="session")
def the_market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[market.Market]:
    with market.opened(tmp_path_factory.mktemp("market")) as found:
        yield found


@pytest.fixture
def the_shelves(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[shelves.Shelves]:
    home = Path(os.environ["PCM_HOME"])
    with shelves.opened(tmp_path_factory.mktemp("shelves"), home) as found:
        for name, value in {**shelves.VARIABLES, "HF_ENDPOINT": found.hub.url}.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def places(request: pytest.FixtureRequest, case: Path) -> runner.Places:
    """For a case of the market or of the Hub its places, and its home as this user's."""
    if (case / "hub").exists():
        there: shelves.Shelves = request.getfixturevalue("the_shelves")
        return there.places()
    if not (case / "market").exists():
        return {}
    found: market.Market = request.getfixturevalue("the_market")
    shutil.copytree(found.home, os.environ["PCM_HOME"])
    return found.places()


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(HERE)))
def test_the_console_and_the_disk_are_as_written(
    case: Path, tmp_path: Path, places: runner.Places
) -> None:
    seen = runner.replay(case, tmp_path, places)
    left = runner.tree(tmp_path, places)
    if WRITING:
        runner.write(case, seen, left)
    assert seen == (case / "console.txt").read_text("utf-8")
    assert left == runner.expected_tree(case)
    if (case / "market").exists():
        assert [path.name for path in Path(os.environ["HOME"]).iterdir()] == ["pcm"]


def test_there_are_cases() -> None:
    assert CASES


def test_a_changed_line_is_seen(tmp_path: Path) -> None:
    assert str(runner.run("pcm --version", tmp_path)) == "$ pcm --version\npcm [VERSION]"
    assert runner.run("pcm nope", tmp_path).shown.endswith("[exit 2]")


def test_only_pcm_is_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not 'rm'"):
        runner.run("rm -r x", tmp_path)


def test_times_and_paths_are_redacted(tmp_path: Path) -> None:
    assert (
        runner.redacted(f"{tmp_path}/x took 1.5 s", {"[CWD]": str(tmp_path)})
        == "[CWD]/x took [TIME]"
    )


def test_the_package_files_are_what_their_generator_writes() -> None:
    assert {
        path: (HERE / "inspect" / path).read_bytes() for path in packages.files()
    } == packages.files()


@pytest.mark.parametrize("case", concepts.CASES)
def test_the_concepts_are_what_their_generator_writes(case: str, tmp_path: Path) -> None:
    concepts.write(tmp_path)
    assert runner.tree(HERE / "install" / case / "before") == runner.tree(tmp_path)
