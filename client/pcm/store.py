"""Blobs on this disk by digest: append-only, atomic, verified when put in and when read (P72, P73, S1–S5)."""

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pcm.files import (
    GRACE,
    Writing,
    age,
    read_bounded,
    read_if_there,
    replace_atomically,
    write_all,
)
from pcm.guard import Hold, held
from pcm.store_errors import StoreCorrupt
from pcm_schemas import limits
from pcm_schemas.digest import Digest

BLOB: Final = limits.PREVIEW_BYTES
"""Most bytes of a blob: packages and envelopes are smaller than previews."""
HEX: Final = re.compile(r"[0-9a-f]{64}")
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Pruned:
    """What pruning removed: blobs by digest, how many temporary files, and their bytes together."""

    blobs: tuple[Digest, ...]
    leftovers: int
    freed: int


@dataclass(frozen=True)
class Store:
    """Blobs by digest. Invariant: a file named by a digest holds bytes with that digest, or is absent."""

    root: Path

    def adding(self) -> AbstractContextManager[None]:
        """The lock of S1: held from looking for blobs until the lock file that names them is written (S5)."""
        return held(self.root / "lock", Hold.SHARED)

    def put(self, data: bytes) -> Digest:
        """Write atomically what was verified; the same bytes twice are one write (S1–S4). Raises StoreFull."""
        return self.put_all([data])[0]

    def put_all(self, blobs: Iterable[bytes]) -> tuple[Digest, ...]:
        """Write many, each by its steps S1–S4 and each step for all at once. Raises StoreFull."""
        named = {Digest.of(data): data for data in blobs}
        for path in self._stale():
            _remove(path)
        missing = {d: data for d, data in named.items() if self._held(d) is None}  # S1
        write_all(  # S2, S3: write, flush, 0444; S4: rename, flush the folders
            [Writing(self.path(d), self._temporary(), data, 0o444) for d, data in missing.items()]
        )
        return tuple(named)

    def get(self, digest: Digest) -> bytes | None:
        """Return bytes that hash to the digest, or None where the store has none (P73).

        Raises StoreCorrupt for a file that is damaged, no regular file, or a link; it is set aside first.
        """
        try:
            data = read_bounded(self.path(digest), BLOB)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._set_aside(digest)
            raise StoreCorrupt(digest, error.strerror or "it cannot be opened") from error
        if Digest.of(data) != digest:
            self._set_aside(digest)
            raise StoreCorrupt(digest, "it hashes to something else")
        return data

    def whole(self, digest: Digest) -> bytes | None:
        """As `get`, and None as well for a damaged blob, which is set aside: what to fetch again."""
        try:
            return self.get(digest)
        except StoreCorrupt:
            return None

    def path(self, digest: Digest) -> Path:
        """Where a blob lies, or would."""
        return self.root / "blobs" / digest.hex[:2] / digest.hex

    def keep(self, lock: Path, digests: Iterable[Digest]) -> None:
        """Name the blobs that a lock file uses, so that pruning keeps them (S5)."""
        place = Digest.of(str(lock.absolute()).encode()).hex
        lines = [str(lock.absolute()), *sorted(set(digests))]
        replace_atomically(self.root / "roots" / place, "\n".join(lines).encode(), mode=0o600)

    def prune(self) -> "Pruned":
        """Remove blobs that no readable root names, and temporary files, where older than an hour (P73)."""
        with held(self.root / "lock", Hold.EXCLUSIVE):
            kept = self._named()
            old = [digest for digest in self.digests() if age(self.path(digest)) > GRACE]
            unnamed = tuple(digest for digest in old if digest not in kept)
            paths = (*map(self.path, unnamed), *(stale := self._stale()))
            freed = sum(path.lstat().st_size for path in paths)
            for path in paths:
                _remove(path)
            return Pruned(unnamed, len(stale), freed)

    def digests(self) -> Iterator[Digest]:
        """Every blob's name, in order; what has another form was put there by somebody else."""
        for path in sorted(self.root.glob("blobs/??/*")):
            if HEX.fullmatch(path.name) and path.name.startswith(path.parent.name):
                yield Digest(f"sha256:{path.name}")

    def _held(self, digest: Digest) -> bytes | None:
        return self.whole(digest)

    def _named(self) -> frozenset[str]:
        """Digests that roots name whose lock file is still there, and those that it names itself.

        A lock that another tool put back, or a crash before S5 was done, names what its root does not.
        """
        named = set[str]()
        for path in self.root.glob("roots/*"):
            text = read_if_there(path, limits.LOCK)
            lock, *digests = (text or b"").decode("utf-8", "replace").split("\n")
            if lock and (own := _lock_text(Path(lock))) is not None:
                named.update(digests, DIGEST.findall(own))
        return frozenset(named)

    def _stale(self) -> list[Path]:
        """Temporary files that a crash left, and blobs that were set aside, for an hour now (S2)."""
        return [path for path in self.root.glob("tmp/*") if age(path) > GRACE]

    def _temporary(self) -> Path:
        folder = self.root / "tmp"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{os.getpid()}-{secrets.token_hex(8)}"

    def _set_aside(self, digest: Digest) -> None:
        """Move a damaged blob out of the store; it is never loaded, and looked at by whoever wants to know why."""
        place = self.path(digest).rename(self._temporary())
        os.utime(place, follow_symlinks=False)  # the hour of S2 begins now


def _lock_text(path: Path) -> str | None:
    """What a lock file says; None where there is none. One that cannot be read keeps what its root names."""
    try:
        data = read_if_there(path, limits.LOCK)
    except OSError:
        return ""
    return None if data is None else data.decode("utf-8", "replace")


def _remove(path: Path) -> None:
    """Remove a file, or a folder that stood in the place of a blob."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
