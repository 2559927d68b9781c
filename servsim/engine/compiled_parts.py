"""What compiled code takes in place of Python's unbounded integers and of modules that numba lacks. The same results.

Imports numba.
"""

from __future__ import annotations

import bisect
import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

from servsim.draws import law, name, philox
from servsim.draws.name import FIRST, GOLDEN, SECOND, strip_reason
from servsim.draws.philox import M0, M1, W0, W1
from servsim.engine import loop, loop_floor, loop_line, loop_luck
from servsim.engine.loop import advance
from servsim.engine.loop_day import expect
from servsim.engine.loop_state import blank, blank_mind
from servsim.engine.table import blank_mind_of_row, blank_row, bring_near, state_behind
from servsim.rules import portable

FIRST_MULTIPLIER, SECOND_MULTIPLIER = np.uint64(M0), np.uint64(M1)
GOLDEN_RATIO, FIRST_FACTOR, SECOND_FACTOR = np.uint64(GOLDEN), np.uint64(FIRST), np.uint64(SECOND)
ALL_BUT_THE_FIRST_BIT = np.uint64((1 << 63) - 1)
EXPONENT_PLACE, EXPONENT_MASK, BIAS, HALF = 52, 0x7FF, 1023, 1022
"""Where the exponent of a float stands, and which exponent is that of 1, and of a half."""
FIRST_STEP, SECOND_STEP = np.uint64(W0), np.uint64(W1)


def advance_table(words: Any, stage: int) -> int:
    """Run a stage of the state behind a table of words; see ``servsim.engine.loop.advance``."""
    return advance(state_behind(words), stage)


@intrinsic
def upper_half(typing_context: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 bits of the product of two words."""
    both = ir.IntType(128)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        product = builder.mul(builder.zext(args[0], both), builder.zext(args[1], both))
        return builder.trunc(builder.lshr(product, both(64)), ir.IntType(64))

    return signature(types.uint64, types.uint64, types.uint64), generate


def block(k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> Any:
    """Return the four words of one block; see ``servsim.draws.philox.block``."""
    a, b = np.uint64(k0), np.uint64(k1)
    w0, w1, w2, w3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    for _ in range(10):
        upper0, upper2 = upper_half(FIRST_MULTIPLIER, w0), upper_half(SECOND_MULTIPLIER, w2)
        w0, w1, w2, w3 = upper2 ^ w1 ^ a, w2 * SECOND_MULTIPLIER, upper0 ^ w3 ^ b, w0 * FIRST_MULTIPLIER
        a += FIRST_STEP
        b += SECOND_STEP
    return w0, w1, w2, w3


@intrinsic
def bits_of(typing_context: Any, x: Any) -> Any:
    """Return the 64 bits of a float as a whole number."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return signature(types.int64, types.float64), generate


@intrinsic
def float_of(typing_context: Any, bits: Any) -> Any:
    """Return the float that has these 64 bits."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return signature(types.float64, types.int64), generate


def frexp(x: Any) -> Any:
    """Return mantissa and exponent, as ``math.frexp``, without a call to a library."""
    bits = bits_of(x)
    exponent = (bits >> EXPONENT_PLACE) & EXPONENT_MASK
    if exponent == 0 or exponent == EXPONENT_MASK:
        m, k = math.frexp(x)
        return m, np.int64(k)
    return float_of((bits & ~(EXPONENT_MASK << EXPONENT_PLACE)) | (HALF << EXPONENT_PLACE)), exponent - HALF


def ldexp(m: Any, k: Any) -> Any:
    """Return a number times a power of 2, as ``math.ldexp``, without a call to a library."""
    if k <= -HALF or k > HALF:
        return math.ldexp(m, int(np.int32(k)))
    return m * float_of((k + BIAS) << EXPONENT_PLACE)


def finalise(z: Any) -> Any:
    """Return splitmix64's finaliser of a word; see ``servsim.draws.name.finalise``."""
    z = (z ^ (z >> np.uint64(30))) * FIRST_FACTOR
    z = (z ^ (z >> np.uint64(27))) * SECOND_FACTOR
    return z ^ (z >> np.uint64(31))


def mix64(a: Any, b: Any) -> Any:
    """Return one word from two; see ``servsim.draws.name.mix64``."""
    return finalise(finalise(np.uint64(a) + GOLDEN_RATIO) + np.uint64(b) + GOLDEN_RATIO)


def lineage_of(root: Any, lineage: Any, link_hash: Any, ordinal: Any) -> Any:
    """Return the lineage of a case that grew out of another; see ``servsim.draws.name.lineage_of``."""
    word = mix64(mix64(mix64(strip_reason(root), lineage), link_hash), ordinal) & ALL_BUT_THE_FIRST_BIT
    return word if word != np.uint64(0) else np.uint64(1)


def bisect_right(column: Any, value: float, start: int, end: int) -> int:
    """Return the place behind the last element that is not more than a value, in a part of a rising column."""
    while start < end:
        middle = (start + end) // 2
        if value < column[middle]:
            end = middle
        else:
            start = middle + 1
    return start


def blank_contact(c: Any, row: int) -> None:
    """Write what a new row holds; see ``servsim.engine.loop_state.blank``."""
    blank_row(c, row)


def blank_mind_of_contact(c: Any, row: int) -> None:
    """Write what a new row holds of what customers remember; see ``servsim.engine.loop_state.blank_mind``."""
    blank_mind_of_row(c, row)


def expect_case(s: Any, number: int) -> None:
    """Have memory bring a case near that comes soon; see ``servsim.engine.loop_day.expect``."""
    if number < s.day_cases[0]:
        bring_near(s.coming.arrived_s, s.day_order[number])


REPLACED = {
    math.frexp: frexp, math.ldexp: ldexp, philox.block: block, name.lineage_of: lineage_of, bisect.bisect_right: bisect_right,
    blank: blank_contact, blank_mind: blank_mind_of_contact, expect: expect_case,
}
"""What compiled code takes in place of what."""

TAKEN_IN = frozenset({
    loop.first_contact, loop.new_row, loop.draw_leg, loop.draw_menu, loop_luck.time_from, law.inverse, portable.log,
    loop.is_received, loop.is_told, loop.service_ends, loop.wrap_up_ends, loop.ends, loop.goes_on,
    loop_floor.ask, loop_floor.take, loop_floor.look, loop_floor.best_waiting, loop_line.stands_before,
})  # fmt: skip
"""Steps that every contact takes: where their code stands in that of their callers, a contact takes a tenth less time."""
