"""Admit a release: bytes, evidence and what is believed in; what the lock says of it out. No I/O (P24, P30, P69)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from pcm.ed25519 import verify
from pcm.listing import Offer
from pcm.store_errors import FileUnsigned
from pcm.transfer_errors import DigestMismatch
from pcm.trust import FirstUse, Pins, Trusted, trust_chain
from pcm.verification import Candidate, Verified, reach_of, verified
from pcm_schemas.digest import Digest
from pcm_schemas.envelope import Envelope
from pcm_schemas.errors import NameReserved
from pcm_schemas.keyset import Key
from pcm_schemas.lockfile import LockedKey, LockedPackage, Signed
from pcm_schemas.name import DEFAULT_NAMESPACE, LOCAL_NAMESPACE, ConceptName
from pcm_schemas.package import read
from pcm_schemas.revocations import Revocations, require_not_revoked
from pcm_schemas.signers import written
from pcm_schemas.statement import Release, Statement
from pcm_schemas.trust_errors import SignatureMissing


class Unsigned(Enum):
    """Whether a `file:` without an envelope may be installed (P61)."""

    REFUSE = "refuse"
    ALLOW = "allow"


@dataclass(frozen=True)
class Evidence:
    """What a source brings beside the bytes: who vouches, by which chain; `envelope` None means unsigned."""

    holder: str
    chain: bytes | None
    envelope: bytes | None


@dataclass(frozen=True)
class Beliefs:
    """What is believed before a release is looked at."""

    pins: Pins
    lines: Mapping[str, Digest]
    first_use: FirstUse
    revocations: Revocations
    unsigned: Unsigned = Unsigned.REFUSE
    locked: Mapping[str, LockedPackage] = field(default_factory=dict)


@dataclass(frozen=True)
class Admitted:
    """A release that may enter the store."""

    offer: Offer
    data: bytes
    signed: Signed | None
    keys: tuple[LockedKey, ...]
    trusted: Trusted | None


def admit(
    offer: Offer, data: bytes, evidence: Evidence, *, beliefs: Beliefs, now: datetime
) -> Admitted:
    """Verify a release by everything that vouches for it; raises the error of the first step that fails."""
    require_digest(data, offer)
    require_own_namespace(offer)
    if evidence.envelope is None or evidence.chain is None:
        return _unsigned(offer, data, beliefs)
    namespace = ConceptName.parse(offer.name).namespace
    trusted = trust_chain(
        evidence.chain,
        namespace,
        holder=evidence.holder,
        pin=beliefs.pins.find(evidence.holder, namespace),
        line=beliefs.lines.get(namespace),
        first_use=beliefs.first_use,
        now=now,
    )
    held = beliefs.locked.get(offer.name)
    same = held if held is not None and held.file.sha256 == offer.sha256 else None
    candidate = Candidate(data, evidence.envelope, offer.entry, same)
    found = verified(candidate, asked_for(offer), trusted.keyset, beliefs.revocations, now=now)
    signed = _signed(found, trusted, at=candidate.time(now))
    return Admitted(offer, data, signed, _locked_keys(found.signers, trusted), trusted)


def rebuilt_envelope(offer: Offer, data: bytes) -> bytes:
    """Make the envelope of a registry's release from its package and index entry (P34)."""
    if offer.entry is None:
        raise SignatureMissing(offer.source)
    statement = Statement.of(read(data), keyset=offer.entry.keyset)
    return Envelope.rebuilt(statement.to_bytes(), offer.entry.signatures).to_bytes()


def asked_for(offer: Offer) -> Release:
    """What the statement must be about (V9)."""
    base = None if offer.base is None else offer.base.digest
    return Release(offer.name, str(offer.version), base)


def require_digest(data: bytes, offer: Offer) -> None:
    """Refuse bytes that are not those that were chosen; raises DigestMismatch."""
    found = Digest.of(data)
    if found != offer.sha256:
        raise DigestMismatch(str(offer), offer.source, offer.sha256, found)


def require_own_namespace(offer: Offer) -> None:
    """`library` is the registry's, `local` is this machine's: neither comes from elsewhere (P4, P61)."""
    namespace = ConceptName.parse(offer.name).namespace
    from_registry, from_file = offer.source.startswith("pcm:"), offer.source.startswith("file:")
    if (namespace == DEFAULT_NAMESPACE and not from_registry) or (
        namespace == LOCAL_NAMESPACE and not from_file
    ):
        raise NameReserved(namespace)


def _unsigned(offer: Offer, data: bytes, beliefs: Beliefs) -> Admitted:
    if not offer.source.startswith("file:"):
        raise SignatureMissing(offer.source)
    if beliefs.unsigned is Unsigned.REFUSE:
        raise FileUnsigned(offer.source)
    read(data)  # R1–R14
    require_not_revoked(
        beliefs.revocations,
        offer.sha256,
        name=offer.name,
        version=str(offer.version),
        keys=(),
        reach=reach_of(offer.source),
    )
    return Admitted(offer, data, None, (), None)


def _signed(found: Verified, trusted: Trusted, *, at: str) -> Signed:
    """The signatures that count, under the version of the keyset that the statement names (P68)."""
    counted = written(found.envelope, trusted.keyset.document, at=at, verify=verify)
    return Signed(keyset=found.statement.predicate.keyset, signatures=counted.pairs())


def _locked_keys(keys: frozenset[Key], trusted: Trusted) -> tuple[LockedKey, ...]:
    version, namespace = trusted.keyset.version, trusted.keyset.namespace
    return tuple(
        LockedKey(id=key.id, keyset=version, namespace=namespace, public=key.public)
        for key in sorted(keys, key=lambda each: each.id)
    )
