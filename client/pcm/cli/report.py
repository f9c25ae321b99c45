"""What commands say of an outcome: changes, keysets believed for the first time, releases that were withdrawn."""

from collections.abc import Mapping

from pcm.cli import render
from pcm.cli.render import Form
from pcm.relocking import Outcome
from pcm.trust import Trusted
from pcm_schemas.lockfile import LockedPackage


def outcome(found: Outcome, form: Form) -> None:
    """Print an outcome: data to stdout, pins and warnings to stderr (P30, P70)."""
    for trusted in found.pinned:
        render.talk(pin_line(trusted))
    for line in found.yanked:
        render.talk(f"warning: {line}")
    if form is Form.JSON:
        render.document(as_document(found))
        return
    for change in found.changes:
        render.text(str(change))
    if not found.changes:
        render.text(f"up to date: {len(found.lock.packages)} concepts")


def pin_line(trusted: Trusted) -> str:
    """The visible line of a first use (P30)."""
    pin = trusted.pin
    return f"trusting {pin.namespace} from {pin.holder} from now on, keyset {pin.version}: {pin.fingerprint}"


def as_document(found: Outcome) -> dict[str, object]:
    """An outcome for programs."""
    return {
        "changes": [
            {"name": each.name, "before": each.before, "after": each.after}
            for each in found.changes
        ],
        "packages": [package(each) for each in found.lock.packages],
        "pinned": [each.pin.model_dump(mode="json") for each in found.pinned],
        "yanked": [*found.yanked],
    }


def package(locked: LockedPackage) -> Mapping[str, object]:
    """A locked package for programs: what the lock says."""
    return locked.model_dump(mode="json", exclude_none=True)
