"""What customers remember, and whether they stay: pure functions of numbers (R11, R41, R42).

A customer keeps an account (A: how you usually serve me), a recovery account (R: how you treat me when something goes
wrong; not-a-number until it happens) and a mood (T, fading). A case posts once, when it closes: an ordinary case to A, a
problem to R and T. What counts is the weaker of A and R, and T. Scores are 0 to 100. Never draws, never sees a clock.

Only ``+ - * /`` and servsim's portable functions are used, so that engines agree to the bit.

Source: the equations of the design's ``customers.md``, section C2 with its corrections; ``docs/explanation/loyalty.md``
names the studies behind each.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from servsim.rules.clock import DAY_S
from servsim.rules.portable import exp, log

LN2 = 6.93147180559945286227e-01
YEAR_S = 365.0 * DAY_S
WORST, BEST = 0.0, 100.0
MOST_LIKELY_TO_LEAVE = 0.99
"""A year's chance to leave is never taken for more than this."""
PIECE_S = 32.0 * DAY_S
"""A stretch between two contacts is integrated in pieces of at most this (Simpson's rule)."""


class Memory(NamedTuple):
    """Parameters of one segment; all floats, points are points of 100."""

    base_quality: float
    """Q0: quality of an ordinary contact without friction."""
    spread: float
    """Its standard deviation."""
    courtesy: float
    """Points added by a smile, or taken, everywhere."""
    contact_weight: float
    """alpha: weight of one case in the account."""
    loss_aversion: float
    """lambda: a disappointment moves the account so many times as far."""
    weaker_of_two: float
    """theta: 1 the lower of A and R counts, 0 their mean."""
    buy_again_at: float
    """Score at which half would buy again."""
    buy_again_slope: float
    """Points that change the odds by e."""
    unsolved: float
    """U: points that an unmet need costs."""
    unsolved_major: float
    """Further points if the need was serious."""
    unsolved_friction: float
    """Share of the friction that counts on top of an unmet need."""
    late_days: float
    """tau: days that are free."""
    late_points: float
    """Points for each doubling of (1 + days / tau)."""
    wait_points: float
    """Points for each doubling of (1 + excess wait over acceptable wait)."""
    anger: float
    """Factor on the friction of a problem."""
    unfair: float
    """Points lost where the remedy makes up for nothing of the loss."""
    recovery_weight: float
    """rho: weight of the newest problem in the recovery account."""
    window_days: float
    """A second problem within so many days is a double deviation."""
    second_problem: float
    """Points it costs."""
    half_life_days: float
    """In which the mood halves, and the recovery account comes half way back to the account."""
    shock_major: float
    """Mood after a serious failure that was spoken about."""
    silent_minor: float
    """Mood after an unmet need nobody spoke about."""
    silent_major: float
    bonus: float
    """b: mood after a problem that was handled surprisingly well."""
    bonus_chance: float
    """pi: the chance of that surprise."""
    bonus_quality: float
    """From this quality of handling on."""
    bonus_major: float
    """1: serious problems may surprise too; 0: minor ones only."""
    incident_weight: float
    """sigma: weight of the incident itself in leaving."""
    leaving: float
    """phi * lock: a year's chance to leave of somebody who would certainly not buy again."""
    complain_minor: float
    """Chance to complain, voice and access included."""
    complain_major: float


def clip(points: float) -> float:
    """Return points within 0 to 100."""
    if points < WORST:
        return WORST
    return BEST if points > BEST else points


def log2(x: float) -> float:
    """Return the logarithm to base 2, the same bits everywhere."""
    return log(x) / LN2


# ---- one case ---------------------------------------------------------------------------------------------------------


def wait_friction(memory: Memory, wait_s: float, felt: float, acceptable_s: float) -> float:
    """Return the points that a wait costs: none up to the acceptable wait; ``felt`` stretches it (unexplained: 1.2)."""
    excess_s = felt * wait_s - acceptable_s
    if excess_s <= 0.0:
        return 0.0
    return memory.wait_points * log2(1.0 + excess_s / acceptable_s)


def case_friction(memory: Memory, points: float, late_s: float, problem: int) -> float:
    """Return the friction of a whole case: its points, how late it was solved, and anger while a problem is open."""
    late = memory.late_points * log2(1.0 + late_s / (memory.late_days * DAY_S)) if memory.late_days > 0.0 else 0.0
    friction = points + late
    return friction * memory.anger if problem else friction


def ordinary_base(memory: Memory, noise: float, courtesy: float) -> float:
    """Return the quality of an ordinary case without friction; ``noise`` is a standard normal number."""
    return memory.base_quality + memory.courtesy + courtesy + memory.spread * noise


def problem_base(memory: Memory, remedy: float, claim: float, courtesy: float) -> float:
    """Return the quality of a handled problem without friction: 100, less what the remedy leaves unpaid."""
    unpaid = max(0.0, 1.0 - remedy / claim) if claim > 0.0 else 0.0
    return BEST - memory.unfair * unpaid + min(0.0, courtesy)


def quality_solved(memory: Memory, base: float, friction: float) -> float:
    """Return the quality felt of a case whose need was met; friction never costs more than an unmet need."""
    return clip(base - memory.unsolved * (1.0 - exp(-friction / memory.unsolved)))


def quality_unsolved(memory: Memory, base: float, friction: float, major: int) -> float:
    """Return the quality felt of a case whose need was not met."""
    extra = memory.unsolved_major if major else 0.0
    return clip(base - memory.unsolved - extra - memory.unsolved_friction * friction)


# ---- what is remembered -----------------------------------------------------------------------------------------------


def account_after(memory: Memory, account: float, quality: float) -> float:
    """Return A after an ordinary case: the account is its own expectation."""
    surprise = quality - account
    if surprise < 0.0:
        surprise = memory.loss_aversion * surprise
    return clip(account + memory.contact_weight * surprise)


def recovery_after(memory: Memory, recovery: float, quality: float) -> float:
    """Return R after a problem; blank (not-a-number) before the first."""
    if math.isnan(recovery):
        return quality
    return recovery + memory.recovery_weight * (quality - recovery)


def is_second(memory: Memory, since_failure_s: float) -> bool:
    """Whether a problem comes within the window of the one before (infinite: there was none)."""
    return since_failure_s < memory.window_days * DAY_S


def mood_after(memory: Memory, mood: float, quality: float, solved: int, complained: int, major: int, second: bool, surprise_u: float) -> float:
    """Return T after a problem. A shock never lifts the mood; only a surprise does."""
    if not solved and not complained:
        return min(mood, -(memory.silent_major if major else memory.silent_minor))
    surprised = solved and not second and quality >= memory.bonus_quality and (not major or memory.bonus_major > 0.0)
    if surprised and surprise_u < memory.bonus_chance:
        return memory.bonus
    return min(mood, -memory.shock_major) if major else mood


def faded(memory: Memory, account: float, recovery: float, mood: float, stretch_s: float) -> tuple[float, float]:
    """Return (R, T) after a stretch without a case: R drifts to A and T to nothing, with one half-life."""
    if stretch_s <= 0.0 or (mood == 0.0 and (math.isnan(recovery) or recovery == account)):
        return recovery, mood
    left = exp(-LN2 * stretch_s / (memory.half_life_days * DAY_S))
    return account + (recovery - account) * left, mood * left


# ---- whether they stay ------------------------------------------------------------------------------------------------


def overall(memory: Memory, account: float, recovery: float) -> float:
    """Return V, what the customer thinks of the firm in the long run: the weaker of the two accounts counts."""
    if math.isnan(recovery):
        return account
    lower = min(account, recovery)
    return memory.weaker_of_two * lower + (1.0 - memory.weaker_of_two) * (account + recovery) / 2.0


def satisfaction(memory: Memory, account: float, recovery: float, mood: float) -> float:
    """Return S: V in the mood of the day."""
    return clip(overall(memory, account, recovery) + mood)


def unlikely_to_buy(memory: Memory, score: float) -> float:
    """Return u, the chance that a customer would not buy again at a score."""
    return 1.0 - 1.0 / (1.0 + exp(-(score - memory.buy_again_at) / memory.buy_again_slope))


def leaves_at_close(memory: Memory, before: float, after: float) -> float:
    """Return the chance to leave on the spot when a case closes, by the scores before and after."""
    rise = unlikely_to_buy(memory, after) - unlikely_to_buy(memory, before)
    return min(MOST_LIKELY_TO_LEAVE, memory.incident_weight * memory.leaving * max(0.0, rise))


def leaving_rate(memory: Memory, score: float) -> float:
    """Return the hazard of leaving per second at a score: ``-log(1 - a year's chance)`` spread over the year."""
    return -log(1.0 - min(MOST_LIKELY_TO_LEAVE, memory.leaving * unlikely_to_buy(memory, score))) / YEAR_S


def stretch_hazard(memory: Memory, account: float, recovery: float, mood: float, stretch_s: float) -> float:
    """Return the hazard of a stretch without a case: the rate along the fading mood, by Simpson's rule in pieces."""
    if stretch_s <= 0.0:
        return 0.0
    if mood == 0.0 and (math.isnan(recovery) or recovery == account):
        return leaving_rate(memory, satisfaction(memory, account, recovery, mood)) * stretch_s
    pieces = int(stretch_s / PIECE_S) + 1
    piece_s = stretch_s / pieces
    left = exp(-LN2 * 0.5 * piece_s / (memory.half_life_days * DAY_S))
    begin = leaving_rate(memory, satisfaction(memory, account, recovery, mood))
    total = 0.0
    for _ in range(pieces):
        recovery, mood = account + (recovery - account) * left, mood * left
        middle = leaving_rate(memory, satisfaction(memory, account, recovery, mood))
        recovery, mood = account + (recovery - account) * left, mood * left
        end = leaving_rate(memory, satisfaction(memory, account, recovery, mood))
        total += (begin + 4.0 * middle + end) / 6.0 * piece_s
        begin = end
    return total


def hazard_of(chance: float) -> float:
    """Return the hazard whose chance this is."""
    return -log(1.0 - chance)


def chance_of(hazard: float) -> float:
    """Return the chance to be lost over a hazard."""
    return 1.0 - exp(-hazard)


def value_left(memory: Memory, account: float, recovery: float, margin: float, discount: float) -> float:
    """Return what a customer is worth from now on: margin a year over (chance to leave + discount); mood left out."""
    return margin / (memory.leaving * unlikely_to_buy(memory, overall(memory, account, recovery)) + discount)
