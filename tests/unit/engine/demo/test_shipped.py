"""The packages that ship belong to the base that ships, and anyone can make them again."""

from pathlib import Path

import click
import pytest

from pcm.base import measure_folder
from pcm_engine import toybox
from pcm_engine.demo import packages, shipped
from pcm_engine.demo.layout import SHIPPED
from pcm_engine.toybox.subjects import SUBJECTS
from pcm_schemas.digest import Digest
from pcm_schemas.package import read


@pytest.mark.parametrize("word", SHIPPED)
def test_a_shipped_package_is_of_the_bundled_base(word: str) -> None:
    """After the base is trained anew: `python -m pcm_engine.demo.shipped`."""
    manifest = read((packages.HOME / f"{word}.safetensors").read_bytes()).manifest
    assert manifest.base is not None
    assert manifest.base.digest == measure_folder(toybox.path()).digest
    assert (manifest.trigger, manifest.supercategories) == (word, (SUBJECTS[word].kind,))


@pytest.mark.parametrize("word", SHIPPED)
def test_a_shipped_package_comes_with_the_previews_that_it_names(word: str, tmp_path: Path) -> None:
    """Else nobody could publish it."""
    packages.main([str(tmp_path)])
    manifest = read((tmp_path / word / f"{word}.safetensors").read_bytes()).manifest
    found = sorted((tmp_path / word / "previews").iterdir())
    assert manifest.previews
    assert {preview.sha256 for preview in manifest.previews} == {
        Digest.of(path.read_bytes()) for path in found
    }


def test_each_is_learned_by_a_command_from_five_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(shipped, "learn", fake_learner(ran))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")  # so that what it sets ends with the test
    shipped.main([str(tmp_path / "made")])
    made = {
        path.relative_to(tmp_path / "made").as_posix() for path in (tmp_path / "made").rglob("*.*")
    }
    assert made == {f"{word}.safetensors" for word in SHIPPED} | {
        f"previews/{word}/0.png" for word in SHIPPED
    }
    assert [words[words.index("as") + 1] for words in ran] == [f"{word}*" for word in SHIPPED]
    assert all(sum(word.endswith(".png") for word in words) == 5 for words in ran)


def fake_learner(ran: list[list[str]]) -> click.Command:
    """A stand-in for training, which has tests of its own: notes its words and leaves a file."""

    @click.command(context_settings={"ignore_unknown_options": True})
    @click.argument("words", nargs=-1)
    @click.option("--out", type=click.Path(path_type=Path))
    def learn(words: tuple[str, ...], out: Path) -> None:
        ran.append([*words])
        out.mkdir()
        (out / f"{out.name}.safetensors").write_bytes(b"learned")
        (out / "previews").mkdir()
        (out / "previews" / "0.png").write_bytes(b"seen")

    return learn
