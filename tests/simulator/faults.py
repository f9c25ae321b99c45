"""Lies and failures, laid over a simulator by the path that they spoil."""

from collections.abc import Iterator

import httpx2

from simulator.answers import answer
from simulator.registry import Fault


class Endless(httpx2.SyncByteStream):
    """A body without an end."""

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"\0" * 65_536


def instead(part: str, data: bytes) -> Fault:
    """Serve other bytes wherever the path holds `part`."""
    return lambda request: answer(200, data) if part in request.url.path else None


def truncated(part: str, data: bytes) -> Fault:
    return instead(part, data[:-1])


def endless(part: str) -> Fault:
    return lambda r: httpx2.Response(200, stream=Endless()) if part in r.url.path else None


def status(part: str, code: int, **headers: str) -> Fault:
    return lambda r: answer(code, b"", **headers) if part in r.url.path else None


def redirect(part: str, target: str) -> Fault:
    return status(part, 302, location=target)


def unreachable(request: httpx2.Request) -> httpx2.Response | None:
    raise httpx2.ConnectError("no route", request=request)


def slow(request: httpx2.Request) -> httpx2.Response | None:
    raise httpx2.ReadTimeout("nothing came", request=request)
