"""A17: a sound statement of one release is replayed for another name, version or base, or by another namespace.

Without V9 (`require_asked`) an old, vulnerable or foreign release would pass as the one that was asked for.
"""

import dataclasses

import pytest

from attacks.forge import Offer, refused
from golden import trust_samples as t
from pcm_schemas.digest import Digest


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
