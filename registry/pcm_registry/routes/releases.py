"""Withdrawing a release, bringing it back, signing it again (P36, P62); a name's own view (P47)."""

from fastapi import APIRouter, Request, Response

from pcm_registry import catalog, resigning, search
from pcm_registry.answers import document, made, require_match
from pcm_registry.ownership import publish_scope, require_allowed, yank_scope
from pcm_registry.routes.asking import READING, WRITING, Asker, Body, Served
from pcm_schemas.api import NameView, SignatureRequest, YankRequest, read_request

router = APIRouter()
PLACE = "/api/v1/releases/{namespace}/{label}/{version}"


@router.get("/api/v1/names/{namespace}/{label}", dependencies=READING)
def get_name(request: Request, namespace: str, label: str, services: Served) -> Response:
    """The index document and summary of a name: a view, not signed."""
    name = f"{namespace}/{label}"
    with services.database.reading() as connection:
        index = catalog.index_of(connection, name)
        found = search.summary(connection, name)
    view = NameView(index=index) if found is None else NameView(index=index, summary=found)
    return document(request, view)


@router.post(PLACE + "/yank", dependencies=WRITING)
def yank(
    request: Request,
    namespace: str,
    label: str,
    version: str,
    services: Served,
    caller: Asker,
    body: Body,
) -> Response:
    """Hide a version; a lock that names it still installs."""
    name = f"{namespace}/{label}"
    require_allowed(caller, yank_scope(name))
    asked = read_request(YankRequest, body or b"{}")
    with services.database.writing() as connection:
        require_match(request, catalog.index_of(connection, name).to_bytes())
        entry = catalog.yank(connection, name, version, reason=asked.reason, at=services.now)
    services.wake()
    return made(entry, 200)


@router.post(PLACE + "/unyank", dependencies=WRITING)
def unyank(
    request: Request,
    namespace: str,
    label: str,
    version: str,
    services: Served,
    caller: Asker,
) -> Response:
    """Show a version again."""
    name = f"{namespace}/{label}"
    require_allowed(caller, yank_scope(name))
    with services.database.writing() as connection:
        require_match(request, catalog.index_of(connection, name).to_bytes())
        entry = catalog.unyank(connection, name, version, at=services.now)
    services.wake()
    return made(entry, 200)


@router.post(PLACE + "/signatures", dependencies=WRITING)
def resign(
    namespace: str, label: str, version: str, services: Served, caller: Asker, body: Body
) -> Response:
    """Sign a file of a version again with a key that counts now (P62)."""
    name = f"{namespace}/{label}"
    require_allowed(caller, publish_scope(name))
    asked = read_request(SignatureRequest, body)
    return made(resigning.resign(services, name, version, asked=asked), 200)
