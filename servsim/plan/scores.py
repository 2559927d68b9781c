"""The rules of what customers remember on columns of many customers: the same operations as ``servsim.rules.loyalty``, the same bits.

Columns are (customers,) floats; a blank recovery account is not-a-number. Never draws, never sees a clock.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from servsim.draws.portable_array import exp, log
from servsim.rules.clock import DAY_S
from servsim.rules.loyalty import BEST, LN2, MOST_LIKELY_TO_LEAVE, PIECE_S, WORST, YEAR_S, Memory

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


def clip(points: Floats) -> Floats:
    """Return points within 0 to 100."""
    return np.minimum(np.maximum(points, WORST), BEST)


def overall(memory: Memory, account: Floats, recovery: Floats) -> Floats:
    """Return V of each customer."""
    known = np.where(np.isnan(recovery), account, recovery)
    both = memory.weaker_of_two * np.minimum(account, known) + (1.0 - memory.weaker_of_two) * (account + known) / 2.0
    return np.where(np.isnan(recovery), account, both)


def satisfaction(memory: Memory, account: Floats, recovery: Floats, mood: Floats) -> Floats:
    """Return S of each customer."""
    return clip(overall(memory, account, recovery) + mood)


def unlikely_to_buy(memory: Memory, score: Floats) -> Floats:
    """Return the chance that each would not buy again."""
    return 1.0 - 1.0 / (1.0 + exp(-(score - memory.buy_again_at) / memory.buy_again_slope))


def leaving_rate(memory: Memory, score: Floats) -> Floats:
    """Return each one's hazard of leaving per second."""
    return -log(1.0 - np.minimum(MOST_LIKELY_TO_LEAVE, memory.leaving * unlikely_to_buy(memory, score))) / YEAR_S


def leaves_at_close(memory: Memory, before: Floats, after: Floats) -> Floats:
    """Return the chance of each to leave on the spot when a case closes."""
    rise = unlikely_to_buy(memory, after) - unlikely_to_buy(memory, before)
    return np.minimum(MOST_LIKELY_TO_LEAVE, memory.incident_weight * memory.leaving * np.maximum(0.0, rise))


def hazard_of(chance: Floats) -> Floats:
    """Return the hazard whose chance this is."""
    return -log(1.0 - chance)


def chance_of(hazard: Floats) -> Floats:
    """Return the chance to be lost over a hazard."""
    return 1.0 - exp(-hazard)


def at_rest(account: Floats, recovery: Floats, mood: Floats) -> Marks:
    """Return for whom nothing fades: no mood, and a recovery account that is blank or equal to the account."""
    return np.asarray((mood == 0.0) & (np.isnan(recovery) | (recovery == account)))


def faded(memory: Memory, account: Floats, recovery: Floats, mood: Floats, stretch_s: Floats) -> tuple[Floats, Floats]:
    """Return (R, T) of each after a stretch of its own length without a case."""
    left = exp(-LN2 * stretch_s / (memory.half_life_days * DAY_S))
    rests = at_rest(account, recovery, mood) | (stretch_s <= 0.0)
    return np.where(rests, recovery, account + (recovery - account) * left), np.where(rests, mood, mood * left)


def stretch_hazard(memory: Memory, account: Floats, recovery: Floats, mood: Floats, stretch_s: Floats) -> Floats:
    """Return the hazard of a stretch of each one's own length: along the fading mood, by Simpson's rule in pieces."""
    hazard = np.zeros(len(account))
    rests = at_rest(account, recovery, mood)
    resting = np.flatnonzero(rests & (stretch_s > 0.0))
    score = satisfaction(memory, account[resting], recovery[resting], mood[resting])
    hazard[resting] = leaving_rate(memory, score) * stretch_s[resting]
    moving = np.flatnonzero(~rests & (stretch_s > 0.0))
    hazard[moving] = _fading_hazard(memory, account[moving], recovery[moving], mood[moving], stretch_s[moving])
    return hazard


def _fading_hazard(memory: Memory, account: Floats, recovery: Floats, mood: Floats, stretch_s: Floats) -> Floats:
    """Return the same for those whose scores move; whoever has had all its pieces is left out of the next round."""
    pieces = (stretch_s / PIECE_S).astype(np.int64) + 1
    piece_s = stretch_s / pieces
    left = exp(-LN2 * 0.5 * piece_s / (memory.half_life_days * DAY_S))
    begin = leaving_rate(memory, satisfaction(memory, account, recovery, mood))
    total, who = np.zeros(len(account)), np.arange(len(account))
    for number in range(int(pieces.max(initial=0))):
        on = pieces[who] > number
        who, begin, left = who[on], begin[on], left[on]
        account, recovery, mood = account[on], recovery[on], mood[on]
        recovery, mood = account + (recovery - account) * left, mood * left
        middle = leaving_rate(memory, satisfaction(memory, account, recovery, mood))
        recovery, mood = account + (recovery - account) * left, mood * left
        end = leaving_rate(memory, satisfaction(memory, account, recovery, mood))
        total[who] += (begin + 4.0 * middle + end) / 6.0 * piece_s[who]
        begin = end
    return total


# ---- one case


def account_after(memory: Memory, account: Floats, quality: Floats) -> Floats:
    """Return A of each after an ordinary case."""
    surprise = quality - account
    return clip(account + memory.contact_weight * np.where(surprise < 0.0, memory.loss_aversion * surprise, surprise))


def recovery_after(memory: Memory, recovery: Floats, quality: Floats) -> Floats:
    """Return R of each after a problem."""
    return np.where(np.isnan(recovery), quality, recovery + memory.recovery_weight * (quality - recovery))


def mood_after(
    memory: Memory, mood: Floats, quality: Floats, solved: Marks, complained: Marks, major: Marks, second: Marks, surprise_u: Floats
) -> Floats:
    """Return T of each after a problem."""
    spoken = np.where(major, np.minimum(mood, -memory.shock_major), mood)
    pleased = solved & ~second & (quality >= memory.bonus_quality) & (~major | (memory.bonus_major > 0.0)) & (surprise_u < memory.bonus_chance)
    silent = np.minimum(mood, np.where(major, -memory.silent_major, -memory.silent_minor))
    return np.where(~solved & ~complained, silent, np.where(pleased, memory.bonus, spoken))
