"""Collect what a resolution may look at: the listings of the roots and of all that their releases may require (P7, P63)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pcm.explanation import Wish
from pcm.listing import Listing
from pcm.resolver import Market, Place
from pcm.sources.protocol import Source
from pcm.transfer_errors import NameNotFound
from pcm_schemas.requirement import Requirement

ABSENT = "absent"
"""Status of a listing of a name that its source does not have."""


class Routes(Protocol):
    """Which source answers for a requirement or for a place."""

    def default(self) -> str:
        """Place of the default registry; raises ProjectIncomplete without one."""
        ...

    def to(self, requirement: Requirement) -> Source:
        """The source that a requirement names; raises ProjectIncomplete for a registry that is not known."""
        ...

    def at(self, place: str) -> Source:
        """The source of a place that a listing or a lock names."""
        ...


@dataclass(frozen=True)
class _Ask:
    """A requirement to look up at a place; `is_root` says that a miss is an error."""

    requirement: Requirement
    place: str
    is_root: bool


def gather(roots: Sequence[Requirement], routes: Routes) -> tuple[tuple[Wish, ...], Market]:
    """Return the roots as wishes and everything within their reach.

    Raises NameNotFound for a root that its source does not have; a dependency of some version that is missing only
    excludes that version.
    """
    wishes, listings, default = list[Wish](), dict[Place, Listing](), ""
    asks = [_Ask(each, routes.to(each).place(each), is_root=True) for each in roots]
    while asks:
        found = [*_answered(asks, routes)]
        wishes += [Wish(a.requirement, a.place, li.name) for a, li in found if a.is_root]
        listings.update({(li.source, li.name): li for _, li in found})
        needed = {
            (place or (default := default or routes.default()), str(requirement.name)): requirement
            for _, listing in found
            for place, requirement in _needs(listing)
        }
        asks = [
            _Ask(requirement, place, is_root=False)
            for (place, name), requirement in sorted(needed.items(), key=lambda each: each[0])
            if (place, name) not in listings
        ]
    return tuple(wishes), Market(listings, default)


def _answered(asks: Sequence[_Ask], routes: Routes) -> Iterator[tuple[_Ask, Listing]]:
    """Look up all asks of a source at once, so that it can fetch them together."""
    for place in dict.fromkeys(ask.place for ask in asks):
        together = [ask for ask in asks if ask.place == place]
        listings = routes.at(place).listings([ask.requirement for ask in together])
        for ask, listing in zip(together, listings, strict=True):
            if ask.is_root and listing.status == ABSENT:
                raise NameNotFound(listing.name, listing.source)
            yield ask, listing


def _needs(listing: Listing) -> Iterator[tuple[str, Requirement]]:
    """Requirements of any offer, at its own registry; an empty place means the default one (P7)."""
    place = listing.source if listing.source.startswith("pcm:") else ""
    for text in listing.required():
        yield place, Requirement.parse_portable(text)
