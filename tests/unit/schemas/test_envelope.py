"""Envelopes: any form in, one form out, P22 and V1–V3."""

import base64
import json
from typing import Any

import pytest

from golden import trust_samples as t
from pcm_schemas.envelope import STATEMENT_TYPE, Envelope, Signature, decoded, pae
from pcm_schemas.trust_errors import SignatureMalformed, SignatureType

BODY = b"\xfb\xff\xfe body"
SIG = Signature(bytes(range(64)), "ab" * 32)


def members(**changes: object) -> dict[str, Any]:
    plain = Envelope(BODY, STATEMENT_TYPE, (SIG,)).to_value()
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


def parse(value: object) -> Envelope:
    return Envelope.parse(json.dumps(value).encode())


def test_p22_pae_counts_bytes() -> None:
    assert pae("é", b"ab\xff") == b"DSSEv1 2 \xc3\xa9 3 ab\xff"
    assert pae("", b"") == b"DSSEv1 0  0 "


def test_p22_the_written_form_is_canonical_and_sorted() -> None:
    other = Signature(bytes(64), "00" * 32)
    envelope = Envelope(BODY, STATEMENT_TYPE, (SIG, other))
    data = envelope.to_bytes()
    assert [each["keyid"] for each in json.loads(data)["signatures"]] == ["00" * 32, "ab" * 32]
    assert Envelope.parse(data).to_bytes() == data
    assert data == json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "change",
    [
        {"payload": base64.urlsafe_b64encode(BODY).decode()},
        {"unknown": {"deep": [1, "x"]}},
        {"signatures": [{"sig": base64.urlsafe_b64encode(SIG.sig).decode(), "cert": "x"}]},
        {"signatures": [{"sig": base64.b64encode(SIG.sig).decode(), "keyid": ""}]},
    ],
)
def test_p22_any_dsse_form_is_read(change: dict[str, object]) -> None:
    envelope = parse(members(**change))
    assert (envelope.payload, envelope.signatures[0].sig) == (BODY, SIG.sig)


def test_p22_a_rebuilt_envelope_has_the_same_bytes() -> None:
    envelope = t.release_envelope(t.package(), t.RELEASE, t.SECOND)
    assert Envelope.rebuilt(envelope.payload, envelope.pairs()).to_bytes() == envelope.to_bytes()
    backwards = reversed(envelope.pairs())
    assert Envelope.rebuilt(envelope.payload, backwards).digest == envelope.digest


@pytest.mark.parametrize(
    "change",
    [
        {"payload": None},
        {"payload": 1},
        {"payload": "ab"},
        {"payload": "a+_="},
        {"payload": "YQ==\n"},
        {"payloadType": None},
        {"payloadType": "\ud800"},
        {"signatures": None},
        {"signatures": {}},
        {"signatures": []},
        {"signatures": ["x"]},
        {"signatures": [{}]},
        {"signatures": [{"sig": "!"}]},
        {"signatures": [{"sig": "YQ==", "keyid": 1}]},
        {"signatures": [{"sig": "YQ=="}] * 17},
        {"number": 1.5},
        {"pad": "x" * 16_384},
    ],
)
def test_p22_what_is_no_envelope_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(SignatureMalformed):
        parse(members(**change))


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"\xff", b"{}" * 2, b'{"a":1,"a":1}'])
def test_p22_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(SignatureMalformed):
        Envelope.parse(data)


@pytest.mark.parametrize("keyid", [None, "", "AB" * 32, "ab"])
def test_p22_an_envelope_without_key_ids_cannot_be_written(keyid: str | None) -> None:
    with pytest.raises(SignatureMalformed):
        Envelope(BODY, STATEMENT_TYPE, (Signature(bytes(64), keyid),)).to_bytes()


@pytest.mark.parametrize(
    "pair", ["", "ab:cd", f"{'ab' * 32}:{'A' * 88}", f"{'AB' * 32}:{'A' * 86}=="]
)
def test_p22_a_pair_is_a_key_id_and_64_bytes(pair: str) -> None:
    with pytest.raises(SignatureMalformed):
        Signature.from_pair(pair)


def test_p22_the_alphabets_are_not_mixed() -> None:
    assert decoded("+/+/") == decoded("-_-_")
    with pytest.raises(SignatureMalformed):
        decoded("+_+_")


def test_p24_the_type_is_compared_exactly() -> None:
    with pytest.raises(SignatureType) as caught:
        Envelope(BODY, "text/plain", ()).require_type(STATEMENT_TYPE)
    assert (caught.value.found, caught.value.expected) == ("text/plain", STATEMENT_TYPE)
