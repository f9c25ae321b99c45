"""Every error as one problem object, every answer with its request id (P53, P47): the edge of the application."""

import json
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pcm_registry.errors import RateLimited, Refused, Unexpected
from pcm_schemas import limits
from pcm_schemas.errors import PcmError

MEDIA_TYPE: Final = "application/problem+json"
REQUEST_ID: Final = "X-Request-Id"
Headers = list[tuple[bytes, bytes]]
LOG: Final = logging.getLogger(__name__)
_GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def install(app: FastAPI) -> None:
    """Answer every exception of an application with a problem object."""
    app.add_exception_handler(PcmError, _handler(lambda error: error))
    app.add_exception_handler(RequestValidationError, _handler(_of_validation))
    app.add_exception_handler(HTTPException, _handler(_of_http))
    app.add_exception_handler(Exception, _handler(_of_bug))
    app.add_middleware(Frame)


class Frame:
    """What every answer carries: its request id and the headers that a rate policy left. HEAD is GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and frame its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["id"] = _request_id(scope)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > limits.HEADERS:
            refused = Refused(f"the headers have more than {limits.HEADERS:,} bytes", 431)
            await answer(refused, state["id"])(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with(message["headers"], state)
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"} if is_head else scope, receive, framed)


def answer(error: PcmError, request_id: str) -> Response:
    """Write an error as RFC 9457 asks."""
    status = error.status or 500
    headers = {REQUEST_ID: request_id, "Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.wait)
    body = {**error.problem(f"urn:pcm:request:{request_id}"), "status": status}
    content = json.dumps(body, ensure_ascii=False).encode("utf-8")
    return Response(content, status, headers, MEDIA_TYPE)


def _handler(
    typed: Callable[[Exception], Exception],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        found = typed(error)
        known = found if isinstance(found, PcmError) else Unexpected()
        return answer(known, request.scope["state"]["id"])

    return handle


def _of_validation(error: Exception) -> Exception:
    """A query or path that FastAPI refused: the first field that is wrong."""
    if not isinstance(error, RequestValidationError):
        return Unexpected()
    first = error.errors()[0]
    place = "/".join(str(step) for step in first["loc"])
    return Refused(f"{place}: {first['msg']}", 400)


def _of_http(error: Exception) -> Exception:
    if not isinstance(error, HTTPException):
        return Unexpected()
    return Refused(f"{error.detail}", error.status_code)


def _of_bug(error: Exception) -> Exception:
    LOG.error("unexpected error", exc_info=error)
    return Unexpected()


def _with(headers: Headers, state: dict[str, Any]) -> Headers:
    """Add the request id and what a rate policy left, where they are not there yet."""
    extra = {REQUEST_ID: state["id"], **state.get("headers", {})}
    named = {name for name, _ in headers}
    coded = [(name.lower().encode(), value.encode()) for name, value in extra.items()]
    return [*headers, *(pair for pair in coded if pair[0] not in named)]


def _request_id(scope: Scope) -> str:
    """The id that the caller gave, if it has a sound form, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return secrets.token_hex(16)
