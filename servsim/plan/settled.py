"""Where customers stand when a run begins: a pool that has lived three years by the loyalty rules alone (R48).

No queues and no agents: cases come at random times, as ``segments.<s>.loyalty.history`` says. Ordinary cases are solved
at the first contact, or with one further call a day later. A problem is complained about and then settled at once,
settled late (two further calls, 15 days) or not at all; or nobody speaks of it and it stays unmet. Who leaves is
replaced by a new customer. The draws have a seed of their own, so that every replication and every world starts alike.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.draws.name import hash64
from servsim.draws.philox import blocks, uniforms
from servsim.draws.portable_array import log, normal_quantile
from servsim.draws.purpose import stream
from servsim.plan import scores
from servsim.rules.clock import DAY_S
from servsim.rules.loyalty import (
    WORST,
    YEAR_S,
    Memory,
    case_friction,
    ordinary_base,
    problem_base,
    quality_solved,
    quality_unsolved,
)
from servsim.rules.portable import exp
from servsim.scenario.language import History

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POOL = 2000
SEED = 48
LONG_ENOUGH_S = 2.0 * YEAR_S
"""The first years, in which the pool settles; the last year is the one whose leavers are counted."""
LATE_S = DAY_S
SLOW_CALLS, SLOW_S = 2, 15.0 * DAY_S

CASE, PROBLEM, RENEWAL = 0, 1, 2
"""Blocks of words of an event: GAP, KIND, HANDLED, NOISE; SEVERITY, COMPLAINS, SURPRISE; the threshold of who replaces a
leaver in the stretch before it, at its close, at the end of the settling, at the end."""
GAP, KIND, HANDLED, NOISE = 0, 1, 2, 3
SEVERITY, COMPLAINS, SURPRISE = 0, 1, 2
BEFORE, AT_CLOSE, AT_SETTLED, AT_END = 0, 1, 2, 3


class Settled(NamedTuple):
    """Columns (POOL,) of scores as the run begins, and what is known of the year before."""

    account: Floats
    recovery: Floats
    """NaN blank."""
    mood: Floats
    failed_s: Floats
    """When the last problem closed, before 0; -inf none."""
    leaving_share: float
    """Share of those here who leave within an ordinary year, its problems included."""


@lru_cache(maxsize=64)
def settled(name: str, memory: Memory, history: History, account: float, extra_call: float) -> Settled:
    """Return the pool of a segment.

    Parameters
    ----------
    name : the segment's; part of every draw's name.
    account : of a new customer, promises included.
    extra_call : points for one further call.
    """
    pool = Pool(name, memory, history, account, extra_call)
    pool.live(LONG_ENOUGH_S, AT_SETTLED)
    pool.count_leavers()
    pool.live(LONG_ENOUGH_S + YEAR_S, AT_END)
    columns = (pool.account, pool.recovery, pool.mood, pool.failed_s - (LONG_ENOUGH_S + YEAR_S))
    for column in columns:
        column.setflags(write=False)
    return Settled(*columns, leaving_share=float(np.mean(pool.expected)))


class Qualities(NamedTuple):
    """What cases cost, or how they are felt, in points."""

    again: float
    """Taken from an ordinary case that needed a further call."""
    quick: float
    slow: float
    unsolved: float
    unsolved_major: float


def qualities(memory: Memory, extra_call: float) -> Qualities:
    """Return how the few kinds of cases of the pool are felt: by the rules, one by one."""
    again = case_friction(memory, extra_call, LATE_S, 0)
    # As quality_solved has it: base less U (1 - exp(-F / U)).
    cost = memory.unsolved * (1.0 - exp(-again / memory.unsolved))
    best = problem_base(memory, 0.0, 0.0, 0.0)
    slow = case_friction(memory, SLOW_CALLS * extra_call, SLOW_S, 1)
    return Qualities(
        again=cost, quick=quality_solved(memory, best, 0.0), slow=quality_solved(memory, best, slow),
        unsolved=quality_unsolved(memory, best, 0.0, 0), unsolved_major=quality_unsolved(memory, best, 0.0, 1),
    )  # fmt: skip


class Pool:
    """Customers between their cases; each place always has somebody."""

    def __init__(self, name: str, memory: Memory, history: History, account: float, extra_call: float) -> None:
        self.memory, self.history = memory, history
        self.new_account = min(max(account, WORST), 100.0)
        self.rate = (history.cases + history.problems) / YEAR_S
        self.problem_share = history.problems / (history.cases + history.problems) if self.rate > 0.0 else 0.0
        self.felt = qualities(memory, extra_call)
        self.k0, self.k1 = stream(SEED, 0), hash64(f"servsim/settled/{name}")
        self.event: Ints = np.zeros(POOL, np.int64)
        self.account, self.recovery, self.mood = np.full(POOL, self.new_account), np.full(POOL, np.nan), np.zeros(POOL)
        self.failed_s, self.seen_s, self.hazard = np.full(POOL, -np.inf), np.zeros(POOL), np.zeros(POOL)
        self.counted, self.expected = np.zeros(POOL, bool), np.zeros(POOL)
        everybody = np.arange(POOL)
        self.threshold = -log(1.0 - self.words(everybody, RENEWAL)[:, BEFORE])
        self.due_s = self.next_s(everybody, 0.0, self.words(everybody, CASE)[:, GAP])

    def words(self, who: Ints, block: int) -> Floats:
        """Return the four uniforms of a block of each one's event at hand."""
        return uniforms(blocks(self.k0, self.k1, who.astype(np.uint64), self.event[who].astype(np.uint64), block, 0))

    def next_s(self, who: Ints, now_s: Floats | float, u: Floats) -> Floats:
        """Return when the next case of each comes."""
        return now_s - log(1.0 - u) / self.rate if self.rate > 0.0 else np.full(len(who), np.inf)

    def live(self, until_s: float, renewal: int) -> None:
        """Let all cases happen before a moment, and bring everybody to it."""
        while (due := np.flatnonzero(self.due_s < until_s)).size:
            self.event[due] += 1
            u = self.words(due, CASE)
            self.bring_to(due, self.due_s[due], BEFORE)
            self.close(due, self.due_s[due], u)
            self.due_s[due] = self.next_s(due, self.due_s[due], u[:, GAP])
        self.bring_to(np.arange(POOL), np.full(POOL, until_s), renewal)

    def count_leavers(self) -> None:
        """From now on, sum the chances to leave of those who are here now."""
        self.counted[:], self.expected[:] = True, 0.0

    def bring_to(self, who: Ints, now_s: Floats, renewal: int) -> None:
        """Bring scores and hazards up to date (R11)."""
        stretch_s = now_s - self.seen_s[who]
        account, recovery, mood = self.account[who], self.recovery[who], self.mood[who]
        hazard = scores.stretch_hazard(self.memory, account, recovery, mood, stretch_s)
        self.recovery[who], self.mood[who] = scores.faded(self.memory, account, recovery, mood, stretch_s)
        self.seen_s[who] = now_s
        self.add_hazard(who, hazard, renewal)

    def add_hazard(self, who: Ints, hazard: Floats, renewal: int) -> None:
        """Add hazards; who reaches his threshold leaves, and a new customer takes the place."""
        self.expected[who] += np.where(self.counted[who], scores.chance_of(hazard), 0.0)
        self.hazard[who] += hazard
        gone = who[self.hazard[who] >= self.threshold[who]]
        self.account[gone], self.recovery[gone], self.mood[gone], self.failed_s[gone] = self.new_account, np.nan, 0.0, -np.inf
        self.hazard[gone], self.counted[gone] = 0.0, False
        self.threshold[gone] = -log(1.0 - self.words(gone, RENEWAL)[:, renewal])

    def close(self, who: Ints, now_s: Floats, u: Floats) -> None:
        """Close a case of each, by its uniforms: an ordinary one or a problem; some leave on the spot (R42)."""
        before = scores.satisfaction(self.memory, self.account[who], self.recovery[who], self.mood[who])
        is_problem = u[:, KIND] < self.problem_share
        self.post_ordinary(who[~is_problem], u[~is_problem])
        self.post_problem(who[is_problem], u[is_problem, HANDLED], now_s[is_problem])
        after = scores.satisfaction(self.memory, self.account[who], self.recovery[who], self.mood[who])
        self.add_hazard(who, scores.hazard_of(scores.leaves_at_close(self.memory, before, after)), AT_CLOSE)

    def post_ordinary(self, who: Ints, u: Floats) -> None:
        """Post cases whose need was met, at once or with one further call."""
        memory = self.memory
        base = ordinary_base(memory, 0.0, 0.0) + memory.spread * normal_quantile(u[:, NOISE])
        quality = scores.clip(base - np.where(u[:, HANDLED] < self.history.solved_at_first, 0.0, self.felt.again))
        self.account[who] = scores.account_after(memory, self.account[who], quality)

    def post_problem(self, who: Ints, handled_u: Floats, now_s: Floats) -> None:
        """Post problems: complained about and settled, or not; or never spoken of, and unmet."""
        memory, history, felt = self.memory, self.history, self.felt
        u = self.words(who, PROBLEM)
        major = u[:, SEVERITY] < history.major
        complained = u[:, COMPLAINS] < np.where(major, memory.complain_major, memory.complain_minor)
        quick, settled = handled_u < history.quick, handled_u < history.quick + history.slow
        solved = complained & settled
        unmet = np.where(major, felt.unsolved_major, felt.unsolved)
        second = now_s - self.failed_s[who] < memory.window_days * DAY_S
        quality = np.where(solved, np.where(quick, felt.quick, felt.slow), unmet)
        quality = np.where(second, scores.clip(quality - memory.second_problem), quality)
        posted = who[complained]
        self.mood[who] = scores.mood_after(memory, self.mood[who], quality, solved, complained, major, second, u[:, SURPRISE])
        self.recovery[posted] = scores.recovery_after(memory, self.recovery[posted], quality[complained])
        self.failed_s[who] = now_s
