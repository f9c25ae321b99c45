"""A byte-mutation fuzzer over sound packages: whatever is done to the bytes, the reader ends in its own errors.

Seeded and bounded in time. The header's length is mended after most mutations, so that they get past R2.
"""

import random
import time
from collections import Counter
from collections.abc import Callable

import pytest

from golden import samples
from pcm_schemas.errors import PcmError
from pcm_schemas.package import read

SECONDS = 3.0
ROUNDS = 4_000
Mutation = Callable[[bytearray, random.Random], None]
WORDS = [
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b"\\",
    b":",
    b",",
    b"-1",
    b"1e9",
    b"null",
    b"\xff",
    b"\\u0000",
    b"9" * 30,
]


def flip(data: bytearray, rng: random.Random) -> None:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def overwrite(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data))
    data[place : place + rng.randrange(1, 9)] = rng.randbytes(rng.randrange(0, 9))


def insert_word(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data))
    data[place:place] = rng.choice(WORDS)


def cut(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data))
    del data[place : place + rng.randrange(1, 64)]


def repeat(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    part = data[start : start + rng.randrange(1, 64)]
    place = rng.randrange(len(data))
    data[place:place] = part


def change_number(data: bytearray, rng: random.Random) -> None:
    digits = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
    data[rng.choice(digits or [0])] = rng.randrange(48, 58)


MUTATIONS: list[Mutation] = [flip, overwrite, insert_word, cut, repeat, change_number]


def mutated(sound: bytes, rng: random.Random) -> bytes:
    """One to three mutations of header or body; the length is mended in seven cases of eight."""
    length = int.from_bytes(sound[:8], "little")
    header, body = bytearray(sound[8 : 8 + length]), bytearray(sound[8 + length :])
    for _ in range(rng.randrange(1, 4)):
        part = body if body and rng.random() < 0.2 else header
        rng.choice(MUTATIONS)(part, rng)
        header = header or bytearray(b"{")
    header += b" " * (-len(header) % 8)
    claimed = len(header) if rng.random() < 7 / 8 else rng.getrandbits(rng.choice([8, 16, 64]))
    return claimed.to_bytes(8, "little") + bytes(header) + bytes(body)


@pytest.mark.parametrize("fields", [samples.toybox(), samples.bundle()], ids=["concept", "bundle"])
def test_mutated_packages_end_in_our_errors(fields: samples.Fields) -> None:
    sound = samples.packed(fields)
    rng, ends = random.Random(20_230_501), Counter[str]()
    stop = time.monotonic() + SECONDS
    for _ in range(ROUNDS):
        try:
            read(mutated(sound, rng))
            ends["read"] += 1
        except PcmError as error:
            ends[error.code] += 1
        if time.monotonic() > stop:
            break
    assert len(ends) >= 8, ends  # the mutations reach deep into the steps


def test_every_truncation_is_refused() -> None:
    sound = samples.packed(samples.bundle())
    for size in range(len(sound)):
        with pytest.raises(PcmError):
            read(sound[:size])
