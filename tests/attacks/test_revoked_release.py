"""A40: a version is revoked, and a lock or an index still names it.

Without V12 (`require_not_revoked`) it would install. That the store refuses it too is proved with the environment.
"""

import dataclasses
from datetime import timedelta

import pytest

from attacks.against import install, stopped
from attacks.against import refused as refused_install
from attacks.forge import Offer, refused, sync
from golden import trust_samples as t
from pcm.client import Locking
from pcm.resolution_errors import LockedRevoked
from pcm.verification import Candidate, verify_release
from pcm_schemas.digest import Digest
from pcm_schemas.revocations import Revocations
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

AT = {"at": t.PUBLISHED, "reason": "it draws what it must not"}
NAME = {**AT, "name": "amy/tom-cat"}
DIGEST = Digest.of(t.package())
LISTS = {
    "the whole name": t.revocations(releases=[NAME]),
    "the version": t.revocations(releases=[{**NAME, "version": "1.2.0"}]),
    "the bytes": t.revocations(releases=[{**NAME, "name": "amy/other", "sha256": DIGEST}]),
    "the namespace": t.revocations(namespaces=[{**AT, "namespace": "amy"}]),
}
OTHERS = t.revocations(
    releases=[{**NAME, "version": "1.2.1"}, {**NAME, "name": "amy/tom"}],
    namespaces=[{**AT, "namespace": "amy-b"}],
    keys=[{**AT, "id": t.KEYSET.id}],
)


@pytest.mark.parametrize("what", LISTS)
def test_a_revoked_release_is_refused_from_the_index(what: str) -> None:
    assert refused(Offer(revocations=LISTS[what]).verify).code == "release.revoked"


@pytest.mark.parametrize("what", LISTS)
def test_a_revoked_release_is_refused_from_a_lock(what: str) -> None:
    data = t.package()
    fields = t.lock_fields(data, t.release_envelope(data))
    error = refused(lambda: sync(data, fields, revocations=LISTS[what]))
    assert error.code == "release.revoked"


def test_what_is_not_listed_installs() -> None:
    assert Offer(revocations=OTHERS).verify()


def from_the_hub(revocations: Revocations) -> frozenset[str]:
    data = t.package()
    candidate = Candidate(data, t.release_envelope(data).to_bytes())
    keys = verify_release(candidate, t.asked(data), t.keyset(), revocations, now=t.NOW)
    return frozenset(key.id for key in keys)


def test_the_registrys_list_reaches_other_sources_by_bytes_and_key() -> None:
    """P36: a namespace of the Hub is not the registry's to revoke; bytes and keys are the same everywhere."""
    assert refused(lambda: from_the_hub(LISTS["the bytes"])).code == "release.revoked"
    keys = t.revocations(keys=[{**AT, "id": t.RELEASE.id}])
    assert refused(lambda: from_the_hub(keys)).code == "key.revoked"
    for what in ("the whole name", "the version", "the namespace"):
        assert from_the_hub(LISTS[what]) == {t.RELEASE.id}


def test_a_key_that_the_keyset_calls_compromised_signs_no_locked_file() -> None:
    """P69 checks the lock's keys against the pinned keyset, its revocations included."""
    from pcm.verification import verify_locked

    data = t.package()
    lock = t.lock(t.lock_fields(data, t.release_envelope(data)))
    gone = [{"at": t.PUBLISHED, "id": t.RELEASE.id, "reason": "compromised"}]
    keys = [*t.keyset_fields()["keys"], t.key(t.SECOND, "release")]
    two = t.keyset(t.successor_fields(t.keyset(), keys=keys, revoked=gone), t.KEYSET)
    trusted = dataclasses.replace(two).document
    none = Revocations.none()
    attack = lambda: verify_locked(  # noqa: E731
        data, lock.packages[0], lock=lock, documents=[trusted], revocations=none
    )
    assert refused(attack).code == "key.revoked"


def test_a_client_that_has_it_installs_it_no_more(shop: Desk, simulator: Simulator) -> None:
    """Neither from the lock, nor from the store: the held list is a day old and asked for anew (P69)."""
    install(shop, "amy/cup")
    simulator.revoke("releases", name="amy/cup", version="1.0.0")
    later = dataclasses.replace(shop, now=shop.now + timedelta(days=2))
    for attempt in (
        lambda: later.client().sync(Locking.FIXED),
        lambda: later.client().sync(),
        lambda: later.client().verify(),
    ):
        assert stopped(later, attempt).code == "release.revoked"


def test_a_lock_is_not_made_anew_around_it_in_silence(shop: Desk, simulator: Simulator) -> None:
    """P70: it is an error that names the newest good version, for whatever else is locked or installed."""
    install(shop, "amy/cup", "hat")
    simulator.publish(concept("amy/cup", "1.1.0", base=shop.base), by=Publisher("amy"))
    simulator.revoke("releases", name="amy/cup", version="1.0.0")
    for attempt in (lambda: shop.client().lock(), lambda: shop.client().remove(["library/hat"])):
        error = stopped(shop, attempt)
        assert isinstance(error, LockedRevoked)
        assert (error.code, error.good) == ("release.revoked", "1.1.0")
    assert refused_install(shop, "library/hat").code == "release.revoked"
    changed = shop.client().lock(frozenset({"amy/cup"})).changes
    assert [(each.name, each.after) for each in changed] == [("amy/cup", "1.1.0")]


def test_a_lock_without_a_good_version_says_so(shop: Desk, simulator: Simulator) -> None:
    install(shop, "amy/cup", "hat")
    simulator.revoke("releases", name="amy/cup", version="1.0.0")
    error = stopped(shop, lambda: shop.client().lock())
    assert isinstance(error, LockedRevoked)
    assert (error.good, "pcm remove amy/cup" in error.hint()) == (None, True)
    assert [each.name for each in shop.client().remove(["amy/cup"]).lock.packages] == [
        "library/hat"
    ]
