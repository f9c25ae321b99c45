"""Resolve, fetch, verify, and only then write: the one way in which a lock changes (P63–P71)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pcm.admission import Admitted
from pcm.delivery import admit_all, commit
from pcm.eligibility import Conditions
from pcm.explanation import Wish
from pcm.gathering import gather
from pcm.lockfile import Change, changes, written_lock
from pcm.relation import subject_of
from pcm.resolver import Chosen, resolve
from pcm.routing import Freshness
from pcm.trust import Trusted
from pcm.workplace import Workplace
from pcm_schemas.digest import Digest
from pcm_schemas.lockfile import LockedPackage, Lockfile
from pcm_schemas.project_edit import with_concepts
from pcm_schemas.requirement import Requirement


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
    chosen = resolve(roots, market, conditions(work, held, moving))
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
        revocations=work.routing.revocations(Freshness.NOW),
        locked={each.name: Digest(each.file.sha256) for each in packages},
    )


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
