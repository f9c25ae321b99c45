"""`pcm inspect --base` measures a base and names the package's tier on it (P13)."""

import json
from pathlib import Path

import pytest

from pcm.base import measure_folder
from pcm.cli import boundary
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import pack
from pipelines import pipeline
from transcripts.inspect.packages import CONCEPT, concept_tensors


@pytest.fixture
def base(tmp_path: Path) -> Path:
    pipeline().save_pretrained(tmp_path / "base")
    return tmp_path / "base"


def packed(folder: Path, fields: dict[str, object]) -> Path:
    path = folder / "tom-cat.safetensors"
    manifest = Manifest.of(CONCEPT | fields)
    path.write_bytes(pack(manifest, concept_tensors(manifest)))
    return path


def test_the_base_it_was_learned_on_is_exact(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = measure_folder(base)
    widths = {"text": 32, "embedding": [32], "layers": [list(run) for run in measured.runs]}
    said = {
        "base": measured.manifest_fields(label="A random base"),
        "tensors": {"dtype": "F16"} | widths,
    }
    path = packed(tmp_path, said)
    assert boundary.run(["inspect", str(path), "--base", str(base), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tier"] == "exact"


def test_another_base_is_named_so(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert boundary.run(["inspect", str(packed(tmp_path, {})), "--base", str(base)]) == 0
    assert "tier             other: another base" in capsys.readouterr().out


def test_a_folder_without_a_base_is_an_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert boundary.run(["inspect", str(packed(tmp_path, {})), "--base", str(empty)]) == 3
