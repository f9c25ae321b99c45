"""Write a lock from what was admitted, and tell two locks apart (P68). Values in, values out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pcm.admission import Admitted
from pcm.bases import BaseRecord
from pcm.resolver import Chosen
from pcm_schemas.digest import Digest
from pcm_schemas.lockfile import LockedFile, LockedKey, LockedPackage, Lockfile
from pcm_schemas.project import Project
from pcm_schemas.statement import BaseRef


@dataclass(frozen=True)
class Change:
    """What a new lock does to one name; a missing version is None."""

    name: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """One line with a sign: added, removed, or changed."""
        if self.before is None:
            return f"+ {self.name} {self.after}"
        if self.after is None:
            return f"- {self.name} {self.before}"
        return f"~ {self.name} {self.before} → {self.after}"


def written_lock(
    chosen: Sequence[Chosen], admitted: Sequence[Admitted], *, project: Project, base: BaseRecord
) -> Lockfile:
    """Spell a resolution whose releases were all admitted."""
    by_name = {each.offer.name: each for each in admitted}
    packages = [locked(each, by_name[each.offer.name]) for each in chosen]
    return Lockfile(
        lock=1,
        inputs=project.inputs(Digest(base.digest)),
        base=BaseRef(architecture=base.architecture, digest=base.digest),
        keys=keys_of(admitted),
        packages=tuple(sorted(packages, key=lambda each: each.name)),
    )


def locked(chosen: Chosen, admitted: Admitted) -> LockedPackage:
    """Spell one package of a lock."""
    offer = chosen.offer
    fields = {
        "name": offer.name,
        "version": str(offer.version),
        "source": offer.source,
        "trigger": chosen.trigger,
        "tier": None if chosen.tier is None else chosen.tier.value,
        "file": LockedFile(manifest=offer.manifest, sha256=offer.sha256, size=offer.size),
        "signed": admitted.signed,
        "requires": offer.requires,
    }
    return LockedPackage.model_validate({k: v for k, v in fields.items() if v is not None})


def keys_of(admitted: Iterable[Admitted]) -> tuple[LockedKey, ...]:
    """The keys that verified something, each once; of two keysets that list a key the newer counts."""
    found = dict[tuple[str, str], LockedKey]()
    for key in sorted((key for each in admitted for key in each.keys), key=lambda k: k.keyset):
        found[key.id, key.namespace] = key
    return tuple(found[place] for place in sorted(found))


def changes(before: Lockfile | None, after: Lockfile) -> tuple[Change, ...]:
    """What differs, by name; a package of the same version from other bytes or another place counts."""
    old = {} if before is None else {each.name: each for each in before.packages}
    new = {each.name: each for each in after.packages}
    return tuple(
        Change(name, _version(old.get(name)), _version(new.get(name)))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def _version(package: LockedPackage | None) -> str | None:
    return None if package is None else package.version
