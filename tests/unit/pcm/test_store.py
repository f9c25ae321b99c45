"""The store holds what its names say, or nothing (P72, P73)."""

import os
import time
from pathlib import Path

import pytest

from pcm.guard import Hold, held
from pcm.store import GRACE, Store
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
    assert store.prune() == (gone,)
    assert [store.get(each) is not None for each in (named, gone, young)] == [True, False, True]


def test_a_lock_that_is_gone_names_nothing(store: Store, tmp_path: Path) -> None:
    digest = store.put(DATA)
    store.keep(tmp_path / "gone.lock", [digest])
    age(store.path(digest))
    assert store.prune() == (digest,)


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
