"""Field types of the documents: strings, decimals and times with their rules, for pydantic models (P9, P15)."""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import NoneType
from typing import Annotated, Any, Final, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from pcm_schemas import limits
from pcm_schemas.digest import DIGEST_PATTERN, Digest
from pcm_schemas.errors import PcmError
from pcm_schemas.name import LABEL_PATTERN, ConceptName, parse_label
from pcm_schemas.requirement import Requirement
from pcm_schemas.text import is_text, is_text_with_newlines
from pcm_schemas.version import VERSION_PATTERN, Version

DECIMAL_PATTERN: Final = r"^-?(0|[1-9][0-9]{0,5})(\.[0-9]{0,7}[1-9])?$"
TIME_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"
_DECIMAL: Final = re.compile(DECIMAL_PATTERN[1:-1])
Item = TypeVar("Item", bound=Hashable)


class Document(BaseModel):
    """A part of a document on the wire: no field more than listed, nothing converted, nothing changed later (P10)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Response(BaseModel):
    """A body that a server answers: members that are not known are ignored (P47), known ones are strict."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class _LeftOut:
    """An absent field is left out, never `null` (P9): the value None stands for absence and is refused on the wire."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return handler.generate_schema(next(a for a in get_args(source) if a is not NoneType))


LEFT_OUT: Final = _LeftOut()


def checked(check: Callable[[str], object]) -> AfterValidator:
    """Turn a parser that raises PcmError into a validator that keeps the string."""

    def validate(value: str) -> str:
        try:
            check(value)
        except PcmError as error:
            raise ValueError(error.message()) from error
        return value

    return AfterValidator(validate)


def _text(value: str) -> str:
    if not is_text(value):
        raise ValueError("not Text: NFC without control or bidi characters")
    return value


def _prose(value: str) -> str:
    if not is_text_with_newlines(value):
        raise ValueError("not Text: NFC without control or bidi characters but newlines")
    return value


def _not_minus_zero(value: str) -> str:
    if value == "-0":
        raise ValueError("zero has no sign")
    return value


def _real_time(value: str) -> str:
    datetime.fromisoformat(value)  # the pattern fixed the form: only whether the day exists
    return value


def _between(low: str, high: str) -> AfterValidator:
    """Bounds of a decimal string, both included."""

    def validate(value: str) -> str:
        if not Decimal(low) <= Decimal(value) <= Decimal(high):
            raise ValueError(f"outside {low} to {high}")
        return value

    return AfterValidator(validate)


def told(**fields: object) -> dict[str, Any]:
    """Fields of a model without the absent ones: None is refused there, as `null` is on the wire (P9)."""
    return {name: value for name, value in fields.items() if value is not None}


def decimal_string(value: float | Decimal) -> str:
    """Spell a number as P15 does, rounded to eight places: 0.7 → "0.7", 1.0 → "1"."""
    places = f"{Decimal(str(value)):.8f}".rstrip("0").rstrip(".")
    return "0" if places in ("-0", "") else places


def time_string(seconds: int) -> str:
    """Spell a time, in seconds since 1970 as `SOURCE_DATE_EPOCH` gives it, as documents do."""
    return datetime.fromtimestamp(seconds, UTC).strftime(TIME_FORMAT)


def is_decimal(value: str) -> bool:
    """Whether it is the one spelling of a decimal (P15)."""
    return _DECIMAL.fullmatch(value) is not None and value != "-0"


def require_distinct(items: Iterable[Item]) -> None:
    """Refuse a list in which an item stands twice."""
    listed = list(items)
    if len(set(listed)) != len(listed):
        raise ValueError("an entry stands twice")


def require_sorted(items: Sequence[str]) -> None:
    """Refuse a list that is not in ascending order of its strings' bytes."""
    if list(items) != sorted(items):
        raise ValueError("not sorted")


def require_portable(requires: Sequence[str]) -> None:
    """Refuse a list that is not sorted canonical requirements without a source, one a name (P7, P9)."""
    require_sorted(requires)
    try:
        require_distinct(Requirement.parse_portable(text).name for text in requires)
    except PcmError as error:
        raise ValueError(error.message()) from error


LabelText = Annotated[str, Field(pattern=LABEL_PATTERN, max_length=64), checked(parse_label)]
TagText = Annotated[LabelText, Field(max_length=limits.TAG)]
NameText = Annotated[str, Field(max_length=104), checked(ConceptName.parse)]
VersionText = Annotated[str, Field(pattern=VERSION_PATTERN), checked(Version.parse)]
DigestText = Annotated[str, Field(pattern=DIGEST_PATTERN), AfterValidator(Digest)]
TimeText = Annotated[str, Field(pattern=TIME_PATTERN), AfterValidator(_real_time)]
Text = Annotated[str, AfterValidator(_text)]
Prose = Annotated[str, AfterValidator(_prose)]
DecimalText = Annotated[str, Field(pattern=DECIMAL_PATTERN), AfterValidator(_not_minus_zero)]
BiasText = Annotated[DecimalText, _between("-1", "2")]
TemperatureText = Annotated[DecimalText, _between("0.01", "1")]
StrengthText = Annotated[DecimalText, _between("0", "1")]
Whole = Annotated[int, Field(ge=0, le=limits.INTEGER)]
Positive = Annotated[int, Field(ge=1, le=limits.INTEGER)]
