"""Which keys vouch for a release at a time: V4, V5 and P29; a lock's own list of keys too (P69)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from pcm_schemas.envelope import STATEMENT_TYPE, Envelope, is_whole
from pcm_schemas.errors import PcmError
from pcm_schemas.key import Verifier
from pcm_schemas.keyset import Key, KeysetDocument, Purpose, attested
from pcm_schemas.trust_errors import KeyExpired, KeyRevoked, SignatureThreshold


class Listed(Protocol):
    """A key as any document lists it: its id and its public bytes."""

    @property
    def id(self) -> str: ...
    @property
    def raw(self) -> bytes: ...


def require_threshold(
    envelope: Envelope, document: KeysetDocument, *, at: str, verify: Verifier
) -> frozenset[Key]:
    """Return the keys that vouch for an envelope published `at` (V4, V5).

    Raises KeyRevoked or KeyExpired where keys that signed were taken out, else SignatureThreshold.
    """
    return frozenset(_standing(envelope, document, at=at, verify=verify))


def written(envelope: Envelope, document: KeysetDocument, *, at: str, verify: Verifier) -> Envelope:
    """Return the envelope as it is stored: one signature of each key that counts, under that key's id (P22, V5)."""
    standing = _standing(envelope, document, at=at, verify=verify)
    signed = attested(envelope, document, Purpose.RELEASE, verify=verify)
    return envelope.with_signatures(signed[key] for key in standing)


def require_each(envelope: Envelope, keys: Iterable[Listed], *, verify: Verifier) -> frozenset[str]:
    """Return the ids of the keys of a lock that signed: every listed signature must verify (P69).

    Raises SignatureThreshold for one that does not, or whose key the lock does not list.
    """
    envelope.require_type(STATEMENT_TYPE)
    message, by_id = envelope.signed_bytes(), {key.id: key for key in keys}
    good = {
        key.raw: key.id
        for each in filter(is_whole, envelope.signatures)
        if (key := by_id.get(each.keyid or "")) is not None
        and verify(key.raw, message, signature=each.sig)
    }
    if len(good) < len(envelope.signatures):
        raise SignatureThreshold(tuple(sorted(good.values())), len(envelope.signatures))
    return frozenset(good.values())


@dataclass(frozen=True)
class _Gone:
    """When and why a key stopped to count; `reason` None means that it was retired."""

    since: str
    reason: str | None = None

    def refusal(self, key: Key) -> PcmError:
        if self.reason is None:
            return KeyExpired(key.id, self.since)
        return KeyRevoked(key.id, self.since, self.reason)


def gone(key: Key, document: KeysetDocument, *, at: str) -> _Gone | None:
    """Say whether and why a key does not count at a time (P29); None means that it does.

    `compromised` voids every signature at any time; `superseded` and `expires` those made after.
    """
    entries = [each for each in document.revoked if each.id == key.id]
    for entry in entries:
        if entry.reason == "compromised":
            return _Gone(entry.at, entry.reason)
    ends = [entry.at for entry in entries] + ([key.expires] if key.expires is not None else [])
    passed = [end for end in ends if end < at]
    return _Gone(min(passed)) if passed else None


def _standing(
    envelope: Envelope, document: KeysetDocument, *, at: str, verify: Verifier
) -> list[Key]:
    signed = attested(envelope, document, Purpose.RELEASE, verify=verify)
    fates = {key: gone(key, document, at=at) for key in signed}
    standing = [key for key, fate in fates.items() if fate is None]
    if len(standing) >= document.threshold.release:
        return standing
    refusals = [fate.refusal(key) for key, fate in fates.items() if fate is not None]
    refusals.sort(key=lambda each: each.code, reverse=True)  # revoked before expired
    ids = tuple(sorted(key.id for key in standing))
    raise next(iter(refusals), SignatureThreshold(ids, document.threshold.release))
