"""From a resolution to verified bytes, and from verified bytes to disk (S1–S5, P69–P71)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from pcm.admission import Admitted, Beliefs, Unsigned, admit, require_digest
from pcm.listing import Offer
from pcm.routing import Freshness
from pcm.store_errors import FileUnsigned
from pcm.trust import Trusted, trust_chain
from pcm.verification import reach_of, verify_locked
from pcm.workplace import Workplace
from pcm_schemas.address import origin
from pcm_schemas.digest import Digest
from pcm_schemas.keyset import KeysetDocument
from pcm_schemas.lockfile import LockedPackage, Lockfile, require_locked
from pcm_schemas.name import ConceptName
from pcm_schemas.package import read
from pcm_schemas.revocations import Revocations, require_not_revoked
from pcm_schemas.trust_errors import KeysetMalformed, SignatureMissing

PART: Final = 32
"""Releases that are fetched together while others are verified."""


@dataclass(frozen=True)
class Delivered:
    """Bytes by digest, all verified, and the chains that were believed for them."""

    data: Mapping[Digest, bytes]
    believed: tuple[Trusted, ...]


def fetch(offers: Sequence[Offer], work: Workplace) -> dict[Digest, bytes]:
    """Return the bytes of each offer: from the store, else from its own source, those of a source at once."""
    found = {o.sha256: data for o in offers if (data := work.store.whole(o.sha256)) is not None}
    missing = [offer for offer in offers if offer.sha256 not in found]
    for place in sorted({offer.source for offer in missing}):
        wanted = [offer for offer in missing if offer.source == place]
        work.say(f"fetching {len(wanted)} from {place}")
        found.update(work.routing.at(place).fetch(wanted))
    for offer in missing:
        require_digest(found[offer.sha256], offer)
    return found


def fetched(offers: Sequence[Offer], work: Workplace) -> Iterator[tuple[Offer, bytes]]:
    """Each offer with its bytes, in order: a part of them is fetched while the part before it is looked at."""
    from concurrent.futures import ThreadPoolExecutor

    parts = [offers[start : start + PART] for start in range(0, len(offers), PART)]
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(fetch, parts[0] if parts else (), work)
        for part, following in zip_longest(parts, parts[1:], fillvalue=()):
            found = coming.result()
            coming = beside.submit(fetch, following, work)
            yield from ((offer, found[offer.sha256]) for offer in part)


def admit_all(offers: Sequence[Offer], beliefs: Beliefs, work: Workplace) -> tuple[Admitted, ...]:
    """Fetch and verify what was chosen; a chain that is believed for one release is the pin for the next."""
    pins, admitted = beliefs.pins, list[Admitted]()
    for offer, data in fetched(offers, work):
        evidence = work.routing.at(offer.source).evidence(offer, data)
        known = replace(beliefs, pins=pins)
        one = admit(offer, data, evidence, beliefs=known, now=work.now)
        if one.trusted is not None:
            pins = pins.with_pin(one.trusted.pin)
        admitted.append(one)
        work.say(f"verified {offer}")
    return tuple(admitted)


def check_locked(lock: Lockfile, work: Workplace) -> Delivered:
    """Fetch what the lock names and the store lacks, and verify all of it from the lock alone (P69)."""
    beliefs = work.beliefs(lock, Freshness.DAILY)
    offers = [Offer.of_locked(package) for package in lock.packages]
    for package in lock.packages:
        require_place(package, work)
    data, believed = fetch(offers, work), dict[tuple[str, str], Trusted]()
    for package, offer in zip(lock.packages, offers, strict=True):
        bytes_ = data[offer.sha256]
        if package.signed is None:
            _require_unsigned(package, bytes_, beliefs)
            continue
        trusted = _believed(package, offer, bytes_, beliefs=beliefs, work=work)
        believed[trusted.pin.holder, trusted.pin.namespace] = trusted
        verify_locked(
            bytes_,
            package,
            lock=lock,
            documents=documents_for(trusted, beliefs),
            revocations=beliefs.revocations,
        )
    return Delivered(data, tuple(believed.values()))


def require_place(package: LockedPackage, work: Workplace) -> None:
    """Refuse a lock that introduces a place to fetch from, also for what is stored (P69); raises LockMismatch."""
    work.routing.at(package.source)


def require_good(package: LockedPackage, revocations: Revocations) -> None:
    """Refuse what was revoked after it was locked (P36, V12); raises ReleaseRevoked, KeyRevoked."""
    signatures = () if package.signed is None else package.signed.signatures
    require_not_revoked(
        revocations,
        Digest(package.file.sha256),
        name=package.name,
        version=package.version,
        keys=[each.partition(":")[0] for each in signatures],
        reach=reach_of(package.source),
    )


def documents_for(trusted: Trusted, beliefs: Beliefs) -> tuple[KeysetDocument, ...]:
    """Keysets whose keys a lock may name: the pinned one, or the whole chain under a `[trust]` line (P69)."""
    if trusted.keyset.namespace in beliefs.lines:
        return trusted.documents
    return (trusted.keyset.document,)


def holder_of(source: str) -> str:
    """Who holds the pins of a source: a registry's origin, `hf:owner`, or `file` (P30)."""
    kind, _, rest = source.partition(":")
    if kind == "pcm":
        return origin(rest)
    return f"hf:{rest.partition('/')[0]}" if kind == "hf" else kind


def commit(
    delivered: Mapping[Digest, bytes],
    believed: Iterable[Trusted],
    *,
    lock: Lockfile,
    work: Workplace,
    text: str,
) -> None:
    """Write what was verified: blobs, pins, the root of the lock, then lock and project (S1–S5, P71)."""
    with work.store.adding():
        work.store.put_all(delivered.values())
        work.routing.keep()
        work.trust.write(believed)
        digests = [Digest(package.file.sha256) for package in lock.packages]
        work.store.keep(work.environment.lock_path, digests)
        work.environment.write(text=text, lock=lock)


def _believed(
    package: LockedPackage, offer: Offer, data: bytes, *, beliefs: Beliefs, work: Workplace
) -> Trusted:
    """The held chain of a pinned namespace; without a pin the source is asked once (P30, P69)."""
    namespace, holder = ConceptName.parse(package.name).namespace, holder_of(package.source)
    pin = beliefs.pins.find(holder, namespace)
    chain = None if pin is None else work.trust.chain(holder, namespace)
    if chain is None:
        chain = work.routing.at(package.source).evidence(offer, data).chain
    if chain is None:
        raise KeysetMalformed(f"no keyset of {namespace} is known")
    return trust_chain(
        chain,
        namespace,
        holder=holder,
        pin=pin,
        line=beliefs.lines.get(namespace),
        first_use=beliefs.first_use,
        now=work.now,
    )


def _require_unsigned(package: LockedPackage, data: bytes, beliefs: Beliefs) -> None:
    """An unsigned file has to be allowed each time: a lock cannot (P61)."""
    if not package.source.startswith("file:"):
        raise SignatureMissing(package.source)
    if beliefs.unsigned is Unsigned.REFUSE:
        raise FileUnsigned(package.source)
    require_locked(package, read(data))
