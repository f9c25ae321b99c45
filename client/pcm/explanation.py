"""Turn a failed search into one error that tells who asked, what was seen, and why each version fell (P67)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pcm.eligibility import Shelf
from pcm.listing import Offer
from pcm.resolution_errors import (
    BaseNear,
    BaseOther,
    Conflict,
    Demand,
    Fallen,
    NoBase,
    NoVersion,
    Unresolved,
)
from pcm_schemas.errors import PcmError
from pcm_schemas.requirement import Requirement
from pcm_schemas.tier import Tier

ROOT = "your project"


@dataclass(frozen=True)
class Wish:
    """A requirement with its source resolved and its name known; `by` is the package that has it, None for the project."""

    requirement: Requirement
    source: str
    name: str
    by: str | None = None

    def __str__(self) -> str:
        """The requirement as written."""
        return str(self.requirement)


Shelves = Mapping[tuple[str, str], Shelf]
Causes = Sequence[tuple[Wish, Offer | None]]


def explain(causes: Causes, shelves: Shelves, *, roots: Sequence[Wish]) -> PcmError:
    """Return the error of a search that ended in these causes."""
    demands = _demands(causes, shelves, roots)
    names = sorted({wish.name for wish, _ in causes})
    alone = [wish for wish, _ in causes if not _candidates([wish], shelves)]
    if alone:
        wish = min(alone, key=lambda each: (each.name, str(each)))
        own = tuple(d for d, (w, _) in zip(demands, causes, strict=True) if w == wish)
        return _unmet(wish, shelves[wish.source, wish.name], own)
    fallen = _fallen_together([wish for wish, _ in causes], shelves) if len(names) == 1 else ()
    return Conflict(tuple(names), tuple(dict.fromkeys(demands)), fallen)


def _unmet(wish: Wish, shelf: Shelf, demands: tuple[Demand, ...]) -> Unresolved:
    """One requirement that nothing meets: is it the base, and how close?"""
    admitted = [o for o in shelf.listing.offers if wish.requirement.admits(o.version)]
    tiers = {shelf.tiers[offer.sha256] for offer in admitted}
    fallen = shelf.fallen([wish.requirement])
    where = (wish.name, tuple(dict.fromkeys(demands)), fallen)
    if tiers == {Tier.OTHER}:
        is_alone = not wish.source.startswith("pcm:")
        return BaseOther(*where) if is_alone else NoBase(*where)
    if Tier.NEAR in tiers and tiers <= {Tier.NEAR, Tier.OTHER}:
        return BaseNear(*where)
    return NoVersion(*where)


def _candidates(wishes: Sequence[Wish], shelves: Shelves) -> tuple[Offer, ...]:
    first = wishes[0]
    shelf = shelves[first.source, first.name]
    return shelf.candidates(wish.requirement for wish in wishes)


def _fallen_together(wishes: Sequence[Wish], shelves: Shelves) -> tuple[Fallen, ...]:
    """Why each version fell, where all wishes look at one shelf."""
    places = {(wish.source, wish.name) for wish in wishes}
    if len(places) != 1:
        return ()
    return shelves[places.pop()].fallen(wish.requirement for wish in wishes)


def _demands(causes: Causes, shelves: Shelves, roots: Sequence[Wish]) -> list[Demand]:
    return [
        Demand(str(wish), (ROOT,) if parent is None else _chain(parent, shelves, roots))
        for wish, parent in causes
    ]


def _chain(parent: Offer, shelves: Shelves, roots: Sequence[Wish]) -> tuple[str, ...]:
    """Shortest way from the project to a package, over what any version requires."""
    ways: dict[str, tuple[str, ...]] = {wish.name: (ROOT,) for wish in roots}
    frontier = sorted(ways)
    while frontier and parent.name not in ways:
        reached = dict[str, tuple[str, ...]]()
        for name in frontier:
            for needed in _needs(name, shelves):
                if needed not in ways:
                    reached.setdefault(needed, (*ways[name], name))
        ways |= reached
        frontier = sorted(reached)
    return (*ways.get(parent.name, (ROOT,)), str(parent))


def _needs(name: str, shelves: Shelves) -> Iterable[str]:
    texts = {t for (_, n), shelf in shelves.items() if n == name for t in shelf.listing.required()}
    return sorted(str(Requirement.parse(text).name) for text in texts)
