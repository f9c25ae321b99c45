"""A29: other bytes under a version that exists; the owner's key is stolen too, so the statement is sound.

Without V11 (`require_entry`, `require_locked`) the new bytes would pass for the ones that the signed index and the
lock name. That a registry gives no name out twice (P4, P49) is proved with the registry.
"""

import pytest

from attacks.forge import Offer, refused
from golden import trust_samples as t
from pcm.verification import Candidate, verify_release
from pcm_schemas.revocations import Revocations


def replaced() -> Offer:
    old = t.package()
    new = Offer(data=t.package(description="Another cat."))
    new.entry = t.entry(old, t.release_envelope(old))
    return new


def test_bytes_that_the_index_does_not_list_are_refused() -> None:
    error = refused(replaced().verify)
    assert (error.code, error.args[0]) == ("index.mismatch", "sha256")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", 1),
        ("base", "sha256:" + "5e" * 32),
        ("manifest", "sha256:" + "0" * 64),
        ("requires", ("library/teapot",)),
    ],
)
def test_every_promise_of_the_entry_is_compared(field: str, value: object) -> None:
    offer = Offer()
    assert offer.entry is not None
    offer.entry = offer.entry.model_copy(update={field: value})
    error = refused(offer.verify)
    assert (error.code, error.args[0]) == ("index.mismatch", field)


def test_bytes_that_the_lock_does_not_name_are_refused() -> None:
    old, new = t.package(), t.package(description="Another cat.")
    locked = t.lock(t.lock_fields(old, t.release_envelope(old))).packages[0]
    candidate = Candidate(new, t.release_envelope(new).to_bytes(), locked=locked)
    none = Revocations.none()
    attack = lambda: verify_release(candidate, t.asked(new), t.keyset(), none, now=t.NOW)  # noqa: E731
    assert refused(attack).code == "lock.mismatch"
