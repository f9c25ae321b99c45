"""A12: a keyset at version 2 that only its own new keys signed.

Without `_why_not`'s count of the old keys (P27) anybody could rotate anybody's keyset.
"""

import pytest

from attacks.against import refused as stopped_install
from attacks.against import serve_chain
from attacks.forge import believe, refused, served
from golden import trust_samples as t
from simulator.registry import Simulator
from unit.pcm.conftest import Desk

FOREIGN_KEYS = [t.key(t.FOREIGN, "keyset", "release")]


def test_a_rotation_that_the_old_keys_did_not_sign_is_refused() -> None:
    one = t.keyset()
    two = t.keyset(t.successor_fields(one, keys=FOREIGN_KEYS), t.FOREIGN)
    assert refused(lambda: believe(served(one, two))).code == "keyset.chain_broken"


def test_a_release_key_cannot_rotate() -> None:
    one = t.keyset()
    two = t.keyset(t.successor_fields(one, keys=FOREIGN_KEYS), t.FOREIGN, t.RELEASE)
    assert refused(lambda: believe(served(one, two))).code == "keyset.chain_broken"


@pytest.mark.parametrize(
    "change", [{"version": 3}, {"previous": "sha256:" + "0" * 64}, {"previous": None}]
)
def test_a_link_that_names_another_place_is_refused(change: t.Fields) -> None:
    one = t.keyset()
    fields = t.successor_fields(one) | change
    two = t.keyset({name: value for name, value in fields.items() if value is not None}, t.KEYSET)
    assert refused(lambda: believe(served(one, two))).code == "keyset.chain_broken"


def test_a_chain_without_its_beginning_is_refused() -> None:
    assert refused(lambda: believe(served(*t.chain().keysets[1:]))).code == "keyset.chain_broken"


def test_a_rotation_by_the_old_and_the_new_keys_is_followed() -> None:
    one = t.keyset()
    two = t.keyset(t.successor_fields(one, keys=FOREIGN_KEYS), t.FOREIGN, t.KEYSET)
    assert believe(served(one, two)).keyset.version == 2


def test_a_client_that_meets_it_stays_as_it_was(shop: Desk, simulator: Simulator) -> None:
    """New or pinned: the chain itself does not hold."""
    one = simulator.publishers["amy"].keysets[0]
    two = t.keyset(t.successor_fields(one, keys=FOREIGN_KEYS), t.FOREIGN)
    serve_chain(simulator, one, two)
    assert stopped_install(shop, "amy/cup").code == "keyset.chain_broken"
