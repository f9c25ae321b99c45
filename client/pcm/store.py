"""Blobs on this disk by digest: append-only, atomic, verified when put in and when read (P72, P73, S1–S5)."""

import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pcm.files import Writing, read_bounded, read_if_there, replace_atomically, write_all
from pcm.guard import Hold, held
from pcm.store_errors import StoreCorrupt
from pcm_schemas import limits
from pcm_schemas.digest import Digest

BLOB: Final = limits.PREVIEW_BYTES
"""Most bytes of a blob: packages and envelopes are smaller than previews."""
GRACE: Final = 3_600.0
"""Seconds that a temporary file or an unnamed blob is left alone."""


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

    def prune(self) -> tuple[Digest, ...]:
        """Remove blobs that no readable root names and that are older than an hour; returns them."""
        with held(self.root / "lock", Hold.EXCLUSIVE):
            kept, now = self._named(), time.time()
            old = [p for p in self.root.glob("blobs/??/*") if _age(p, now) > GRACE]
            unnamed = [path for path in old if f"sha256:{path.name}" not in kept]
            stale = [p for p in self.root.glob("tmp/*") if _age(p, now) > GRACE]
            for path in (*unnamed, *stale):
                path.unlink(missing_ok=True)
            return tuple(Digest(f"sha256:{path.name}") for path in unnamed)

    def digests(self) -> Iterator[Digest]:
        """Every blob's name, in order."""
        for path in sorted(self.root.glob("blobs/??/*")):
            yield Digest(f"sha256:{path.name}")

    def _held(self, digest: Digest) -> bytes | None:
        return self.whole(digest)

    def _named(self) -> frozenset[str]:
        """Digests that roots name whose lock file is still there."""
        named = set[str]()
        for path in self.root.glob("roots/*"):
            text = read_if_there(path, limits.LOCK)
            lock, *digests = (text or b"").decode("utf-8", "replace").split("\n")
            if lock and Path(lock).exists():
                named.update(digests)
        return frozenset(named)

    def _temporary(self) -> Path:
        folder = self.root / "tmp"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{os.getpid()}-{secrets.token_hex(8)}"

    def _set_aside(self, digest: Digest) -> None:
        """Move a damaged blob out of the store; it is never loaded, and looked at by whoever wants to know why."""
        self.path(digest).rename(self._temporary())


def _age(path: Path, now: float) -> float:
    """Seconds since a file was made; a file that is gone is new."""
    try:
        return now - path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0
