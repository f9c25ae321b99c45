"""Tokens over HTTP: made by a token with the scope `tokens`, never stronger than their maker (P50)."""

from fastapi import APIRouter, Response

from pcm_registry import tokens
from pcm_registry.answers import made
from pcm_registry.errors import Refused
from pcm_registry.ownership import TOKENS, Caller, require_allowed, require_grantable
from pcm_registry.routes.asking import WRITING, Asker, Body, Served
from pcm_schemas.api import TokenCreated, TokenList, TokenRequest, read_request

router = APIRouter(dependencies=WRITING)


@router.post("/api/v1/tokens", status_code=201)
def create(services: Served, caller: Asker, body: Body) -> Response:
    """Make a token; this answer alone holds it."""
    maker = require_allowed(caller, TOKENS)
    asked = read_request(TokenRequest, body)
    require_grantable(maker, asked.scopes)
    with services.database.writing() as connection:
        new = tokens.make(connection, asked, maker=maker.id, now=services.clock())
    return made(TokenCreated(**new.view.model_dump(), token=new.token), 201)


@router.get("/api/v1/tokens")
def list_(services: Served, caller: Asker) -> Response:
    """The tokens that the caller made, or for operators all."""
    maker = require_allowed(caller, TOKENS)
    with services.database.reading() as connection:
        return made(TokenList(tokens=tokens.held(connection, maker=_reach(maker))), 200)


@router.delete("/api/v1/tokens/{id_}", status_code=204)
def revoke(id_: str, services: Served, caller: Asker) -> Response:
    """Revoke a token that the caller made, or for operators any."""
    maker = require_allowed(caller, TOKENS)
    with services.database.writing() as connection:
        if not tokens.revoke(connection, id_, maker=_reach(maker), now=services.now):
            raise Refused("there is no such token", 404)
    return Response(status_code=204)


def _reach(caller: Caller) -> str | None:
    """Whose tokens a caller sees: None means everyone's."""
    return None if caller.is_operator else caller.id
