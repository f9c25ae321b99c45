"""The folder of a concept: whole or not at all (T9); the package passes the strict reader."""

import errno
import os
import resource
import signal
from pathlib import Path

import pytest

from pcm_engine.bases import profile_of
from pcm_engine.composer import Composer
from pcm_engine.learning.folder import Existing, is_ours, require_free, write_folder
from pcm_engine.learning.learn import Base, Learned, learn
from pcm_engine.learning.lesson import Lesson
from pcm_engine.picture_errors import DiskFull, FileRefused
from pcm_schemas.manifest_parts import Preview
from pcm_schemas.package import read
from pcm_schemas.preview import require_preview

FILES = {"me.safetensors": b"p" * 60_000, "previews/0.png": b"q" * 60_000, "README.md": b"# me"}


@pytest.fixture(scope="module")
def learned(base: Base, lesson: Lesson) -> Learned:
    return learn(base, lesson)


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_package_passes_the_strict_reader_and_says_how_it_was_made(
    base: Base, lesson: Lesson, learned: Learned
) -> None:
    package = read(learned.package)
    manifest = package.manifest
    assert (manifest.name, manifest.version, manifest.trigger) == (
        "local/tom-cat",
        "0.1.0",
        "tom-cat",
    )
    assert manifest.base.digest == base.identity.digest
    assert (manifest.gate.bias, manifest.gate.temperature, manifest.gate.lock) == (
        "0.7",
        "0.15",
        "local",
    )
    training = manifest.training
    assert (training.steps, training.images, training.batch) == (3, 3, 4)
    assert (training.bias, training.temperature) == ("0.75", "0.1")
    assert training.covariance == lesson.covariance.digest
    assert [preview.gate.bias for preview in manifest.previews] == ["0.6", "0.7", "0.75"]


def test_previews_are_the_files_that_the_manifest_names(learned: Learned) -> None:
    previews: tuple[Preview, ...] = read(learned.package).manifest.previews
    assert len(previews) == 3
    for preview in previews:
        require_preview(preview, learned.files[preview.path])


def test_a_composer_takes_it(base: Base, learned: Learned) -> None:
    with Composer(base.pipeline) as composer:
        assert composer.load(learned.package) == "tom-cat"


def test_the_same_seed_and_time_give_the_same_bytes(
    base: Base, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    one, other = (learn(base, lesson) for _ in range(2))
    assert one.files == {**other.files, "README.md": one.files["README.md"]}
    assert read(one.package).manifest.created == "2026-09-21T14:13:20Z"


def test_the_card_shows_previews_and_what_leaks(learned: Learned) -> None:
    card = learned.files["README.md"].decode()
    assert all(f"previews/{place}.png" in card for place in range(3))
    assert "s near 1 is right" in card
    assert "pcm generate" in card


def test_a_folder_is_written_whole(tmp_path: Path) -> None:
    target = tmp_path / "concepts" / "me"
    write_folder(target, FILES, Existing.KEEP)
    assert {name: (target / name).read_bytes() for name in FILES} == FILES
    assert listing(tmp_path / "concepts") == [
        "me",
        *sorted(f"me/{name}" for name in [*FILES, "previews"]),
    ]


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """RLIMIT_FSIZE: the system refuses the file that would be too long, as a full disk does."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(DiskFull) as caught:
            write_folder(tmp_path / "me", FILES, Existing.KEEP)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert caught.value.code == "store.full"
    assert listing(tmp_path) == []


def test_a_full_disk_leaves_the_old_concept_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "me"
    write_folder(target, FILES, Existing.KEEP)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        write_folder(target, {**FILES, "README.md": b"new"}, Existing.REPLACE)
    assert (target / "README.md").read_bytes() == b"# me"
    assert listing(tmp_path) == ["me", *sorted(f"me/{name}" for name in [*FILES, "previews"])]


def test_an_existing_folder_is_replaced_only_on_request(tmp_path: Path) -> None:
    target = tmp_path / "me"
    write_folder(target, FILES, Existing.KEEP)
    with pytest.raises(FileRefused):
        write_folder(target, FILES, Existing.KEEP)
    write_folder(target, {**FILES, "README.md": b"new"}, Existing.REPLACE)
    assert (target / "README.md").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["me"]


def test_a_folder_with_other_things_is_never_replaced(tmp_path: Path) -> None:
    target = tmp_path / "me"
    write_folder(target, FILES, Existing.KEEP)
    (target / "thesis.tex").write_text("years of work")
    assert not is_ours(target)
    with pytest.raises(FileRefused):
        require_free(target, Existing.REPLACE)
    assert (target / "thesis.tex").exists()


def test_learning_leaves_the_pipeline_free(base: Base, learned: Learned) -> None:
    assert learned.outcome.state.step == 3
    with Composer(profile_of(base.pipeline).pipeline) as composer:
        assert composer.loaded == {}
