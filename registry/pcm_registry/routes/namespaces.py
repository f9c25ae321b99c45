"""Namespaces and keysets: claimed once, then changed by their own keys (P3, P4, P26–P28)."""

from fastapi import APIRouter, Response

from pcm_registry import namespaces
from pcm_registry.answers import made
from pcm_registry.errors import Refused
from pcm_registry.ownership import keyset_scope, require_allowed, require_may_claim
from pcm_registry.routes.asking import WRITING, Asker, Body, Served
from pcm_schemas import limits
from pcm_schemas.api import KeysetView, NamespaceRequest, read_request
from pcm_schemas.document import read_json
from pcm_schemas.keyset import Keyset
from pcm_schemas.record_errors import RequestInvalid
from pcm_schemas.trust_errors import KeysetMalformed

router = APIRouter(dependencies=WRITING)


@router.post("/api/v1/namespaces", status_code=201)
def create(services: Served, caller: Asker, body: Body) -> Response:
    """Claim a namespace with its first keyset."""
    asked = read_request(NamespaceRequest, body)
    allowed = require_allowed(caller, keyset_scope(asked.namespace))
    require_may_claim(allowed, asked.namespace)
    offered = namespaces.opened(asked.keyset)
    if offered.namespace != asked.namespace:
        raise RequestInvalid((("/keyset", f"it is the keyset of {offered.namespace}"),))
    with services.database.writing() as connection:
        held = namespaces.create(connection, offered, at=services.now)
    services.wake()
    return _shown(held)


@router.post("/api/v1/keysets/{namespace}", status_code=201)
def advance(namespace: str, services: Served, caller: Asker, body: Body) -> Response:
    """Put the successor of a keyset in force."""
    require_allowed(caller, keyset_scope(namespace))
    value = read_json(body, limit=limits.REQUEST, refuse=KeysetMalformed)
    if not isinstance(value, dict):
        raise Refused("the body is an envelope", 422)
    offered = namespaces.opened(value)
    if offered.namespace != namespace:
        raise KeysetMalformed(f"it is the keyset of {offered.namespace}")
    with services.database.writing() as connection:
        held = namespaces.advance(connection, offered, at=services.now)
    services.wake()
    return _shown(held)


def _shown(held: Keyset) -> Response:
    view = KeysetView(digest=held.digest, namespace=held.namespace, version=held.version)
    return made(view, 201)
