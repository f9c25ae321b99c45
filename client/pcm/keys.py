"""Keys of a publisher: made, kept encrypted in files that only their owner reads, and used (P25, P26, P72).

What is signed is verified here first: a signature that others would refuse is never made (P25).
"""

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pcm.ed25519 import SecretKey, verify
from pcm.key_errors import KeyExists, KeyFileRefused, KeyLocked, KeyMissing
from pcm.verification import Candidate, verify_release, written_time
from pcm_schemas.envelope import KEYSET_TYPE, STATEMENT_TYPE, Envelope, Signature
from pcm_schemas.fields import told
from pcm_schemas.key import PublicKey
from pcm_schemas.keyset import Key, Keyset, KeysetDocument, Purpose, Threshold
from pcm_schemas.keyset_chain import require_successor
from pcm_schemas.name import parse_namespace
from pcm_schemas.package import read
from pcm_schemas.revocations import Revocations
from pcm_schemas.statement import Release, Statement

Passphrase = Callable[[str], str]
"""Asked with the file's name; answers the passphrase, from a prompt, a keyring or the environment."""
LONGEST: Final = 16_384
OTHERS: Final = 0o077


@dataclass(frozen=True)
class KeyPair:
    """The two keys of `pcm key new`: `release` for daily use, `keyset` to keep apart (P26)."""

    release: SecretKey
    keyset: SecretKey

    @classmethod
    def new(cls) -> "KeyPair":
        """Make both."""
        return cls(SecretKey.new(), SecretKey.new())


@dataclass(frozen=True)
class KeyFolder:
    """Encrypted key files `NAMESPACE.PURPOSE.pem`. Invariant: a file written here is readable by its owner alone."""

    root: Path

    def path(self, namespace: str, purpose: Purpose) -> Path:
        """Where a key lies."""
        return self.root / f"{parse_namespace(namespace)}.{purpose.value}.pem"

    def write(self, namespace: str, pair: KeyPair, *, passphrase: Passphrase) -> tuple[Path, ...]:
        """Write both keys, encrypted; raises KeyExists before anything is written."""
        chosen = {Purpose.RELEASE: pair.release, Purpose.KEYSET: pair.keyset}
        paths = {purpose: self.path(namespace, purpose) for purpose in chosen}
        if taken := [path for path in paths.values() if path.exists()]:
            raise KeyExists(str(taken[0]))
        pems = {p: key.to_pem(_asked(passphrase, paths[p])) for p, key in chosen.items()}
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for purpose, pem in pems.items():
            _write_private(paths[purpose], pem)
        return tuple(paths.values())

    def read(self, namespace: str, purpose: Purpose, *, passphrase: Passphrase) -> SecretKey:
        """Unlock a key; raises KeyMissing, KeyFileRefused, KeyLocked."""
        return read_key(self.path(namespace, purpose), passphrase)

    def discard(self, namespace: str) -> None:
        """Remove the key files of a namespace: only of one whose keyset was never written."""
        for purpose in (Purpose.RELEASE, Purpose.KEYSET):
            self.path(namespace, purpose).unlink(missing_ok=True)

    def held(self) -> tuple[tuple[str, Purpose], ...]:
        """Namespace and purpose of each key file, sorted; nothing is unlocked."""
        names = (path.name.split(".") for path in sorted(self.root.glob("*.*.pem")))
        known = {purpose.value for purpose in Purpose}
        return tuple((n[0], Purpose(n[1])) for n in names if len(n) == 3 and n[1] in known)


def read_key(path: Path, passphrase: Passphrase) -> SecretKey:
    """Unlock a key file; raises KeyMissing, KeyFileRefused, KeyLocked."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = read_private(path)
    try:
        key = load_pem_private_key(data, _asked(passphrase, path).encode("utf-8"))
    except (
        ValueError,
        TypeError,
    ) as error:  # wrong passphrase, no PEM, or a key that is not encrypted
        raise KeyLocked(str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileRefused(str(path), "it holds another kind of key than ed25519")
    return SecretKey(key)


def first_keyset(
    namespace: str, pair: KeyPair, *, now: datetime, note: str | None = None
) -> Keyset:
    """Make version 1 of a namespace's keyset: one release and one keyset key, thresholds of 1 (P26)."""
    keys = [
        listed(pair.release.public, Purpose.RELEASE, note=note),
        listed(pair.keyset.public, Purpose.KEYSET, note=note),
    ]
    document = KeysetDocument(
        created=written_time(now),
        keys=tuple(sorted(keys, key=lambda key: key.id)),
        keyset=1,
        namespace=namespace,
        revoked=(),
        threshold=Threshold(keyset=1, release=1),
        version=1,
    )
    return sign_keyset(document, [pair.keyset])


def next_keyset(held: Keyset, document: KeysetDocument, signers: Sequence[SecretKey]) -> Keyset:
    """Sign the successor of a keyset, and check that the held one's keys and its own vouch for it (P27).

    Raises ChainBroken, KeysetUnsigned and the other keyset errors.
    """
    made = sign_keyset(document, signers)
    require_successor(held, made, verify=verify)
    return made


def sign_keyset(document: KeysetDocument, signers: Sequence[SecretKey]) -> Keyset:
    """Sign a keyset; raises what a reader of it would raise."""
    return Keyset.of(signed_envelope(document.to_bytes(), KEYSET_TYPE, signers=signers), verify)


def sign_release(
    data: bytes, keyset: Keyset, signers: Sequence[SecretKey], *, now: datetime
) -> Envelope:
    """Sign a package file for its own name and version; refused when V1–V10 would fail (P25)."""
    package = read(data)
    statement = Statement.of(package, keyset=keyset.version)
    envelope = signed_envelope(statement.to_bytes(), STATEMENT_TYPE, signers=signers)
    said = statement.predicate
    asked = Release(said.name, said.version, statement.base)
    candidate = Candidate(data, envelope.to_bytes())
    verify_release(candidate, asked, keyset, Revocations.none(), now=now)
    return envelope


def signed_envelope(payload: bytes, payload_type: str, *, signers: Iterable[SecretKey]) -> Envelope:
    """Sign a payload with each key; nothing is checked."""
    blank = Envelope(payload, payload_type, ())
    message = blank.signed_bytes()
    return blank.with_signatures(Signature(key.sign(message), key.id) for key in signers)


def listed(public: bytes, *purposes: Purpose, note: str | None = None) -> Key:
    """Spell a public key as a keyset lists it."""
    key = PublicKey(public)
    words = sorted(purpose.value for purpose in purposes)
    return Key(**told(id=key.id, public=public.hex(), purposes=tuple(words), note=note))


def read_private(path: Path) -> bytes:
    """Read a regular file that nobody but its owner may open; the opened file is what is checked.

    Raises KeyMissing, KeyFileRefused.
    """
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError as error:
        raise KeyMissing(str(path)) from error
    except OSError as error:
        raise KeyFileRefused(str(path), error.strerror or "it cannot be opened") from error
    with os.fdopen(number, "rb") as file:
        mode = os.fstat(number).st_mode
        if not stat.S_ISREG(mode) or (os.name == "posix" and mode & OTHERS):
            raise KeyFileRefused(str(path), f"others may read it: mode {stat.S_IMODE(mode):03o}")
        return file.read(LONGEST)


def _asked(passphrase: Passphrase, path: Path) -> str:
    answer = passphrase(path.name)
    if not answer:
        raise KeyLocked(str(path))
    return answer


def _write_private(path: Path, data: bytes) -> None:
    """Create the file for its owner alone; it must not exist."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        number = os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise KeyExists(str(path)) from error
    with os.fdopen(number, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
