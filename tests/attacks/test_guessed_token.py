"""A33: a token is guessed, mistyped, or used past its scope.

Without the checksum (P50) every guess would cost the registry a look-up; without `allows` a token for one name would
publish any. That a leaked token publishes nothing without a signature (P51) is proved with the registry.
"""

import pytest

from attacks.forge import refused
from pcm_schemas.token import allows, require_token, token_of

SOUND = token_of("0123456789abcdefghijABCDEFGHIJ01")


@pytest.mark.parametrize(
    "text",
    [
        "",
        SOUND[:-1],
        SOUND + "0",
        SOUND.replace("pcm_0", "pcm_1"),
        SOUND.upper(),
        SOUND[:-6] + "000000",
        SOUND.replace("A", "Ä"),
        "hf_" + SOUND[4:],
        SOUND + "\n",
    ],
)
def test_a_token_that_was_never_made_is_refused(text: str) -> None:
    error = refused(lambda: require_token(text))
    assert error.code == "auth.invalid"
    assert not text or text not in str(error)


@pytest.mark.parametrize(
    "scope",
    [
        "publish:amy/chair",
        "yank:amy/tom-cat",
        "publish:amy-b/*",
        "keyset:amy",
        "read",
        "publish:amy",
    ],
)
def test_a_scope_covers_nothing_beside_it(scope: str) -> None:
    assert not allows((scope,), "publish:amy/tom-cat")


@pytest.mark.parametrize("scope", ["publish:amy/tom-cat", "publish:amy/*", "admin"])
def test_a_scope_covers_what_it_names(scope: str) -> None:
    assert allows((scope,), "publish:amy/tom-cat")
