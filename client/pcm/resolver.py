"""Choose releases that satisfy a request together: listings and conditions in, a resolution or a conflict out (§10).

The search is resolvelib's; here are the five questions it asks. Names with fewest candidates are decided first, then
by name, so that the same inputs give the same lock bytes (P65).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from resolvelib import AbstractProvider, BaseReporter, Resolver
from resolvelib.resolvers import ResolutionImpossible
from resolvelib.structs import RequirementInformation

from pcm.eligibility import Conditions, Shelf
from pcm.explanation import Wish, explain
from pcm.listing import Listing, Offer
from pcm.resolution_errors import TriggerClash
from pcm_schemas.requirement import Requirement
from pcm_schemas.tier import Tier

Place: TypeAlias = tuple[str, str]
"""Source and name of a listing."""
Cause: TypeAlias = RequirementInformation[Wish, Offer]
ROUNDS = 20_000


@dataclass(frozen=True)
class Chosen:
    """A release of the solution, the word that calls it here, and who asked for it."""

    offer: Offer
    trigger: str | None
    tier: Tier | None
    wishes: tuple[Wish, ...]


@dataclass(frozen=True)
class Market:
    """What can be had: a listing a place, and the source that a package's own requirements mean (P7)."""

    listings: Mapping[Place, Listing]
    default: str

    def source_for(self, offer: Offer) -> str:
        """Where what a package requires is looked up: its own registry, or the default one (P7)."""
        return offer.source if offer.source.startswith("pcm:") else self.default


def resolve(wishes: Sequence[Wish], market: Market, conditions: Conditions) -> tuple[Chosen, ...]:
    """Return one release a name, by name; raises Conflict, NoVersion, NoBase, BaseNear, TriggerClash."""
    provider = _Provider(market, conditions)
    alone = decided_alone(wishes, provider)
    asked: dict[str, tuple[Wish, ...]] = {name: (wish,) for name, (wish, _) in alone.items()}
    chosen = {name: offer for name, (_, offer) in alone.items()}
    resolver: Resolver[Wish, Offer, str] = Resolver(provider, BaseReporter())
    try:
        rest = [wish for wish in wishes if wish.name not in alone]
        found = resolver.resolve(rest, max_rounds=ROUNDS)
    except ResolutionImpossible as error:
        causes = [(each.requirement, each.parent) for each in error.causes]
        raise explain(causes, provider.shelves, roots=wishes) from error
    chosen |= found.mapping
    asked |= {name: tuple(c.iter_requirement()) for name, c in found.criteria.items()}
    named = [_named(chosen[name], asked[name], provider) for name in sorted(chosen)]
    require_distinct_triggers(named)
    return tuple(named)


def decided_alone(
    wishes: Sequence[Wish], provider: "_Provider"
) -> Mapping[str, tuple[Wish, Offer]]:
    """The first choice of each name that nothing else bears on, for which the search would cost its square.

    One wish is for it, no offer of its listing requires anything, and no offer of the market requires it.
    """
    listings = provider.market.listings
    wanted = Counter(wish.name for wish in wishes)
    for listing in listings.values():
        wanted.update(str(Requirement.parse_portable(text).name) for text in listing.required())
    free = [
        w for w in wishes if wanted[w.name] == 1 and not [*listings[w.source, w.name].required()]
    ]
    first = {
        w.name: (w, provider.shelves[w.source, w.name].candidates([w.requirement])) for w in free
    }
    return {name: (wish, offers[0]) for name, (wish, offers) in first.items() if offers}


def wishes_of(offer: Offer, market: Market) -> Iterator[Wish]:
    """What a package requires, as wishes."""
    for text in offer.requires:
        requirement = Requirement.parse_portable(text)
        yield Wish(requirement, market.source_for(offer), str(requirement.name), by=offer.name)


def require_distinct_triggers(chosen: Iterable[Chosen]) -> None:
    """Refuse two packages that answer to one word (P66); raises TriggerClash with a ready line."""
    holders = dict[str, Chosen]()
    for each in chosen:
        if each.trigger is None:
            continue
        if (other := holders.get(each.trigger)) is not None:
            line = _without_alias(each)
            raise TriggerClash(each.trigger, (other.offer.name, each.offer.name), line)
        holders[each.trigger] = each


def _without_alias(chosen: Chosen) -> str:
    roots = (wish.requirement for wish in chosen.wishes if wish.by is None)
    asked = next(roots, None)
    return chosen.offer.name if asked is None else str(replace(asked, alias=None))


def _named(offer: Offer, wishes: tuple[Wish, ...], provider: "_Provider") -> Chosen:
    """A root requirement's alias, else one that a requiring package gives, else the manifest's trigger (P66)."""
    ordered = sorted(wishes, key=lambda wish: (wish.by is not None, wish.by or "", str(wish)))
    aliases = (wish.requirement.alias for wish in ordered if wish.requirement.alias is not None)
    trigger = None if offer.trigger is None else str(next(aliases, offer.trigger))
    tier = provider.shelves[offer.source, offer.name].tiers[offer.sha256]
    return Chosen(offer, trigger, tier, tuple(ordered))


class _Provider(AbstractProvider[Wish, Offer, str]):
    """The questions of the search; every listing becomes a shelf once."""

    def __init__(self, market: Market, conditions: Conditions) -> None:
        self.market = market
        self.shelves = {
            place: Shelf(listing, conditions) for place, listing in market.listings.items()
        }

    def identify(self, requirement_or_candidate: Wish | Offer) -> str:
        return requirement_or_candidate.name

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, Offer],
        candidates: Mapping[str, Iterator[Offer]],
        information: Mapping[str, Iterator[Cause]],
        backtrack_causes: Sequence[Cause],
    ) -> tuple[int, str]:
        return sum(1 for _ in candidates[identifier]), identifier

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[Wish]],
        incompatibilities: Mapping[str, Iterator[Offer]],
    ) -> list[Offer]:
        """Nothing where two sources are named: a name has one source in an environment (P7, P65)."""
        wishes = [*requirements[identifier]]
        excluded = [*incompatibilities[identifier]]
        sources = {wish.source for wish in wishes}
        if len(sources) != 1:
            return []
        shelf = self.shelves[sources.pop(), identifier]
        found = shelf.candidates(wish.requirement for wish in wishes)
        return [offer for offer in found if offer not in excluded]

    def is_satisfied_by(self, requirement: Wish, candidate: Offer) -> bool:
        return requirement.source == candidate.source and requirement.requirement.admits(
            candidate.version
        )

    def get_dependencies(self, candidate: Offer) -> list[Wish]:
        return [*wishes_of(candidate, self.market)]
