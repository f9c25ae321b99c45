"""Tokens: 32 random letters with a checksum, so that most wrong ones are refused before any look-up (P50)."""

import hashlib
import re
import zlib
from typing import Final

from pcm_schemas.name import parse_label, parse_namespace
from pcm_schemas.record_errors import TokenInvalid

PREFIX: Final = "pcm_"
RANDOM: Final = 32
CHECKSUM: Final = 6
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PLAIN_SCOPES: Final = frozenset({"tokens", "read", "admin"})
_TOKEN: Final = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM + CHECKSUM}}}")


def token_of(random: str) -> str:
    """Return the token of 32 random letters and digits, drawn by the caller."""
    body = PREFIX + random
    return body + _checksum(body)


def require_token(text: str) -> str:
    """Return a token whose form and checksum hold; raise TokenInvalid."""
    if _TOKEN.fullmatch(text) is None or text[-CHECKSUM:] != _checksum(text[:-CHECKSUM]):
        raise TokenInvalid
    return text


FORMS: Final = "write publish:NS/NAME, yank:NS/NAME or with NS/*, keyset:NS, tokens, read or admin"


def stored_form(token: str) -> str:
    """What a registry keeps of a token: the hex of its sha256."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def require_scope(scope: str) -> str:
    """Return a scope of P50 as it is written: `publish:ns/name`, `yank:ns/*`, `keyset:ns`, `tokens`, `read`, `admin`.

    Raises the errors of names, or ValueError for another word.
    """
    verb, colon, target = scope.partition(":")
    if not colon and scope in PLAIN_SCOPES:
        return scope
    if verb == "keyset":
        parse_namespace(target)
    elif verb in ("publish", "yank") and "/" in target:
        namespace, _, name = target.partition("/")
        parse_namespace(namespace)
        if name != "*":
            parse_label(name)
    else:
        raise ValueError(FORMS)
    return scope


def allows(scopes: tuple[str, ...], wanted: str) -> bool:
    """Whether one of the scopes covers `publish:ns/name`, `keyset:ns`, …; `admin` covers all but signatures (P51)."""
    verb, _, target = wanted.partition(":")
    whole = f"{verb}:{target.partition('/')[0]}/*"
    return any(scope in ("admin", wanted, whole) for scope in scopes)


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(CHECKSUM):
        number, rest = divmod(number, len(ALPHABET))
        digits = ALPHABET[rest] + digits
    return digits
