"""Whether a licence field has the form of an SPDX expression (P9). Which licences exist is not decided here."""

import re
from typing import Final

LONGEST: Final = 64
_TOKEN: Final = re.compile(r" *([()]|[A-Za-z0-9][A-Za-z0-9.:+-]*)")
_OPERATORS: Final = frozenset(("AND", "OR", "WITH"))
_GROUP: Final = re.compile(r"\( i(?: o i)* \)")


def is_licence(text: str) -> bool:
    """`CC-BY-4.0`, `(MIT OR Apache-2.0) AND CC0-1.0`, or `other`: at most 64 characters."""
    if len(text) > LONGEST or _TOKEN.sub("", text):
        return False
    shape = " ".join(_kind(word) for word in _TOKEN.findall(text))
    while (folded := _GROUP.sub("i", shape)) != shape:
        shape = folded
    return re.fullmatch(r"i(?: o i)*", shape) is not None


def _kind(word: str) -> str:
    if word in "()":
        return word
    return "o" if word in _OPERATORS else "i"
