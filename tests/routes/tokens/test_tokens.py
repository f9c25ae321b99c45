"""`/api/v1/tokens`: made by whoever may, never stronger than its maker, shown once (P50, A33)."""

from collections.abc import Callable

import httpx2
import pytest

from pcm_schemas.fields import TIME_FORMAT
from pcm_schemas.token import token_of
from publishers import Publisher, code_of
from servers import Server

As = Callable[..., Publisher]


def request(server: Server, *scopes: str, days: int = 10) -> dict[str, object]:
    from datetime import timedelta

    end = server.services.clock() + timedelta(days=days)
    return {"note": "laptop", "scopes": list(scopes), "expires": end.strftime(TIME_FORMAT)}


def test_a_token_works_until_it_is_revoked(as_: As, server: Server) -> None:
    maker = as_("tokens", "publish:amy/*")
    made = maker.http.post("/api/v1/tokens", json=request(server, "publish:amy/*")).json()
    listed = maker.http.get("/api/v1/tokens").json()["tokens"]
    assert [each["id"] for each in listed] == [made["id"]]
    assert "token" not in listed[0]
    headers = {"Authorization": f"Bearer {made['token']}"}
    probe = f"{server.url}/api/v1/tokens"
    assert code_of(httpx2.get(probe, headers=headers)) == (403, "auth.scope")
    assert maker.http.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    assert code_of(httpx2.get(probe, headers=headers)) == (401, "auth.invalid")


def test_nobody_makes_a_stronger_token_than_the_own(as_: As, server: Server) -> None:
    maker = as_("tokens", "publish:amy/kettle")
    for scope in ("admin", "publish:amy/*", "keyset:amy"):
        answer = maker.http.post("/api/v1/tokens", json=request(server, scope))
        assert code_of(answer) == (403, "auth.scope")


@pytest.mark.parametrize("days", [-1, 366])
def test_an_end_within_a_year_is_needed(as_: As, server: Server, days: int) -> None:
    answer = as_("admin").http.post("/api/v1/tokens", json=request(server, "read", days=days))
    assert code_of(answer) == (422, "request.invalid")


def test_tokens_of_others_are_neither_seen_nor_revoked(as_: As, server: Server) -> None:
    mine = as_("tokens", "read").http.post("/api/v1/tokens", json=request(server, "read")).json()
    other = as_("tokens")
    assert other.http.get("/api/v1/tokens").json()["tokens"] == []
    assert other.http.delete(f"/api/v1/tokens/{mine['id']}").status_code == 404


@pytest.mark.parametrize("text", ["pcm_short", token_of("0" * 32), token_of("0" * 32)[:-1] + "x"])
def test_a_guessed_token_is_refused(anyone: httpx2.Client, text: str) -> None:
    headers = {"Authorization": f"Bearer {text}"}
    assert code_of(anyone.get("/api/v1/search", headers=headers)) == (401, "auth.invalid")
