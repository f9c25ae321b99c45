"""Offline keys at work: a first ceremony of several holders, signing, renewing, and what is due (P38–P40, P45)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from securesystemslib.signer import CryptoSigner, Signer
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

from pcm_registry import founding, signer
from pcm_registry.blobs import Storage
from pcm_registry.errors import DataMissing, RootInvalid, RootUnsigned, SettingInvalid
from pcm_registry.role_keys import (
    ONLINE,
    OnlineKeys,
    Passphrase,
    Role,
    new_signer,
    read_plain,
    write_encrypted,
    write_plain,
)
from pcm_registry.settings import Settings

ROOT_FILE: Final = "1.root.json"
TARGETS_FILE: Final = "1.targets.json"
TARGETS_KEYS: Final = 2
MOST_BITS: Final = 15
"""With 16 a snapshot passes what clients read at most (P41)."""
RENEWAL: Final = {"root": timedelta(days=60), "targets": timedelta(days=60)}


@dataclass(frozen=True)
class Shape:
    """How many hold the root, how many of them must agree, and how many bins there are (P38, P41).

    Raises SettingInvalid for a root that could never be signed, and for bins that clients could not read.
    """

    holders: int
    threshold: int
    bits: int

    def __post_init__(self) -> None:
        """Refuse it before a key is made."""
        if not 1 <= self.threshold <= self.holders:
            raise SettingInvalid("--threshold", f"{self.threshold} of {self.holders} cannot sign")
        if not 1 <= self.bits <= MOST_BITS:
            raise SettingInvalid("--bits", f"between 1 and {MOST_BITS}; 10 suits 100,000 names")


@dataclass(frozen=True)
class Due:
    """A role, its version, when it ends, and whether a person should renew it now."""

    role: str
    version: int
    expires: datetime
    is_due: bool


def hold(out: Path, shape: Shape, passphrase: Passphrase, *, now: datetime) -> None:
    """Make every key and the first root and targets in a folder, on a machine without network (P45)."""
    roots = [_kept(out / f"root-{n + 1}.pem", passphrase) for n in range(shape.holders)]
    targets = [_kept(out / f"targets-{n + 1}.pem", passphrase) for n in range(TARGETS_KEYS)]
    online = {role: new_signer() for role in ONLINE}
    for role, each in online.items():
        write_plain(out / "online-keys" / f"{role.value}.pem", each)
    listed = {Role.ROOT: roots, Role.TARGETS: targets, **{r: [k] for r, k in online.items()}}
    year = now.replace(microsecond=0) + timedelta(days=signer.ROOT_DAYS)
    root = signer.root_of(
        {role: [each.public_key for each in held] for role, held in listed.items()},
        thresholds={Role.ROOT: shape.threshold},
        expires=year,
        mark={},
    )
    first = signer.first_targets(online[Role.BINS].public_key, bits=shape.bits, expires=year)
    (out / ROOT_FILE).write_bytes(signer.signed(root, *roots).to_bytes())
    (out / TARGETS_FILE).write_bytes(signer.signed(first, targets[0]).to_bytes())


def install(source: Path, storage: Storage, settings: Settings, *, now: datetime) -> None:
    """Found a registry on what a ceremony made; the offline keys stay where they are. Raises RootInvalid."""
    root = Metadata[Root].from_bytes((source / ROOT_FILE).read_bytes())
    targets = Metadata[Targets].from_bytes((source / TARGETS_FILE).read_bytes())
    _require_signed(root, root)
    _require_signed(root, targets)
    for role in ONLINE:
        name = f"{role.value}.pem"
        write_plain(settings.online_keys / name, read_plain(source / "online-keys" / name))
    keys = OnlineKeys.read(settings.online_keys)
    storage.put(founding.FIRST_ROOT, root.to_bytes())
    sign = signer.Signature(keys, founding.lifetimes(settings), now.replace(microsecond=0))
    for upload in signer.first_uploads(targets, sign):
        storage.put(upload.path, upload.data)


def sign_file(path: Path, key: Signer) -> int:
    """Add a holder's signature to a metadata file; answers how many it has now."""
    metadata = _opened(path.read_bytes())
    metadata.sign(key, append=True)
    path.write_bytes(metadata.to_bytes())
    return len(metadata.signatures)


def next_root(storage: Storage, *, now: datetime) -> Metadata[Root]:
    """The successor of the root in force: the same keys for another year, not signed yet."""
    held = founding.newest_root(storage).signed
    held.version += 1
    held.expires = now.replace(microsecond=0) + timedelta(days=signer.ROOT_DAYS)
    return Metadata(held)


def next_targets(
    storage: Storage, claims: Mapping[str, bytes], *, now: datetime
) -> Metadata[Targets]:
    """The successor of targets with these claimed targets as they are now, not signed yet (P39)."""
    held = newest_targets(storage).signed
    held.version += 1
    held.expires = now.replace(microsecond=0) + timedelta(days=signer.TARGETS_DAYS)
    held.targets |= {path: signer.target(path, data) for path, data in claims.items()}
    return Metadata(held)


def publish(storage: Storage, data: bytes, claims: Mapping[str, bytes]) -> str:
    """Put a signed successor of root or targets in place; the signing worker takes it up.

    Raises RootInvalid where too few keys signed, where it is no successor, or where a claimed target changed meanwhile.
    """
    offered, root = _opened(data), founding.newest_root(storage)
    if isinstance(offered.signed, Root):
        signer.require_sound(offered.signed)
        _require_next(root.signed.version, offered.signed.version)
        _require_signed(offered, offered)
    else:
        _require_next(newest_targets(storage).signed.version, offered.signed.version)
        _upload_claims(storage, offered.signed, claims)
    _require_signed(root, offered)
    path = f"tuf/{offered.signed.version}.{offered.signed.type}.json"
    storage.put(path, data)
    return path


def newest_targets(storage: Storage) -> Metadata[Targets]:
    """The newest targets, whether the snapshot names it already or not; raises DataMissing."""
    found, version = storage.get("tuf/1.targets.json"), 1
    while (following := storage.get(f"tuf/{version + 1}.targets.json")) is not None:
        found, version = following, version + 1
    if found is None:
        raise DataMissing("the data folder holds no registry")
    return Metadata[Targets].from_bytes(found)


def status(storage: Storage, *, now: datetime) -> list[Due]:
    """What is in force of each role, and what a person should renew."""
    timestamp = Metadata[Timestamp].from_bytes(storage.get(founding.TIMESTAMP) or b"")
    number = timestamp.signed.snapshot_meta.version
    snapshot = Metadata[Snapshot].from_bytes(storage.get(f"tuf/{number}.snapshot.json") or b"")
    root, targets = founding.newest_root(storage).signed, newest_targets(storage).signed
    return [_due(each, now) for each in (root, targets, snapshot.signed, timestamp.signed)]


def _due(content: Root | Targets | Snapshot | Timestamp, now: datetime) -> Due:
    left = content.expires - now
    return Due(
        content.type,
        content.version,
        content.expires,
        left < RENEWAL.get(content.type, timedelta(0)),
    )


def _kept(path: Path, passphrase: Passphrase) -> CryptoSigner:
    made = new_signer()
    write_encrypted(path, made, passphrase)
    return made


def _opened(data: bytes) -> Metadata[Root] | Metadata[Targets]:
    metadata = Metadata.from_bytes(data)
    if not isinstance(metadata.signed, (Root, Targets)):
        raise RootInvalid("only root and targets are signed by hand")
    return metadata


def _require_next(held: int, offered: int) -> None:
    if offered != held + 1:
        raise RootInvalid(f"version {offered} does not follow {held}")


def _require_signed(root: Metadata[Root], offered: Metadata[Root] | Metadata[Targets]) -> None:
    """The root's keys must vouch for it, as many as it asks for."""
    try:
        root.signed.verify_delegate(offered.signed.type, offered.signed_bytes, offered.signatures)
    except RepositoryError as error:
        raise RootUnsigned(f"too few keys signed {offered.signed.type}") from error


def _upload_claims(storage: Storage, targets: Targets, claims: Mapping[str, bytes]) -> None:
    for path, info in targets.targets.items():
        if info != signer.target(path, claims.get(path, b"")):
            raise RootInvalid(f"{path} changed since this was made; renew targets again")
        storage.put(signer.stored_path(path, info), claims[path])
