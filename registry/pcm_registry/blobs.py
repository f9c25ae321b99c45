"""Bytes by their path in one object store: a folder here, S3 by another address; the only module that knows obstore."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pcm_schemas.digest import Digest

if TYPE_CHECKING:
    from obstore.store import ObjectStore


@dataclass(frozen=True)
class Storage:
    """An object store. Invariant: what stands under `blobs/` has the digest of its path, as `put_blob` alone writes it."""

    store: "ObjectStore"

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """A store in a folder, which is made; a file is written beside its place and renamed."""
        from obstore.store import LocalStore

        folder.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(folder))

    def put(self, path: str, data: bytes) -> None:
        """Write bytes, whole or not at all."""
        import obstore

        obstore.put(self.store, path, data)

    def get(self, path: str) -> bytes | None:
        """Read bytes; None where there are none."""
        import obstore

        try:
            return bytes(obstore.get(self.store, path).bytes())
        except FileNotFoundError:
            return None

    def has(self, path: str) -> bool:
        """Whether bytes are there."""
        import obstore

        try:
            obstore.head(self.store, path)
        except FileNotFoundError:
            return False
        return True

    def put_blob(self, data: bytes) -> Digest:
        """Write bytes under their own digest."""
        digest = Digest.of(data)
        if not self.has_blob(digest):
            self.put(blob_path(digest), data)
        return digest

    def get_blob(self, digest: Digest) -> bytes | None:
        """Read a blob; None where there is none."""
        return self.get(blob_path(digest))

    def has_blob(self, digest: Digest) -> bool:
        """Whether a blob is there."""
        return self.has(blob_path(digest))

    def remove_blob(self, digest: Digest) -> None:
        """Remove a blob, if it is there."""
        import obstore

        with suppress(FileNotFoundError):
            obstore.delete(self.store, blob_path(digest))


def blob_path(digest: Digest) -> str:
    """Where a blob lies."""
    return f"blobs/{digest.hex[:2]}/{digest.hex}"
