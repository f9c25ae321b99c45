"""POST `/api/v1/namespaces`: a name belongs to whoever's keys came first; look-alikes and reserved words to nobody (P3, P4)."""

from collections.abc import Callable

import pytest

from golden import trust_samples as trust
from pcm_schemas.keyset import Keyset
from publishers import Publisher, code_of

As = Callable[..., Publisher]


def keyset_of(namespace: str, *signers: trust.SecretKey) -> Keyset:
    return trust.keyset(trust.keyset_fields(namespace=namespace), *signers)


def test_a_namespace_is_claimed_once(as_: As) -> None:
    amy = as_("keyset:amy")
    first, again = amy.claim(), amy.claim()
    expected = {"digest": trust.keyset().digest, "namespace": "amy", "version": 1}
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() == expected
    assert len(amy.http.get("/api/v1/events").json()["events"]) == 2


def test_a_claimed_namespace_is_taken(amy: Publisher) -> None:
    other = trust.keyset(trust.keyset_fields(created="2026-11-22T09:30:00Z"))
    assert code_of(amy.claim(other)) == (409, "name.taken")


def test_a_look_alike_is_refused(as_: As) -> None:
    operator = as_("admin")
    operator.claim(keyset_of("tom-li")).raise_for_status()
    assert code_of(operator.claim(keyset_of("tom-l1"))) == (409, "name.similar")


def test_one_letter_away_is_quarantined(as_: As) -> None:
    operator = as_("admin")
    operator.claim(keyset_of("kettles")).raise_for_status()
    operator.claim(keyset_of("kettlea")).raise_for_status()
    data = trust.package(name="kettlea/cup", previews=[])
    operator.publish_visibly(data)
    found = operator.http.get("/api/v1/names/kettlea/cup").json()["index"]
    assert found["status"] == "quarantined"
    assert operator.http.get("/api/v1/search?q=cup").json()["items"] == []


@pytest.mark.parametrize("namespace", ["local", "library"])
def test_reserved_namespaces_are_not_handed_out(as_: As, namespace: str) -> None:
    answer = as_(f"keyset:{namespace}").claim(keyset_of(namespace))
    assert code_of(answer) == (422, "name.reserved")


def test_operators_claim_library(as_: As) -> None:
    assert as_("admin").claim(keyset_of("library")).status_code == 201


def test_a_keyset_of_another_namespace_is_refused(as_: As) -> None:
    body = {"namespace": "ben", "keyset": trust.keyset().envelope.to_value()}
    answer = as_("admin").http.post("/api/v1/namespaces", json=body)
    assert code_of(answer) == (422, "request.invalid")


def test_a_keyset_that_its_own_keys_did_not_sign_is_refused(as_: As) -> None:
    envelope = trust.keyset_envelope(trust.keyset_fields(), trust.FOREIGN)
    body = {"namespace": "amy", "keyset": envelope.to_value()}
    answer = as_("admin").http.post("/api/v1/namespaces", json=body)
    assert code_of(answer) == (422, "keyset.unsigned")


def test_a_successor_is_no_beginning(as_: As) -> None:
    second = trust.keyset(trust.successor_fields(trust.keyset()))
    assert code_of(as_("admin").claim(second)) == (422, "keyset.chain_broken")


@pytest.mark.parametrize("scope", ["keyset:ben", "publish:amy/*", "tokens"])
def test_another_scope_does_not_claim(as_: As, scope: str) -> None:
    assert code_of(as_(scope).claim()) == (403, "auth.scope")
