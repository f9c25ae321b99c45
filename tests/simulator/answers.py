"""How the simulator spells its answers: status, code and headers as a registry sends them (P47, P53, P55)."""

import hashlib
import json
import re
from typing import Final

import httpx2

FOREVER: Final = "public, max-age=31536000, immutable, no-transform"
SHORT: Final = "public, max-age=30"
CHECK: Final = "no-cache"
JSON: Final = "application/json"
BYTES: Final = "application/octet-stream"
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d+)")


def answer(status: int, data: bytes, **headers: str) -> httpx2.Response:
    """A response whose body is read as it comes."""
    return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(data))


def content(
    request: httpx2.Request, data: bytes, *, kind: str = JSON, cache: str = CHECK
) -> httpx2.Response:
    """Bytes under their ETag; 304 for who has them, 206 for who wants a part."""
    tag = f'"{hashlib.sha256(data).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": cache, "X-Request-Id": "simulated"}
    if request.headers.get("if-none-match") == tag:
        return httpx2.Response(304, headers=headers)
    headers |= {"Accept-Ranges": "bytes", "Content-Type": kind}
    span, status = range(len(data)), 200
    if match := _RANGE.fullmatch(request.headers.get("range", "")):
        span, status = range(int(match[1]), min(int(match[2]) + 1, len(data))), 206
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{len(data)}"
    part = data[span.start : span.stop]
    headers["Content-Length"] = str(len(part))
    body = b"" if request.method == "HEAD" else part
    return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(body))


def problem(request: httpx2.Request, status: int, code: str) -> httpx2.Response:
    """An error of P53."""
    fields = {
        "type": f"urn:pcm:error:{code}",
        "title": code,
        "status": status,
        "detail": "it is not there",
        "code": code,
        "hint": "look elsewhere",
        "instance": "urn:pcm:request:simulated",
    }
    body = json.dumps(fields).encode()
    headers = {
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store",
        "X-Request-Id": "simulated",
        "Content-Length": str(len(body)),
    }
    shown = b"" if request.method == "HEAD" else body
    return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(shown))
