"""Rows of tokens: stored as sha256, shown once, valid for at most a year (P50)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from pcm_registry.errors import TokenUnknown
from pcm_registry.ownership import Caller
from pcm_registry.tables import tokens
from pcm_schemas.api import TokenRequest, TokenView
from pcm_schemas.fields import TIME_FORMAT
from pcm_schemas.record_errors import RequestInvalid
from pcm_schemas.token import ALPHABET, RANDOM, require_token, stored_form, token_of

LONGEST: Final = timedelta(days=365)


@dataclass(frozen=True)
class Made:
    """A new token: the one time that it is seen."""

    view: TokenView
    token: str


def make(connection: Connection, asked: TokenRequest, *, maker: str | None, now: datetime) -> Made:
    """Make a token; raises RequestInvalid for an expiry that has passed or is more than a year away."""
    if not now.strftime(TIME_FORMAT) < asked.expires <= (now + LONGEST).strftime(TIME_FORMAT):
        raise RequestInvalid((("/expires", "not between now and a year from now"),))
    token = token_of("".join(secrets.choice(ALPHABET) for _ in range(RANDOM)))
    row = {
        "id": secrets.token_hex(8),
        "secret": stored_form(token),
        "note": asked.note,
        "scopes": list(asked.scopes),
        "maker": maker,
        "created": now.strftime(TIME_FORMAT),
        "expires": asked.expires,
    }
    connection.execute(insert(tokens).values(**row))
    return Made(
        TokenView(id=str(row["id"]), note=asked.note, scopes=asked.scopes, expires=asked.expires),
        token,
    )


def find(connection: Connection, token: str, *, now: str) -> Caller:
    """Return who brings this token; its checksum is looked at before the table. Raises TokenInvalid, TokenUnknown."""
    secret = stored_form(require_token(token))
    row = connection.execute(select(tokens).where(tokens.c.secret == secret)).first()
    if row is None or row.revoked is not None or row.expires <= now:
        raise TokenUnknown
    return Caller(row.id, tuple(row.scopes))


def held(connection: Connection, *, maker: str | None) -> tuple[TokenView, ...]:
    """Tokens that are not revoked: all, or those that one token made."""
    query = select(tokens).where(tokens.c.revoked.is_(None)).order_by(tokens.c.created)
    if maker is not None:
        query = query.where(tokens.c.maker == maker)
    return tuple(_view(row) for row in connection.execute(query))


def revoke(connection: Connection, id_: str, *, maker: str | None, now: str) -> bool:
    """Revoke a token, any or one that a token made; answers whether there was one."""
    change = update(tokens).where(tokens.c.id == id_, tokens.c.revoked.is_(None))
    if maker is not None:
        change = change.where(tokens.c.maker == maker)
    return connection.execute(change.values(revoked=now)).rowcount == 1


def _view(row: Row[Any]) -> TokenView:
    return TokenView(id=row.id, note=row.note, scopes=tuple(row.scopes), expires=row.expires)
