"""Role keys of TUF as files: made, kept for their owner alone, and turned into signers (P38, P45, P46)."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, Signer

from pcm_registry.errors import DataMissing, KeyRefused

Passphrase = Callable[[str], str]
"""Asked with the file's name; answers the passphrase, from a prompt or the environment."""
OTHERS: Final = 0o077


class Role(StrEnum):
    """A duty of P38; `bins` stands for all of them, which share one key."""

    ROOT = "root"
    TARGETS = "targets"
    BINS = "bins"
    SNAPSHOT = "snapshot"
    TIMESTAMP = "timestamp"


OFFLINE: Final = (Role.ROOT, Role.TARGETS)
ONLINE: Final = (Role.BINS, Role.SNAPSHOT, Role.TIMESTAMP)


def new_signer() -> CryptoSigner:
    """Make an ed25519 key from the system's randomness."""
    return CryptoSigner(Ed25519PrivateKey.generate())


@dataclass(frozen=True)
class OnlineKeys:
    """The keys that sign without a person; `targets` is there in development alone, where no key is offline (P46)."""

    signers: Mapping[Role, Signer]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the plain key files of a folder; raises DataMissing, KeyRefused."""
        found = {role: folder / f"{role.value}.pem" for role in Role}
        if missing := [found[role] for role in ONLINE if not found[role].exists()]:
            raise DataMissing(f"{missing[0].name} is not in the folder of online keys")
        return cls({role: read_plain(path) for role, path in found.items() if path.exists()})

    def __getitem__(self, role: Role) -> Signer:
        """The signer of an online role."""
        return self.signers[role]

    @property
    def targets(self) -> Signer | None:
        """The signer of `targets`, where it is online."""
        return self.signers.get(Role.TARGETS)


def write_plain(path: Path, signer: CryptoSigner) -> None:
    """Write a key that a server reads without a person, for its owner alone."""
    _write_private(path, signer.private_bytes)


def write_encrypted(path: Path, signer: CryptoSigner, passphrase: Passphrase) -> None:
    """Write an offline key as encrypted PKCS#8."""
    key = s.load_pem_private_key(signer.private_bytes, None)
    lock = s.BestAvailableEncryption(_asked(path, passphrase))
    _write_private(path, key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, lock))


def read_plain(path: Path) -> CryptoSigner:
    """Read an online key; raises KeyRefused where others may read it too."""
    return _signer(path, None)


def read_encrypted(path: Path, passphrase: Passphrase) -> CryptoSigner:
    """Unlock an offline key; raises KeyRefused."""
    return _signer(path, _asked(path, passphrase))


def _signer(path: Path, passphrase: bytes | None) -> CryptoSigner:
    try:
        if path.stat().st_mode & OTHERS:
            raise KeyRefused(path.name, "others may read it")
        key = s.load_pem_private_key(path.read_bytes(), passphrase)
    except (OSError, ValueError, TypeError) as error:  # gone, wrong passphrase, none needed
        raise KeyRefused(path.name, "it cannot be read with this passphrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyRefused(path.name, "it is no ed25519 key")
    return CryptoSigner(key)


def _asked(path: Path, passphrase: Passphrase) -> bytes:
    answer = passphrase(path.name)
    if not answer:
        raise KeyRefused(path.name, "its passphrase is empty")
    return answer.encode("utf-8")


def _write_private(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        number = os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise KeyRefused(path.name, "a key of that name exists") from error
    with os.fdopen(number, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
