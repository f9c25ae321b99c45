"""Signed metadata and targets, as they lie in the storage (P38); never 403 here (section 15)."""

import re
from typing import Final

from fastapi import APIRouter, Request, Response

from pcm_registry.answers import JSON_TYPE, Cache, content
from pcm_registry.errors import AuthRequired, BlobUnknown, ScopeMissing
from pcm_registry.ownership import READ as READ_SCOPE
from pcm_registry.ownership import require_allowed
from pcm_registry.routes.asking import Asker, Served
from pcm_registry.services import Services
from pcm_registry.settings import Access

router = APIRouter()
TIMESTAMP: Final = "timestamp.json"
_METADATA: Final = re.compile(r"timestamp\.json|[1-9][0-9]{0,9}\.[a-z0-9-]+\.json")
_TARGET: Final = re.compile(r"(?:[a-z0-9-]+/){0,2}[0-9a-f]{64}\.[a-z0-9-]+\.json")


@router.get("/tuf/targets/{path:path}")
def get_target(request: Request, path: str, services: Served, caller: Asker) -> Response:
    """A target under its hash."""
    _require_readable(services, caller)
    if _TARGET.fullmatch(path) is None:
        raise BlobUnknown(path)
    return _stored(request, services, f"targets/{path}", cache=Cache.FOREVER)


@router.get("/tuf/{file}")
def get_metadata(request: Request, file: str, services: Served, caller: Asker) -> Response:
    """A role's metadata; only the timestamp ever changes."""
    _require_readable(services, caller)
    if _METADATA.fullmatch(file) is None:
        raise BlobUnknown(file)
    cache = Cache.SHORT if file == TIMESTAMP else Cache.FOREVER
    return _stored(request, services, file, cache=cache)


def _stored(request: Request, services: Services, path: str, *, cache: Cache) -> Response:
    data = services.storage.get(f"tuf/{path}")
    if data is None:
        raise BlobUnknown(path)
    return content(request, data, media_type=JSON_TYPE, cache=cache)


def _require_readable(services: Services, caller: Asker) -> None:
    """As for every route of a private registry, but a token without the scope is 401: a client reads 403 as 404."""
    if services.settings.access is Access.PRIVATE:
        try:
            require_allowed(caller, READ_SCOPE)
        except ScopeMissing as error:
            raise AuthRequired(READ_SCOPE) from error
