"""Resolve, fetch, verify, and only then write: the one way in which a lock changes (P63–P71)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pcm.admission import Admitted
from pcm.delivery import admit_all, commit, require_good
from pcm.eligibility import Conditions, Shelf
from pcm.explanation import Wish
from pcm.gathering import gather
from pcm.lockfile import Change, changes, written_lock
from pcm.relation import subject_of
from pcm.resolution_errors import Conflict, LockedRevoked, Unresolved
from pcm.resolver import Chosen, Market, resolve
from pcm.routing import Freshness
from pcm.trust import Trusted
from pcm.workplace import Workplace
from pcm_schemas.digest import Digest
from pcm_schemas.lockfile import LockedPackage, Lockfile
from pcm_schemas.project_edit import with_concepts
from pcm_schemas.requirement import Requirement
from pcm_schemas.trust_errors import KeyRevoked, ReleaseRevoked


@dataclass(frozen=True)
class Outcome:
    """What an operation left behind: `pinned` are keysets believed for the first time, `yanked` kept although withdrawn."""

    lock: Lockfile
    changes: tuple[Change, ...] = ()
    pinned: tuple[Trusted, ...] = ()
    yanked: tuple[str, ...] = ()


def relock(
    work: Workplace,
    *,
    kept: Sequence[Requirement],
    added: Sequence[Requirement] = (),
    upgrade: frozenset[str] = frozenset(),
) -> Outcome:
    """Make the lock of a project with these requirements; what is added replaces what has its name (P70)."""
    held, base = work.environment.lock(), work.base
    subjects = {subject_of(each) for each in added}
    kept = [r for r in kept if r.name is not None or subject_of(r) not in subjects]
    work.kept.update(_at_their_commits(work, kept, held, upgrade))
    wishes, market = gather([*kept, *added], work.routing)
    new = wishes[len(kept) :]
    roots = without_replaced(wishes[: len(kept)], new)
    text = with_concepts(work.text, tuple(map(str, roots)))
    moving = upgrade | {wish.name for wish in new}
    chosen = chosen_for(roots, market, conditions(work, held, moving), held=held)
    beliefs = work.beliefs(held, Freshness.NOW)
    admitted = admit_all([each.offer for each in chosen], beliefs, work)
    project = work.environment.project(text)
    lock = written_lock(chosen, admitted, project=project, base=base)
    commit(data_of(admitted), believed_in(admitted), lock=lock, work=work, text=text)
    pinned = tuple(each for each in believed_in(admitted) if each.is_new)
    return Outcome(lock, changes(held, lock), pinned, yanked(chosen))


def _at_their_commits(
    work: Workplace, kept: Sequence[Requirement], held: Lockfile | None, upgrade: frozenset[str]
) -> Mapping[str, LockedPackage]:
    """What of the Hub stays as it is locked, for the base that the lock was made for (P61)."""
    from pcm.sources.hub import kept_places

    if held is None or held.base.digest != work.base.digest:
        return {}
    answered = held.inputs == work.inputs
    return kept_places(kept, held, upgrade=upgrade, is_answered=answered)


def conditions(work: Workplace, held: Lockfile | None, moving: frozenset[str]) -> Conditions:
    """All that decides besides the listings (P63)."""
    packages = () if held is None else held.packages
    return Conditions(
        base=work.base.measured(),
        options=work.options(moving),
        now=work.now,
        own=work.base.name,
        revocations=work.routing.revocations(Freshness.NOW),
        locked={each.name: Digest(each.file.sha256) for each in packages},
    )


def chosen_for(
    roots: Sequence[Wish], market: Market, known: Conditions, *, held: Lockfile | None
) -> tuple[Chosen, ...]:
    """Resolve; a locked release that was revoked is an error, never passed over in silence (P70)."""
    gone = revoked_in(held, known)
    try:
        chosen = resolve(roots, market, known)
    except (Unresolved, Conflict) as error:
        names = (error.name,) if isinstance(error, Unresolved) else error.names
        for name in (name for name in names if name in gone):
            raise _revoked(
                gone[name], name, good=_newest_good(name, roots, market, known)
            ) from error
        raise
    for each in (each.offer for each in chosen if each.offer.name in gone):
        raise _revoked(gone[each.name], each.name, good=str(each.version))
    return chosen


def revoked_in(held: Lockfile | None, known: Conditions) -> Mapping[str, ReleaseRevoked]:
    """What of a lock was revoked since, by name, but for names that may move."""
    packages = () if held is None else held.packages
    upgrade, found = known.options.upgrade, dict[str, ReleaseRevoked]()
    for package in packages:
        try:
            require_good(package, known.revocations)
        except ReleaseRevoked as error:
            found[package.name] = error
        except KeyRevoked:
            continue  # its owner may have signed the same bytes again (P62): V12 decides
    return {} if "*" in upgrade else {n: e for n, e in found.items() if n not in upgrade}


def _newest_good(name: str, roots: Sequence[Wish], market: Market, known: Conditions) -> str | None:
    """The version that would be taken of a name by what the project itself asks of it."""
    asked = [wish.requirement for wish in roots if wish.name == name]
    shelves = (Shelf(each, known) for (_, n), each in market.listings.items() if n == name)
    good = [offer for shelf in shelves for offer in shelf.candidates(asked)]
    return str(max(offer.version for offer in good)) if good else None


def _revoked(found: ReleaseRevoked, name: str, *, good: str | None) -> LockedRevoked:
    return LockedRevoked(found.what, found.since, found.reason, name, good)


def without_replaced(old: Sequence[Wish], new: Sequence[Wish]) -> tuple[Wish, ...]:
    """Requirements of the project; an added one stands in place of the one of its name.

    Two that are added under one name from two sources both stay, for the resolver to refuse (P7, P65).
    """
    names = {wish.name: wish for wish in new}
    rivals = [wish for wish in new if wish.source != names[wish.name].source]
    kept = [names.pop(wish.name, wish) for wish in old]
    return (*kept, *names.values(), *rivals)


def data_of(admitted: Sequence[Admitted]) -> Mapping[Digest, bytes]:
    """Bytes by digest."""
    return {each.offer.sha256: each.data for each in admitted}


def believed_in(admitted: Sequence[Admitted]) -> tuple[Trusted, ...]:
    """The last chain of each namespace and holder: later ones were checked against the earlier."""
    found = dict[tuple[str, str], Trusted]()
    for trusted in (each.trusted for each in admitted if each.trusted is not None):
        place = trusted.pin.holder, trusted.pin.namespace
        is_new = trusted.is_new or (place in found and found[place].is_new)
        found[place] = replace(trusted, is_new=is_new)
    return tuple(found.values())


def yanked(chosen: Sequence[Chosen]) -> tuple[str, ...]:
    """Releases that stay although they were withdrawn (P70)."""
    return tuple(
        f"{each.offer} is yanked: {each.offer.yanked}"
        for each in chosen
        if each.offer.yanked is not None
    )
