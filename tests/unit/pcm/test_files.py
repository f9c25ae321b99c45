"""Files are written whole, many at once, or none of them under its name (P71, S2–S4)."""

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from pcm import files
from pcm.files import ALONE, GRACE, Writing, replace_all, replace_atomically, write_all
from pcm.store import Store
from pcm.store_errors import StoreFull
from pcm_schemas.digest import Digest


def test_many_files_are_written_each_to_its_folder(tmp_path: Path) -> None:
    wanted = {tmp_path / str(n % 3) / f"{n}.json": f"{n}".encode() for n in range(40)}
    replace_all(wanted)
    replace_all(wanted)
    assert {path: path.read_bytes() for path in tmp_path.glob("*/*")} == wanted


def test_nothing_to_write_is_nothing_written(tmp_path: Path) -> None:
    replace_all({})
    assert [*tmp_path.iterdir()] == []


def test_when_one_cannot_be_written_no_name_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes, *, mode: int) -> None:
        if data == b"7":
            raise StoreFull(str(path.parent), len(data))
        write_new(path, data, mode=mode)

    write_new = files.write_new
    monkeypatch.setattr(files, "write_new", full)
    with pytest.raises(StoreFull):
        replace_all({tmp_path / f"{n}": f"{n}".encode() for n in range(20)})
    assert [*tmp_path.iterdir()] == []


def test_each_file_is_flushed_before_its_name_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, seen = tmp_path / "blob", list[bool]()
    flush = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (seen.append(target.exists()), flush(number)))
    write_all([Writing(target, tmp_path / "temporary", b"data", 0o444)])
    assert seen == [False, True]
    assert target.stat().st_mode & 0o777 == 0o444


def test_a_store_keeps_many_blobs_at_once(tmp_path: Path) -> None:
    blobs = [bytes([n]) * 50 for n in range(60)]
    store = Store(tmp_path)
    assert store.put_all([*blobs, *blobs]) == tuple(map(Digest.of, blobs))
    assert [store.get(Digest.of(data)) for data in blobs] == blobs
    assert [*(tmp_path / "tmp").iterdir()] == []


def dead_process() -> int:
    """The number of a process that has ended."""
    child = multiprocessing.get_context("spawn").Process()
    child.start()
    child.join()
    assert child.pid is not None
    return child.pid


def test_the_next_write_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    """Of this file alone: an hour old, or a minute where its owner is gone."""
    dead, own, now = dead_process(), os.getpid(), time.time()
    left = {
        f".pcm.lock.{dead}-0000000a": ALONE + 9,
        f".pcm.lock.{own}-0000000b": GRACE + 9,
        f".pcm.lock.{dead}-0000000c": ALONE / 2,
        f".pcm.lock.{own}-0000000d": ALONE + 9,
        f".pcm.toml.{dead}-0000000e": GRACE + 9,
        ".pcm.lock.swp": GRACE + 9,
    }
    for name, past in left.items():
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (now - past, now - past))
    replace_atomically(tmp_path / "pcm.lock", b"lock")
    assert {path.name for path in tmp_path.iterdir()} == {"pcm.lock", *[*left][2:]}
    replace_all({tmp_path / "pcm.toml": b"toml"})
    assert not (tmp_path / f".pcm.toml.{dead}-0000000e").exists()
