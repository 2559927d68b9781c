"""Philox4x64-10: four random words from a key (two words) and a counter (four words), with no state in between.

The words equal those of ``numpy.random.Philox`` (whose counter is raised by one before its first block). Never decides
what a key or a counter means: ``servsim.draws.name`` and ``servsim.draws.purpose`` do.

Source: Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3".
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

MASK = (1 << 64) - 1
M0 = 0xD2E7470EE14C6C93
M1 = 0xCA5A826395121157
W0 = 0x9E3779B97F4A7C15
W1 = 0xBB67AE8584CAA73B
ROUNDS = 10
CHUNK = 4096
"""Rows that ``blocks`` works on at a time, so that its scratch columns stay in the processor's cache."""
FEW = 40
"""Up to so many rows one block after the other is quicker than columns."""

STEP = 2.0**-52


@lru_cache(maxsize=65_536)
def round_keys(k0: int, k1: int) -> tuple[int, ...]:
    """Return the 20 key words of the ten rounds: first word, second word of each."""
    return tuple(word for i in range(ROUNDS) for word in ((k0 + i * W0) & MASK, (k1 + i * W1) & MASK))


def block(k0: int, k1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[int, int, int, int]:
    """Return the four words of one block; all arguments are whole numbers of 0 to 2**64 - 1.

    NOTE: the rounds are written out because a loop over them costs a third more, and an engine waits for this.
    """
    a0, b0, a1, b1, a2, b2, a3, b3, a4, b4, a5, b5, a6, b6, a7, b7, a8, b8, a9, b9 = round_keys(k0, k1)
    p, q = M0 * c0, M1 * c2
    c0, c1, c2, c3 = (q >> 64) ^ c1 ^ a0, q & MASK, (p >> 64) ^ c3 ^ b0, p & MASK
    p, q = M0 * c0, M1 * c2
    c0, c1, c2, c3 = (q >> 64) ^ c1 ^ a1, q & MASK, (p >> 64) ^ c3 ^ b1, p & MASK
    p, q = M0 * c0, M1 * c2
    c0, c1, c2, c3 = (q >> 64) ^ c1 ^ a2, q & MASK, (p >> 64) ^ c3 ^ b2, p & MASK
    p, q = M0 * c0, M1 * c2
    c0, c1, c2, c3 = (q >> 64) ^ c1 ^ a3, q & MASK, (p >> 64) ^ c3 ^ b3, p & MASK
    p, q = M0 * c0, M1 * c2
    c0, c1, c2, c3 = (q >> 64) ^ c1 ^ a4, q & MASK, (p >> 64) ^ c3 ^ b4, p & MASK
    p, q = M0 * c0, M1 * c2
    c0, c1, c2, c3 = (q >> 64) ^ c1 ^ a5, q & MASK, (p >> 64) ^ c3 ^ b5, p & MASK
    p, q = M0 * c0, M1 * c2
    c0, c1, c2, c3 = (q >> 64) ^ c1 ^ a6, q & MASK, (p >> 64) ^ c3 ^ b6, p & MASK
    p, q = M0 * c0, M1 * c2
    c0, c1, c2, c3 = (q >> 64) ^ c1 ^ a7, q & MASK, (p >> 64) ^ c3 ^ b7, p & MASK
    p, q = M0 * c0, M1 * c2
    c0, c1, c2, c3 = (q >> 64) ^ c1 ^ a8, q & MASK, (p >> 64) ^ c3 ^ b8, p & MASK
    p, q = M0 * c0, M1 * c2
    return (q >> 64) ^ c1 ^ a9, q & MASK, (p >> 64) ^ c3 ^ b9, p & MASK


def uniform(word: int) -> float:
    """Return the number strictly between 0 and 1 that a word stands for: the middle of one of 2**52 equal steps.

    52 bits, not 53: ``((word >> 11) + 0.5) * 2**-53`` rounds to 1.0 for the largest words (and to even numbers above
    one half), so that an exponential draw could be infinite. Here no rounding happens at all, and the mirrored word
    gives exactly ``1 - u``.
    """
    return ((word >> 12) + 0.5) * STEP


def uniforms(words: Any) -> Floats:
    """Return ``uniform`` of every word of an array of any shape."""
    return ((np.asarray(words, np.uint64) >> np.uint64(12)).astype(np.float64) + 0.5) * STEP


def as_words(value: Any) -> Words:
    """Return whole numbers as unsigned 64-bit words (an array, or a single one); negative ones of an array wrap.

    Raises
    ------
    TypeError : an array of floats; ``np.array([2**63, 1])`` silently is one, and has lost the last bits.
    OverflowError : a number outside 0 to 2**64 - 1 that is not yet in an array.
    """
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "iu":
            raise TypeError(f"words must be whole numbers, got an array of {value.dtype}")
        return value.astype(np.uint64, copy=False)
    return np.asarray(value, dtype=np.uint64)


def blocks(k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> Words:
    """Return the four words of many blocks at once.

    Parameters
    ----------
    k0, k1, c0, c1, c2, c3 : whole numbers or (n,) arrays of them, broadcast against each other.

    Returns
    -------
    (n, 4) uint64; row i equals ``block`` of the i-th key and counter.
    """
    columns = np.broadcast_arrays(*(np.atleast_1d(as_words(v)) for v in (k0, k1, c0, c1, c2, c3)))
    n = columns[0].shape[0]
    if n <= FEW:
        rows = zip(*(c.tolist() for c in columns), strict=True)
        return np.array([block(*row) for row in rows], np.uint64).reshape(n, 4)
    out = np.empty((n, 4), np.uint64)
    for start in range(0, n, CHUNK):
        _fill(out[start : start + CHUNK], [c[start : start + CHUNK] for c in columns])
    return out


LOW_32, SHIFT_32 = np.uint64(0xFFFFFFFF), np.uint64(32)
MULTIPLIERS = np.array([[M0], [M1]], np.uint64)
MULTIPLIERS_LOW, MULTIPLIERS_HIGH = MULTIPLIERS & LOW_32, MULTIPLIERS >> SHIFT_32
KEY_STEPS = np.array([[W0], [W1]], np.uint64)


def _fill(out: Words, columns: list[Words]) -> None:
    """Work on two rows at a time: counter words 0 and 2, which are multiplied, and 1 and 3, which are not."""
    k0, k1, c0, c1, c2, c3 = columns
    key, multiplied, other = np.stack((k0, k1)), np.stack((c0, c2)), np.stack((c1, c3))
    scratch = Scratch(len(k0))
    for _ in range(ROUNDS):
        upper = scratch.upper_half(multiplied)[::-1]
        upper ^= other
        upper ^= key
        other = (multiplied * MULTIPLIERS)[::-1]
        multiplied = upper
        key += KEY_STEPS
    out[:, 0::2], out[:, 1::2] = multiplied.T, other.T


class Scratch:
    """Working columns for 64 x 64 -> 128 bit products, which numpy lacks: made from 32-bit halves."""

    def __init__(self, n: int) -> None:
        self.a, self.b, self.c = (np.empty((2, n), np.uint64) for _ in range(3))

    def upper_half(self, x: Words) -> Words:
        """Return the upper 64 bits of the two rows of ``x`` times the two multipliers."""
        x_low = np.bitwise_and(x, LOW_32, out=self.a)
        x_high = x >> SHIFT_32
        cross = np.multiply(x_low, MULTIPLIERS_HIGH, out=self.b)
        x_low *= MULTIPLIERS_LOW
        x_low >>= SHIFT_32
        middle = np.multiply(x_high, MULTIPLIERS_LOW, out=self.c)
        middle += x_low
        cross += np.bitwise_and(middle, LOW_32, out=self.a)
        cross >>= SHIFT_32
        middle >>= SHIFT_32
        x_high *= MULTIPLIERS_HIGH
        x_high += middle
        x_high += cross
        return x_high
