"""A13: a threshold of two is met by one key under two ids.

If V4 counted ids instead of raw bytes, or P26 allowed one key twice, a single thief would be two.
"""

import dataclasses

from attacks.against import refused as stopped_install
from attacks.against import serve_chain
from attacks.forge import Offer, believe, refused, unopened
from golden import trust_samples as t
from pcm_schemas.keyset import Key
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

TWO = {"keyset": 1, "release": 2}


def test_two_signatures_of_one_key_count_once() -> None:
    keys = [*t.keyset_fields()["keys"], t.key(t.SECOND, "release")]
    offer = Offer(keyset=t.keyset(t.keyset_fields(keys=keys, threshold=TWO)))
    envelope = t.release_envelope(offer.data, t.RELEASE, t.RELEASE)
    first, second = envelope.signatures
    envelope = envelope.with_signatures([first, dataclasses.replace(second, keyid=t.SECOND.id)])
    offer.envelope = envelope.to_bytes()
    error = refused(offer.verify)
    assert (error.code, error.args) == ("signature.threshold", ((t.RELEASE.id,), 2))


def test_a_keyset_that_lists_one_key_under_two_ids_is_refused() -> None:
    twin = t.key(t.RELEASE, "release") | {"id": "0" * 64}
    fields = t.keyset_fields(keys=[*t.keyset_fields()["keys"], twin], threshold=TWO)
    data = unopened(t.keyset_envelope(fields, t.KEYSET))
    assert refused(lambda: believe(data)).code == "keyset.duplicate_key"


def test_even_in_such_a_keyset_the_key_counts_once() -> None:
    """The second line of defence: the keyset is put together behind the parser's back."""
    sound = t.keyset()
    twin = Key.model_validate(
        {"id": "0" * 64, "public": t.RELEASE.public.hex(), "purposes": ("release",)}
    )
    threshold = sound.document.threshold.model_copy(update={"release": 2})
    changes = {"keys": (twin, *sound.document.keys), "threshold": threshold}
    offer = Offer()
    offer.keyset = dataclasses.replace(sound, document=sound.document.model_copy(update=changes))
    envelope = t.release_envelope(offer.data, t.RELEASE, t.RELEASE)
    first, second = envelope.signatures
    offer.envelope = envelope.with_signatures(
        [first, dataclasses.replace(second, keyid="0" * 64)]
    ).to_bytes()
    assert refused(offer.verify).code == "signature.threshold"


def test_two_keys_are_two() -> None:
    keys = [*t.keyset_fields()["keys"], t.key(t.SECOND, "release")]
    offer = Offer(keyset=t.keyset(t.keyset_fields(keys=keys, threshold=TWO)))
    offer.envelope = t.release_envelope(offer.data, t.RELEASE, t.SECOND).to_bytes()
    assert len(offer.verify()) == 2


def test_a_client_that_meets_it_stays_as_it_was(shop: Desk, simulator: Simulator) -> None:
    amy = simulator.publishers["amy"]
    amy.rotate(keys=amy.with_key(t.SECOND), threshold=TWO)
    entry = simulator.entries["amy/cup"][0]
    pair = entry["signatures"][0]
    entry["signatures"] = sorted([pair, f"{t.SECOND.id}:{pair.partition(':')[2]}"])
    simulator.sign()
    assert stopped_install(shop, "amy/cup").code == "signature.threshold"


def test_nor_does_a_keyset_with_a_twin_reach_a_client(shop: Desk, simulator: Simulator) -> None:
    twin = t.key(t.RELEASE, "release") | {"id": "0" * 64}
    fields = t.keyset_fields(keys=[*t.keyset_fields()["keys"], twin])
    serve_chain(simulator, t.keyset_envelope(fields, t.KEYSET))
    assert stopped_install(shop, "amy/cup").code == "keyset.duplicate_key"
