"""TOML as pcm reads and writes it: bounded and strict in, one spelling out (P68). Text in, values out, and back."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from pcm_schemas.document import Refuse

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_LINE: Final = re.compile(r"at line ([0-9]+)")
_DEEP_KEY: Final = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){32}""")
"""A key of more parts than any of ours; the decoder's time grows with the square of them."""
_PLAIN: Final = re.compile(r"[ !#-\[\]-~]*")
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def read_toml(text: str, *, limit: int, refuse: Refuse) -> dict[str, object]:
    """Return the tables of TOML of at most `limit` characters; decimals come as Decimal. Raises what `refuse` makes."""
    import tomllib

    if len(text) > limit:
        raise refuse(f"longer than {limit} characters")
    if _DEEP_KEY.search(text):
        raise refuse("a key of more than 32 parts")
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError) as error:  # the decoder's own errors are ValueErrors
        raise refuse(str(error)) from error
    except RecursionError as error:
        raise refuse("nested too deep") from error


def line_in(reason: str) -> int | None:
    """Return the line that the decoder's message names, if any."""
    match = _LINE.search(reason)
    return None if match is None else int(match[1])


def line_of(text: str, pointer: str) -> int | None:
    """Return the line that most probably holds what a JSON pointer names: the last key of it that stands in the text.

    Numbers step over `[[…]]` headers; for messages only.
    """
    lines, place, found = text.splitlines(), 0, None
    for step in pointer.split("/")[1:]:
        pattern = rf'\s*(\[+.*\b{re.escape(step)}\b.*\]|"?{re.escape(step)}"?\s*=)'
        if step.isdigit():
            heads = [n for n, line in enumerate(lines) if line.startswith("[[")]
            place = heads[int(step)] if int(step) < len(heads) else place
            continue
        hits = (n for n in range(place, len(lines)) if re.match(pattern, lines[n]))
        place = next(hits, place)
        found = place + 1 if lines and re.match(pattern, lines[place]) else found
    return found


def literal(value: object) -> str:
    """Spell a value on one line: strings, integers, booleans, lists, inline tables in their own key order."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return string(value)
    if isinstance(value, Mapping):
        members = ", ".join(f"{key(name)} = {literal(each)}" for name, each in value.items())
        return f"{{ {members} }}" if members else "{}"
    if isinstance(value, (list, tuple)):
        listed = ", ".join(map(literal, value))
        return f"[ {listed} ]" if listed.startswith("{") else f"[{listed}]"
    raise TypeError(f"{type(value).__name__} has no spelling here")


def string(value: str) -> str:
    """Spell a basic string."""
    if _PLAIN.fullmatch(value):
        return f'"{value}"'
    return '"' + "".join(map(_escaped, value)) + '"'


def key(name: str) -> str:
    """Spell a key: bare where TOML allows it."""
    return name if _BARE.fullmatch(name) else string(name)


def assignments(values: Mapping[str, object]) -> str:
    """Spell one line a key, absent ones left out."""
    return "".join(f"{key(n)} = {literal(v)}\n" for n, v in values.items() if v is not None)


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    control = ord(character) < 32 or ord(character) == 127
    return f"\\u{ord(character):04x}" if control else character
