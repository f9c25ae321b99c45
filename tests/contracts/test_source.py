"""What every source answers, whatever its kind: the contract of `pcm.sources.protocol.Source` (P7, P61)."""

import dataclasses

import pytest

from attacks.against import refused, unchanged
from contracts.conftest import NAMES, Stall
from pcm.admission import admit
from pcm.client import Locking
from pcm.listing import Offer
from pcm.routing import Freshness
from pcm.transfer_errors import DigestMismatch
from pcm_schemas.digest import Digest
from pcm_schemas.errors import Exit


def offers(stall: Stall) -> list[Offer]:
    """The one offer of each name."""
    listings = stall.source.listings([stall.requirement(name) for name in NAMES])
    return [listing.offers[0] for listing in listings]


def test_listings_come_in_the_order_of_what_was_asked(stall: Stall) -> None:
    for names in (NAMES, NAMES[::-1]):
        listings = stall.source.listings([stall.requirement(name) for name in names])
        assert [listing.name for listing in listings] == [*names]
        assert [len(listing.offers) for listing in listings] == [1, 1]


@pytest.mark.parametrize("name", NAMES)
def test_an_offer_says_of_a_package_what_its_manifest_says(stall: Stall, name: str) -> None:
    offer, package = offers(stall)[NAMES.index(name)], stall.packages[name]
    manifest = package.manifest
    assert (offer.name, str(offer.version), offer.kind) == (name, manifest.version, manifest.kind)
    assert (offer.sha256, offer.size) == (package.digest, package.size)
    assert (offer.manifest, offer.requires) == (package.manifest_digest, manifest.requires)
    assert offer.trigger == manifest.trigger
    digest = None if manifest.base is None else manifest.base.digest
    assert (None if offer.base is None else offer.base.digest) == digest


@pytest.mark.parametrize("name", NAMES)
def test_a_place_leads_back_to_its_source(stall: Stall, name: str) -> None:
    offer, routing = offers(stall)[NAMES.index(name)], stall.desk.client().work().routing
    assert stall.source.place(stall.requirement(name)) == offer.source
    source = routing.at(offer.source)
    assert type(source) is type(stall.source)
    assert {*source.fetch([offer])} == {offer.sha256}


def test_all_that_is_asked_for_is_fetched_and_nothing_else(stall: Stall) -> None:
    wanted = offers(stall)
    found = stall.source.fetch(wanted)
    assert {*found} == {offer.sha256 for offer in wanted}
    assert all(Digest.of(data) == digest for digest, data in found.items())
    assert stall.source.fetch([]) == {}


@pytest.mark.parametrize("name", NAMES)
def test_its_evidence_lets_the_bytes_in_and_no_others(stall: Stall, name: str) -> None:
    work, offer = stall.desk.client().work(), offers(stall)[NAMES.index(name)]
    source = work.routing.at(offer.source)
    source.listings([stall.requirement(name)])
    data = source.fetch([offer])[offer.sha256]
    evidence, beliefs = source.evidence(offer, data), work.beliefs(None, Freshness.NOW)
    admitted = admit(offer, data, evidence, beliefs=beliefs, now=work.now)
    assert [key.namespace for key in admitted.keys] == ["amy"]
    assert admitted.trusted is not None
    assert admitted.trusted.pin.holder == evidence.holder
    with pytest.raises(DigestMismatch):
        admit(offer, data[:-1] + b"\1", evidence, beliefs=beliefs, now=work.now)


def test_questions_write_nothing(stall: Stall) -> None:
    with unchanged(stall.desk):
        for offer in offers(stall):
            data = stall.source.fetch([offer])[offer.sha256]
            stall.source.evidence(offer, data)


def test_what_it_does_not_have_is_not_found_and_looked_for_nowhere_else(stall: Stall) -> None:
    error = refused(stall.desk, stall.asked("amy/cap"))
    assert error.exit_code is Exit.NOT_FOUND


@pytest.mark.parametrize("name", NAMES)
def test_what_is_installed_from_it_is_locked_to_it(stall: Stall, name: str) -> None:
    lock = stall.desk.client().install([stall.requirement(name)]).lock
    places = {package.name: package.source for package in lock.packages}
    assert places[name] == offers(stall)[NAMES.index(name)].source
    assert stall.desk.client().sync(Locking.FIXED).changes == ()
    assert stall.desk.client().verify() == lock.packages
    assert Digest.of(stall.desk.client().read(name)) == stall.packages[name].digest


def test_a_lock_fetches_from_it_again(stall: Stall) -> None:
    client = stall.desk.client()
    client.install([stall.requirement(NAMES[0])])
    path = client.work().store.path(Digest(stall.packages[NAMES[0]].digest))
    path.unlink()
    fresh = dataclasses.replace(stall.desk).client()
    assert fresh.sync(Locking.FIXED).changes == ()
    assert path.is_file()
