"""Decide whether a downloaded release may enter the store: bytes and a time in, keys out; no I/O.

Implements P24; V1…V12 are its steps. `verify_locked` is the same for a lock, which brings its own keys (P69).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pcm.ed25519 import verify
from pcm_schemas.digest import Digest
from pcm_schemas.envelope import STATEMENT_TYPE, Envelope
from pcm_schemas.fields import time_string
from pcm_schemas.index import IndexEntry, require_entry
from pcm_schemas.keyset import Key, Keyset, KeysetDocument, Purpose
from pcm_schemas.lockfile import LockedKey, LockedPackage, Lockfile, require_locked
from pcm_schemas.name import ConceptName
from pcm_schemas.package import Package, read
from pcm_schemas.record_errors import LockMismatch
from pcm_schemas.revocations import Reach, Revocations, require_not_revoked
from pcm_schemas.signers import gone, require_each, require_threshold
from pcm_schemas.statement import (
    Release,
    Statement,
    require_asked,
    require_manifest,
    require_subject,
)
from pcm_schemas.trust_errors import SignatureMissing

LONG_AGO = "0000-00-00T00:00:00Z"
"""Before every expiry: a release that the lock holds was checked when it was locked (P29)."""


@dataclass(frozen=True)
class Candidate:
    """A release in hand. `entry` and its time come from the index, under TUF; `hf:` and `file:` have neither."""

    data: bytes
    envelope: bytes
    entry: IndexEntry | None = None
    locked: LockedPackage | None = None

    def time(self, now: datetime) -> str:
        """When the keys had to be valid: at publication; without an index now, unless the lock holds it (P29)."""
        if self.entry is not None:
            return self.entry.published
        return LONG_AGO if self.locked is not None else written_time(now)

    @property
    def reach(self) -> Reach:
        """How far the registry's revocations reach: names are the registry's only where its index lists them (P36)."""
        return Reach.ELSEWHERE if self.entry is None else Reach.REGISTRY


@dataclass(frozen=True)
class Verified:
    """What passed V1–V12: the envelope as it was opened, its statement, and the keys that vouch for the bytes."""

    envelope: Envelope
    statement: Statement
    signers: frozenset[Key]


def verify_release(
    candidate: Candidate,
    asked: Release,
    keyset: Keyset,
    revocations: Revocations,
    *,
    now: datetime,
) -> frozenset[Key]:
    """Return the keys that vouch for these bytes; raise the error of the first step that fails (P24)."""
    return verified(candidate, asked, keyset, revocations, now=now).signers


def verified(
    candidate: Candidate,
    asked: Release,
    keyset: Keyset,
    revocations: Revocations,
    *,
    now: datetime,
) -> Verified:
    """Verify as `verify_release` does, and return what was opened on the way, so that nothing is opened twice."""
    envelope = Envelope.parse(candidate.envelope)  # V1, V2: decoded once, not read again
    envelope.require_type(STATEMENT_TYPE)  # V3
    signers = require_threshold(  # V4, V5: distinct key bytes, still valid
        envelope, keyset.document, at=candidate.time(now), verify=verify
    )
    statement = Statement.parse(envelope.payload)  # V6, V7
    require_subject(statement, candidate.data)  # V8: signed for these bytes, not others
    require_asked(statement, asked, namespace=keyset.namespace, keyset=keyset.version)  # V9
    package = read(candidate.data)  # V10: R1–R14
    require_manifest(statement, package)  # V10
    require_listed(candidate, package)  # V11
    require_not_revoked(  # V12
        revocations,
        package.digest,
        name=asked.name,
        version=asked.version,
        keys=(key.id for key in signers),
        reach=candidate.reach,
    )
    return Verified(envelope, statement, signers)


def verify_locked(
    data: bytes,
    locked: LockedPackage,
    *,
    lock: Lockfile,
    documents: Sequence[KeysetDocument],
    revocations: Revocations,
) -> frozenset[str]:
    """Return the ids of the keys that vouch for a locked file, from the lock alone and keysets already trusted (P69).

    `documents` are the pinned keyset, or all of the chain that a `[trust]` line names; the last one is in force.
    Raises LockMismatch for a key that is in none of them, and the errors of V1–V12.
    """
    _require_promised(data, locked)
    if locked.signed is None:
        raise SignatureMissing(locked.source)
    namespace = ConceptName.parse(locked.name).namespace
    keys = [require_known(key, documents) for key in lock.keys_of(namespace)]
    package = read(data)  # R1–R14, so that the statement can be rebuilt
    statement = Statement.of(
        package, keyset=locked.signed.keyset
    )  # V6–V8, V10 hold by construction
    envelope = Envelope.rebuilt(statement.to_bytes(), locked.signed.signatures)  # V1–V3
    signers = require_each(envelope, keys, verify=verify)  # V4: every listed signature
    _require_in_force(signers, documents)  # V5
    asked = Release(locked.name, locked.version, _base_of(locked, lock, package))
    newest = max(document.version for document in documents)
    require_asked(statement, asked, namespace=namespace, keyset=newest)  # V9
    require_locked(locked, package)  # V11
    require_not_revoked(  # V12
        revocations,
        package.digest,
        name=locked.name,
        version=locked.version,
        keys=signers,
        reach=reach_of(locked.source),
    )
    return signers


def require_listed(candidate: Candidate, package: Package) -> None:
    """Refuse a package that its index entry or the lock describes otherwise (V11)."""
    if candidate.entry is not None:
        require_entry(candidate.entry, package)
    if candidate.locked is not None:
        require_locked(candidate.locked, package)


def require_known(key: LockedKey, documents: Sequence[KeysetDocument]) -> LockedKey:
    """Refuse a key that the lock brings along: it must be a release key of a trusted keyset; raises LockMismatch."""
    known = {
        (each.id, each.public)
        for document in documents
        for each in document.keys
        if each.serves(Purpose.RELEASE) and document.namespace == key.namespace
    }
    if (key.id, key.public) not in known:
        raise LockMismatch("keys", key.id, f"no release key of {key.namespace}")
    return key


def reach_of(source: str) -> Reach:
    """How far the default registry's revocations reach into a source (P36)."""
    return Reach.REGISTRY if source.startswith("pcm:") else Reach.ELSEWHERE


def written_time(now: datetime) -> str:
    """Spell a time as documents do."""
    return time_string(int(now.astimezone(UTC).timestamp()))


def _require_promised(data: bytes, locked: LockedPackage) -> None:
    found = Digest.of(data)
    if found != locked.file.sha256:
        raise LockMismatch("sha256", locked.file.sha256, found)


def _require_in_force(signers: frozenset[str], documents: Sequence[KeysetDocument]) -> None:
    """A key that the newest keyset calls compromised voids what it signed, at any time (P29)."""
    newest = max(documents, key=lambda document: document.version)
    for key in newest.keys:
        fate = gone(key, newest, at=LONG_AGO) if key.id in signers else None
        if fate is not None:
            raise fate.refusal(key)


def _base_of(locked: LockedPackage, lock: Lockfile, package: Package) -> Digest | None:
    """What base was asked for: the lock's own at tier exact; a close one is fixed by the file's digest."""
    base = package.manifest.base
    if base is None:
        return None
    return Digest(lock.base.digest if locked.tier == "exact" else base.digest)
