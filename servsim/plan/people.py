"""Customers of one replication: where their scores stand at the start, and at the horizon (R11, R48).

::

    pool of a segment --a draw of each customer--> columns --the engine: those who come--> columns --> at the horizon
         '---------------- worked out once for a plan: the horizon of whoever never came ----------------'

Engines change the columns between; this module only makes them and brings them to the end, in bulk and with the same
bits as ``servsim.rules.loyalty``. Never simulates a contact.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.draws.philox import blocks, uniforms
from servsim.draws.portable_array import log
from servsim.draws.purpose import START, THRESHOLD, WANTS_HUMAN, Group, salted, stream
from servsim.plan import scores
from servsim.plan.plan import Plan
from servsim.plan.shared import ByPlan
from servsim.rules.loyalty import Memory

Columns = dict[str, NDArray[Any]]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KEPT_UP_TO = 20_000
"""Customers of a segment whose draws are kept for the other worlds and for the measures of a replication: 0.5 MB."""
MOST_KEPT = 48
"""Segments and replications of which they are kept: those of a move on the class-room page."""


def start_people(plan: Plan, seed: int, replication: int) -> Columns:
    """Return every customer as the run begins.

    Parameters
    ----------
    plan : as compiled, with arrays.

    Returns
    -------
    (customers,) columns: those of ``CUSTOMER_COLUMNS``, the number of the ``segment``, and ``wants_human_u``, the
    uniform that says who minds a menu; no columns where nobody remembers.
    """
    if not plan.remembers:
        return {}
    parts = [_segment(plan, number, stream(seed, replication)) for number in range(len(plan.segment_size))]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _segment(plan: Plan, number: int, k0: int) -> Columns:
    """Return the customers of one segment: each is one of the pool, by a draw of his own."""
    start_u, threshold, wants_human_u = _luck_of(plan, number, k0)
    place, size = _places(plan, number, start_u), len(start_u)
    nothing = np.zeros(size)
    return {
        "account": plan.start_account[place], "recovery": plan.start_recovery[place], "mood": plan.start_mood[place],
        "seen_s": nothing, "failed_s": plan.start_failed_s[place], "hazard": nothing.copy(), "threshold": threshold,
        "expected": nothing.copy(), "lost_s": np.full(size, np.nan), "segment": np.full(size, number, np.int64), "wants_human_u": wants_human_u,
    }  # fmt: skip


def places_in_pool(plan: Plan, seed: int, replication: int) -> Ints:
    """Return the row of the plan's ``start_*`` columns that each customer is like as the run begins (customers,)."""
    k0 = stream(seed, replication)
    return np.concatenate([_places(plan, number, _luck_of(plan, number, k0)[0]) for number in range(len(plan.segment_size))])


def _places(plan: Plan, number: int, start_u: Floats) -> Ints:
    first, end = int(plan.start_offset[number]), int(plan.start_offset[number + 1])
    return first + np.minimum((start_u * (end - first)).astype(np.int64), end - first - 1)


def _luck_of(plan: Plan, number: int, k0: int) -> tuple[Floats, Floats, Floats]:
    """Return what is drawn of each person of a segment: the place in the pool, the threshold of leaving, who minds a menu."""
    size = int(plan.segment_size[number])
    draw = _luck_that_is_kept if size <= KEPT_UP_TO else _luck
    return draw(k0, salted(plan.segment_hash[number], Group.PERSON), size)


def _luck(k0: int, k1: int, size: int) -> tuple[Floats, Floats, Floats]:
    u = uniforms(blocks(k0, k1, np.arange(size, dtype=np.uint64), 0, 0, 0))
    return u[:, START].copy(), -log(1.0 - u[:, THRESHOLD]), u[:, WANTS_HUMAN].copy()


_luck_that_is_kept = lru_cache(maxsize=MOST_KEPT)(_luck)


class Stretch(NamedTuple):
    """What a stretch without a case does to customers (n,)."""

    hazard: Floats
    chance: Floats
    recovery: Floats
    mood: Floats


def at_horizon(plan: Plan, customers: Columns, place: Ints | None = None) -> Columns:
    """Return the customers brought up to date to the end of the run (R11); who is lost already is left as he is.

    Parameters
    ----------
    customers : (customers,) columns of ``CUSTOMER_COLUMNS``, by number of the customer; they are not changed.
    place : (customers,) as from ``places_in_pool``: what is not worked out again for those who never came; ``None``: all are worked out.
    """
    ended = {name: np.array(column) for name, column in customers.items()}
    anew = np.ones(len(ended["account"]), np.bool_)
    if place is not None:
        known = never_came(plan, ended, place)
        anew[known] = False
        _let_pass(ended, known, float(plan.horizon_s), _rows(_waiting(plan), place[known]))
    for number, memory in enumerate(plan.memory):
        first = int(plan.segment_first[number])
        mine = slice(first, first + int(plan.segment_size[number]))
        here = first + np.flatnonzero(np.isnan(ended["lost_s"][mine]) & anew[mine])
        account, recovery, mood, seen_s = (ended[name][here] for name in ("account", "recovery", "mood", "seen_s"))
        _let_pass(ended, here, float(plan.horizon_s), stretch(memory, account, recovery, mood, float(plan.horizon_s) - seen_s))
    return ended


def never_came(plan: Plan, customers: Columns, place: Ints) -> Ints:
    """Return the rows of customers who are still here and as the run found them."""
    same = np.isnan(customers["lost_s"]) & (customers["seen_s"] == 0.0)
    for name in ("account", "recovery", "mood"):
        same &= customers[name].view(np.int64) == getattr(plan, f"start_{name}").view(np.int64)[place]  # by bits: blank is not-a-number
    return np.flatnonzero(same)


def stretch(memory: Memory, account: Floats, recovery: Floats, mood: Floats, stretch_s: Floats) -> Stretch:
    """Return what a stretch of each one's own length does to customers of a segment."""
    hazard = scores.stretch_hazard(memory, account, recovery, mood, stretch_s)
    return Stretch(hazard, scores.chance_of(hazard), *scores.faded(memory, account, recovery, mood, stretch_s))


def _whole_run(plan: Plan) -> Stretch:
    """Return what the run does to customers like each row of the plan's ``start_*`` columns, if they never come."""
    parts = []
    for number, memory in enumerate(plan.memory):
        own = slice(int(plan.start_offset[number]), int(plan.start_offset[number + 1]))
        scores_of = (plan.start_account[own], plan.start_recovery[own], plan.start_mood[own])
        parts.append(stretch(memory, *scores_of, np.full(len(scores_of[0]), float(plan.horizon_s))))
    return Stretch(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


_waiting = ByPlan(_whole_run)


def _rows(passed: Stretch, rows: Ints) -> Stretch:
    return Stretch(*(column[rows] for column in passed))


def _let_pass(customers: Columns, who: Ints, now_s: float, passed: Stretch) -> None:
    """Add the hazard of the stretch since each was last seen, then fade R and T; who reaches his threshold is lost within it."""
    seen_s, before, threshold = customers["seen_s"][who], customers["hazard"][who], customers["threshold"][who]
    total = before + passed.hazard
    lost = total >= threshold
    share = (threshold[lost] - before[lost]) / passed.hazard[lost]
    customers["lost_s"][who[lost]] = seen_s[lost] + (now_s - seen_s[lost]) * share
    customers["expected"][who] += passed.chance
    customers["hazard"][who] = total
    customers["recovery"][who], customers["mood"][who] = passed.recovery, passed.mood
    customers["seen_s"][who] = now_s
