"""The store holds what its names say, or nothing (P72, P73)."""

import os
import time
from pathlib import Path

import pytest

from pcm.files import GRACE
from pcm.guard import Hold, held
from pcm.store import Pruned, Store
from pcm.store_errors import StoreCorrupt, StoreLocked
from pcm_schemas.digest import Digest

DATA = b"a concept"
DIGEST = Digest.of(DATA)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


def age(path: Path) -> None:
    old = time.time() - GRACE - 60
    os.utime(path, (old, old), follow_symlinks=False)


def test_what_was_put_is_read_back(store: Store) -> None:
    assert store.put(DATA) == DIGEST
    assert store.get(DIGEST) == DATA
    assert store.path(DIGEST).stat().st_mode & 0o777 == 0o444
    assert [*store.digests()] == [DIGEST]
    assert [*(store.root / "tmp").iterdir()] == []


def test_what_was_not_put_is_absent(store: Store) -> None:
    assert store.get(DIGEST) is None


@pytest.mark.parametrize("damage", ["flip", "truncate", "link", "folder"])
def test_a_damaged_blob_is_set_aside_and_never_read(
    store: Store, tmp_path: Path, damage: str
) -> None:
    store.put(DATA)
    path = store.path(DIGEST)
    path.unlink()
    match damage:
        case "flip":
            path.write_bytes(b"A concept")
        case "truncate":
            path.write_bytes(DATA[:-1])
        case "link":
            (tmp_path / "elsewhere").write_bytes(DATA)
            path.symlink_to(tmp_path / "elsewhere")
        case "folder":
            path.mkdir()
    with pytest.raises(StoreCorrupt) as caught:
        store.get(DIGEST)
    assert caught.value.digest == DIGEST
    assert store.get(DIGEST) is None
    assert store.put(DATA) == DIGEST
    assert store.get(DIGEST) == DATA


def test_pruning_keeps_what_a_lock_names_and_what_is_young(store: Store, tmp_path: Path) -> None:
    named, gone, young = (store.put(text) for text in (b"named", b"gone", b"young"))
    lock = tmp_path / "pcm.lock"
    lock.touch()
    store.keep(lock, [named])
    for digest in (named, gone):
        age(store.path(digest))
    assert store.prune() == Pruned((gone,), 0, len(b"gone"))
    assert [store.get(each) is not None for each in (named, gone, young)] == [True, False, True]


def test_a_lock_that_is_gone_names_nothing(store: Store, tmp_path: Path) -> None:
    digest = store.put(DATA)
    store.keep(tmp_path / "gone.lock", [digest])
    age(store.path(digest))
    assert store.prune().blobs == (digest,)


def test_a_lock_keeps_what_it_says_itself_whatever_its_root_names(
    store: Store, tmp_path: Path
) -> None:
    """An older lock that came back, or one that a crash kept: S5 writes the root first."""
    old, new = store.put(b"old"), store.put(b"new")
    lock = tmp_path / "pcm.lock"
    lock.write_text(f'file = {{ sha256 = "{old}" }}')
    store.keep(lock, [new])
    for digest in (old, new):
        age(store.path(digest))
    assert store.prune() == Pruned((), 0, 0)


def test_a_lock_that_cannot_be_read_keeps_what_its_root_names(store: Store, tmp_path: Path) -> None:
    digest = store.put(DATA)
    (tmp_path / "pcm.lock").mkdir()
    store.keep(tmp_path / "pcm.lock", [digest])
    age(store.path(digest))
    assert store.prune().blobs == ()


def test_pruning_removes_what_crashes_left_and_what_was_set_aside(store: Store) -> None:
    store.put(DATA)
    folder = store.root / "tmp"
    (folder / "1-00").write_bytes(b"part")
    store.path(DIGEST).unlink()
    store.path(DIGEST).mkdir()
    with pytest.raises(StoreCorrupt):
        store.get(DIGEST)
    assert store.prune().leftovers == 0
    for path in folder.iterdir():
        age(path)
    assert store.prune().leftovers == 2
    assert [*folder.iterdir()] == []


def test_what_was_set_aside_stays_an_hour_however_old_the_blob_was(store: Store) -> None:
    store.put(DATA)
    store.path(DIGEST).chmod(0o644)
    store.path(DIGEST).write_bytes(b"A concept")
    age(store.path(DIGEST))
    assert store.whole(DIGEST) is None
    assert store.prune() == Pruned((), 0, 0)


def test_the_next_blob_sweeps_what_crashes_left(store: Store) -> None:
    store.put(DATA)
    old, young = (store.root / "tmp" / name for name in ("1-00", "1-01"))
    for path in (old, young):
        path.write_bytes(b"part")
    age(old)
    store.put(b"another")
    assert [*(store.root / "tmp").iterdir()] == [young]


def test_a_file_that_is_no_blob_is_left_alone(store: Store) -> None:
    path = store.put(DATA) and store.path(DIGEST).with_name(".DS_Store")
    path.touch()
    age(path)
    assert store.prune().blobs == ()
    assert path.exists()
    assert [*store.digests()] == [DIGEST]


def test_readers_share_and_a_writer_waits(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        held(path, Hold.SHARED),
        held(path, Hold.SHARED),
        pytest.raises(StoreLocked) as caught,
        held(path, Hold.EXCLUSIVE, patience=0.05),
    ):
        pytest.fail("two hold it")
    assert caught.value.lock == str(path)
