"""POST `/api/v1/releases/…/signatures`: a key was lost, the release stays, a current key vouches for it (P62)."""

from collections.abc import Callable

from golden import trust_samples as trust
from pcm_schemas.package import read
from publishers import Answer, Publisher, code_of, package


def resign(user: Publisher, data: bytes, *signers: trust.SecretKey, keyset: int) -> Answer:
    envelope = trust.release_envelope(data, *signers, keyset=keyset)
    body = {"sha256": read(data).digest, "envelope": envelope.to_value()}
    return user.http.post("/api/v1/releases/amy/tom-cat/1.2.0/signatures", json=body)


def rotate(amy: Publisher) -> None:
    keys = [*trust.keyset_fields()["keys"], trust.key(trust.SECOND, "release")]
    gone = [{"at": trust.CREATED, "id": trust.RELEASE.id, "reason": "compromised"}]
    fields = trust.successor_fields(trust.keyset(), keys=keys, revoked=gone)
    amy.advance(trust.keyset(fields, trust.KEYSET)).raise_for_status()


def test_a_current_key_takes_the_place_of_a_compromised_one(amy: Publisher) -> None:
    data = package()
    amy.publish_visibly(data)
    rotate(amy)
    assert code_of(resign(amy, data, trust.RELEASE, keyset=2)) == (422, "key.revoked")
    first = resign(amy, data, trust.SECOND, keyset=2)
    again = resign(amy, data, trust.SECOND, keyset=2)
    envelope = trust.release_envelope(data, trust.SECOND, keyset=2)
    assert first.json()["signatures"] == [*envelope.pairs()]
    assert first.json()["keyset"] == 2
    assert again.json() == first.json()
    types = [event["type"] for event in amy.http.get("/api/v1/events").json()["events"]]
    assert types.count("release.resigned") == 1
    served = amy.http.get(f"/api/v1/blobs/{envelope.digest.hex}")
    assert served.content == envelope.to_bytes()


def test_other_bytes_never_take_the_place(amy: Publisher) -> None:
    data, other = package(number=1), package(number=2)
    amy.publish_visibly(data)
    envelope = trust.release_envelope(other)
    body = {"sha256": read(data).digest, "envelope": envelope.to_value()}
    answer = amy.http.post("/api/v1/releases/amy/tom-cat/1.2.0/signatures", json=body)
    assert code_of(answer) == (422, "statement.manifest")


def test_what_is_not_published_is_not_signed_again(amy: Publisher) -> None:
    assert code_of(resign(amy, package(), keyset=1)) == (404, "release.not_found")


def test_another_owner_does_not_sign(amy: Publisher, as_: Callable[..., Publisher]) -> None:
    data = package()
    amy.publish_visibly(data)
    answer = resign(as_("publish:ben/*"), data, keyset=1)
    assert code_of(answer) == (403, "auth.scope")
