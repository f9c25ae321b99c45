"""What signed metadata says: bins, targets, snapshot, timestamp, root; in the order in which it is uploaded (P38–P41).

Values in, uploads out: no file, no clock. `jobs` reads and writes around it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from securesystemslib.signer import Key, Signer
from tuf.api.metadata import (
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)

from pcm_registry.errors import RootInvalid
from pcm_registry.role_keys import OnlineKeys, Role

Signed = TypeVar("Signed", Root, Timestamp, Snapshot, Targets)
DEV_MARK: Final = "x-pcm-dev"
ROOT_DAYS: Final = 365
TARGETS_DAYS: Final = 365
BIN_DAYS: Final = 30
BIN_RENEWAL: Final = timedelta(days=10)
BITS: Final = 10
DEV_BITS: Final = 4
TARGETS_PATH: Final = "tuf/targets/"
TARGETS_ROLE: Final = "targets"
LIBRARY: Final = "keysets/library.json"
"""Claimed by `targets` in every registry (P39)."""
DAILY: Final = timedelta(days=1)
HOURLY: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Upload:
    """Bytes and where they go; uploads are written in their order."""

    path: str
    data: bytes


@dataclass(frozen=True)
class Lifetimes:
    """How long the quick roles hold (P38)."""

    snapshot: timedelta
    timestamp: timedelta


@dataclass(frozen=True)
class Signature:
    """Who signs now, and for how long it holds."""

    keys: OnlineKeys
    lifetimes: Lifetimes
    now: datetime


@dataclass
class Published:
    """What is published now; `bins` holds those that are to change, by name."""

    targets: Metadata[Targets]
    snapshot: Metadata[Snapshot]
    timestamp: Metadata[Timestamp]
    bins: dict[str, Metadata[Targets]]

    def names_targets(self) -> int:
        """The version of targets that the snapshot names."""
        return self.snapshot.signed.meta[f"{TARGETS_ROLE}.json"].version


def root_of(
    keys: Mapping[Role, Iterable[Key]],
    *,
    thresholds: Mapping[Role, int],
    expires: datetime,
    mark: Mapping[str, bool],
) -> Root:
    """Version 1 of a root over these keys; raises RootInvalid by P40."""
    root = Root(version=1, expires=expires, unrecognized_fields=dict(mark))
    for role, listed in keys.items():
        if role is not Role.BINS:
            for key in listed:
                root.add_key(key, role.value)
            root.roles[role.value].threshold = thresholds.get(role, 1)
    require_sound(root, online=keys[Role.BINS])
    return root


def require_sound(root: Root, *, online: Iterable[Key] = ()) -> None:
    """Refuse one key under two ids, and a key that is in root and online (P40); raises RootInvalid."""
    public = [str(key.keyval.get("public")) for key in root.keys.values()]
    if len(set(public)) != len(public):
        raise RootInvalid("two key ids hold the same key")
    quick = {Role.SNAPSHOT.value, Role.TIMESTAMP.value}
    ids = {key for role in quick for key in root.roles[role].keyids} | {key.keyid for key in online}
    offline = {*root.roles[Role.ROOT.value].keyids, *root.roles[Role.TARGETS.value].keyids}
    if ids & offline:
        raise RootInvalid("an offline key also serves online")


def first_targets(bins: Key, *, bits: int, expires: datetime) -> Targets:
    """Targets that delegate everything but what it will claim to succinct bins (P39, P41)."""
    roles = SuccinctRoles([bins.keyid], 1, bits, f"b{bits}")
    delegations = Delegations({bins.keyid: bins}, succinct_roles=roles)
    return Targets(version=1, expires=expires, delegations=delegations)


def first_uploads(targets: Metadata[Targets], sign: Signature) -> list[Upload]:
    """Everything but the root, when nothing is published: empty bins, snapshot, timestamp."""
    bins = {
        name: signed(Targets(version=1, expires=_bin_expiry(sign)), sign.keys[Role.BINS])
        for name in succinct(targets.signed).get_roles()
    }
    meta = {f"{name}.json": MetaFile(version=1) for name in ("targets", *bins)}
    expires = sign.now + sign.lifetimes.snapshot
    snapshot = signed(Snapshot(1, expires=expires, meta=meta), sign.keys[Role.SNAPSHOT])
    timestamp = _timestamp(snapshot, version=1, sign=sign)
    roles = [_versioned(name, each) for name, each in {TARGETS_ROLE: targets, **bins}.items()]
    uploads = [upload for each in roles for upload in each]
    return [*uploads, *_versioned("snapshot", snapshot), *_latest(timestamp)]


def following(
    published: Published, contents: Mapping[str, bytes], *, sign: Signature
) -> list[Upload]:
    """What to upload, in order, so that these targets are published: nothing where they are and nothing is due."""
    uploads, touched = list[Upload](), set[str]()
    for path, data in sorted(contents.items()):
        holder = holder_of(published.targets.signed, path, sign.keys)
        if holder == TARGETS_ROLE and sign.keys.targets is None:
            continue  # claimed: a person signs it with the offline key (P39)
        place = _role(published, holder).signed.targets
        if place.get(path) != (info := target(path, data)):
            place[path] = info
            touched.add(holder)
            uploads.append(Upload(stored_path(path, info), data))
    changed = [*_changed(published, touched, sign)]
    uploads += changed
    is_new = published.names_targets() != published.targets.signed.version
    if (
        changed
        or is_new
        or is_due(published.snapshot.signed, sign.now, sign.lifetimes.snapshot - DAILY)
    ):
        uploads += _new_snapshot(published, sign)
    if uploads or is_due(published.timestamp.signed, sign.now, sign.lifetimes.timestamp - HOURLY):
        uploads += _new_timestamp(published, sign)
    return uploads


def holder_of(targets: Targets, path: str, keys: OnlineKeys) -> str:
    """The role that lists a target: `targets` itself for what is claimed, else a bin (P39).

    Where its key is offline, `library` lies in a bin until a person claims it: else nobody could install from it, and
    nothing is lost by that, since a walk that finds no claim asks the bins anyway.
    """
    if path in targets.targets or (path == LIBRARY and keys.targets is not None):
        return TARGETS_ROLE
    return succinct(targets).get_role_for_target(path)


def target(path: str, data: bytes) -> TargetFile:
    """A target with sha256 as its only hash (P38)."""
    return TargetFile(len(data), {"sha256": hashlib.sha256(data).hexdigest()}, path)


def stored_path(path: str, info: TargetFile) -> str:
    """Where consistent snapshots look for a target: its hash before its file name."""
    folder, slash, name = path.rpartition("/")
    return f"{TARGETS_PATH}{folder}{slash}{info.hashes['sha256']}.{name}"


def signed(content: Signed, *signers: Signer) -> Metadata[Signed]:
    """Sign content with each key."""
    metadata = Metadata(content)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata


def succinct(targets: Targets) -> SuccinctRoles:
    """The bins that targets delegate to."""
    if targets.delegations is None or targets.delegations.succinct_roles is None:
        raise RootInvalid("targets delegate to no bins")
    return targets.delegations.succinct_roles


def is_due(content: Targets | Snapshot | Timestamp, now: datetime, left: timedelta) -> bool:
    """Whether less than this is left before it expires."""
    return content.expires - now < left


def is_development(root: Root) -> bool:
    """Whether a root is marked as made for development (P46)."""
    return root.unrecognized_fields.get(DEV_MARK) is True


def _role(published: Published, name: str) -> Metadata[Targets]:
    return published.targets if name == TARGETS_ROLE else published.bins[name]


def _changed(published: Published, touched: set[str], sign: Signature) -> Iterator[Upload]:
    """Bins, and targets where its key is online, whose content changed or whose time is running out."""
    for name, metadata in sorted(published.bins.items()):
        if name in touched or is_due(metadata.signed, sign.now, BIN_RENEWAL):
            _renew(metadata, _bin_expiry(sign), sign.keys[Role.BINS])
            yield from _versioned(name, metadata)
    if TARGETS_ROLE in touched and sign.keys.targets is not None:
        _renew(published.targets, sign.now + timedelta(days=TARGETS_DAYS), sign.keys.targets)
        yield from _versioned(TARGETS_ROLE, published.targets)


def _renew(
    metadata: Metadata[Targets] | Metadata[Snapshot], expires: datetime, signer: Signer
) -> None:
    metadata.signed.version += 1
    metadata.signed.expires = expires
    metadata.sign(signer)


def _new_snapshot(published: Published, sign: Signature) -> list[Upload]:
    meta = published.snapshot.signed.meta
    for name, metadata in {"targets": published.targets, **published.bins}.items():
        meta[f"{name}.json"] = MetaFile(version=metadata.signed.version)
    _renew(published.snapshot, sign.now + sign.lifetimes.snapshot, sign.keys[Role.SNAPSHOT])
    return _versioned("snapshot", published.snapshot)


def _new_timestamp(published: Published, sign: Signature) -> list[Upload]:
    version = published.timestamp.signed.version + 1
    published.timestamp = _timestamp(published.snapshot, version=version, sign=sign)
    return _latest(published.timestamp)


def _timestamp(
    snapshot: Metadata[Snapshot], *, version: int, sign: Signature
) -> Metadata[Timestamp]:
    data = snapshot.to_bytes()
    hashes = {"sha256": hashlib.sha256(data).hexdigest()}
    meta = MetaFile(snapshot.signed.version, length=len(data), hashes=hashes)
    content = Timestamp(version, expires=sign.now + sign.lifetimes.timestamp, snapshot_meta=meta)
    return signed(content, sign.keys[Role.TIMESTAMP])


def _bin_expiry(sign: Signature) -> datetime:
    return sign.now + timedelta(days=BIN_DAYS)


def _versioned(name: str, metadata: Metadata[Targets] | Metadata[Snapshot]) -> list[Upload]:
    return [Upload(f"tuf/{metadata.signed.version}.{name}.json", metadata.to_bytes())]


def _latest(timestamp: Metadata[Timestamp]) -> list[Upload]:
    return [Upload("tuf/timestamp.json", timestamp.to_bytes())]
