"""A registry's signed documents: python-tuf's client fed by our transport, all that is needed at once (P38–P43).

It works in a copy of what is held, and what it verified is kept when the whole operation succeeded: a refused
publication leaves this machine as it was.
"""

import json
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tuf.api import exceptions as tuf
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from pcm import tuf_errors as e
from pcm.files import read_if_there, replace_all, replace_atomically
from pcm.guard import Hold, held
from pcm.roots import require_sound
from pcm.transfer_errors import NotThere, Offline, TooLarge
from pcm.transport import Ask, Transport
from pcm_schemas.digest import Digest
from pcm_schemas.errors import PcmError
from pcm_schemas.project import Registry

ROOT: Final = 512_000
LARGEST: Final = 5_000_000
FIRST_ROOT: Final = "1.root.json"
LAST: Final = ("snapshot.json", "timestamp.json")
"""Written after all else, in this order."""
KINDS: Final[tuple[tuple[type[Exception], type[e.MetadataRefused]], ...]] = (
    (tuf.ExpiredMetadataError, e.MetadataExpired),
    (tuf.BadVersionNumberError, e.MetadataRollback),
    (tuf.UnsignedMetadataError, e.MetadataUnsigned),
    (tuf.LengthOrHashMismatchError, e.MetadataMismatch),
    (tuf.RepositoryError, e.MetadataMissing),
)
"""What python-tuf raises, and what that is here (P42); the first that fits counts."""


class Prefetched(FetcherInterface):
    """Answers from memory what was fetched ahead, everything else by the transport."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self.transport = transport
        self.held = dict[str, bytes]()

    def _fetch(self, url: str) -> Iterator[bytes]:
        if url in self.held:
            return iter([self.held.pop(url)])
        try:
            return iter([self.transport.get(url, limit=LARGEST)])
        except NotThere as error:
            raise tuf.DownloadHTTPError(str(error), 404) from error

    def ahead(self, asks: Sequence[Ask]) -> None:
        """Fetch at once; what is not there is left for python-tuf to miss."""
        for ask, data in zip(asks, self.transport.get_all(asks), strict=True):
            self.held[ask.url] = data


@dataclass
class Signed:
    """The signed documents of one registry. `folder` is what is held; `copy` is where python-tuf works."""

    registry: Registry
    folder: Path
    transport: Transport
    documents: dict[str, bytes | None] = field(default_factory=dict)
    _work: Path | None = None
    _updater: Updater | None = None
    _fetcher: Prefetched | None = None
    on_root: Callable[[Root], None] = lambda _root: None

    def targets(self, paths: Sequence[str]) -> Mapping[str, bytes | None]:
        """Return documents by path, None for those that the registry does not list; refreshed once.

        Raises the errors of P42 and those of the network.
        """
        wanted = [path for path in dict.fromkeys(paths) if path not in self.documents]
        if wanted:
            with self._errors():
                updater = self._refreshed()
                self._bins_ahead(wanted)
                infos = {path: updater.get_targetinfo(path) for path in wanted}
                self.documents.update(self._fetched(infos))
        return {path: self.documents[path] for path in paths}

    def held(self, path: str) -> bytes | None:
        """The copy of a document that was kept last."""
        return read_if_there(self.folder / "targets" / path, LARGEST)

    def keep(self, *, now: str) -> None:
        """Keep what was verified: metadata, then documents, then the time (P44, P69)."""
        if self._work is None:
            return
        with held(self.folder / "lock", Hold.EXCLUSIVE):
            work = self._work
            if _version(work / "timestamp.json") >= _version(
                self.folder / "metadata" / "timestamp.json"
            ):
                self._keep_metadata(work)
            changed = {p: d for p, d in self.documents.items() if d and self.held(p) != d}
            replace_all({self.folder / "targets" / path: data for path, data in changed.items()})
            replace_atomically(self.folder / "refreshed", now.encode())

    def first_root(self) -> bytes:
        """The pinned root: held, else fetched and compared; raises RootUnknown (P43)."""
        data = read_if_there(self.folder / FIRST_ROOT, ROOT)
        if data is None:
            data = self.transport.get(f"{self.registry.url}/tuf/{FIRST_ROOT}", limit=ROOT)
        found = Digest.of(data)
        if found != self.registry.root:
            raise e.RootUnknown(self.registry.url, self.registry.root, found)
        return data

    def _refreshed(self) -> Updater:
        if self._updater is None:
            root = self.first_root()
            require_sound(Metadata[Root].from_bytes(root).signed, self.registry.url)
            self._work = work = Path(tempfile.mkdtemp(prefix="pcm-tuf-"))
            weakref.finalize(self, shutil.rmtree, work, ignore_errors=True)
            if (self.folder / "metadata").is_dir():
                shutil.copytree(self.folder / "metadata", work, symlinks=True, dirs_exist_ok=True)
            (work / FIRST_ROOT).write_bytes(root)
            self._fetcher = Prefetched(self.transport)
            updater = Updater(
                str(work),
                f"{self.registry.url}/tuf/",
                fetcher=self._fetcher,
                config=UpdaterConfig(max_root_rotations=256),
                bootstrap=root,
            )
            updater.refresh()
            self._require_roots(work)
            self._updater = updater
        return self._updater

    def _require_roots(self, work: Path) -> None:
        """Look at every root that was taken (P40), and at the last one for the mark of development (P46)."""
        paths = sorted(
            work.glob("root_history/*.root.json"), key=lambda p: int(p.name.split(".")[0])
        )
        roots = [Metadata[Root].from_bytes(path.read_bytes()).signed for path in paths]
        for root in roots:
            require_sound(root, self.registry.url)
        self.on_root(roots[-1])

    def _bins_ahead(self, paths: Sequence[str]) -> None:
        """Fetch all bins that these paths need and that are not held in the snapshot's version."""
        if self._work is None or self._fetcher is None:
            return
        work = self._work
        targets = Metadata[Targets].from_bytes((work / "targets.json").read_bytes()).signed
        snapshot = Metadata[Snapshot].from_bytes((work / "snapshot.json").read_bytes()).signed
        roles = targets.delegations.succinct_roles if targets.delegations else None
        if roles is None:
            return
        needed = sorted({roles.get_role_for_target(p) for p in paths if p not in targets.targets})
        versions = {
            name: meta.version for name in needed if (meta := snapshot.meta.get(f"{name}.json"))
        }
        self._fetcher.ahead(
            [
                Ask(f"{self.registry.url}/tuf/{version}.{name}.json", LARGEST)
                for name, version in versions.items()
                if _version(work / f"{name}.json") != version
            ]
        )

    def _fetched(self, infos: Mapping[str, TargetFile | None]) -> dict[str, bytes | None]:
        """Documents whose length and hash are the signed ones: held ones first, the rest at once."""
        found: dict[str, bytes | None] = dict.fromkeys(infos)
        missing = dict[str, TargetFile]()
        for path, info in infos.items():
            if info is not None:
                data = self.held(path)
                if data is not None and Digest.of(data).hex == info.hashes["sha256"]:
                    found[path] = data
                else:
                    missing[path] = info
        asks = [Ask(target_url(self.registry.url, p, i), i.length) for p, i in missing.items()]
        for (path, info), data in zip(missing.items(), self.transport.get_all(asks), strict=True):
            info.verify_length_and_hashes(data)
            found[path] = data
        return found

    def _keep_metadata(self, work: Path) -> None:
        """Copy what changed; timestamp last, so that a crash leaves the old one in force."""
        target = self.folder / "metadata"
        changed = dict[Path, bytes]()
        for path in (path for path in work.rglob("*.json") if not path.is_symlink()):
            is_first = path.name == FIRST_ROOT and path.parent == work
            place = self.folder / FIRST_ROOT if is_first else target / path.relative_to(work)
            data = path.read_bytes()
            if read_if_there(place, LARGEST) != data:
                changed[place] = data
        last = {p: changed.pop(p) for n in LAST if (p := target / n) in changed}
        replace_all(changed)
        for place, data in last.items():
            replace_atomically(place, data)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn python-tuf's errors into ours (P42)."""
        try:
            yield
        except tuf.DownloadLengthMismatchError as error:
            raise TooLarge(self.registry.url, LARGEST) from error
        except tuf.DownloadHTTPError as error:
            raise e.MetadataMissing(self.registry.url, str(error)) from error
        except tuf.DownloadError as error:
            raise _cause(error) from error
        except NotThere as error:
            raise e.MetadataMissing(self.registry.url, error.message()) from error
        except tuf.RepositoryError as error:
            kind = next(ours for theirs, ours in KINDS if isinstance(error, theirs))
            raise kind(self.registry.url, str(error)) from error


def target_url(registry: str, path: str, info: TargetFile) -> str:
    """Address of a document: its hash stands before its file name (P38)."""
    folder, slash, name = path.rpartition("/")
    return f"{registry}/tuf/targets/{folder}{slash}{info.hashes['sha256']}.{name}"


def _cause(error: Exception) -> PcmError:
    """Our own error that python-tuf wrapped."""
    cause = error.__cause__
    return cause if isinstance(cause, PcmError) else Offline((str(error),))


def _version(path: Path) -> int:
    """Version that a metadata file says it has; 0 where there is none."""
    data = read_if_there(path, LARGEST)
    return 0 if data is None else int(json.loads(data)["signed"]["version"])
