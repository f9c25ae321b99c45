"""What a server answered, and the error that an answer is (P47, P53). Values in, values out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pcm.transfer_errors import NotThere, RateLimited, Refused, ServerFailed

GOOD: Final = range(200, 300)
MISSING: Final = 404
TOO_MANY: Final = 429


@dataclass(frozen=True)
class Answer:
    """Status, headers by lower-case name, and a bounded body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def wait(self, *, otherwise: int) -> float:
        """Seconds that it asks to wait (P54); `otherwise` where it names none, or a date."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.isascii() and text.isdigit() else float(otherwise)


def require_success(answer: Answer) -> Answer:
    """Return an answer that is a success; raise NotThere, Refused, RateLimited or ServerFailed."""
    if answer.status in GOOD:
        return answer
    code, detail, hint = _problem(answer.body)
    if answer.status == TOO_MANY:
        raise RateLimited(answer.url, answer.wait(otherwise=60))
    if answer.status == MISSING:
        raise NotThere(code or "name.not_found", detail or "not there", hint, answer.url)
    if code:
        raise Refused(code, detail, hint, answer.url)
    raise ServerFailed(answer.url, answer.status)


def _problem(body: bytes) -> tuple[str, str, str]:
    """Code, detail and hint of a problem object; empty strings for anything else."""
    try:
        found = json.loads(body)
    except ValueError:
        return "", "", ""
    if not isinstance(found, dict):
        return "", "", ""
    return _word(found, "code"), _word(found, "detail"), _word(found, "hint")


def _word(problem: Mapping[str, object], name: str) -> str:
    value = problem.get(name)
    return value if isinstance(value, str) else ""
