"""Versions and version clauses with the order and meaning of PEP 440, on the subset of P5 and P6.

Written out here because the subset is small (no epoch, post, dev or local part) and `pcm list` must stay light;
tests compare it with the `packaging` library.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import total_ordering
from typing import Final, Self

from pcm_schemas.errors import VersionInvalid

NUMBER: Final = r"(?:0|[1-9][0-9]{0,8})"
VERSION_PATTERN: Final = rf"^{NUMBER}\.{NUMBER}\.{NUMBER}(?:(?:a|b|rc){NUMBER})?$"
_VERSION: Final = re.compile(rf"({NUMBER})\.({NUMBER})\.({NUMBER})(?:(a|b|rc)({NUMBER}))?")
_BOUND: Final = re.compile(rf"({NUMBER}(?:\.{NUMBER}){{0,2}})(?:(a|b|rc)({NUMBER}))?")
_STAGES: Final = {"a": 0, "b": 1, "rc": 2, "": 3}


@total_ordering
@dataclass(frozen=True)
class Version:
    """`N.N.N[(a|b|rc)N]` (P5), ordered by PEP 440: 1.0.0a1 < 1.0.0b1 < 1.0.0rc1 < 1.0.0."""

    release: tuple[int, int, int]
    stage: str = ""
    serial: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the one spelling of a version; raise VersionInvalid for every other."""
        match = _VERSION.fullmatch(text)
        if match is None:
            raise VersionInvalid(text, nearest=_nearest(text))
        major, minor, micro, stage, serial = match.groups()
        return cls((int(major), int(minor), int(micro)), stage or "", int(serial or 0))

    @property
    def is_prerelease(self) -> bool:
        """Whether it is an alpha, beta or release candidate."""
        return self.stage != ""

    def __lt__(self, other: "Version") -> bool:
        """Order of PEP 440."""
        return self._key < other._key

    def __str__(self) -> str:
        """The one spelling."""
        return ".".join(map(str, self.release)) + (
            f"{self.stage}{self.serial}" if self.stage else ""
        )

    @property
    def _key(self) -> tuple[tuple[int, int, int], int, int]:
        return (self.release, _STAGES[self.stage], self.serial)


class Comparison(StrEnum):
    """The operators of a clause (P6)."""

    EQUAL = "=="
    UNEQUAL = "!="
    AT_LEAST = ">="
    AT_MOST = "<="
    COMPATIBLE = "~="
    BELOW = "<"
    ABOVE = ">"


_ORDER: Final[dict[Comparison, Callable[[Version, Version], bool]]] = {
    Comparison.EQUAL: operator.eq,
    Comparison.UNEQUAL: operator.ne,
    Comparison.AT_LEAST: operator.ge,
    Comparison.AT_MOST: operator.le,
    Comparison.COMPATIBLE: operator.ge,
    Comparison.BELOW: operator.lt,
    Comparison.ABOVE: operator.gt,
}


@dataclass(frozen=True)
class Clause:
    """One comparison of a requirement: an operator and a bound of one to three numbers, kept as written (P6)."""

    comparison: Comparison
    bound: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `>=1.2`; spaces may stand between operator and bound. Raises VersionInvalid."""
        sign = re.match(r"==|!=|>=|<=|~=|<|>", text)
        bound = text[sign.end() :].lstrip(" ") if sign else text
        if sign is None or _BOUND.fullmatch(bound) is None:
            raise VersionInvalid(text)
        if sign[0] == Comparison.COMPATIBLE and "." not in bound:
            raise VersionInvalid(text, nearest=f"{bound}.0")
        return cls(Comparison(sign[0]), bound)

    def admits(self, version: Version) -> bool:
        """Whether the version satisfies the clause by PEP 440; `<2` does not admit 2.0.0rc1."""
        holds = _ORDER[self.comparison](version, self.version)
        match self.comparison:
            case Comparison.BELOW:
                return holds and not self._is_candidate_of_limit(version)
            case Comparison.COMPATIBLE:
                return holds and self._shares_prefix(version)
            case _:
                return holds

    @property
    def version(self) -> Version:
        """The bound, missing numbers filled with 0 as PEP 440 compares them."""
        numbers = [int(number) for number in self._numbers] + [0, 0]
        _, stage, serial = self._parts
        return Version((numbers[0], numbers[1], numbers[2]), stage or "", int(serial or 0))

    def __str__(self) -> str:
        """Canonical form, without spaces."""
        return f"{self.comparison}{self.bound}"

    @property
    def _parts(self) -> tuple[str, str | None, str | None]:
        match = _BOUND.fullmatch(self.bound)
        if match is None:
            raise VersionInvalid(self.bound)
        return match[1], match[2], match[3]

    @property
    def _numbers(self) -> list[str]:
        return self._parts[0].split(".")

    def _is_candidate_of_limit(self, version: Version) -> bool:
        """Whether it is a pre-release of a bound that is none itself."""
        limit = self.version
        return (
            not limit.is_prerelease and version.is_prerelease and version.release == limit.release
        )

    def _shares_prefix(self, version: Version) -> bool:
        """Whether `==` of the bound without its last number would hold: the second half of `~=`."""
        kept = len(self._numbers) - 1
        return version.release[:kept] == self.version.release[:kept]


def _nearest(text: str) -> str | None:
    """Return the version that was probably meant, or None; for hints only."""
    numbers = re.match(r"v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?", text)
    return numbers and ".".join(str(int(number or 0)) for number in numbers.groups())
