"""A server that drips, wherever it does, is left when the time of P57 is over; one that only takes its time is not."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from pcm.transfer_errors import TimedOut
from pcm.transport import IDLE, Ask, Transport

PATIENCE = 0.6
PAUSE = 0.05
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads a request and does what it likes with the connection, one after another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65_536)
                        answer(connection)
                except OSError:  # the client has left, or the test is over
                    if listener.fileno() < 0:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    assert not thread.is_alive()


def dripping(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Say the start, then a drop at a time for ever."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in count():
            time.sleep(PAUSE)
            connection.sendall(drop)

    return answer


DRIPS = {
    "the first line": dripping(b"", b"H"),
    "a header": dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", b"X-Slow: x\r\n"),
    "other answers first": dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "the body": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"x"),
    "the size of a part": dripping(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=", b"x"
    ),
}


@pytest.mark.parametrize("where", DRIPS)
def test_p57_a_server_that_drips_is_left_when_its_time_is_over(where: str) -> None:
    with serving(DRIPS[where]) as url:
        began = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            Transport(patience=PATIENCE).send(Ask(f"{url}/x", 900))
        assert PATIENCE <= time.monotonic() - began < IDLE / 2
        assert caught.value.seconds == pytest.approx(PATIENCE, abs=0.1)


def test_p57_a_connection_that_is_used_again_has_the_time_of_its_own_request() -> None:
    """The first answer keeps the connection open; the second drips on it."""

    def answer(connection: socket.socket) -> None:
        time.sleep(PATIENCE / 2)
        connection.sendall(HEAD + b"bytes")
        connection.recv(65_536)
        time.sleep(PATIENCE / 2)
        connection.sendall(HEAD + b"again")
        connection.recv(65_536)
        dripping(b"", b"H")(connection)

    with serving(answer) as url:
        transport = Transport(patience=PATIENCE)
        assert transport.get(f"{url}/x", limit=5) == b"bytes"
        assert transport.get(f"{url}/x", limit=5) == b"again"
        with pytest.raises(TimedOut):
            transport.get(f"{url}/x", limit=5)
