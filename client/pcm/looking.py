"""Finding and describing concepts of a registry: search is for finding only, info reads the signed index (P37)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from pcm.connecting import transport_for
from pcm.eligibility import Shelf
from pcm.gathering import ABSENT
from pcm.listing import Listing
from pcm.relation import Relations
from pcm.relocking import conditions
from pcm.resolution_errors import Fallen
from pcm.transfer_errors import NameNotFound
from pcm.transport import Transport
from pcm.workplace import Workplace
from pcm_schemas.digest import Digest
from pcm_schemas.index import IndexEntry
from pcm_schemas.lockfile import LockedPackage
from pcm_schemas.requirement import Requirement
from pcm_schemas.search import SearchPage

PAGE: Final = 1_048_576


@dataclass(frozen=True)
class Description:
    """The releases of a name, and for each why it would not be chosen here."""

    name: str
    source: str
    status: str
    releases: tuple[IndexEntry, ...]
    labels: Mapping[str, str]
    fallen: tuple[Fallen, ...]


def search(
    words: str, work: Workplace, *, limit: int, transport: Transport | None = None
) -> SearchPage:
    """Ask the default registry; raises ProjectIncomplete and the errors of the network."""
    registry = work.project.default_registry()
    asked = urlencode({"q": words, "limit": limit})
    chosen = transport or transport_for(work.environment)
    return SearchPage.parse(chosen.get(f"{registry.url}/api/v1/search?{asked}", limit=PAGE))


def describe(requirement: Requirement, work: Workplace) -> Description:
    """Read the signed index of a name; raises NameNotFound."""
    listing = work.routing.to(requirement).listings([requirement])[0]
    if listing.status == ABSENT:
        raise NameNotFound(listing.name, listing.source)
    work.routing.keep()
    entries = tuple(offer.entry for offer in listing.offers if offer.entry is not None)
    labels = {
        str(offer.base.digest): offer.label for offer in listing.offers if offer.base is not None
    }
    fallen = () if work.project.base is None else _fallen(listing, requirement, work)
    return Description(listing.name, listing.source, listing.status, entries, labels, fallen)


def passed_over(
    package: LockedPackage, relations: Relations, work: Workplace
) -> tuple[Fallen, ...]:
    """Every other version of a locked concept, and why it is not the one here (P67): nothing for `file:` and `hf:`."""
    if not package.source.startswith("pcm:"):
        return ()
    asked = relations.requirements_on(package.name)
    listing = work.routing.at(package.source).listings(asked[:1])[0]
    shelf = Shelf(listing, conditions(work, relations.lock, frozenset()))
    return shelf.passed_over(asked, chosen=Digest(package.file.sha256))


def _fallen(listing: Listing, requirement: Requirement, work: Workplace) -> tuple[Fallen, ...]:
    return Shelf(listing, conditions(work, None, frozenset())).fallen([requirement])
