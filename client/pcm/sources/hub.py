"""The source `hf:`: a repository of the Hub at a commit, holding packages with their envelopes and `keyset.json` (P60, P61).

What the lock holds is asked for nowhere: a branch that moved changes nothing until the concept is upgraded.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from pcm.admission import Evidence
from pcm.bases import MeasuredBase
from pcm.ed25519 import verify
from pcm.hub import Snapshot, require_file, spelled
from pcm.hub_contents import NoConcept, concepts_in, foreign, held
from pcm.listing import Listing, Offer
from pcm.relation import is_from
from pcm.sources.file import ENVELOPE_SUFFIX, KEYSET_FILE
from pcm.transfer_errors import DigestMismatch, TooLarge
from pcm.trust import require_shared
from pcm.trust_folder import TrustFolder
from pcm_schemas import limits
from pcm_schemas.digest import Digest
from pcm_schemas.envelope import Envelope
from pcm_schemas.keyset_chain import Chain
from pcm_schemas.lockfile import LockedPackage, Lockfile
from pcm_schemas.name import ConceptName
from pcm_schemas.package import read
from pcm_schemas.requirement import HubSource, Requirement
from pcm_schemas.statement import Statement
from pcm_schemas.tier import Tier, compare
from pcm_schemas.trust_errors import KeysetMalformed

PREFIX: Final = "hf:"
CLOSEST: Final = tuple(Tier)
"""Tiers, the closest first (P13)."""


class Repositories(Protocol):
    """What is asked of the Hub."""

    def look(self, repository: str, revision: str | None = None) -> Snapshot: ...

    def read(self, repository: str, path: str, *, commit: str, limit: int) -> bytes | None: ...


@dataclass(frozen=True)
class HubPlace:
    """One file of a repository at a commit, as the lock spells it."""

    owner: str
    repo: str
    commit: str
    path: str

    @classmethod
    def parse(cls, text: str) -> "HubPlace":
        """Read `hf:owner/repo@commit#path`, which the lock's own form has checked (P68)."""
        repository, _, rest = text.removeprefix(PREFIX).partition("@")
        owner, _, repo = repository.partition("/")
        commit, _, path = rest.partition("#")
        return cls(owner, repo, commit, path)

    @property
    def repository(self) -> str:
        """The repository's id."""
        return f"{self.owner}/{self.repo}"

    @property
    def holder(self) -> str:
        """Who holds the pins of its namespaces (P30)."""
        return f"{PREFIX}{self.owner}"

    def __str__(self) -> str:
        """Spell it as the lock does."""
        return f"{PREFIX}{self.repository}@{self.commit}#{self.path}"


@dataclass(frozen=True)
class HubPackages:
    """Packages of the Hub. `kept` are those that the lock holds for a requirement and that do not move.

    Chains that are brought as evidence in this operation count as pinned for the rest of it: the first that is not to
    be believed ends the operation.
    """

    hub: Repositories
    base: Callable[[], MeasuredBase]
    stored: Callable[[Digest], bytes | None]
    trust: TrustFolder
    kept: Mapping[str, LockedPackage]
    _seen: dict[str, Snapshot] = field(default_factory=dict)
    _received: dict[str, bytes] = field(default_factory=dict)
    _believed: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def place(self, requirement: Requirement) -> str:
        """Ask once which commit is meant, unless the lock says it, and choose the file for the base (P60, P61)."""
        source = requirement.source
        if (locked := self.kept.get(str(source))) is not None:
            return locked.source
        if not isinstance(source, HubSource):
            raise TypeError(f"{source!r} is not of the Hub")
        snapshot = self._look(source)
        place = HubPlace(source.owner, source.repo, snapshot.commit, source.path or "")
        if source.path is not None:
            return str(place)
        return str(self._closest([*self._candidates(place, snapshot)]))

    def listings(self, requirements: Sequence[Requirement]) -> Sequence[Listing]:
        return [self._listing(self.place(each)) for each in requirements]

    def fetch(self, offers: Sequence[Offer]) -> Mapping[Digest, bytes]:
        return {offer.sha256: self._bytes(offer.source) for offer in offers}

    def evidence(self, offer: Offer, data: bytes) -> Evidence:
        """Envelope and chain of the commit; of what is locked, as the lock and the pin have them.

        Where the pinned chain is longer than the repository's it is the newer one, and counts (P61).
        """
        place, namespace = HubPlace.parse(offer.source), ConceptName.parse(offer.name).namespace
        owner = place.holder, namespace
        pinned = self._believed.get(owner) or self.trust.chain(*owner)
        if (locked := self._locked(offer.source)) is not None and pinned is not None:
            return Evidence(place.holder, pinned, rebuilt(locked, data))
        envelope = self._file(place, place.path + ENVELOPE_SUFFIX, limits.ENVELOPE)
        served = self._file(place, KEYSET_FILE, limits.KEYSET_CHAIN)
        if envelope is None:
            return Evidence(place.holder, None, None)
        chain = newest(served, pinned)
        if chain is None:
            raise KeysetMalformed(f"there is no {KEYSET_FILE} in {PREFIX}{place.repository}")
        self._require_one_history(chain, namespace)
        self._believed[owner] = chain
        return Evidence(place.holder, chain, envelope)

    def _look(self, source: HubSource) -> Snapshot:
        repository = f"{source.owner}/{source.repo}"
        asked = spelled(repository, source.revision)
        if asked not in self._seen:
            self._seen[asked] = self.hub.look(repository, source.revision)
        return self._seen[asked]

    def _candidates(self, place: HubPlace, snapshot: Snapshot) -> Iterable[HubPlace]:
        """The package files of a repository; raises NoConcept, which says what it holds instead."""
        found = concepts_in(snapshot.files)
        if not found:
            raise NoConcept(f"{PREFIX}{place.repository}", held(snapshot.files, snapshot.tags))
        return (HubPlace(place.owner, place.repo, place.commit, path) for path in found)

    def _closest(self, places: Sequence[HubPlace]) -> HubPlace:
        """Of files for several bases the one whose base is closest to ours; the first of equals (P13, P60)."""
        if len(places) == 1:
            return places[0]
        return min(places, key=lambda place: CLOSEST.index(self._tier(place)))

    def _tier(self, place: HubPlace) -> Tier:
        claim = read(self._bytes(str(place))).manifest.base_claim()
        return Tier.EXACT if claim is None else compare(claim, self.base())

    def _listing(self, place: str) -> Listing:
        data = self._bytes(place)
        if (kind := foreign(data)) is not None:
            raise NoConcept(place, kind)
        return Listing.of_package(read(data), source=place)

    def _bytes(self, text: str) -> bytes:
        """Bytes of a place, received once; those of the store where the lock names them (P73)."""
        if text not in self._received:
            locked = self._locked(text)
            stored = None if locked is None else self.stored(Digest(locked.file.sha256))
            data = self._package(HubPlace.parse(text)) if stored is None else stored
            if locked is not None and Digest.of(data) != locked.file.sha256:
                raise DigestMismatch(locked.name, text, locked.file.sha256, Digest.of(data))
            self._received[text] = data
        return self._received[text]

    def _package(self, place: HubPlace) -> bytes:
        """Receive a package file; one that is far too large is told by its name (P57, P61)."""
        try:
            data = self._file(place, place.path, limits.PACKAGE)
        except TooLarge as error:
            raise NoConcept(str(place), held([place.path], ())) from error
        return require_file(data, spelled(place.repository, place.commit), place.path)

    def _file(self, place: HubPlace, path: str, limit: int) -> bytes | None:
        return self.hub.read(place.repository, path, commit=place.commit, limit=limit)

    def _locked(self, place: str) -> LockedPackage | None:
        return next((each for each in self.kept.values() if each.source == place), None)

    def _require_one_history(self, chain: bytes, namespace: str) -> None:
        """A namespace that is pinned from a registry must have that chain here as well (P61); raises ChainBroken."""
        offered = Chain.parse(chain, verify)
        for pin in self.trust.pins().pins:
            if pin.namespace == namespace and "://" in pin.holder:
                known = self.trust.chain(pin.holder, namespace)
                if known is not None:
                    require_shared(offered, Chain.parse(known, verify))


def rebuilt(locked: LockedPackage, data: bytes) -> bytes | None:
    """The envelope of a locked package, from its bytes and the lock's signatures (P21, P69)."""
    if locked.signed is None:
        return None
    statement = Statement.of(read(data), keyset=locked.signed.keyset)
    return Envelope.rebuilt(statement.to_bytes(), locked.signed.signatures).to_bytes()


def newest(served: bytes | None, pinned: bytes | None) -> bytes | None:
    """The pinned chain where the served one is a beginning of it, else the served one, which the pin must bear (P30, P61)."""
    if served is None or pinned is None:
        return served or pinned
    offered, known = Chain.parse(served, verify), Chain.parse(pinned, verify)
    begins = known.find(offered.last.digest) is not None
    return pinned if begins else served


def kept_places(
    requirements: Iterable[Requirement],
    lock: Lockfile | None,
    *,
    upgrade: frozenset[str],
    is_answered: bool,
) -> dict[str, LockedPackage]:
    """What stays at its commit: the locked package of each requirement, by the requirement's source (P61, P70).

    A named revision is only known to be the locked one while the lock answers the project (`is_answered`): the lock
    keeps commits, not the names that they had.
    """
    packages = () if lock is None or "*" in upgrade else lock.packages
    return {
        str(requirement.source): package
        for requirement in requirements
        for package in packages
        if isinstance(requirement.source, HubSource)
        and is_from(package.source, requirement)
        and package.name not in upgrade
        and (is_answered or _is_commit(requirement, package))
    }


def _is_commit(requirement: Requirement, package: LockedPackage) -> bool:
    source = requirement.source
    if not isinstance(source, HubSource):
        return False
    return source.revision in (None, HubPlace.parse(package.source).commit)
