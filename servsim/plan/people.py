"""Customers of one replication: where their scores stand at the start, and at the horizon (R11, R48).

Engines change the columns between; this module only makes them and brings them to the end, in bulk and with the same
bits as ``servsim.rules.loyalty``. Never simulates a contact.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.draws.philox import blocks, uniforms
from servsim.draws.portable_array import log
from servsim.draws.purpose import START, THRESHOLD, WANTS_HUMAN, Group, salted, stream
from servsim.plan import scores
from servsim.plan.plan import Plan
from servsim.rules.loyalty import Memory

Columns = dict[str, NDArray[Any]]

KEPT_UP_TO = 100_000
"""Customers of a segment whose draws are kept for the other worlds and for the measures of a replication: 2.4 MB."""


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
    size = int(plan.segment_size[number])
    luck_of = _luck_that_is_kept if size <= KEPT_UP_TO else _luck
    start_u, threshold, wants_human_u = luck_of(k0, salted(plan.segment_hash[number], Group.PERSON), size)
    first, end = int(plan.start_offset[number]), int(plan.start_offset[number + 1])
    place = first + np.minimum((start_u * (end - first)).astype(np.int64), end - first - 1)
    nothing = np.zeros(size)
    return {
        "account": plan.start_account[place], "recovery": plan.start_recovery[place], "mood": plan.start_mood[place],
        "seen_s": nothing, "failed_s": plan.start_failed_s[place], "hazard": nothing.copy(), "threshold": threshold,
        "expected": nothing.copy(), "lost_s": np.full(size, np.nan), "segment": np.full(size, number, np.int64), "wants_human_u": wants_human_u,
    }  # fmt: skip


def _luck(k0: int, k1: int, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return what is drawn of each person of a segment: the place in the pool, the threshold of leaving, who minds a menu."""
    u = uniforms(blocks(k0, k1, np.arange(size, dtype=np.uint64), 0, 0, 0))
    return u[:, START].copy(), -log(1.0 - u[:, THRESHOLD]), u[:, WANTS_HUMAN].copy()


_luck_that_is_kept = lru_cache(maxsize=8)(_luck)


def at_horizon(plan: Plan, customers: Columns) -> Columns:
    """Return the customers brought up to date to the end of the run (R11); who is lost already is left as he is.

    Parameters
    ----------
    customers : (customers,) columns of ``CUSTOMER_COLUMNS``, by number of the customer; they are not changed.
    """
    ended = {name: np.array(column) for name, column in customers.items()}
    for number, memory in enumerate(plan.memory):
        first = int(plan.segment_first[number])
        mine = slice(first, first + int(plan.segment_size[number]))
        here = first + np.flatnonzero(np.isnan(ended["lost_s"][mine]))
        _bring_to(memory, ended, here, float(plan.horizon_s))
    return ended


def _bring_to(memory: Memory, customers: Columns, who: NDArray[np.int64], now_s: float) -> None:
    """Add the hazard of the stretch since each was last seen, then fade R and T; who reaches his threshold is lost within it."""
    account, recovery, mood = (customers[name][who] for name in ("account", "recovery", "mood"))
    seen_s, before = customers["seen_s"][who], customers["hazard"][who]
    hazard = scores.stretch_hazard(memory, account, recovery, mood, now_s - seen_s)
    total = before + hazard
    lost = total >= customers["threshold"][who]
    share = (customers["threshold"][who][lost] - before[lost]) / hazard[lost]
    customers["lost_s"][who[lost]] = seen_s[lost] + (now_s - seen_s[lost]) * share
    customers["expected"][who] += scores.chance_of(hazard)
    customers["hazard"][who] = total
    customers["recovery"][who], customers["mood"][who] = scores.faded(memory, account, recovery, mood, now_s - seen_s)
    customers["seen_s"][who] = now_s
