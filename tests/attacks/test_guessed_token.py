"""A33: a token is guessed, mistyped, or used past its scope.

Without the checksum (P50) every guess would cost the registry a look-up; without `allows` a token for one name would
publish any. That a leaked token publishes nothing without a signature (P51) is proved with the registry.
"""

from collections.abc import Callable

import pytest

from attacks.forge import refused
from golden import trust_samples
from pcm_schemas.token import allows, require_token, token_of
from publishers import Publisher, code_of, file_of, package

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


def test_a_registry_answers_a_guess_and_a_foreign_scope_with_nothing_changed(
    amy: Publisher, as_: Callable[..., Publisher]
) -> None:
    events = amy.http.get("/api/v1/events").content
    for guess in (SOUND, f"{SOUND[:-1]}0"):
        answer = amy.http.post(
            "/api/v1/publish",
            json={"files": [file_of(package())]},
            headers={"Authorization": f"Bearer {guess}"},
        )
        assert code_of(answer) == (401, "auth.invalid")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for scope in ("publish:amy/chair", "publish:amy-b/*", "yank:amy/*", "read"):
        assert code_of(as_(scope).open(file_of(package()))) == (403, "auth.scope")
    assert amy.http.get("/api/v1/events").content == events


def test_a_leaked_token_publishes_nothing_without_the_key(as_: Callable[..., Publisher]) -> None:
    """P51: not even an operator's."""
    operator = as_("admin")
    operator.claim().raise_for_status()
    data = package()
    foreign = trust_samples.release_envelope(data, trust_samples.FOREIGN)
    assert code_of(operator.open(file_of(data, foreign))) == (422, "signature.threshold")
    assert operator.http.get("/api/v1/names/amy/tom-cat").status_code == 404
