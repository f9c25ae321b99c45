"""One bit, there and back; and a base that measures otherwise."""

from pathlib import Path

import pytest

from pcm.base import measure_folder
from pcm_engine import toybox
from pcm_engine.cli.errors import OptionsRefused
from pcm_engine.demo import other_base, tampering
from pcm_schemas.base_model import Tier, compare


def test_one_bit_is_turned_over_and_back(tmp_path: Path) -> None:
    file = tmp_path / "blob"
    file.write_bytes(bytes(range(64)))
    file.chmod(0o444)
    tampering.main([str(file)])
    changed = file.read_bytes()
    assert sum(a != b for a, b in zip(changed, bytes(range(64)), strict=True)) == 1
    tampering.main([str(file)])
    assert file.read_bytes() == bytes(range(64))
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("arguments", [[], ["gone"], ["a", "b"]])
def test_a_file_is_needed(arguments: list[str]) -> None:
    with pytest.raises(OptionsRefused):
        tampering.main(arguments)


def test_the_other_base_has_the_same_shape_and_is_another(tmp_path: Path) -> None:
    other_base.main([str(tmp_path / "other")])
    ours, theirs = measure_folder(toybox.path()), measure_folder(tmp_path / "other")
    assert compare(theirs, ours) is Tier.OTHER
    assert (theirs.architecture, theirs.prediction_type) == (
        ours.architecture,
        ours.prediction_type,
    )


def test_a_folder_is_needed() -> None:
    with pytest.raises(OptionsRefused):
        other_base.main([])
