"""Read a registry's held metadata without it: the steps O1–O5 of P44, by python-tuf's public parts.

Signatures, hashes and versions are as fatal as online; that something expired is only reported.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tuf.api import exceptions as tuf
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp

from pcm.files import read_if_there
from pcm.metadata import FIRST_ROOT, LARGEST, ROOT
from pcm.roots import require_sound
from pcm.transfer_errors import Offline
from pcm.tuf_errors import (
    MetadataMismatch,
    MetadataMissing,
    MetadataRollback,
    MetadataUnsigned,
    RootUnknown,
)
from pcm_schemas.digest import Digest
from pcm_schemas.project import Registry


@dataclass
class Held:
    """The documents of a registry as they were last kept. `stale` tells what expired, for the user to read."""

    registry: Registry
    folder: Path
    now: datetime
    stale: list[str] = field(default_factory=list)

    def targets(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        """Return held documents, None for those that are not listed; raises Offline and the errors of P42."""
        with self._errors():
            root = self._root()  # O1
            timestamp = self._read("timestamp")
            root.verify_delegate("timestamp", timestamp.signed_bytes, timestamp.signatures)  # O2
            snapshot = self._read("snapshot")
            root.verify_delegate("snapshot", snapshot.signed_bytes, snapshot.signatures)
            targets = self._read("targets")
            root.verify_delegate("targets", targets.signed_bytes, targets.signatures)
            self._compare(timestamp.signed, snapshot.signed, targets.signed)  # O3
            self.stale = [*self._expired(timestamp.signed, snapshot.signed, targets.signed)]  # O5
            return {path: self._document(path, targets.signed, snapshot.signed) for path in paths}

    def _root(self) -> Root:
        """The last root of a history that starts at the pinned one, each signed by the one before and itself."""
        first = self._bytes(self.folder / FIRST_ROOT, ROOT)
        if Digest.of(first) != self.registry.root:
            raise RootUnknown(self.registry.url, self.registry.root, Digest.of(first))
        current = Metadata[Root].from_bytes(first)
        current.signed.verify_delegate("root", current.signed_bytes, current.signatures)
        require_sound(current.signed, self.registry.url)
        while (path := self._history(current.signed.version + 1)).is_file():
            following = Metadata[Root].from_bytes(self._bytes(path, ROOT))
            for signer in (current.signed, following.signed):
                signer.verify_delegate("root", following.signed_bytes, following.signatures)
            require_sound(following.signed, self.registry.url)
            current = following
        return current.signed

    def _history(self, version: int) -> Path:
        return self.folder / "metadata" / "root_history" / f"{version}.root.json"

    def _compare(self, timestamp: Timestamp, snapshot: Snapshot, targets: Targets) -> None:
        data = self._bytes(self.folder / "metadata" / "snapshot.json", LARGEST)
        timestamp.snapshot_meta.verify_length_and_hashes(data)
        if timestamp.snapshot_meta.version != snapshot.version:
            raise MetadataRollback(self.registry.url, "the held snapshot is not the timestamp's")
        self._require_version("targets", targets, snapshot)

    def _require_version(self, role: str, content: Targets, snapshot: Snapshot) -> None:
        meta = snapshot.meta.get(f"{role}.json")
        if meta is None or meta.version != content.version:
            raise MetadataRollback(self.registry.url, f"the held {role} is not the snapshot's")

    def _document(self, path: str, targets: Targets, snapshot: Snapshot) -> bytes | None:
        info = targets.targets.get(path) or self._in_bin(path, targets, snapshot)  # O4
        if info is None:
            return None
        data = read_if_there(self.folder / "targets" / path, LARGEST)
        if data is None:
            raise Offline((path,))
        info.verify_length_and_hashes(data)
        return data

    def _in_bin(self, path: str, targets: Targets, snapshot: Snapshot) -> TargetFile | None:
        delegations = targets.delegations
        if delegations is None or delegations.succinct_roles is None:
            return None
        role = delegations.succinct_roles.get_role_for_target(path)
        content = Metadata[Targets].from_bytes(
            self._bytes(self.folder / "metadata" / f"{role}.json", LARGEST)
        )
        targets.verify_delegate(role, content.signed_bytes, content.signatures)
        self._require_version(role, content.signed, snapshot)
        return content.signed.targets.get(path)

    def _expired(self, *roles: Timestamp | Snapshot | Targets) -> Iterator[str]:
        for role in roles:
            if role.is_expired(self.now):
                days = (self.now - role.expires).days
                yield f"{role.type} of {self.registry.url} expired {days} days ago"

    def _read(self, role: str) -> "Metadata":  # type: ignore[type-arg]  # of whichever role is asked
        return Metadata.from_bytes(self._bytes(self.folder / "metadata" / f"{role}.json", LARGEST))

    def _bytes(self, path: Path, limit: int) -> bytes:
        data = read_if_there(path, limit)
        if data is None:
            raise Offline((f"{path.name} of {self.registry.url}",))
        return data

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except tuf.LengthOrHashMismatchError as error:
            raise MetadataMismatch(self.registry.url, str(error)) from error
        except tuf.UnsignedMetadataError as error:
            raise MetadataUnsigned(self.registry.url, str(error)) from error
        except (tuf.RepositoryError, ValueError) as error:
            raise MetadataMissing(self.registry.url, str(error)) from error
