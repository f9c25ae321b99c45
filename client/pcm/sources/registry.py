"""The source `pcm:`: a registry, whose documents are signed by TUF and whose blobs come by digest (P7, P42, P56)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pcm.admission import Evidence, rebuilt_envelope
from pcm.gathering import ABSENT
from pcm.listing import Listing, Offer
from pcm.routing import Freshness, place_of
from pcm.transfer_errors import RedirectRefused
from pcm.transport import Ask, Transport
from pcm.trust import is_due
from pcm.tuf_errors import MetadataMissing
from pcm_schemas import limits
from pcm_schemas.address import origin
from pcm_schemas.digest import Digest
from pcm_schemas.index import IndexDocument, require_continued
from pcm_schemas.name import ConceptName
from pcm_schemas.project import Registry
from pcm_schemas.requirement import Requirement
from pcm_schemas.revocations import TARGET, Revocations, require_not_older
from pcm_schemas.trust_errors import KeysetMalformed

HOSTS = "registry.json"


class Documents(Protocol):
    """The signed documents of a registry, fresh or held."""

    def targets(self, paths: Sequence[str]) -> Mapping[str, bytes | None]:
        """Documents by path; None for those that are not listed."""
        ...

    def held(self, path: str) -> bytes | None:
        """The copy that was kept last."""
        ...

    def refreshed(self) -> datetime | None:
        """When documents were last kept; None for never."""
        ...

    def keep(self) -> None:
        """Keep what was verified."""
        ...


@dataclass(frozen=True)
class RegistryServer:
    """One registry. Every document is compared with the copy held before (P35, P36)."""

    registry: Registry
    documents: Documents
    transport: Transport
    now: datetime
    hosts: set[str] = field(default_factory=set)

    def place(self, requirement: Requirement) -> str:
        return place_of(self.registry)

    def listings(self, requirements: Sequence[Requirement]) -> Sequence[Listing]:
        """Index documents, and with them in one go the keysets and revocations that will be needed (P42)."""
        names = [str(each.name) for each in requirements]
        spaces = [keyset_path(name) for name in names]
        self.documents.targets([*map(index_path, names), *spaces, TARGET])
        return [self._listing(name) for name in names]

    def fetch(self, offers: Sequence[Offer]) -> Mapping[Digest, bytes]:
        asks = [self._ask(offer) for offer in offers]
        try:
            found = self.transport.get_all(asks)
        except RedirectRefused:
            if self.hosts:
                raise
            self.hosts.update(self._listed_hosts())
            found = self.transport.get_all([self._ask(offer) for offer in offers])
        return {offer.sha256: data for offer, data in zip(offers, found, strict=True)}

    def evidence(self, offer: Offer, data: bytes) -> Evidence:
        path = keyset_path(offer.name)
        chain = self.documents.targets([path])[path]
        if chain is None:
            raise KeysetMalformed(f"{self.registry.url} lists no {path}")
        envelope = None if offer.entry is None else rebuilt_envelope(offer, data)
        return Evidence(origin(self.registry.url), chain, envelope)

    def revocations(self, freshness: Freshness) -> Revocations:
        """The list in force; `DAILY` takes the held one while it is younger than a day (P69)."""
        held, refreshed = self.documents.held(TARGET), self.documents.refreshed()
        known = Revocations.none() if held is None else Revocations.parse(held)
        is_old = refreshed is None or is_due(refreshed, now=self.now)
        if freshness is Freshness.DAILY and held is not None and not is_old:
            return known
        data = self.documents.targets([TARGET])[TARGET]
        if data is None:
            raise MetadataMissing(self.registry.url, f"it lists no {TARGET}")
        offered = Revocations.parse(data)
        require_not_older(known, offered)
        return offered

    def chain(self, namespace: str) -> bytes | None:
        """The keysets of a namespace, as TUF vouches for them (P28)."""
        path = f"keysets/{namespace}.json"
        return self.documents.targets([path])[path]

    def keep(self) -> None:
        """Keep what was verified (P42)."""
        self.documents.keep()

    def index(self, name: str) -> IndexDocument | None:
        """The index document of a name, checked against the held copy (P35); None where there is none."""
        path = index_path(name)
        data = self.documents.targets([path])[path]
        if data is None:
            return None
        offered, held = IndexDocument.parse(data, name=name), self.documents.held(path)
        if held is not None:
            require_continued(IndexDocument.parse(held, name=name), offered)
        return offered

    def _listing(self, name: str) -> Listing:
        document = self.index(name)
        if document is None:
            return Listing(name, place_of(self.registry), (), ABSENT)
        return Listing.of_index(document, source=place_of(self.registry))

    def _ask(self, offer: Offer) -> Ask:
        url = f"{self.registry.url}/api/v1/blobs/{offer.sha256.hex}"
        return Ask(url, offer.size, hosts=frozenset(self.hosts))

    def _listed_hosts(self) -> list[str]:
        """Hosts that the signed `registry.json` allows blobs to come from (P56)."""
        data = self.documents.targets([HOSTS])[HOSTS]
        listed = {} if data is None else json.loads(data[: limits.REQUEST])
        return [str(host) for host in listed.get("blob_hosts", [])]


def index_path(name: str) -> str:
    """TUF target of a name's index document (P33)."""
    return f"index/{name}.json"


def keyset_path(name: str) -> str:
    """TUF target of the keysets of a name's namespace (P28)."""
    return f"keysets/{ConceptName.parse(name).namespace}.json"
