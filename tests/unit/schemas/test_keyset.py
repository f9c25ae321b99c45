"""Keysets: their form, their own signatures, and when a key counts, P25–P29."""

from collections.abc import Callable

import pytest

from golden import trust_samples as t
from pcm.ed25519 import verify
from pcm_schemas.digest import canonical_bytes
from pcm_schemas.errors import PcmError
from pcm_schemas.keyset import Key, Keyset, KeysetDocument, fingerprint
from pcm_schemas.signers import gone, require_threshold, written
from pcm_schemas.trust_errors import KeyExpired, KeyRevoked, KeysetUnsigned, SignatureThreshold

Change = Callable[[t.Fields], object]
EARLY, LATE = "2026-11-22T08:00:00Z", "2026-11-22T13:00:00Z"


def code_of(fields: t.Fields) -> str:
    with pytest.raises(PcmError) as caught:
        KeysetDocument.parse(canonical_bytes(fields))
    return caught.value.code


def release_key(document: KeysetDocument) -> Key:
    return next(key for key in document.keys if key.id == t.RELEASE.id)


def test_p26_a_keyset_is_read_and_written_unchanged() -> None:
    data = canonical_bytes(t.keyset_fields())
    assert KeysetDocument.parse(data).to_bytes() == data


MALFORMED: list[Change] = [
    lambda f: f.update(keyset=2),
    lambda f: f.update(extra=1),
    lambda f: f.update(namespace="api"),
    lambda f: f.update(namespace="Amy"),
    lambda f: f.update(version=0),
    lambda f: f.update(keys=[]),
    lambda f: f.update(threshold={"keyset": 0, "release": 1}),
    lambda f: f.update(threshold={"keyset": 1, "release": 2}),
    lambda f: f.update(threshold={"keyset": 2, "release": 1}),
    lambda f: f.update(previous=None),
    lambda f: f["keys"].reverse(),
    lambda f: f["keys"][0].update(purposes=[]),
    lambda f: f["keys"][0].update(purposes=["release", "keyset"]),
    lambda f: f["keys"][0].update(purposes=["admin"]),
    lambda f: f["keys"][0].update(id="0" * 64),
    lambda f: f["keys"][0].update(public="AB" * 32),
    lambda f: f["keys"][0].update(expires="tomorrow"),
    lambda f: f["revoked"].append({"at": EARLY, "id": t.RELEASE.id, "reason": "lost"}),
]


@pytest.mark.parametrize("change", MALFORMED)
def test_p26_what_breaks_the_form_is_refused(change: Change) -> None:
    fields = t.keyset_fields()
    change(fields)
    assert code_of(fields) == "keyset.malformed"


@pytest.mark.parametrize("field", ["id", "public"])
def test_p26_no_key_stands_twice(field: str) -> None:
    fields = t.keyset_fields()
    fields["keys"][1][field] = fields["keys"][0][field]
    assert code_of(fields) == "keyset.duplicate_key"


def test_p26_thresholds_count_usable_keys_only() -> None:
    fields = t.keyset_fields(
        keys=[t.key(t.RELEASE, "release", expires=EARLY), t.key(t.KEYSET, "keyset")]
    )
    assert code_of(fields) == "keyset.malformed"
    revoked = [{"at": LATE, "id": t.KEYSET.id, "reason": "superseded"}]
    assert code_of(t.keyset_fields(revoked=revoked)) == "keyset.malformed"


@pytest.mark.parametrize("signers", [[t.RELEASE], [t.FOREIGN]])
def test_p27_a_keyset_is_signed_by_its_own_keyset_keys(signers: list[t.SecretKey]) -> None:
    envelope = t.keyset_envelope(t.keyset_fields(), *signers)
    with pytest.raises(KeysetUnsigned) as caught:
        Keyset.of(envelope, verify)
    assert (caught.value.signed, caught.value.needed) == (0, 1)


def test_p27_a_threshold_of_two_needs_two() -> None:
    keys = [t.key(t.RELEASE, "release"), t.key(t.KEYSET, "keyset"), t.key(t.LATER, "keyset")]
    fields = t.keyset_fields(keys=keys, threshold={"keyset": 2, "release": 1})
    with pytest.raises(KeysetUnsigned):
        t.keyset(fields, t.KEYSET)
    assert t.keyset(fields, t.KEYSET, t.LATER).version == 1


def test_p30_a_fingerprint_is_32_hex_in_groups_of_four() -> None:
    digest = t.keyset().digest
    assert fingerprint(digest).replace(" ", "") == digest.hex[:32]
    assert [len(group) for group in fingerprint(digest).split(" ")] == [4] * 8


def document(**changes: object) -> KeysetDocument:
    spare = t.key(t.SECOND, "release")
    keys = [t.key(t.RELEASE, "release", **changes), spare, t.key(t.KEYSET, "keyset")]
    return KeysetDocument.parse(canonical_bytes(t.keyset_fields(keys=keys)))


@pytest.mark.parametrize(("at", "counts"), [(EARLY, True), (t.PUBLISHED, True), (LATE, False)])
def test_p29_a_key_counts_up_to_its_last_second(at: str, counts: bool) -> None:  # noqa: FBT001
    found = document(expires=t.PUBLISHED)
    assert (gone(release_key(found), found, at=at) is None) is counts


@pytest.mark.parametrize(
    ("reason", "at", "error"),
    [
        ("compromised", EARLY, KeyRevoked),
        ("compromised", LATE, KeyRevoked),
        ("superseded", LATE, KeyExpired),
    ],
)
def test_p29_a_key_taken_out_is_named_with_its_date(
    reason: str, at: str, error: type[KeyRevoked | KeyExpired]
) -> None:
    revoked = [{"at": t.PUBLISHED, "id": t.RELEASE.id, "reason": reason}]
    keys = [t.key(t.RELEASE, "release"), t.key(t.SECOND, "release"), t.key(t.KEYSET, "keyset")]
    found = KeysetDocument.parse(canonical_bytes(t.keyset_fields(keys=keys, revoked=revoked)))
    with pytest.raises(error) as caught:
        require_threshold(t.release_envelope(t.package()), found, at=at, verify=verify)
    assert (caught.value.key, caught.value.since) == (t.RELEASE.id, t.PUBLISHED)


def test_p29_superseded_leaves_what_was_signed_before() -> None:
    revoked = [{"at": t.PUBLISHED, "id": t.RELEASE.id, "reason": "superseded"}]
    keys = [t.key(t.RELEASE, "release"), t.key(t.SECOND, "release"), t.key(t.KEYSET, "keyset")]
    found = KeysetDocument.parse(canonical_bytes(t.keyset_fields(keys=keys, revoked=revoked)))
    assert gone(release_key(found), found, at=t.PUBLISHED) is None


def test_p25_signatures_of_another_namespaces_key_count_for_nothing() -> None:
    envelope = t.release_envelope(t.package(), t.FOREIGN)
    with pytest.raises(SignatureThreshold) as caught:
        require_threshold(envelope, document(), at=t.PUBLISHED, verify=verify)
    assert (caught.value.signed, caught.value.needed) == ((), 1)


@pytest.mark.parametrize("hint", [None, "", "zz", "0" * 64])
def test_p24_a_key_id_only_orders_the_tries(hint: str | None) -> None:
    envelope = t.release_envelope(t.package())
    blind = envelope.with_signatures(
        [type(envelope.signatures[0])(envelope.signatures[0].sig, hint)]
    )
    signers = require_threshold(blind, document(), at=t.PUBLISHED, verify=verify)
    assert {key.id for key in signers} == {t.RELEASE.id}


def test_p22_the_stored_form_holds_one_signature_a_key_under_its_own_id() -> None:
    envelope = t.release_envelope(t.package(), t.FOREIGN, t.RELEASE)
    sig = type(envelope.signatures[0])
    blind = [sig(each.sig) for each in envelope.signatures] * 2
    stored = written(envelope.with_signatures(blind), document(), at=t.PUBLISHED, verify=verify)
    assert stored.to_bytes() == t.release_envelope(t.package(), t.RELEASE).to_bytes()
