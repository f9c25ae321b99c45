"""Tokens and scopes, P50; wrong ones are refused by A33."""

import pytest

from pcm_schemas.errors import PcmError
from pcm_schemas.token import allows, require_scope, require_token, stored_form, token_of


def test_p50_the_token_that_the_protocol_prints() -> None:
    token = token_of("0123456789abcdefghijABCDEFGHIJ01")
    assert token == "pcm_0123456789abcdefghijABCDEFGHIJ0121rPM8"
    assert require_token(token) == token
    assert len(stored_form(token)) == 64


@pytest.mark.parametrize(
    "scope",
    ["publish:amy/tom-cat", "publish:amy/*", "yank:amy/*", "keyset:amy", "tokens", "read", "admin"],
)
def test_p50_scopes_are_read(scope: str) -> None:
    assert require_scope(scope) == scope


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "publish",
        "publish:amy",
        "publish:*/x",
        "publish:Amy/x",
        "keyset:api",
        "read:amy",
        "root",
        "admin:",
    ],
)
def test_p50_other_words_are_no_scopes(scope: str) -> None:
    with pytest.raises((ValueError, PcmError)):
        require_scope(scope)


def test_p50_a_namespace_scope_covers_its_names() -> None:
    assert allows(("read", "yank:amy/*"), "yank:amy/tom-cat")
    assert allows(("keyset:amy",), "keyset:amy")
    assert not allows((), "read")
