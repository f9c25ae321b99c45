"""Statements: made from a package, read by V6 and V7, P21."""

import json

import pytest

from golden import samples
from golden import trust_samples as t
from pcm_schemas.digest import canonical_bytes
from pcm_schemas.package import read
from pcm_schemas.statement import Release, Statement, require_asked, require_manifest
from pcm_schemas.trust_errors import StatementMalformed, StatementMismatch


def test_p21_a_statement_is_rebuilt_from_package_and_keyset() -> None:
    package = read(t.package())
    signed = Statement.of(package, keyset=3).to_bytes()
    assert Statement.parse(signed) == Statement.of(package, keyset=3)
    assert json.loads(signed)["predicate"]["keyset"] == 3
    require_manifest(Statement.parse(signed), package)


def test_p21_a_bundle_has_no_base() -> None:
    package = read(samples.packed(samples.bundle()))
    signed = Statement.of(package, keyset=1)
    assert b'"base"' not in signed.to_bytes()
    assert Statement.parse(signed.to_bytes()).base is None
    asked = Release("amy/pets", "1.2.0", None)
    require_asked(signed, asked, namespace="amy", keyset=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("keyset", 0),
        ("size", "33"),
        ("name", "tom-cat"),
        ("name", "Amy/tom-cat"),
        ("version", "1.2"),
        ("created", "2026-13-01T00:00:00Z"),
        ("manifest", "0" * 64),
        ("base", None),
        ("base", {"architecture": "sd1"}),
        ("extra", 1),
    ],
)
def test_p21_a_statement_has_exactly_its_fields(field: str, value: object) -> None:
    fields = t.statement_fields(t.package())
    fields["predicate"][field] = value
    with pytest.raises(StatementMalformed):
        Statement.parse(canonical_bytes(fields))


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"null", b"\xff", b'{"_type":"x"}'])
def test_p21_what_is_no_statement_is_refused(payload: bytes) -> None:
    with pytest.raises(StatementMalformed):
        Statement.parse(payload)


def test_p24_a_mismatch_shows_both_values() -> None:
    statement = Statement.of(read(t.package()), keyset=1)
    asked = Release("amy/tom-cat", "1.3.0", statement.base)
    with pytest.raises(StatementMismatch) as caught:
        require_asked(statement, asked, namespace="amy", keyset=1)
    error = caught.value
    assert (error.field, error.signed, error.expected) == ("version", "1.2.0", "1.3.0")
