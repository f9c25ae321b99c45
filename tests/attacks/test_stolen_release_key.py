"""A10: the release key is stolen; its owner rotates with the keyset key that was kept apart, and says `compromised`.

Without `gone` in V5 (P29) the thief could go on signing releases, dated before the theft if need be; without the last
part of V12 a client whose keyset is old would take them.
"""

import dataclasses
from datetime import timedelta

import pytest

from attacks.against import install, stopped
from attacks.against import refused as stopped_install
from attacks.forge import Offer, refused
from golden import trust_samples as t
from pcm.client import Locking
from pcm_schemas.keyset import Keyset
from simulator.concepts import concept
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

THEFT = "2026-11-22T10:30:00Z"


def rotated(reason: str, *, at: str = THEFT) -> Keyset:
    """Amy's keyset 2: a new release key, the stolen one revoked."""
    keys = [*t.keyset_fields()["keys"], t.key(t.SECOND, "release")]
    revoked = [{"at": at, "id": t.RELEASE.id, "reason": reason}]
    return t.keyset(t.successor_fields(t.keyset(), keys=keys, revoked=revoked), t.KEYSET)


def test_a_compromised_key_is_void_at_any_time() -> None:
    for published in ("2026-11-22T09:30:00Z", "2026-11-22T11:00:00Z"):
        offer = Offer(keyset=rotated("compromised"))
        offer.entry = t.entry(offer.data, t.release_envelope(offer.data), published=published)
        assert refused(offer.verify).code == "key.revoked"


def test_a_superseded_key_is_void_afterwards_only() -> None:
    late = Offer(keyset=rotated("superseded"))
    assert refused(late.verify).code == "key.expired"
    early = Offer(keyset=rotated("superseded", at=t.PUBLISHED))
    assert early.verify() == {t.RELEASE.public.hex()}


def test_the_registrys_revocations_reach_a_client_with_an_old_keyset() -> None:
    entry = {"at": THEFT, "id": t.RELEASE.id, "reason": "stolen"}
    error = refused(Offer(revocations=t.revocations(keys=[entry])).verify)
    assert error.code == "key.revoked"


def test_the_owners_new_key_is_good() -> None:
    data = t.package()
    offer = Offer(envelope=t.release_envelope(data, t.SECOND, keyset=2).to_bytes())
    offer.keyset = rotated("compromised")
    assert offer.verify() == {t.SECOND.public.hex()}


@pytest.mark.parametrize("told", ["keyset", "revocations"])
def test_a_client_that_meets_it_stays_as_it_was(
    shop: Desk, simulator: Simulator, told: str
) -> None:
    """The owner's next keyset says so, or the registry's list does, which a pinned client sees as well."""
    amy = simulator.publishers["amy"]
    install(shop, "amy/cup")
    simulator.publish(concept("amy/cup", "1.1.0", base=shop.base), by=amy)
    gone = {"at": THEFT, "id": amy.pair.release.id}
    if told == "keyset":
        amy.rotate(keys=amy.with_key(t.SECOND), revoked=[{**gone, "reason": "compromised"}])
        simulator.sign()
        assert stopped_install(shop, "amy/cup").code == "key.revoked"
    else:
        simulator.revoke("keys", **gone)
        later = dataclasses.replace(shop, now=shop.now + timedelta(days=2))
        attempt = lambda: later.client().sync(Locking.FIXED)  # noqa: E731
        assert stopped(later, attempt).code == "key.revoked"
