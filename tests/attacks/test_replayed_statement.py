"""A17: a sound statement of one release is replayed for another name, version or base, or by another namespace.

Without V9 (`require_asked`) an old, vulnerable or foreign release would pass as the one that was asked for.
"""

import dataclasses

import pytest

from attacks.against import refused as stopped_install
from attacks.forge import Offer, refused
from golden import trust_samples as t
from pcm_schemas.digest import Digest
from simulator.concepts import concept
from simulator.keys import Publisher
from simulator.registry import Simulator
from unit.pcm.conftest import Desk


@pytest.mark.parametrize(
    ("field", "other"),
    [("name", "amy/tea-pot"), ("version", "1.3.0"), ("base", Digest("sha256:" + "ab" * 32))],
)
def test_a_statement_of_another_release_is_refused(field: str, other: str) -> None:
    offer = Offer()
    offer.asked = dataclasses.replace(t.asked(offer.data), **{field: other})
    error = refused(offer.verify)
    assert (error.code, error.args[0]) == ("statement.mismatch", field)


def test_a_namespace_cannot_sign_for_another() -> None:
    offer = Offer()
    offer.keyset = t.keyset(t.keyset_fields(namespace="bob"))
    error = refused(offer.verify)
    assert (error.code, error.args[0]) == ("statement.mismatch", "namespace")


def test_a_statement_cannot_be_of_a_keyset_to_come() -> None:
    offer = Offer()
    offer.sign(t.statement_fields(offer.data, keyset=2))
    error = refused(offer.verify)
    assert (error.code, error.args[0]) == ("statement.mismatch", "keyset")


def test_the_subject_carries_the_same_name() -> None:
    offer = Offer()
    fields = t.statement_fields(offer.data)
    fields["subject"][0]["name"] = "amy/tom-cat@9.9.9"
    offer.sign(fields)
    assert refused(offer.verify).args[0] == "subject"


@pytest.mark.parametrize("field", ["name", "version", "base"])
def test_a_client_that_meets_a_replay_stays_as_it_was(
    shop: Desk, simulator: Simulator, field: str
) -> None:
    """The index lists a sound, signed package of amy's as something that it is not."""
    entry = dict(simulator.entries["amy/cup"][0])
    if field == "name":
        simulator.entries["amy/tea"] = [entry]
    elif field == "version":
        simulator.entries["amy/cup"].append({**entry, "version": "1.3.0"})
    else:
        other = dataclasses.replace(shop.base, digest=Digest("sha256:" + "ab" * 32))
        data = concept("amy/cup", "1.3.0", base=other)
        simulator.publish(data, by=Publisher("amy"), base=shop.base.digest)
    simulator.sign()
    error = stopped_install(shop, "amy/tea" if field == "name" else "amy/cup")
    assert (error.code, error.args[0]) == ("statement.mismatch", field)
