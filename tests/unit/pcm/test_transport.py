"""Requests that are bounded, timed, retried and redirected as P47, P50 and P54–P57 say."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx2
import pytest

from pcm.transfer_errors import (
    NotThere,
    RateLimited,
    RedirectRefused,
    Refused,
    ServerFailed,
    TimedOut,
    TooLarge,
    Unreachable,
)
from pcm.transport import TRIES, Ask, Transport
from pcm_schemas.errors import PcmError
from pcm_schemas.record_errors import UrlInsecure

URL = "https://registry.example/api/v1/blobs/00"
CDN = "https://cdn.example/00"


@dataclass
class Server(httpx2.BaseTransport):
    """Answers from a list, the last one for ever, and remembers what it was asked and how long it was waited."""

    answers: list[Callable[[], httpx2.Response]]
    asked: list[httpx2.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]()

    @property
    def transport(self) -> Transport:
        tokens = {"https://registry.example": "pcm_secret"}
        return Transport(token=tokens.get, inner=self, sleep=self.slept.append)


def says(
    status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Callable[[], httpx2.Response]:
    def made() -> httpx2.Response:
        return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(body))

    return made


def fails(error: Exception) -> Callable[[], httpx2.Response]:
    def made() -> httpx2.Response:
        raise error

    return made


OK = says(200, b"bytes")
UNPLUGGED = fails(httpx2.ConnectError("no route"))


def failure(server: Server, ask: Ask) -> PcmError:
    with pytest.raises(PcmError) as caught:
        server.transport.send(ask)
    return caught.value


def test_p57_an_answer_of_the_size_that_was_told_is_whole() -> None:
    assert Server([OK]).transport.get(URL, limit=5) == b"bytes"


def test_p57_one_byte_more_is_refused() -> None:
    error = failure(Server([OK]), Ask(URL, 4))
    assert isinstance(error, TooLarge)
    assert (error.url, error.limit) == (URL, 4)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_p57_what_may_be_repeated_is_tried_again(status: int, method: str) -> None:
    server = Server([says(status), UNPLUGGED, says(status), OK])
    assert server.transport.send(Ask(URL, 5, method)).body == b"bytes"
    assert len(server.asked) == TRIES
    assert server.slept == sorted(server.slept)
    assert server.slept[0] >= 0.1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(says(503), ServerFailed), (UNPLUGGED, Unreachable), (says(429), RateLimited)],
)
def test_p57_a_post_is_sent_once(
    answer: Callable[[], httpx2.Response], kind: type[PcmError]
) -> None:
    server = Server([answer])
    assert isinstance(failure(server, Ask(URL, 5, "POST")), kind)
    assert len(server.asked) == 1


def test_p57_three_retries_are_the_end() -> None:
    for answer, kind in ((UNPLUGGED, Unreachable), (says(502), ServerFailed)):
        server = Server([answer])
        assert isinstance(failure(server, Ask(URL, 5)), kind)
        assert len(server.asked) == TRIES


def test_p57_an_idle_server_is_left_at_once() -> None:
    server = Server([fails(httpx2.ReadTimeout("idle"))])
    assert isinstance(failure(server, Ask(URL, 5)), TimedOut)
    assert len(server.asked) == 1


def test_p54_it_waits_as_long_as_it_is_asked_to() -> None:
    server = Server([says(429, headers={"Retry-After": "7"}), OK])
    server.transport.get(URL, limit=5)
    assert server.slept[0] >= 7


def test_p54_it_waits_no_longer_than_a_minute() -> None:
    server = Server([says(429, headers={"Retry-After": "61"})])
    error = failure(server, Ask(URL, 5))
    assert isinstance(error, RateLimited)
    assert (error.seconds, server.slept) == (61, [])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_p54_a_date_to_wait_for_is_no_number(method: str) -> None:
    server = Server([says(429, headers={"Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT"})])
    assert failure(server, Ask(URL, 5, method)).code == "rate.limited"


def test_p53_a_problem_keeps_its_code_and_its_words() -> None:
    body = b'{"code": "release.exists", "detail": "it is there", "hint": "take the next"}'
    error = failure(Server([says(409, body)]), Ask(URL, 500))
    assert isinstance(error, Refused)
    assert (error.code, error.message(), error.hint()) == (
        "release.exists",
        "it is there",
        "take the next",
    )


def test_p53_a_404_says_that_it_is_not_there() -> None:
    assert isinstance(failure(Server([says(404, b"<html>")]), Ask(URL, 500)), NotThere)


def test_p50_a_token_goes_to_its_own_origin_alone() -> None:
    server = Server([OK])
    for url in (URL, "https://registry.example.evil/", "https://registry.example:8443/"):
        server.transport.get(url, limit=5)
    told = [request.headers.get("authorization") for request in server.asked]
    assert told == ["Bearer pcm_secret", None, None]


def test_p56_a_blob_may_lie_on_a_listed_host_and_the_token_stays() -> None:
    server = Server([says(307, headers={"Location": CDN}), OK])
    ask = Ask(URL, 5, hosts=frozenset({"cdn.example"}))
    assert server.transport.send(ask).body == b"bytes"
    assert [str(request.url) for request in server.asked] == [URL, CDN]
    assert "authorization" not in server.asked[1].headers


@pytest.mark.parametrize(
    "target",
    ["http://cdn.example/00", "https://other.example/00", "//cdn.example/00", "file:///etc"],
)
def test_p56_no_redirect_leads_elsewhere(target: str) -> None:
    server = Server([says(302, headers={"Location": target}), OK])
    error = failure(server, Ask(URL, 5, hosts=frozenset({"cdn.example"})))
    assert isinstance(error, RedirectRefused)
    assert (error.target, len(server.asked)) == (target, 1)


@pytest.mark.parametrize("ask", [Ask(URL, 5), Ask(URL, 5, "PUT", hosts=frozenset())])
def test_p56_only_blobs_that_are_read_redirect(ask: Ask) -> None:
    assert isinstance(failure(Server([says(302, headers={"Location": URL})]), ask), RedirectRefused)


def test_p56_the_fourth_redirect_is_refused() -> None:
    server = Server([says(302, headers={"Location": URL})])
    assert isinstance(failure(server, Ask(URL, 5, hosts=frozenset())), RedirectRefused)
    assert len(server.asked) == 4


def test_p56_no_cookie_is_brought_back() -> None:
    server = Server([says(200, headers={"Set-Cookie": "id=1"}), OK])
    transport = server.transport
    for _ in range(2):
        transport.get(URL, limit=5)
    assert "cookie" not in server.asked[1].headers


@pytest.mark.parametrize("url", ["http://registry.example/", "ftp://registry.example/", "nonsense"])
def test_p47_no_request_leaves_without_tls(url: str) -> None:
    server = Server([OK])
    assert isinstance(failure(server, Ask(url, 5)), UrlInsecure)
    assert server.asked == []


def test_many_are_answered_in_their_order() -> None:
    transport = Transport(
        inner=httpx2.MockTransport(lambda asked: says(200, asked.url.path.encode())())
    )
    asks = [Ask(f"https://registry.example/{number}", 9) for number in range(40)]
    assert transport.get_all(asks) == [f"/{number}".encode() for number in range(40)]


class Seen(BaseHTTPRequestHandler):
    """Answers what it was asked for, and remembers the headers."""

    headers_seen: list[Message]

    def do_GET(self) -> None:
        self.headers_seen.append(self.headers)
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"bytes")

    def log_message(self, *_words: object) -> None:
        """Nothing."""


@pytest.fixture
def loopback() -> Iterator[str]:
    Seen.headers_seen = []
    with HTTPServer(("127.0.0.1", 0), Seen) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/x"
        server.shutdown()
        thread.join()


def test_p47_no_proxy_stands_before_loopback(
    loopback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain HTTP is for this machine alone: a proxy would see tokens."""
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert Transport().get(loopback, limit=5) == b"bytes"
    assert len(Seen.headers_seen) == 1


def test_nothing_is_told_of_this_machine(loopback: str) -> None:
    Transport().get(loopback, limit=5)
    assert {name.lower() for name in Seen.headers_seen[0]} <= {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "user-agent",
    }
    assert Seen.headers_seen[0]["User-Agent"] == "pcm"


def test_a_proxy_of_the_environment_is_used_for_other_machines(
    loopback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for a tunnel, and refuses: nothing goes around it."""
    monkeypatch.setenv("HTTPS_PROXY", loopback.removesuffix("/x"))
    with pytest.raises(Unreachable):
        Transport(sleep=lambda _seconds: None).get(URL, limit=5)
