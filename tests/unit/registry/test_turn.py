"""Two servers on one data folder: the second is told, and the folder stays as it was (P48)."""

from pathlib import Path

import pytest

from pcm_registry.cli.boundary import run
from pcm_registry.turn import DataInUse, alone


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(DataInUse) as caught, alone(tmp_path):
        pytest.fail("two hold it")
    assert (caught.value.code, caught.value.folder) == ("store.locked", str(tmp_path))
    with alone(tmp_path):
        assert (tmp_path / "serving.lock").is_file()


def test_a_second_server_says_so_and_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(tmp_path):
        assert run(["serve", "--dev", "--data", str(tmp_path), "--port", "0"]) == 1
    assert "another server signs in" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["serving.lock"]
