"""Which offers may be chosen, and for each that may not, the one reason (P64). Values in, values out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from pcm.listing import Listing, Offer
from pcm.resolution_errors import Fallen
from pcm.verification import reach_of, written_time
from pcm_schemas.digest import Digest
from pcm_schemas.errors import PcmError
from pcm_schemas.requirement import Requirement
from pcm_schemas.revocations import Revocations, require_not_revoked
from pcm_schemas.tier import Measured, Tier, compare


@dataclass(frozen=True)
class Options:
    """What the project allows (P63)."""

    pre: bool = False
    exclude_newer: str | None = None
    cooldown: int = 0
    accept_near: bool = False
    upgrade: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Conditions:
    """All that decides, besides the listings: base, options, old lock, revocations and the time (P63).

    `own` is what the base is called here, for explanations alone (P67).
    """

    base: Measured
    options: Options
    now: datetime
    own: str
    revocations: Revocations = field(default_factory=Revocations.none)
    locked: Mapping[str, Digest] = field(default_factory=dict)

    @cached_property
    def newest(self) -> str:
        """Latest time of publication that is allowed; the year 9999 where nothing limits it."""
        limits = [self.options.exclude_newer] if self.options.exclude_newer else []
        if self.options.cooldown:
            limits.append(written_time(self.now - timedelta(days=self.options.cooldown)))
        return min(limits, default="9999-12-31T23:59:59Z")

    def tier(self, offer: Offer) -> Tier | None:
        """How close the offer's base is; None for a bundle, which fits all."""
        return None if offer.base is None else compare(self.base, offer.base)

    def is_locked(self, offer: Offer) -> bool:
        """Whether the old lock holds these bytes under this name."""
        return self.locked.get(offer.name) == offer.sha256


@dataclass(frozen=True)
class Shelf:
    """A listing under the conditions: tiers measured once, each offer allowed or fallen."""

    listing: Listing
    conditions: Conditions

    @cached_property
    def tiers(self) -> Mapping[Digest, Tier | None]:
        """Tier of each offer by its digest."""
        return {offer.sha256: self.conditions.tier(offer) for offer in self.listing.offers}

    @cached_property
    def allowed(self) -> tuple[Offer, ...]:
        """Offers that only clauses and pre-releases may still exclude."""
        return tuple(offer for offer in self.listing.offers if self.reason(offer) is None)

    def reason(self, offer: Offer) -> str | None:
        """Why an offer may not be chosen whatever the requirements; None if it may."""
        checks: tuple[Callable[[Offer], str | None], ...] = (
            self._base,
            self._revoked,
            self._withdrawn,
            self._new,
        )
        return next((why for check in checks if (why := check(offer)) is not None), None)

    def fallen(self, requirements: Iterable[Requirement]) -> tuple[Fallen, ...]:
        """Each version seen, newest first, with the reason it fell."""
        wanted = tuple(requirements)
        newest_first = sorted(
            self.listing.offers, key=lambda o: (o.version, o.sha256), reverse=True
        )
        known = [Fallen(str(o.version), why) for o in newest_first if (why := self._why(o, wanted))]
        future = [Fallen(v, "of a newer form; upgrade pcm") for v in self.listing.unreadable]
        return (*future, *known)

    def passed_over(
        self, requirements: Iterable[Requirement], *, chosen: Digest
    ) -> tuple[Fallen, ...]:
        """Each file but the chosen one, newest first: why it fell, or why the chosen one is preferred (P65, P67)."""
        wanted = tuple(requirements)
        known = {each.sha256: each for each in self.listing.offers}
        if (taken := known.get(chosen)) is None:
            return self.fallen(wanted)
        newest = sorted(known.values(), key=lambda o: (o.version, o.sha256), reverse=True)
        others = (offer for offer in newest if offer is not taken)
        return tuple(
            Fallen(str(offer.version), self._why(offer, wanted) or _outranked(offer, taken))
            for offer in others
        )

    def candidates(self, requirements: Iterable[Requirement]) -> tuple[Offer, ...]:
        """What meets every clause, most wanted first (P64, P65)."""
        wanted = tuple(requirements)
        fitting = [o for o in self.allowed if all(each.admits(o.version) for each in wanted)]
        named = self.conditions.options.pre or any(map(_names_prerelease, wanted))
        final = [
            o
            for o in fitting
            if named or not o.version.is_prerelease or self.conditions.is_locked(o)
        ]
        return tuple(sorted(final or fitting, key=self._preference))

    def _preference(self, offer: Offer) -> tuple[object, ...]:
        """Sorts ascending: locked, higher version, tier, earlier, lower digest (P65)."""
        kept = self.conditions.is_locked(offer) and not self._is_upgraded(offer)
        order = {None: 0, Tier.EXACT: 0, Tier.SAME: 1, Tier.NEAR: 2, Tier.OTHER: 3}
        release = tuple(-number for number in offer.version.release)
        stage = {"": 0, "rc": 1, "b": 2, "a": 3}[offer.version.stage]
        version = (release, stage, -offer.version.serial)
        tier = order[self.tiers[offer.sha256]]
        return (not kept, version, tier, offer.published, offer.sha256)

    def _is_upgraded(self, offer: Offer) -> bool:
        upgrade = self.conditions.options.upgrade
        return "*" in upgrade or offer.name in upgrade

    def _why(self, offer: Offer, wanted: tuple[Requirement, ...]) -> str | None:
        for each in wanted:
            for clause in each.clauses:
                if not clause.admits(offer.version):
                    return f"not {clause}"
        if (why := self.reason(offer)) is not None:
            return why
        taken = offer in self.candidates(wanted)
        return None if taken or not offer.version.is_prerelease else "a pre-release"

    def _base(self, offer: Offer) -> str | None:
        tier = self.tiers[offer.sha256]
        if tier is Tier.OTHER:
            bases = sorted({each.label for each in self.listing.offers if each.label})
            own = self.conditions.own
            return f"for {offer.label}; you have {own}; bases published: {', '.join(bases)}"
        if tier is Tier.NEAR and not self.conditions.options.accept_near:
            return f"for {offer.label}; you have {self.conditions.own}, which is only near it"
        return None

    def _revoked(self, offer: Offer) -> str | None:
        try:
            require_not_revoked(
                self.conditions.revocations,
                offer.sha256,
                name=offer.name,
                version=str(offer.version),
                keys=_signers(offer),
                reach=reach_of(offer.source),
            )
        except PcmError as error:
            return error.message()
        return None

    def _withdrawn(self, offer: Offer) -> str | None:
        if self.conditions.is_locked(offer):
            return None
        if self.listing.status != "active":
            return f"the name is {self.listing.status}"
        return None if offer.yanked is None else f"yanked: {offer.yanked}"

    def _new(self, offer: Offer) -> str | None:
        if self.conditions.is_locked(offer) or offer.published <= self.conditions.newest:
            return None
        days = self.conditions.options.cooldown
        limit = f"the cooldown of {days} days" if days else "exclude-newer"
        return f"newer than {limit}"


def _signers(offer: Offer) -> list[str]:
    pairs = () if offer.entry is None else offer.entry.signatures
    return [pair.partition(":")[0] for pair in pairs]


def _outranked(offer: Offer, chosen: Offer) -> str:
    """Why an offer that would do was not taken (P65)."""
    if offer.version > chosen.version:
        return f"newer than the lock: `pcm lock --upgrade {offer.name}` takes it"
    if offer.version < chosen.version:
        return f"older than {chosen.version}"
    return f"for {offer.label}, no closer to your base than the file here"


def _names_prerelease(requirement: Requirement) -> bool:
    return any(clause.version.is_prerelease for clause in requirement.clauses)
