"""A18: the statement of one file lies beside another, or a package's base is relabelled.

Without V8 (`require_subject`) any file would do; without V10 (`require_manifest`) a signed statement could promise a
base that the package does not have; without P13's comparison a label would decide where it runs.
"""

from pathlib import Path

import pytest

from attacks.against import given
from attacks.against import refused as stopped_install
from attacks.forge import Offer, refused
from golden import samples
from golden import trust_samples as t
from pcm_schemas import sketch
from pcm_schemas.digest import Digest
from pcm_schemas.manifest import Manifest
from pcm_schemas.sketch import Sketch
from pcm_schemas.tier import BaseClaim, Tier, compare
from simulator.concepts import concept, identity, write_base
from simulator.keys import Publisher
from unit.pcm.conftest import Desk

SDXL = samples.packed(
    samples.perfusion(base=samples.base(architecture="sdxl"), tensors=samples.SDXL, requires=[])
)


def test_the_statement_of_another_file_is_refused() -> None:
    offer = Offer()
    offer.data = SDXL
    error = refused(offer.verify)
    assert (error.code, error.args[0]) == ("statement.subject", "sha256")


def test_the_size_is_compared_too() -> None:
    offer = Offer()
    fields = t.statement_fields(offer.data)
    fields["predicate"]["size"] += 1
    offer.sign(fields)
    assert refused(offer.verify).args[0] == "size"


@pytest.mark.parametrize("field", ["created", "manifest"])
def test_a_statement_that_says_something_else_of_the_package_is_refused(field: str) -> None:
    offer = Offer()
    fields = t.statement_fields(offer.data)
    fields["predicate"][field] = {
        "created": "2026-11-22T10:00:01Z",
        "manifest": "sha256:" + "0" * 64,
    }[field]
    offer.sign(fields)
    error = refused(offer.verify)
    assert (error.code, error.args[0]) == ("statement.manifest", field)


def test_a_relabelled_base_is_refused() -> None:
    """The statement names a base that was asked for; the package holds another."""
    offer = Offer()
    fields = t.statement_fields(offer.data)
    other = Digest("sha256:" + "ab" * 32)
    fields["predicate"]["base"]["digest"] = other
    offer.sign(fields)
    offer.asked = t.Release("amy/tom-cat", "1.2.0", other)
    error = refused(offer.verify)
    assert (error.code, error.args[0]) == ("statement.manifest", "base")


def test_what_was_measured_decides_never_a_label() -> None:
    claim = Manifest.of(samples.perfusion()).base_claim()
    assert claim is not None
    numbers = sketch.written([(-1) ** n / 8 for n in range(64)])
    measured = BaseClaim("sd1", "epsilon", Digest("sha256:" + "ab" * 32), Sketch(numbers, numbers))
    assert compare(measured, claim) is Tier.OTHER


def test_a_client_that_is_given_the_statement_of_another_file_stays_as_it_was(desk: Desk) -> None:
    amy = Publisher("amy")
    other = amy.sign(concept("amy/cup", "2.0.0", base=desk.base))
    data = concept("amy/cup", base=desk.base)
    asked = given(desk, data, other.to_bytes(), *amy.keysets)
    assert stopped_install(desk, asked).code == "statement.subject"


def test_a_client_that_is_given_another_bases_file_stays_as_it_was(
    desk: Desk, tmp_path: Path
) -> None:
    """Soundly signed, and labelled like the base that the environment has."""
    amy, elsewhere = Publisher("amy"), identity(write_base(tmp_path / "elsewhere", seed=5))
    data = concept("amy/cup", base=elsewhere)
    asked = given(desk, data, amy.sign(data).to_bytes(), *amy.keysets)
    assert stopped_install(desk, asked).code == "base.mismatch"
