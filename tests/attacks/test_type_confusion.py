"""A16: a keyset envelope is passed off as a release, or a release's as a keyset.

Without V3 (`require_type`), and its twin in `Keyset.of`, what was signed for one purpose would serve another.
"""

import dataclasses

import pytest

from attacks.against import given
from attacks.against import refused as stopped_install
from attacks.forge import Offer, believe, refused, unopened
from golden import trust_samples as t
from pcm_schemas.envelope import KEYSET_TYPE, Signature
from simulator.concepts import concept
from simulator.keys import Publisher
from unit.pcm.conftest import Desk


def test_a_keyset_is_no_release() -> None:
    keys = [t.key(t.RELEASE, "keyset", "release")]
    keyset = t.keyset(t.keyset_fields(keys=keys), t.RELEASE)
    offer = Offer(keyset=keyset, envelope=keyset.envelope.to_bytes())
    assert refused(offer.verify).code == "signature.type"


@pytest.mark.parametrize(
    "name",
    ["", "application/json", "application/vnd.in-toto+json ", "Application/vnd.in-toto+json"],
)
def test_the_type_is_compared_exactly(name: str) -> None:
    offer = Offer()
    envelope = dataclasses.replace(t.release_envelope(offer.data), payload_type=name)
    offer.envelope = envelope.to_bytes()
    assert refused(offer.verify).code == "signature.type"


def test_the_type_is_signed() -> None:
    """The PAE holds the type: changing it back does not help."""
    offer = Offer()
    signed = dataclasses.replace(t.release_envelope(offer.data), payload_type=KEYSET_TYPE)
    other = signed.with_signatures([_signed_again(signed.signed_bytes())])
    offer.envelope = dataclasses.replace(
        other, payload_type="application/vnd.in-toto+json"
    ).to_bytes()
    assert refused(offer.verify).code == "signature.threshold"


def test_a_release_is_no_keyset() -> None:
    data = unopened(t.release_envelope(t.package(), t.KEYSET))
    assert refused(lambda: believe(data)).code == "keyset.malformed"


def _signed_again(message: bytes) -> Signature:
    return Signature(t.RELEASE.sign(message), t.RELEASE.id)


def test_a_client_that_is_given_a_keyset_as_a_release_stays_as_it_was(desk: Desk) -> None:
    amy = Publisher("amy")
    data = concept("amy/cup", base=desk.base)
    asked = given(desk, data, amy.keysets[0].envelope.to_bytes(), *amy.keysets)
    assert stopped_install(desk, asked).code == "signature.type"
