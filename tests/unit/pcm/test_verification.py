"""V1–V12 in their order: of several faults the first step names the one that counts (P24); locks (P69)."""

import ast
import dataclasses
import inspect

import pytest

from attacks.forge import Offer, refused, sync
from golden import samples
from golden import trust_samples as t
from pcm import verification
from pcm.verification import LONG_AGO, Candidate, reach_of, verify_release
from pcm_schemas.errors import PcmError
from pcm_schemas.revocations import Reach, Revocations


def test_p24_a_sound_release_is_vouched_for_by_its_owners_key() -> None:
    assert Offer().verify() == {t.RELEASE.public.hex()}


def test_p24_a_bundle_fits_every_base() -> None:
    data = samples.packed(samples.bundle())
    envelope = t.release_envelope(data).to_bytes()
    candidate = Candidate(data, envelope)
    none = Revocations.none()
    assert verify_release(candidate, t.asked(data), t.keyset(), none, now=t.NOW)


def test_p24_the_first_step_that_fails_decides() -> None:
    """Each round mends the fault that was named; the codes come in the order of V1–V12."""
    revoked = [{"at": t.PUBLISHED, "id": t.RELEASE.id, "reason": "x"}]
    offer = Offer(revocations=t.revocations(keys=revoked))
    sound, entry = t.statement_fields(offer.data), offer.entry
    assert entry is not None
    offer.entry = entry.model_copy(update={"size": 1})
    offer.asked = dataclasses.replace(t.asked(offer.data), version="9.9.9")
    codes = []
    for envelope in (
        b"{}",
        dataclasses.replace(t.release_envelope(offer.data), payload_type="x").to_bytes(),
        t.release_envelope(offer.data, t.FOREIGN).to_bytes(),
        t.forged_envelope({}).to_bytes(),
        t.forged_envelope({**sound, "_type": "x"}).to_bytes(),
        t.release_envelope(t.package(description="Another.")).to_bytes(),
        t.release_envelope(offer.data).to_bytes(),
    ):
        offer.envelope = envelope
        codes.append(refused(offer.verify).code)
    offer.asked = t.asked(offer.data)
    codes.append(refused(offer.verify).code)
    offer.entry = entry
    codes.append(refused(offer.verify).code)
    assert codes == [
        "signature.malformed",
        "signature.type",
        "signature.threshold",
        "statement.malformed",
        "statement.type",
        "statement.subject",
        "statement.mismatch",
        "index.mismatch",
        "key.revoked",
    ]


def test_p24_the_function_names_its_twelve_steps() -> None:
    source = inspect.getsource(verification.verified)
    steps = [f"V{n}" for n in range(1, 13)]
    places = [source.index(step) for step in steps if step in source]
    assert places == sorted(places)
    assert {step for step in steps if step in source} == set(steps)


def test_verification_does_no_io() -> None:
    tree = ast.parse(inspect.getsource(verification))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {"os", "pathlib", "time"} & imported


def test_p29_without_an_index_the_key_must_be_valid_now() -> None:
    """`hf:` and `file:` know no time of publication; what the lock holds was checked when it was locked."""
    data = t.package()
    keys = [t.key(t.RELEASE, "release", expires=t.PUBLISHED), t.key(t.KEYSET, "keyset")]
    keyset = t.keyset(t.keyset_fields(keys=keys))
    envelope, asked = t.release_envelope(data), t.asked(data)
    locked = t.lock(t.lock_fields(data, envelope)).packages[0]
    none = Revocations.none()
    candidate = Candidate(data, envelope.to_bytes())
    with pytest.raises(PcmError) as caught:
        verify_release(candidate, asked, keyset, none, now=t.NOW)
    assert caught.value.code == "key.expired"
    held = dataclasses.replace(candidate, locked=locked)
    assert verify_release(held, asked, keyset, none, now=t.NOW)
    listed = dataclasses.replace(candidate, entry=t.entry(data, envelope))
    assert verify_release(listed, asked, keyset, none, now=t.NOW)
    assert held.time(t.NOW) == LONG_AGO


def test_p36_a_registrys_names_are_its_own() -> None:
    assert reach_of(f"pcm:{t.REGISTRY}") is Reach.REGISTRY
    assert reach_of("hf:amy/tom-cat@" + "0" * 40 + "#concept.safetensors") is Reach.ELSEWHERE
    assert reach_of("file:me.safetensors") is Reach.ELSEWHERE


def test_p69_an_unsigned_file_is_not_verified() -> None:
    data = t.package()
    fields = t.lock_fields(data, t.release_envelope(data))
    del fields["packages"][0]["signed"]
    assert refused(lambda: sync(data, fields)).code == "signature.missing"


def test_p69_a_close_base_is_fixed_by_the_files_digest() -> None:
    data = t.package()
    fields = t.lock_fields(data, t.release_envelope(data))
    fields["base"]["digest"] = "sha256:" + "5e" * 32
    assert refused(lambda: sync(data, fields)).code == "statement.mismatch"
    fields["packages"][0]["tier"] = "near"
    assert sync(data, fields) == {t.RELEASE.id}


def test_p69_two_signatures_are_two_keys() -> None:
    from pcm.verification import verify_locked

    data = t.package()
    keys = [t.key(t.SECOND, "release"), *t.keyset_fields()["keys"]]
    keyset = t.keyset(t.keyset_fields(keys=keys))
    fields = t.lock_fields(data, t.release_envelope(data, t.RELEASE, t.SECOND))
    second = {"id": t.SECOND.id, "keyset": 1, "namespace": "amy", "public": t.SECOND.public.hex()}
    fields["keys"] = sorted([*fields["keys"], second], key=lambda key: str(key["id"]))
    lock = t.lock(fields)
    none = Revocations.none()
    found = verify_locked(
        data, lock.packages[0], lock=lock, documents=[keyset.document], revocations=none
    )
    assert found == {t.RELEASE.id, t.SECOND.id}
