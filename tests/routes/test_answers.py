"""What every answer has in common: request ids, problem objects, rates; and the list of all routes (P47, P53, P54)."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from publishers import Publisher, file_of, package, publisher
from servers import Server, running

As = Callable[..., Publisher]
SNAPSHOT = Path(__file__).parent / "api.json"


def test_every_answer_has_a_request_id(anyone: httpx2.Client) -> None:
    for path in ("/healthz", "/readyz", "/api/v1/search", "/tuf/9.root.json", "/nowhere"):
        answer = anyone.get(path, headers={"X-Request-Id": "my-request-1"})
        assert answer.headers["X-Request-Id"] == "my-request-1"
    assert re.fullmatch("[0-9a-f]{32}", anyone.get("/healthz").headers["X-Request-Id"])


def test_an_error_is_a_problem_object(anyone: httpx2.Client) -> None:
    answer = anyone.get("/api/v1/names/amy/nothing")
    found = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert found["type"] == "urn:pcm:error:name.not_found"
    assert (found["status"], found["code"]) == (404, "name.not_found")
    assert found["instance"] == f"urn:pcm:request:{answer.headers['X-Request-Id']}"
    assert found["hint"]


def test_p57_headers_are_bounded(anyone: httpx2.Client) -> None:
    assert anyone.get("/healthz", headers={"X-Long": "x" * 15_000}).status_code == 200
    answer = anyone.get("/healthz", headers={"X-Long": "x" * 16_400})
    assert (answer.status_code, answer.json()["code"]) == (431, "request.invalid")
    assert answer.headers["X-Request-Id"]


def test_p57_a_request_is_bounded(as_: As) -> None:
    body = b'{"namespace": "' + b"a" * 524_288 + b'"}'
    answer = as_().http.post("/api/v1/namespaces", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("PATCH", "/healthz", 405)]
)
def test_what_has_no_route_is_a_problem_too(
    anyone: httpx2.Client, method: str, path: str, status: int
) -> None:
    answer = anyone.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, "request.invalid")


def test_the_third_publish_waits_where_two_are_allowed(tmp_path: Path) -> None:
    with running(tmp_path, publish_rate=2) as server:
        user = publisher(server, "publish:amy/*", "keyset:amy")
        user.claim().raise_for_status()
        answers = [user.open(file_of(package(number=number))) for number in range(3)]
        assert [each.status_code for each in answers] == [201, 201, 429]
        assert answers[0].headers["RateLimit-Policy"] == '"publish";q=2;w=3600'
        assert re.fullmatch(r'"publish";r=1;t=\d+', answers[0].headers["RateLimit"])
        assert 0 < int(answers[2].headers["Retry-After"]) <= 3600
        assert answers[2].json()["code"] == "rate.limited"
        other = publisher(server)
        assert other.open(file_of(package())).status_code == 200
        for each in (user, other):
            each.http.close()


def routes(server: Server) -> dict[str, dict[str, list[str]]]:
    """Every route with its methods, and the parameters of each."""
    paths = server.app.openapi()["paths"]
    return {
        path: {
            method: sorted(each["name"] for each in found.get("parameters", []))
            for method, found in sorted(methods.items())
        }
        for path, methods in sorted(paths.items())
    }


def test_the_api_is_the_agreed_one(server: Server) -> None:
    """A change here is a change to other people's clients; write it into the snapshot knowingly."""
    assert routes(server) == json.loads(SNAPSHOT.read_text("utf-8"))
