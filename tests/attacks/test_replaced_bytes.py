"""A29: other bytes under a version that exists; the owner's key is stolen too, so the statement is sound.

Without V11 (`require_entry`, `require_locked`) the new bytes would pass for the ones that the signed index and the
lock name. That a registry gives no name out twice (P4, P49) is proved with the registry.
"""

import pytest

from attacks.against import refused as stopped_install
from attacks.forge import Offer, refused
from golden import trust_samples as t
from pcm.verification import Candidate, verify_release
from pcm_schemas.revocations import Revocations
from publishers import Publisher as Wire
from publishers import code_of, file_of, package
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


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


@pytest.mark.parametrize(
    ("field", "value"), [("manifest", "sha256:" + "0" * 64), ("requires", ["library/hat"])]
)
def test_a_client_that_meets_an_entry_of_other_bytes_stays_as_it_was(
    shop: Desk, simulator: Simulator, field: str, value: object
) -> None:
    data = concept("amy/cup", "1.1.0", base=shop.base)
    simulator.publish(data, by=Publisher("amy"), **{field: value})
    error = stopped_install(shop, "amy/cup")
    assert (error.code, error.args[0]) == ("index.mismatch", field)


def test_a_registry_takes_no_other_bytes_and_gives_no_name_twice(amy: Wire) -> None:
    """P4, P49: not after a yank either; a namespace has one owner for ever."""
    amy.publish_visibly(package(number=1))
    assert code_of(amy.open(file_of(package(number=2)))) == (409, "release.exists")
    place = "/api/v1/releases/amy/tom-cat/1.2.0/yank"
    amy.http.post(place, json={"reason": "blurred"}).raise_for_status()
    before = amy.http.get("/api/v1/names/amy/tom-cat").content
    assert code_of(amy.open(file_of(package(number=2)))) == (409, "release.exists")
    thiefs = t.keyset_fields(keys=[t.key(t.FOREIGN, "keyset", "release")])
    assert code_of(amy.claim(t.keyset(thiefs, t.FOREIGN))) == (409, "name.taken")
    assert amy.http.get("/api/v1/names/amy/tom-cat").content == before
