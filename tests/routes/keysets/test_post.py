"""POST `/api/v1/keysets/{ns}`: each keyset follows from the one before; the first of two rivals stays (P27–P29)."""

from collections.abc import Callable

from golden import trust_samples as trust
from pcm_schemas.keyset import Keyset
from publishers import Publisher, code_of

As = Callable[..., Publisher]


def successor(**changes: object) -> Keyset:
    return trust.keyset(trust.successor_fields(trust.keyset(), **changes))


def test_a_successor_comes_into_force_and_again_changes_nothing(amy: Publisher) -> None:
    second = successor(created="2026-11-22T09:10:00Z")
    answers = [amy.advance(second) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[1].json() == {"digest": second.digest, "namespace": "amy", "version": 2}
    assert len(amy.http.get("/api/v1/events").json()["events"]) == 3


def test_the_second_of_two_rivals_is_stale(amy: Publisher) -> None:
    amy.advance(successor(created="2026-11-22T09:10:00Z")).raise_for_status()
    rival = successor(created="2026-11-22T09:20:00Z")
    assert code_of(amy.advance(rival)) == (409, "keyset.stale")


def test_a_rotation_signed_by_new_keys_only_is_refused(amy: Publisher) -> None:
    keys = [trust.key(trust.SECOND, "release"), trust.key(trust.LATER, "keyset")]
    fields = trust.successor_fields(trust.keyset(), keys=keys)
    stolen = trust.keyset(fields, trust.LATER)
    assert code_of(amy.advance(stolen)) == (422, "keyset.chain_broken")


def test_a_compromised_key_enters_the_revocations(amy: Publisher) -> None:
    keys = [*trust.keyset_fields()["keys"], trust.key(trust.SECOND, "release")]
    gone = [{"at": trust.CREATED, "id": trust.RELEASE.id, "reason": "compromised"}]
    amy.advance(successor(keys=keys, revoked=gone)).raise_for_status()
    events = amy.http.get("/api/v1/events").json()["events"]
    assert [event["type"] for event in events[2:]] == ["revocation.added", "keyset.updated"]
    assert events[2]["data"] == {"kind": "key", "subject": trust.RELEASE.id}


def test_the_owner_alone_may_advance(amy: Publisher, as_: As) -> None:
    second = successor()
    assert code_of(as_("keyset:ben").advance(second)) == (403, "auth.scope")
    assert code_of(as_("publish:amy/*").advance(second)) == (403, "auth.scope")


def test_a_namespace_that_nobody_claimed_has_no_successor(as_: As) -> None:
    assert code_of(as_("admin").advance(successor())) == (404, "name.not_found")
