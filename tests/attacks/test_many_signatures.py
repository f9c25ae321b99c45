"""A15: foreign and damaged signatures, and a thousand of them.

Without V4's skipping a stranger's signature beside the owner's would break a release; without V5 it would be enough;
without V1's bound a registry could make every client verify a thousand.
"""

import pytest

from attacks.against import given
from attacks.against import refused as stopped_install
from attacks.forge import Offer, refused
from golden import trust_samples as t
from pcm_schemas.envelope import Signature
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

DAMAGED = [Signature(bytes(64), t.RELEASE.id), Signature(b"short", t.RELEASE.id)]


def test_damaged_and_foreign_signatures_do_not_count() -> None:
    offer = Offer()
    envelope = t.release_envelope(offer.data, t.FOREIGN)
    offer.envelope = envelope.with_signatures([*envelope.signatures, *DAMAGED]).to_bytes()
    error = refused(offer.verify)
    assert (error.code, error.args) == ("signature.threshold", ((), 1))


def test_nor_do_they_harm() -> None:
    offer = Offer()
    envelope = t.release_envelope(offer.data, t.FOREIGN, t.RELEASE)
    offer.envelope = envelope.with_signatures([*DAMAGED, *envelope.signatures]).to_bytes()
    assert offer.verify() == {t.RELEASE.public.hex()}


def test_more_than_sixteen_are_refused_unverified() -> None:
    offer = Offer()
    envelope = t.release_envelope(offer.data)
    offer.envelope = envelope.with_signatures(envelope.signatures * 17).to_bytes()
    assert refused(offer.verify).code == "signature.malformed"


def test_a_thousand_are_refused_unparsed() -> None:
    offer = Offer()
    envelope = t.release_envelope(offer.data)
    offer.envelope = envelope.with_signatures(envelope.signatures * 1000).to_bytes()
    assert refused(offer.verify).args == ("longer than 16384 bytes",)


def test_a_key_with_another_purpose_does_not_count() -> None:
    offer = Offer(envelope=t.release_envelope(t.package(), t.KEYSET).to_bytes())
    assert refused(offer.verify).code == "signature.threshold"


@pytest.mark.parametrize("times", [17, 1_000])
def test_a_client_that_is_given_them_stays_as_it_was(desk: Desk, times: int) -> None:
    amy = Publisher("amy")
    data = concept("amy/cup", base=desk.base)
    sound = amy.sign(data)
    many = sound.with_signatures(sound.signatures * times).to_bytes()
    asked = given(desk, data, many, *amy.keysets)
    assert stopped_install(desk, asked).code == "signature.malformed"


def test_a_foreign_signature_in_the_index_is_not_enough(shop: Desk, simulator: Simulator) -> None:
    entry = simulator.entries["amy/cup"][0]
    foreign = Publisher("eve").sign(concept("amy/cup", base=shop.base))
    entry["signatures"] = list(foreign.pairs())
    simulator.sign()
    assert stopped_install(shop, "amy/cup").code == "signature.threshold"
