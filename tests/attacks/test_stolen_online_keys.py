"""A7: online keys stolen. The index lists a false release, signed by a key that the thief made himself.

Without V5 (`require_threshold`) the client would install whatever the index lists.
"""

from attacks.forge import Offer, refused
from golden import trust_samples as t


def test_a_release_that_only_the_index_vouches_for_is_refused() -> None:
    offer = Offer(envelope=t.release_envelope(t.package(), t.FOREIGN).to_bytes())
    assert refused(offer.verify).code == "signature.threshold"


def test_the_same_offer_with_the_owners_signature_is_taken() -> None:
    assert Offer().verify() == {t.RELEASE.public.hex()}
