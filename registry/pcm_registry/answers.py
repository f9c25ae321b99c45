"""Answers of the routes: strong ETags, conditions, ranges, caching (P55)."""

import re
from enum import StrEnum
from typing import Final

from fastapi import Request, Response
from pydantic import BaseModel

from pcm_registry.errors import Refused
from pcm_schemas.digest import Digest, canonical_bytes

JSON_TYPE: Final = "application/json"
_RANGE: Final = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


class Cache(StrEnum):
    """For how long an answer may be kept."""

    NEVER = "no-store"
    CHECK = "no-cache"
    SHORT = "public, max-age=30"
    FOREVER = "public, max-age=31536000, immutable, no-transform"


def document(request: Request, body: BaseModel, *, cache: Cache = Cache.CHECK) -> Response:
    """A model as canonical JSON; 304 where the caller has it."""
    return content(request, canonical_bytes(body), media_type=JSON_TYPE, cache=cache)


def made(body: BaseModel, status: int, *, location: str | None = None) -> Response:
    """What a change made; never kept by a cache."""
    headers = {"Cache-Control": Cache.NEVER.value}
    if location is not None:
        headers["Location"] = location
    return Response(canonical_bytes(body), status, headers, JSON_TYPE)


def content(request: Request, data: bytes, *, media_type: str, cache: Cache) -> Response:
    """Bytes with their digest as ETag; 304, 206 or 416 where the request asks so."""
    tag = etag(data)
    headers = {"ETag": tag, "Cache-Control": cache.value}
    if matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    headers["Accept-Ranges"] = "bytes"
    span = _span(request, len(data), tag)
    if span is None:
        return Response(data, 200, headers, media_type)
    headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{len(data)}"
    return Response(data[span.start : span.stop], 206, headers, media_type)


def etag(data: bytes) -> str:
    """Quoted hex sha256 of the body."""
    return f'"{Digest.of(data).hex}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether a list of tags, or `*`, holds a tag."""
    words = [word.strip() for word in (header or "").split(",")]
    return "*" in words or tag in words


def require_match(request: Request, data: bytes) -> None:
    """Refuse a change of something that changed meanwhile: If-Match (P55). Raises Refused with 412."""
    header = request.headers.get("if-match")
    if header is not None and not matches(header, etag(data)):
        raise Refused("the index changed since it was read", 412)


def _span(request: Request, size: int, tag: str) -> range | None:
    """The one range that is asked for; an If-Range with another tag asks for all. Raises Refused with 416."""
    header = request.headers.get("range")
    match = _RANGE.fullmatch(header or "")
    if match is None or request.headers.get("if-range", tag) != tag or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= stop:
        raise Refused(f"no such range in {size} bytes", 416)
    return range(start, stop)
