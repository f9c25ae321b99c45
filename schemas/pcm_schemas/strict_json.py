"""JSON as the protocol reads it: each key once, integers only, bounded depth (R4, R6, V1). Text in, values out."""

import json
import re
from typing import Final

from pcm_schemas.errors import NotCanonical

_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_DIGITS: Final = 17  # -9007199254740991


def parse(text: str, *, depth: int) -> object:
    """Return the value of one JSON document; raise NotCanonical for anything looser than the protocol's subset.

    The depth is bounded before the parser sees the text, so nesting costs no stack.
    """
    if nesting(text) > depth:
        raise NotCanonical(f"nested deeper than {depth}")
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_each_key_once,
            parse_int=_bounded_integer,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except ValueError as error:  # the decoder's own errors are ValueErrors
        raise NotCanonical(f"not JSON: {type(error).__name__}") from error
    return value


def nesting(text: str) -> int:
    """Deepest nesting of objects and arrays; right for every text up to the first place where it is not JSON."""
    deepest = level = 0
    for character in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        level += 1 if character in "[{" else -1
        deepest = max(deepest, level)
    return deepest


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCanonical("a key is repeated")
    return found


def _bounded_integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise NotCanonical("an integer is too large")
    return int(digits)


def _no_float(number: str) -> object:
    raise NotCanonical(f"{number[:20]} is not an integer")
