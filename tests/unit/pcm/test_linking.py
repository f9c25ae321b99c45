"""Files for other tools: whole, and nobody else's replaced."""

from pathlib import Path

import pytest

from pcm.linking import LinkTaken, linked
from simulator.concepts import concept
from unit.pcm.conftest import Desk


def test_an_older_file_of_the_concept_is_replaced(desk: Desk, tmp_path: Path) -> None:
    path, first = tmp_path / "new" / "cup.safetensors", concept("amy/cup", base=desk.base)
    assert linked(path, first, name="amy/cup") == path
    made = path.stat().st_ino
    assert linked(path, first, name="amy/cup").stat().st_ino == made  # there already: not written
    second = concept("amy/cup", "1.1.0", base=desk.base)
    assert linked(path, second, name="amy/cup").read_bytes() == second
    assert [each.name for each in path.parent.iterdir()] == ["cup.safetensors"]


def test_anything_else_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    data = concept("amy/cup", base=desk.base)
    (tmp_path / "lora.safetensors").write_bytes(b"a LoRA")
    (tmp_path / "bob.safetensors").write_bytes(concept("bob/cup", base=desk.base))
    (tmp_path / "link.safetensors").symlink_to(tmp_path / "bob.safetensors")
    (tmp_path / "loose.safetensors").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.safetensors").mkdir()
    for name in ("lora", "bob", "link", "loose", "folder"):
        with pytest.raises(LinkTaken) as caught:
            linked(tmp_path / f"{name}.safetensors", data, name="amy/cup")
        assert caught.value.path.endswith(f"{name}.safetensors")
    assert (tmp_path / "lora.safetensors").read_bytes() == b"a LoRA"
    assert not (tmp_path / "nowhere").exists()
