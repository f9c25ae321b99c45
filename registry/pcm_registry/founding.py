"""The first metadata of a registry: by `init` for one operator, or marked for development (P45, P46)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root

from pcm_registry import signer
from pcm_registry.blobs import Storage
from pcm_registry.errors import DataMissing, DevelopmentKeys
from pcm_registry.role_keys import (
    OFFLINE,
    ONLINE,
    OnlineKeys,
    Passphrase,
    Role,
    new_signer,
    read_plain,
    write_encrypted,
    write_plain,
)
from pcm_registry.settings import Mode, Settings
from pcm_schemas.digest import Digest

FIRST_ROOT = "tuf/1.root.json"
TIMESTAMP = "tuf/timestamp.json"


@dataclass(frozen=True)
class Founded:
    """A registry's beginning; `root` is the digest that its users pin (P43)."""

    root: Digest


def init(storage: Storage, settings: Settings, passphrase: Passphrase, *, now: datetime) -> Founded:
    """Make a registry for one operator: encrypted offline keys of 1, plain online keys (P46).

    Raises KeyRefused where keys lie already.
    """
    keys = {role: new_signer() for role in Role}
    for role in OFFLINE:
        write_encrypted(settings.offline_keys / f"{role.value}.pem", keys[role], passphrase)
    for role in ONLINE:
        write_plain(settings.online_keys / f"{role.value}.pem", keys[role])
    _upload_first(storage, settings, keys, bits=signer.BITS, mark={}, now=now)
    return founded(storage)


def ready_for_development(storage: Storage, settings: Settings, *, now: datetime) -> Founded:
    """Make a development registry in the data folder, unless one is there; safe to run again after a crash."""
    if not storage.has(TIMESTAMP):
        keys = {role: _development_key(settings.online_keys, role) for role in Role}
        mark = {signer.DEV_MARK: True}
        _upload_first(storage, settings, keys, bits=signer.DEV_BITS, mark=mark, now=now)
    return founded(storage)


def existing(settings: Settings) -> Storage:
    """The storage of a registry that was founded, and nothing made where there is none; raises DataMissing."""
    if not settings.public.is_dir():
        raise DataMissing("the data folder holds no registry")
    storage = Storage.in_folder(settings.public)
    founded(storage)
    return storage


def founded(storage: Storage) -> Founded:
    """What was founded; raises DataMissing."""
    data = storage.get(FIRST_ROOT)
    if data is None or not storage.has(TIMESTAMP):
        raise DataMissing("the data folder holds no registry")
    return Founded(Digest.of(data))


def newest_root(storage: Storage) -> Metadata[Root]:
    """The root in force; raises DataMissing."""
    found, version = storage.get(FIRST_ROOT), 1
    while (following := storage.get(f"tuf/{version + 1}.root.json")) is not None:
        found, version = following, version + 1
    if found is None:
        raise DataMissing("the data folder holds no registry")
    return Metadata[Root].from_bytes(found)


def require_mode(root: Root, mode: Mode) -> None:
    """Refuse development keys in a real server, and the other way round (P46); raises DevelopmentKeys."""
    marked = signer.is_development(root)
    if marked and mode is Mode.PRODUCTION:
        raise DevelopmentKeys("this registry was made for development")
    if not marked and mode is Mode.DEVELOPMENT:
        raise DevelopmentKeys("this registry was not made for development")


def lifetimes(settings: Settings) -> signer.Lifetimes:
    """How long snapshot and timestamp hold, from the settings."""
    return signer.Lifetimes(
        timedelta(hours=settings.snapshot_hours), timedelta(hours=settings.timestamp_hours)
    )


def _upload_first(
    storage: Storage,
    settings: Settings,
    keys: Mapping[Role, CryptoSigner],
    *,
    bits: int,
    mark: Mapping[str, bool],
    now: datetime,
) -> None:
    year = now.replace(microsecond=0) + timedelta(days=signer.ROOT_DAYS)
    listed = {role: [each.public_key] for role, each in keys.items()}
    root = signer.root_of(listed, thresholds={}, expires=year, mark=mark)
    storage.put(FIRST_ROOT, signer.signed(root, keys[Role.ROOT]).to_bytes())
    first = signer.first_targets(keys[Role.BINS].public_key, bits=bits, expires=year)
    targets = signer.signed(first, keys[Role.TARGETS])
    sign = signer.Signature(OnlineKeys(dict(keys)), lifetimes(settings), now.replace(microsecond=0))
    _upload(storage, signer.first_uploads(targets, sign))


def _upload(storage: Storage, uploads: Iterable[signer.Upload]) -> None:
    for upload in uploads:
        storage.put(upload.path, upload.data)


def _development_key(folder: Path, role: Role) -> CryptoSigner:
    path = folder / f"{role.value}.pem"
    if not path.exists():
        write_plain(path, new_signer())
    return read_plain(path)
