"""Addresses of registries: https anywhere, plain http on loopback only (P47). Text in, text out."""

import re
from typing import Final

from pcm_schemas.errors import PcmError
from pcm_schemas.record_errors import UrlInsecure

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
LONGEST: Final = 2_048
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(?P<port>:[1-9][0-9]{0,4})?(?P<path>(/[A-Za-z0-9._~-]+)*)"
)


def require_secure(url: str) -> str:
    """Return an address as it is written: lower-case host, no user, query, fragment or closing slash.

    Raises UrlInsecure for every other, and for http to a host that is not loopback.
    """
    match = _ADDRESS.fullmatch(url) if len(url) <= LONGEST else None
    if match is None or (match["scheme"] == "http" and match["host"] not in LOOPBACK):
        raise UrlInsecure(url)
    return url


def is_secure(url: str) -> bool:
    """Whether `require_secure` would return it."""
    try:
        require_secure(url)
    except PcmError:
        return False
    return True


def is_loopback(url: str) -> bool:
    """Whether it leads to this machine only (P46, P47)."""
    match = _ADDRESS.fullmatch(url)
    return match is not None and match["host"] in LOOPBACK


def origin(url: str) -> str:
    """Scheme, host and port: what pins, tokens and redirects are bound to (P30, P52, P56). Raises UrlInsecure."""
    match = _ADDRESS.fullmatch(require_secure(url))
    if match is None:
        raise UrlInsecure(url)
    default = {"https": ":443", "http": ":80"}[match["scheme"]]
    port = "" if match["port"] in (None, default) else match["port"]
    return f"{match['scheme']}://{match['host']}{port}"
