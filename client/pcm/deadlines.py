"""Connections whose every read and write ends at the deadline of their request, headers and handshake included (P57).

The library bounds each single wait, so a server that drips a byte of its headers now and then would hold it for ever.
A request runs in one thread, and so does what it reads: the deadline is that of the thread's context.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

_DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Let what the block reads and writes end at this moment of the monotonic clock."""
    token = _DEADLINE.set(deadline)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def bound(client: httpx2.Client) -> None:
    """Have a client's connections keep to deadlines, those by way of a proxy too.

    The library takes a network of one's own for its pools, and hands none through: it is put in its place here. An
    attribute that moved is an error, and a test drips.
    """
    for each in (client._transport, *client._mounts.values()):  # noqa: SLF001
        if isinstance(each, httpx2.HTTPTransport):
            pool = each._pool  # noqa: SLF001
            pool._network_backend = Network(pool._network_backend)  # noqa: SLF001


@dataclass(frozen=True)
class Network(httpcore2.NetworkBackend):
    """A network whose connections keep to deadlines."""

    inner: httpcore2.NetworkBackend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect in what is left of the time."""
        left = _left(timeout)
        return Stream(self.inner.connect_tcp(host, port, left, local_address, socket_options))

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect in what is left of the time."""
        return Stream(self.inner.connect_unix_socket(path, _left(timeout), socket_options))

    def sleep(self, seconds: float) -> None:
        """As it was."""
        self.inner.sleep(seconds)


@dataclass(frozen=True)
class Stream(httpcore2.NetworkStream):
    """A connection that keeps to the deadline of whoever uses it now."""

    inner: httpcore2.NetworkStream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read in what is left of the time."""
        return self.inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write in what is left of the time."""
        self.inner.write(buffer, _left(timeout))

    def close(self) -> None:
        """As it was."""
        self.inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """Shake hands in what is left of the time."""
        return Stream(self.inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> object:
        """As it was."""
        return self.inner.get_extra_info(info)


def _left(timeout: float | None) -> float | None:
    """The wait that is allowed, no longer than until the deadline; raises the library's error once it has passed."""
    if (deadline := _DEADLINE.get()) is None:
        return timeout
    if (left := deadline - time.monotonic()) <= 0:
        raise httpcore2.ReadTimeout("the deadline has passed")
    return left if timeout is None else min(timeout, left)
