"""Reading a document that is JSON or TOML into its model: bounded, strict, then validated; the caller's own error.

Every reader of sections 4–12 comes through here, so that none can forget a bound or leak a foreign exception.
"""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pcm_schemas import strict_json
from pcm_schemas.digest import encode, encode_text
from pcm_schemas.errors import NotCanonical, PcmError
from pcm_schemas.text import printable

Model = TypeVar("Model", bound=BaseModel)
Found = tuple[tuple[str, str], ...]
Refuse = Callable[[str], PcmError]
DEPTH = 8  # nesting of a document; P8 and R6 know no deeper one
REPORTED = 16  # fields named in one error
SHOWN = 80  # characters of an unknown field's name


def read_json(data: bytes, *, limit: int, refuse: Refuse) -> object:
    """Return the value of strict JSON of at most `limit` bytes, in any spelling; raise what `refuse` makes."""
    if len(data) > limit:
        raise refuse(f"longer than {limit} bytes")
    try:
        return strict_json.parse(data.decode("utf-8"), depth=DEPTH)
    except UnicodeDecodeError as error:
        raise refuse("not UTF-8") from error
    except NotCanonical as error:
        raise refuse(error.reason) from error


def read_canonical(data: bytes, *, limit: int, refuse: Refuse) -> object:
    """Return the value of bytes that are their own canonical form, with nothing but Text in it (P15)."""
    value = read_json(data, limit=limit, refuse=refuse)
    try:
        same = encode_text(value) == data
    except NotCanonical as error:
        raise refuse(error.reason) from error
    if not same:
        raise refuse("not canonical: it re-encodes to other bytes")
    return value


def validated(model: type[Model], value: object, *, refuse: Refuse) -> Model:
    """Make the model of plain values, or raise what `refuse` makes of the first field that is wrong."""
    try:
        data = encode(value)
    except NotCanonical as error:
        raise refuse(error.reason) from error
    return _made(model, data, refuse=refuse)


def _made(model: type[Model], data: bytes, *, refuse: Refuse) -> Model:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        pointer, detail = found_in(error)[0]
        raise refuse(f"{pointer or '/'}: {detail}") from error


def canonical_document(model: type[Model], data: bytes, *, limit: int, refuse: Refuse) -> Model:
    """Make the model of bytes that are their own canonical form: as `read_canonical`, then `validated`."""
    read_canonical(data, limit=limit, refuse=refuse)
    return _made(model, data, refuse=refuse)


def found_in(error: ValidationError) -> Found:
    """Return JSON pointer and sentence of what a model refused."""
    return pointed(error.errors(include_url=False, include_context=False, include_input=False))


def pointed(details: list[ErrorDetails]) -> Found:
    """Return JSON pointer and sentence of each, the first few of them.

    A list with a wrong item counts as too short: what a part says is not said of its whole again.
    """
    above = {each["loc"][:depth] for each in details for depth in range(len(each["loc"]))}
    own = [each for each in details if each["loc"] not in above]
    return tuple(
        (_pointer(each["loc"]), each["msg"].removeprefix("Value error, "))
        for each in own[:REPORTED]
    )


def _pointer(location: tuple[int | str, ...]) -> str:
    steps = (
        printable(str(step)[:SHOWN]).replace("~", "~0").replace("/", "~1") for step in location
    )
    return "".join(f"/{step}" for step in steps)
