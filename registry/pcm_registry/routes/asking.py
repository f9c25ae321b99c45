"""What routes ask of a request: the server's parts, who sent it, how often, and its body within bounds (P50, P54, P57).

What needs no disk answers in the event loop: a thread for each of these questions would cost more than the answers.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from pcm_registry import tokens
from pcm_registry.errors import Refused
from pcm_registry.ownership import READ, Caller, require_allowed
from pcm_registry.rates import Policy, Rates
from pcm_registry.services import Services
from pcm_registry.settings import Access
from pcm_schemas import limits

BEARER: Final = "bearer"


async def _services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Served = Annotated[Services, Depends(_services)]


async def _caller(request: Request, services: Served) -> Caller | None:
    """Who brings a token that is valid now; a wrong one is an error, none is nobody."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != BEARER:
        return None
    return await run_in_threadpool(_bearer, services, token.strip())


def _bearer(services: Services, token: str) -> Caller:
    with services.database.reading() as connection:
        return tokens.find(connection, token, now=services.now)


Asker = Annotated[Caller | None, Depends(_caller)]


def counted(policy: Policy) -> Callable[[Request, Caller | None], Awaitable[None]]:
    """A dependency that counts a request under a policy (P54)."""

    async def count(request: Request, caller: Asker) -> None:
        rates: Rates = request.app.state.rates
        address = request.client.host if request.client else "unknown"
        who = f"token:{caller.id}" if caller else f"address:{address}"
        request.state.headers = rates.count(policy, who)

    return count


async def readable(services: Served, caller: Asker) -> None:
    """A private registry is read with a `read` token (P50)."""
    if services.settings.access is Access.PRIVATE:
        require_allowed(caller, READ)


async def _json_body(request: Request) -> bytes:
    """At most one byte more than a request may have: the reader refuses it then (P57)."""
    return await bounded(request, limits.REQUEST)


Body = Annotated[bytes, Depends(_json_body)]


async def bounded(request: Request, limit: int) -> bytes:
    """Read a body up to its limit and one byte more, whatever its length header says."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > limit:
            break
    return bytes(found[: limit + 1])


def declared_length(request: Request) -> int:
    """The length that an upload announces; raises Refused with 411."""
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        raise Refused("an upload names its Content-Length", 411)
    return int(length)


READING = [Depends(readable), Depends(counted(Policy.READ))]
WRITING = [Depends(counted(Policy.WRITE))]
OPENING = [Depends(counted(Policy.PUBLISH))]
