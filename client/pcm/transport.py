"""The one way out: bounded, timed, retried requests, many at once; with `deadlines`, all that knows an HTTP library (P47, P57).

Redirects are followed here and for blobs alone, and a token never leaves the origin that it belongs to (P50, P56).
"""

import random
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pcm.answers import Answer, require_success
from pcm.transfer_errors import RateLimited, RedirectRefused, TimedOut, TooLarge, Unreachable
from pcm_schemas.address import is_secure, origin, require_secure
from pcm_schemas.errors import PcmError

if TYPE_CHECKING:
    import ssl

    import httpx2

AT_ONCE: Final = 16
IDLE: Final = 15.0
RATE: Final = 65_536
TRIES: Final = 4
HOPS: Final = 3
LONGEST_WAIT: Final = 60.0
AGAIN: Final = frozenset({429, 502, 503, 504})
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
REPEATABLE: Final = frozenset({"GET", "PUT"})


@dataclass(frozen=True)
class Ask:
    """One request. `limit` bounds the answer; `hosts` are those to which a blob may redirect, None for no redirect."""

    url: str
    limit: int
    method: str = "GET"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[str] | None = None


@dataclass(frozen=True)
class Transport:
    """Requests to registries. `inner` replaces the network, in tests; `token` answers for an origin.

    `patience` is the time that every request has, beside that for its bytes (P57).
    """

    token: Callable[[str], str | None] = lambda _origin: None
    inner: "httpx2.BaseTransport | None" = None
    sleep: Callable[[float], None] = time.sleep
    patience: float = 60.0

    def get(self, url: str, *, limit: int) -> bytes:
        """Fetch what is there; raises NotThere and the other errors of section 8."""
        return self.send(Ask(url, limit)).body

    def get_all(self, asks: Sequence[Ask]) -> list[bytes]:
        """Fetch many at once, in their order; the first error ends it."""
        if len(asks) <= 1:
            return [self.send(ask).body for ask in asks]
        with ThreadPoolExecutor(min(AT_ONCE, len(asks))) as pool:
            return [answer.body for answer in pool.map(self.send, asks)]

    def send(self, ask: Ask) -> Answer:
        """Make a request: retried where it may be, redirected where it may be; raises what the answer says."""
        for attempt in range(TRIES):
            answer = self._attempted(ask, last=attempt == TRIES - 1)
            if answer is None:
                self.sleep(_pause(attempt, 0.0))
            elif answer.status in AGAIN and attempt < TRIES - 1 and ask.method in REPEATABLE:
                self.sleep(_pause(attempt, _asked_to_wait(answer)))
            else:
                return require_success(answer)
        raise Unreachable(ask.url, "it was tried in vain")

    def _attempted(self, ask: Ask, *, last: bool) -> Answer | None:
        """One try; None means that it may be tried again."""
        try:
            return self._followed(ask)
        except Unreachable:
            if last or ask.method not in REPEATABLE:
                raise
            return None

    def _followed(self, ask: Ask) -> Answer:
        for _ in range(HOPS + 1):
            answer = self._once(ask)
            target = answer.headers.get("location", "")
            if answer.status not in REDIRECTS:
                return answer
            ask = replace(ask, url=_redirected(ask, target))
        raise RedirectRefused(ask.url, target)

    def _once(self, ask: Ask) -> Answer:
        token = self.token(origin_of(ask.url))
        client = self._secure if ask.url.startswith("https:") else self._plain
        bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
        headers = {"Accept-Encoding": "identity", **bearer, **ask.headers}
        allowed = self.patience + ask.limit / RATE
        with (
            _timed(ask, allowed),
            client.stream(
                ask.method, ask.url, content=ask.body or None, headers=headers
            ) as response,
        ):
            client.cookies.clear()  # nothing is remembered between requests (P56)
            body = b"".join(_bounded(response.iter_raw(), ask, allowed=allowed))
            listed = {name.lower(): value for name, value in response.headers.items()}
            return Answer(ask.url, response.status_code, listed, body)

    @cached_property
    def _secure(self) -> "httpx2.Client":
        return self._client(None)

    @cached_property
    def _plain(self) -> "httpx2.Client":
        """For loopback, which speaks no TLS (P47): no proxy stands before it, and the machine's certificates stay unread."""
        import ssl

        return self._client(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))  # believes no certificate

    def _client(self, believed: "ssl.SSLContext | None") -> "httpx2.Client":
        import httpx2

        from pcm.deadlines import bound

        limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        client = httpx2.Client(
            transport=self.inner,
            verify=True if believed is None else believed,
            timeout=httpx2.Timeout(IDLE),
            limits=limits,
            follow_redirects=False,
            headers={"User-Agent": "pcm"},
            trust_env=self.inner is None and believed is None,
        )
        bound(client)
        weakref.finalize(self, client.close)
        return client


def origin_of(url: str) -> str:
    """Origin of a request's address; raises UrlInsecure."""
    path = url.partition("?")[0].partition("#")[0]
    scheme, _, rest = path.partition("://")
    return origin(require_secure(f"{scheme}://{rest.partition('/')[0]}"))


def _redirected(ask: Ask, target: str) -> str:
    """Where a blob may be fetched instead: https stays https, the host is the registry's or listed (P56)."""
    refusal = RedirectRefused(ask.url, target)
    if ask.hosts is None or ask.method != "GET":
        raise refusal
    start = origin_of(ask.url)
    address = f"{start}{target}" if target.startswith("/") and target[1:2] != "/" else target
    host = address.partition("://")[2].partition("/")[0]
    if not is_secure(f"{address.partition('://')[0]}://{host}"):
        raise refusal
    is_lower = ask.url.startswith("https:") and not address.startswith("https:")
    if is_lower or (origin_of(address) != start and host not in ask.hosts):
        raise refusal
    return address


def _bounded(chunks: Iterable[bytes], ask: Ask, *, allowed: float) -> Iterator[bytes]:
    """Pass chunks on until there are too many bytes, or too much time is gone (P57)."""
    began, received = time.monotonic(), 0
    for chunk in chunks:
        received += len(chunk)
        if received > ask.limit:
            raise TooLarge(ask.url, ask.limit)
        if time.monotonic() - began > allowed:
            raise TimedOut(ask.url, allowed)
        yield chunk


def _asked_to_wait(answer: Answer) -> float:
    seconds = answer.wait(otherwise=0)
    if seconds > LONGEST_WAIT:
        raise RateLimited(answer.url, seconds)
    return seconds


def _pause(attempt: int, asked: float) -> float:
    jitter = 1 + random.random()  # noqa: S311 - no secret
    return max(asked, 0.1 * float(2**attempt) * jitter)


@contextmanager
def _timed(ask: Ask, allowed: float) -> Iterator[None]:
    """End a request when its time is over, and turn the library's errors into ours."""
    import httpx2

    from pcm.deadlines import until

    deadline = time.monotonic() + allowed
    try:
        with until(deadline):
            yield
    except PcmError:
        raise
    except httpx2.TimeoutException as error:
        is_over = time.monotonic() >= deadline
        raise TimedOut(ask.url, allowed if is_over else IDLE) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unreachable(ask.url, str(error) or type(error).__name__) from error
