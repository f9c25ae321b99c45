"""Tensor data judged from its bits, all values at once: R13 and R14 without an array library, so that installing needs none.

The bytes are one large integer whose lanes are the values. With the sign bits cleared, adding a constant to each lane
carries into the sign bit exactly where a value is too large, infinite or not a number.
"""

import math
import struct
from functools import lru_cache
from operator import mul
from typing import Final

_LARGEST: Final = {2: 0x7BFF, 4: 0x477F_E000}
"""Bits of 65,504 by the bytes of a value: the largest of fp16."""
_FORMATS: Final = {2: "e", 4: "f"}


def first_excessive(data: bytes, size: int) -> int | None:
    """Index of the first value that is not finite or beyond 65,504 in size; None where all are within (R13)."""
    count, bits = len(data) // size, 8 * size
    rest, sign, carry = _lanes(count, size)
    beyond = ((int.from_bytes(data, "little") & rest) + carry) & sign
    return None if not beyond else ((beyond & -beyond).bit_length() - 1) // bits


def is_zero(data: bytes, size: int) -> bool:
    """Whether every value is zero, of either sign."""
    rest, _, _ = _lanes(len(data) // size, size)
    return not int.from_bytes(data, "little") & rest


def dot(first: bytes, second: bytes, size: int) -> float:
    """Inner product in float64 of finite values (R14)."""
    form = f"<{len(first) // size}{_FORMATS[size]}"
    return math.fsum(map(mul, struct.unpack(form, first), struct.unpack(form, second)))


@lru_cache(maxsize=16)
def _lanes(count: int, size: int) -> tuple[int, int, int]:
    """All bits but the signs, the signs, and what carries into a sign what is beyond the largest value."""
    sign = 1 << (8 * size - 1)
    lanes = (sign - 1, sign, sign - 1 - _LARGEST[size])
    rest, signs, carry = (
        int.from_bytes(lane.to_bytes(size, "little") * count, "little") for lane in lanes
    )
    return rest, signs, carry
