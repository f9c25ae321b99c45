"""The seeded random projection behind a sketch: every value goes, with a sign, into one of 64 sums (P12)."""

from typing import Final

import numpy as np
import numpy.typing as npt

from pcm_schemas.sketch import BUCKETS, written

SEED: Final = 0x70636D
_GAMMA: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


def splitmix64(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """One step of splitmix64 on each value, mod 2⁶⁴ (P12); the argument is left as it was."""
    z: npt.NDArray[np.uint64] = values + _GAMMA
    scratch = np.empty_like(z)
    for shift, factor in ((np.uint64(30), _FIRST), (np.uint64(27), _SECOND)):
        np.right_shift(z, shift, out=scratch)
        np.bitwise_xor(z, scratch, out=z)
        np.multiply(z, factor, out=z)
    np.right_shift(z, np.uint64(31), out=scratch)
    np.bitwise_xor(z, scratch, out=z)
    return z


class Projection:
    """Sums of the values seen so far. Invariant: each closed tensor counts with root mean square 1.

    A tensor's scale is known only at its end, so its own sums are kept apart until then: one pass is enough.
    """

    def __init__(self) -> None:
        self._sums = np.zeros(BUCKETS)
        self._seen = 0
        self._tensor = np.zeros(2 * BUCKETS)
        self._squares = 0.0
        self._count = 0

    def add(self, values: npt.NDArray[np.floating]) -> None:
        """Take the next values of the tensor at hand, flat, in order."""
        x = values.astype(np.float64)
        h = splitmix64(np.arange(len(x), dtype=np.uint64) + np.uint64(self._seen + SEED))
        h_bucket = (h & np.uint64(BUCKETS - 1)) | (h >> np.uint64(63) << np.uint64(6))
        self._tensor += np.bincount(h_bucket.astype(np.intp), weights=x, minlength=2 * BUCKETS)
        self._squares += float(x @ x)
        self._count += len(x)
        self._seen += len(x)

    def close_tensor(self) -> None:
        """End the tensor at hand: divide its sums by its root mean square; one that is all zero adds nothing."""
        if self._squares > 0:
            scale = np.sqrt(self._squares / self._count)
            self._sums += (self._tensor[:BUCKETS] - self._tensor[BUCKETS:]) / scale
        self._tensor = np.zeros(2 * BUCKETS)
        self._squares, self._count = 0.0, 0

    def sketch(self) -> str:
        """The sums scaled to length 1, in the text form of P12."""
        length = float(np.linalg.norm(self._sums))
        unit = self._sums / length if length > 0 else self._sums
        return written(unit.tolist())
