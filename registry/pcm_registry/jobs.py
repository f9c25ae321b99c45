"""What follows a commit: outbox rows become signed, uploaded metadata, timestamp last; safe to run twice (P48)."""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection
from tuf.api.metadata import Metadata, Snapshot, Targets, Timestamp

from pcm_registry import catalog, journal, namespaces, outbox, signer, withdrawals
from pcm_registry.ceremony import newest_targets
from pcm_registry.collecting import collect_lapsed
from pcm_registry.errors import DataMissing, NameUnknown
from pcm_registry.founding import TIMESTAMP, lifetimes
from pcm_registry.role_keys import OnlineKeys
from pcm_registry.services import Services
from pcm_registry.settings import Settings
from pcm_schemas.digest import canonical_bytes
from pcm_schemas.journal import TARGET as JOURNAL
from pcm_schemas.revocations import TARGET as REVOCATIONS

REGISTRY: Final = "registry.json"
STANDING: Final = (JOURNAL, REVOCATIONS, REGISTRY)
"""Targets that every publication looks at; where they did not change nothing is signed."""
EVERY: Final = 60.0  # seconds between two looks when nobody rings
COLLECTING: Final = timedelta(hours=1)
LOG: Final = logging.getLogger(__name__)


def publish_waiting(services: Services, keys: OnlineKeys) -> int:
    """Make visible what waits, and renew what is due; answers how many files were uploaded.

    A crash at any point leaves the old timestamp valid, and the next run does the same again.
    """
    with services.database.reading() as connection:
        batch = outbox.waiting(connection)
        targets = {*batch.targets, *STANDING}
        contents = {each: content_of(connection, services.settings, each) for each in targets}
    published = load(services, targets, keys)
    sign = signer.Signature(keys, lifetimes(services.settings), _whole(services.clock()))
    uploads = signer.following(published, contents, sign=sign)
    for upload in uploads:
        services.storage.put(upload.path, upload.data)
    with services.database.writing() as connection:
        outbox.finish(connection, batch.rows, at=services.now)
    return len(uploads)


def content_of(connection: Connection, settings: Settings, target: str) -> bytes:
    """The bytes of a target as the database has them now."""
    kind, _, rest = target.partition("/")
    match kind:
        case "index":
            return catalog.index_of(connection, rest.removesuffix(".json")).to_bytes()
        case "keysets":
            return _chain(connection, rest.removesuffix(".json"))
        case _ if target == JOURNAL:
            return journal.head(connection).to_bytes()
        case _ if target == REVOCATIONS:
            return withdrawals.load(connection).to_bytes()
        case _:
            return canonical_bytes({"blob_hosts": list(settings.blob_hosts), "registry": 1})


def load(services: Services, targets: Iterable[str], keys: OnlineKeys) -> signer.Published:
    """Read what is published now: of the bins those that list these targets, and those that run out soon."""
    timestamp = Metadata[Timestamp].from_bytes(_read(services, TIMESTAMP))
    number = timestamp.signed.snapshot_meta.version
    snapshot = Metadata[Snapshot].from_bytes(_read(services, f"tuf/{number}.snapshot.json"))
    top = newest_targets(services.storage)  # a ceremony may have put one in place
    holders = {signer.holder_of(top.signed, each, keys) for each in targets} - {signer.TARGETS_ROLE}
    wanted = holders | _running_out(services, snapshot, top)
    bins = {name: _role(services, snapshot, name) for name in wanted}
    return signer.Published(top, snapshot, timestamp, bins)


@dataclass
class Worker:
    """A thread that signs whenever the bell rings, and once a minute. Invariant: one pass at a time."""

    services: Services
    keys: OnlineKeys
    bell: threading.Event
    _collected: datetime | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="pcm-signing", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Sign until told to stop, and collect once an hour; a pass that fails is logged and tried again."""
        while not self._stop.is_set():
            self.bell.clear()
            try:
                publish_waiting(self.services, self.keys)
            except Exception:
                LOG.exception("signing failed; what waits stays in the outbox")
            try:
                self.collect()
            except Exception:
                LOG.exception("collecting failed; what lapsed stays for the next hour")
            self.bell.wait(EVERY)

    def collect(self) -> None:
        """Remove what lapsed publishes left, unless that was done within the hour (P48)."""
        now = self.services.clock()
        if self._collected is None or now - self._collected >= COLLECTING:
            self._collected = now
            while collect_lapsed(self.services):
                continue

    def stop(self) -> None:
        """Finish the pass that runs, then end."""
        self._stop.set()
        self.bell.set()
        if self._thread is not None:
            self._thread.join()


def _running_out(
    services: Services, snapshot: Metadata[Snapshot], top: Metadata[Targets]
) -> set[str]:
    """Bins to renew: looked at when the snapshot's own time comes, which is daily."""
    now = _whole(services.clock())
    if not signer.is_due(
        snapshot.signed, now, lifetimes(services.settings).snapshot - signer.DAILY
    ):
        return set()
    bins = {
        name: _role(services, snapshot, name) for name in signer.succinct(top.signed).get_roles()
    }
    return {
        name for name, each in bins.items() if signer.is_due(each.signed, now, signer.BIN_RENEWAL)
    }


def _role(services: Services, snapshot: Metadata[Snapshot], name: str) -> Metadata[Targets]:
    version = snapshot.signed.meta[f"{name}.json"].version
    return Metadata[Targets].from_bytes(_read(services, f"tuf/{version}.{name}.json"))


def _read(services: Services, path: str) -> bytes:
    data = services.storage.get(path)
    if data is None:
        raise DataMissing(f"{path} is not in the storage")
    return data


def _chain(connection: Connection, namespace: str) -> bytes:
    chain = namespaces.chain_of(connection, namespace)
    if chain is None:
        raise NameUnknown(namespace)
    return chain.to_bytes()


def _whole(now: datetime) -> datetime:
    """TUF writes whole seconds."""
    return now.replace(microsecond=0)
