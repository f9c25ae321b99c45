"""The front door: each operation of the client as one method; the rules are in the modules it wires together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from pathlib import Path

from pcm.admission import Unsigned
from pcm.bases import BaseRecord, add_base, find_base
from pcm.connecting import held_revocations
from pcm.delivery import check_locked, commit, require_good
from pcm.environment import Environment
from pcm.relation import Relations, subject_of
from pcm.relocking import Outcome, relock
from pcm.routing import Connect
from pcm.sources.file import moved
from pcm.store_errors import LockMissing, NotInstalled
from pcm.transfer_errors import Offline
from pcm.workplace import Switches, Workplace, system_time
from pcm_schemas.digest import Digest
from pcm_schemas.lockfile import LockedPackage, Lockfile, require_fresh
from pcm_schemas.name import DEFAULT_NAMESPACE
from pcm_schemas.project import Project
from pcm_schemas.project_edit import with_base, with_concepts
from pcm_schemas.requirement import Requirement


class Locking(Enum):
    """Whether `sync` may write another lock (P69)."""

    FREE = "free"
    FIXED = "locked"


@dataclass(frozen=True)
class Client:
    """The operations on one environment."""

    environment: Environment
    connect: Connect
    switches: Switches = field(default_factory=Switches)
    clock: Callable[[], datetime] = system_time
    say: Callable[[str], None] = lambda _line: None

    def install(
        self, requirements: Sequence[Requirement], *, edit: Callable[[str], str] = str
    ) -> Outcome:
        """Add requirements to the project, its text edited first; only they and what they force move (P70)."""
        with self.environment.changing():
            work = self.work(edit(self.environment.text()))
            added = [moved(each, to=self.environment.folder) for each in requirements]
            return relock(work, kept=work.project.requirements(), added=added)

    def add(self, requirements: Sequence[Requirement]) -> tuple[str, ...]:
        """Write requirements to the project, each in place of one of its name or file; nothing is resolved."""
        folder = self.environment.folder
        wanted = [moved(each, to=folder) for each in requirements]
        added = {subject_of(each): each for each in wanted}
        with self.environment.changing():
            text = self.environment.text()
            own = Project.parse(text).requirements()
            kept = [added.pop(subject_of(each), each) for each in own]
            concepts = tuple(map(str, (*kept, *added.values())))
            self.environment.write(text=with_concepts(text, concepts), lock=None)
        return concepts

    def add_base(self, place: str, *, name: str | None) -> BaseRecord:
        """Measure a base, of the Hub as well, and name it; where no base is set, it becomes the environment's (P68)."""
        folders = self.environment.folders
        if place.startswith("hf:"):
            record = add_base(str(self._fetched(place)), folders, name=name or place)
        else:
            record = add_base(place, folders, name=name)
        with self.environment.changing():
            if self.environment.project().base is None:
                text = with_base(self.environment.text(), record.name)
                self.environment.write(text=text, lock=None)
        return record

    def _fetched(self, place: str) -> Path:
        """The folder of a base of the Hub."""
        from pcm.hub_base import fetch_base
        from pcm.hub_settings import open_hub

        return fetch_base(place, open_hub(self.environment))

    def use_base(self, name: str) -> BaseRecord:
        """Write another base to the project; raises BaseUnknown."""
        folders, folder = self.environment.folders, self.environment.folder
        record = find_base(name, folders, relative_to=folder)
        with self.environment.changing():
            self.environment.write(text=with_base(self.environment.text(), name), lock=None)
        return record

    def remove(self, names: Sequence[str]) -> Outcome:
        """Take names out of the project and its lock; raises NotInstalled."""
        with self.environment.changing():
            relations = self.relations()
            for name in names:
                if name not in relations.roots:
                    raise NotInstalled(name, tuple(sorted(relations.roots)))
            own = relations.requirements
            kept = [each for each in own if relations.name_of(each) not in names]
            return relock(self.work(), kept=kept)

    def lock(self, upgrade: frozenset[str] = frozenset()) -> Outcome:
        """Resolve anew, keeping what is locked but for the names to upgrade; `*` means all (P70)."""
        with self.environment.changing():
            work = self.work()
            return relock(work, kept=work.project.requirements(), upgrade=upgrade)

    def sync(self, locking: Locking = Locking.FREE) -> Outcome:
        """Bring the store to what the lock says; a stale lock is made anew first, unless it is fixed (P69)."""
        with self.environment.changing():
            work, lock = self.work(), self.environment.lock()
            if locking is Locking.FIXED:
                require_fresh(self.held_lock(), work.inputs)
            if lock is None or lock.inputs != work.inputs:
                return relock(work, kept=work.project.requirements())
            delivered = check_locked(lock, work)
            commit(delivered.data, delivered.believed, lock=lock, work=work, text=work.text)
        return Outcome(lock, (), tuple(each for each in delivered.believed if each.is_new))

    def verify(self) -> tuple[LockedPackage, ...]:
        """Read and verify all that is installed, from the store alone (P73); raises the first error."""
        lock, work = self.held_lock(), self.work()
        allowed = replace(work, switches=replace(self.switches, unsigned=Unsigned.ALLOW))
        missing = [p.name for p in lock.packages if work.store.get(Digest(p.file.sha256)) is None]
        if missing:
            raise Offline(tuple(missing))
        check_locked(lock, allowed)
        return lock.packages

    def read(self, name: str) -> bytes:
        """The verified bytes of an installed concept, by name or trigger (P73), unless it was revoked (P36).

        Raises NotInstalled, Offline, StoreCorrupt, ReleaseRevoked, KeyRevoked.
        """
        package, work = found_in(self.held_lock(), name), self.work()
        require_good(package, held_revocations(self.environment, work.project))
        digest = Digest(package.file.sha256)
        if (data := work.store.get(digest)) is None:
            raise Offline((package.name,))
        return data

    def relations(self) -> Relations:
        """Who needs whom here; raises LockMissing."""
        return Relations(self.held_lock(), self.environment.project().requirements())

    def held_lock(self) -> Lockfile:
        """The lock; raises LockMissing."""
        if (lock := self.environment.lock()) is None:
            raise LockMissing(str(self.environment.folder))
        return lock

    def work(self, text: str | None = None) -> Workplace:
        """What an operation on this environment works with, now."""
        wanted = self.environment.text() if text is None else text
        return Workplace(
            self.environment, wanted, self.connect, self.clock(), self.switches, self.say
        )


def found_in(lock: Lockfile, name: str) -> LockedPackage:
    """The package of a full name, or of the trigger that it has here; raises NotInstalled."""
    for names in ([p.trigger for p in lock.packages], [p.name for p in lock.packages]):
        if name in names:
            return lock.packages[names.index(name)]
    if (found := lock.find(f"{DEFAULT_NAMESPACE}/{name}")) is not None:
        return found
    near = [p.name for p in lock.packages if p.name.endswith(f"/{name.rpartition('/')[2]}")]
    raise NotInstalled(name, tuple(near))
