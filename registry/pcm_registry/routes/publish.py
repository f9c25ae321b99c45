"""Publishing in two steps, each safe to repeat (P48, P49)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from pcm_registry import publishing
from pcm_registry.answers import made
from pcm_registry.errors import PreviewTooLarge
from pcm_registry.ownership import publish_scope, require_allowed
from pcm_registry.releases import Claim
from pcm_registry.routes.asking import (
    OPENING,
    READING,
    WRITING,
    Asker,
    Body,
    Served,
    bounded,
    declared_length,
)
from pcm_registry.routes.blobs import digest_of
from pcm_registry.services import Services
from pcm_schemas import limits
from pcm_schemas.api import PublishRequest, read_request
from pcm_schemas.package_errors import PackageTooLarge

router = APIRouter()
PLACE = "/api/v1/publish/{id_}"


async def _upload(request: Request) -> bytes:
    """The bytes of an upload, no more than its announced length or the largest preview (P57)."""
    return await bounded(request, min(declared_length(request), limits.PREVIEW_BYTES))


Upload = Annotated[bytes, Depends(_upload)]


@router.post("/api/v1/publish", status_code=201, dependencies=OPENING)
def open_(services: Served, caller: Asker, body: Body) -> Response:
    """Announce the files of one name@version; answers what is missing."""
    asked = read_request(PublishRequest, body)
    require_allowed(caller, publish_scope(publishing.name_of(asked)))
    state, is_new = publishing.open_(services, asked)
    return made(state, 201 if is_new else 200)


@router.put(PLACE + "/blobs/{hex_}", status_code=201, dependencies=WRITING)
def put_blob(id_: str, hex_: str, services: Served, caller: Asker, data: Upload) -> Response:
    """Bring one of the missing blobs."""
    _require_owner(services, caller, id_)
    digest = digest_of(hex_)
    _require_size(publishing.find_wanted(services, id_, digest), data)
    is_new = publishing.put_blob(services, id_, digest, data)
    return Response(status_code=201 if is_new else 200)


@router.post(PLACE + "/commit", status_code=202, dependencies=WRITING)
def commit(id_: str, services: Served, caller: Asker) -> Response:
    """Make it a release: 202 until the signed index shows it."""
    _require_owner(services, caller, id_)
    state = publishing.commit(services, id_)
    if state.state == publishing.VISIBLE:
        return made(state, 200)
    return made(state, 202, location=f"/api/v1/publish/{id_}")


@router.get(PLACE, dependencies=READING)
def get_state(id_: str, services: Served, caller: Asker) -> Response:
    """Where it stands."""
    _require_owner(services, caller, id_)
    return made(publishing.state_of(services, id_), 200)


@router.delete(PLACE, status_code=204, dependencies=WRITING)
def drop(id_: str, services: Served, caller: Asker) -> Response:
    """Forget it, while it is open."""
    _require_owner(services, caller, id_)
    publishing.drop(services, id_)
    return Response(status_code=204)


def _require_owner(services: Services, caller: Asker, id_: str) -> None:
    require_allowed(caller, publish_scope(publishing.name_at(services, id_)))


def _require_size(wanted: publishing.Wanted, data: bytes) -> None:
    """Refuse more bytes than were announced, before anything looks into them; raises with 413."""
    if len(data) > wanted.size:
        if isinstance(wanted.content, Claim):
            raise PackageTooLarge(len(data), wanted.size)
        raise PreviewTooLarge(wanted.size)
