"""Names of cases, contacts and agents as whole numbers: what the key and the counter of a draw are made of.

A case is named by (reason, day, interval, number), a contact by (case, leg kind, leg, try) (R1, R6). Channel, segment
or customer are draws of a case and never part of its name. Never draws.

::

    root     reason 12 bits | day 14 | interval 11 | number 26      (63 bits; draws use it without the reason's bits)
    leg word leg kind 8 bits | leg 24 | try 32
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from servsim.draws.philox import as_words

Words = npt.NDArray[np.uint64]

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

REASON_BITS, DAY_BITS, INTERVAL_BITS, NUMBER_BITS = 12, 14, 11, 26
DAY_SHIFT = NUMBER_BITS + INTERVAL_BITS
REASON_SHIFT = DAY_SHIFT + DAY_BITS
ROOT_MASK = (1 << REASON_SHIFT) - 1
"""The bits of a root that draws use: all but the reason, whose local index changes when a reason is added."""
FINITE_SOURCE_INTERVAL = (1 << INTERVAL_BITS) - 1
"""Interval code of cases that belong to a known customer instead of an interval (R3)."""

LEG_BITS, TRY_BITS = 24, 32


def finalise(z: int) -> int:
    """Return splitmix64's finaliser of a word: a one-to-one map that spreads every bit over all 64."""
    z = ((z ^ (z >> 30)) * FIRST) & MASK
    z = ((z ^ (z >> 27)) * SECOND) & MASK
    return z ^ (z >> 31)


def mix64(a: int, b: int) -> int:
    """Return one word from two; order matters, and for a fixed ``a`` different ``b`` give different words.

    Both words pass splitmix64's finaliser (Steele, Lea, Flood 2014): ``f(f(a + G) + b + G)``, G the golden ratio's
    bits, so that neighbouring seeds and replications share nothing.
    """
    return finalise((finalise((a + GOLDEN) & MASK) + b + GOLDEN) & MASK)


def finalise_array(z: Words) -> Words:
    """Return ``finalise`` of every word."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(SECOND)
    return np.asarray(z ^ (z >> np.uint64(31)))


def mix64_array(a: Any, b: Any) -> Words:
    """Return ``mix64`` element by element, with broadcasting to at least one axis; the same words."""
    first, second = (np.atleast_1d(as_words(v)) for v in (a, b))  # numpy warns when a single number wraps
    golden = np.uint64(GOLDEN)
    return finalise_array(finalise_array(first + golden) + second + golden)


@lru_cache(maxsize=65_536)
def hash64(text: str) -> int:
    """Return the 64-bit word of a name: BLAKE2b with 8 bytes of its UTF-8 text, read little-endian."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest(), "little")


def root_of(reason: int, day: int, interval: int, number: int) -> int:
    """Return the root of a case: reason index < 4096, day < 16384, interval < 2048, number < 67108864 (not checked)."""
    return (reason << REASON_SHIFT) | (day << DAY_SHIFT) | (interval << NUMBER_BITS) | number


def root_of_array(reason: Any, day: Any, interval: Any, number: Any) -> npt.NDArray[np.int64]:
    """Return ``root_of`` element by element, with broadcasting, as int64."""
    reason, day, interval, number = (np.asarray(v, np.int64) for v in (reason, day, interval, number))
    return np.asarray((reason << REASON_SHIFT) | (day << DAY_SHIFT) | (interval << NUMBER_BITS) | number)


def parts_of(root: int) -> tuple[int, int, int, int]:
    """Return (reason, day, interval, number) of a root."""
    return (
        root >> REASON_SHIFT,
        (root >> DAY_SHIFT) & ((1 << DAY_BITS) - 1),
        (root >> NUMBER_BITS) & ((1 << INTERVAL_BITS) - 1),
        root & ((1 << NUMBER_BITS) - 1),
    )


def parts_of_array(root: Any) -> tuple[npt.NDArray[np.int64], ...]:
    """Return (reason, day, interval, number) of an array of roots."""
    root = np.asarray(root, np.int64)
    return (
        root >> REASON_SHIFT,
        (root >> DAY_SHIFT) & ((1 << DAY_BITS) - 1),
        (root >> NUMBER_BITS) & ((1 << INTERVAL_BITS) - 1),
        root & ((1 << NUMBER_BITS) - 1),
    )


def strip_reason(root: int) -> int:
    """Return the root without its reason: the first counter word of the case's draws."""
    return root & ROOT_MASK


def strip_reason_array(root: Any) -> Words:
    """Return ``strip_reason`` of every root, as unsigned words."""
    return (np.asarray(root, np.int64) & np.int64(ROOT_MASK)).astype(np.uint64)


def leg_word(leg_kind: int, leg: int, try_: int) -> int:
    """Return the third counter word: leg kind < 256, leg < 2**24, try < 2**32 (not checked).

    Draws of a leg (patience, talk ...) use try 0, so that all tries of one leg share them (R6).
    """
    return (leg_kind << (LEG_BITS + TRY_BITS)) | (leg << TRY_BITS) | try_


def leg_word_array(leg_kind: Any, leg: Any, try_: Any) -> Words:
    """Return ``leg_word`` element by element, with broadcasting."""
    leg_kind, leg, try_ = (np.asarray(v, np.int64).astype(np.uint64) for v in (leg_kind, leg, try_))
    return np.asarray((leg_kind << np.uint64(LEG_BITS + TRY_BITS)) | (leg << np.uint64(TRY_BITS)) | try_)


def lineage_of(root: int, lineage: int, link_hash: int, ordinal: int) -> int:
    """Return the lineage of a case that grew out of another (R5): 1 to 2**63 - 1, never the 0 of a fresh case.

    ``root`` and ``lineage`` are the parent's; its reason bits are left out, so ``link_hash`` must be the hash of a text
    that names the parent's reason and the link.
    """
    word = mix64(mix64(mix64(strip_reason(root), lineage), link_hash), ordinal) & (MASK >> 1)
    return word or 1
