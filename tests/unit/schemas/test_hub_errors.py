"""Errors of the Hub's library by name, cause and status, without the library (P75)."""

import pytest

from pcm_schemas.hub_errors import (
    HubFailed,
    HubNotFound,
    HubOffline,
    HubUnreachable,
    reading_error,
    writing_error,
)


class LocalEntryNotFoundError(FileNotFoundError):
    """As the library names it: not in the cache, whatever the cause."""


class ConnectError(ConnectionError):
    """As network libraries name it."""


class Answer:
    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class Answered(Exception):
    def __init__(self, status: int) -> None:
        super().__init__("first line\nsecond line")
        self.response = Answer(status)


def wrapped(cause: Exception) -> Exception:
    error = LocalEntryNotFoundError("not here")
    error.__cause__ = cause
    return error


def test_a_cause_below_tells_more_than_that_nothing_is_cached() -> None:
    assert type(reading_error(wrapped(ConnectError("no")), "amy/hat")) is HubUnreachable
    assert type(reading_error(wrapped(Answered(500)), "amy/hat")) is HubFailed
    assert type(reading_error(wrapped(ValueError("odd")), "amy/hat")) is HubOffline


@pytest.mark.parametrize(
    ("status", "reading", "writing"),
    [
        (400, "hub.not_found", "request.invalid"),
        (401, "hub.not_found", "auth.invalid"),
        (403, "hub.not_found", "auth.scope"),
        (404, "hub.not_found", "hub.not_found"),
        (409, "hub.not_found", "publish.incomplete"),
        (412, "hub.not_found", "publish.incomplete"),
        (429, "rate.limited", "rate.limited"),
        (503, "server.error", "server.error"),
    ],
)
def test_a_status_means_another_thing_to_who_writes(
    status: int, reading: str, writing: str
) -> None:
    read, written = reading_error(Answered(status), "a/b"), writing_error(Answered(status), "a/b")
    assert read is not None
    assert written is not None
    assert (read.code, written.code) == (reading, writing)


def test_what_is_unknown_stays_unknown() -> None:
    assert reading_error(RuntimeError("odd"), "amy/hat") is None
    assert writing_error(RuntimeError("odd"), "amy/hat") is None


def test_foreign_text_is_one_printable_line() -> None:
    class EntryNotFoundError(Exception):
        pass

    found = reading_error(EntryNotFoundError("a\x1b[31mb\nc"), "amy/hat")
    assert isinstance(found, HubNotFound)
    assert found.reason == "a\\x1b[31mb"
