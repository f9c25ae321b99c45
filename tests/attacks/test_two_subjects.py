"""A19: a statement with two subjects, one of them good; a payload with a key twice.

Without V7's "one subject, one digest" a good file would cover a bad one; without V6 two parsers would read two things.
"""

import pytest

from attacks.against import given
from attacks.against import refused as stopped_install
from attacks.forge import Offer, refused
from golden import trust_samples as t
from pcm.keys import signed_envelope
from pcm_schemas.digest import canonical_bytes
from pcm_schemas.envelope import STATEMENT_TYPE
from simulator.concepts import concept
from simulator.keys import Publisher
from unit.pcm.conftest import Desk


def test_two_subjects_are_refused() -> None:
    offer = Offer()
    fields = t.statement_fields(offer.data)
    fields["subject"].insert(0, {"digest": {"sha256": "0" * 64}, "name": "amy/tom-cat@1.2.0"})
    offer.sign(fields)
    assert refused(offer.verify).code == "statement.type"


@pytest.mark.parametrize("digests", [{}, {"sha512": "0" * 128}, {"md5": "0" * 32}])
def test_other_or_further_digests_are_refused(digests: dict[str, str]) -> None:
    offer = Offer()
    fields = t.statement_fields(offer.data)
    kept = fields["subject"][0]["digest"] if digests else {}
    fields["subject"][0]["digest"] = {**kept, **digests}
    offer.sign(fields)
    assert refused(offer.verify).code == "statement.type"


@pytest.mark.parametrize("field", ["_type", "predicateType"])
def test_another_type_is_refused(field: str) -> None:
    offer = Offer()
    offer.sign({**t.statement_fields(offer.data), field: "https://in-toto.io/Statement/v0.1"})
    assert refused(offer.verify).code == "statement.type"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"_type"', b'{"_type":"x","_type"'),
        (b'"size":', b'"size":1,"size":'),
        (b'{"_type"', b'{ "_type"'),
        (b'"size":', b'"size":1.0,"sizes":'),
        (b'"subject"', b'"subjects"'),
        (b'"predicateType"', b'"extra":1,"predicateType"'),
        (b'{"_type"', b'\xef\xbb\xbf{"_type"'),
        (b"amy/tom-cat", b"amy/tom-\xff"),
    ],
)
def test_a_payload_in_another_form_is_refused(old: bytes, new: bytes) -> None:
    offer = Offer()
    payload = canonical_bytes(t.statement_fields(offer.data)).replace(old, new, 1)
    offer.envelope = signed_envelope(payload, STATEMENT_TYPE, signers=[t.RELEASE]).to_bytes()
    assert refused(offer.verify).code == "statement.malformed"


def test_an_envelope_with_a_key_twice_is_refused() -> None:
    offer = Offer()
    offer.envelope = offer.envelope.replace(b'{"payload":', b'{"payload":"","payload":')
    assert refused(offer.verify).code == "signature.malformed"


def forged(data: bytes, old: bytes, new: bytes) -> bytes:
    """Amy's own signature over a statement that was changed first."""
    amy = Publisher("amy")
    payload = amy.sign(data).payload.replace(old, new, 1)
    return signed_envelope(payload, STATEMENT_TYPE, signers=[amy.pair.release]).to_bytes()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"subject":[', b'"subject":[{"digest":{"sha256":"00"},"name":"x"},', "statement.type"),
        (b'"size":', b'"size":1,"size":', "statement.malformed"),
    ],
)
def test_a_client_that_is_given_one_stays_as_it_was(
    desk: Desk, old: bytes, new: bytes, code: str
) -> None:
    data = concept("amy/cup", base=desk.base)
    asked = given(desk, data, forged(data, old, new), *Publisher("amy").keysets)
    assert stopped_install(desk, asked).code == code
