"""A7: online keys stolen. The index lists a false release, signed by a key that the thief made himself.

Without V5 (`require_threshold`) the client would install whatever the index lists.
"""

from attacks.against import refused as stopped_install
from attacks.forge import Offer, refused
from golden import trust_samples as t
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


def test_a_release_that_only_the_index_vouches_for_is_refused() -> None:
    offer = Offer(envelope=t.release_envelope(t.package(), t.FOREIGN).to_bytes())
    assert refused(offer.verify).code == "signature.threshold"


def test_the_same_offer_with_the_owners_signature_is_taken() -> None:
    assert Offer().verify() == {t.RELEASE.public.hex()}


def test_a_client_that_meets_it_stays_as_it_was(shop: Desk, simulator: Simulator) -> None:
    false = concept("amy/cup", "1.1.0", base=shop.base)
    simulator.publish(false, by=Publisher("amy", extra="thief"))
    assert stopped_install(shop, "amy/cup").code == "signature.threshold"
