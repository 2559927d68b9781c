"""Who serves what: agents that take far fewer contacts of a reason than their colleagues do at the same time lack the skill.

Never calls a skill missing for want of data: the shortfall must be larger than chance (Poisson) explains.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.record.call_file import UNKNOWN, RecordedCalls
from servsim.rules.codes import Outcome

Floats = NDArray[Any]
FEW_SHARE = 0.15
"""An agent lacks a reason when he took less than this share of what his colleagues' mix lets expect ..."""
CHANCE = 1e-3
"""... and chance explains it with less than this probability."""
NEWCOMER_CALLS = 50
"""Agents with fewer calls are given the skills that most of the others have."""


def skills(calls: RecordedCalls) -> NDArray[Any]:
    """Return which agent serves which reason, (agents, reasons).

    The expected number is the mix of all served contacts of the same half hour, summed over the agent's contacts.
    """
    from scipy import stats

    seen, expected = _counts(calls)
    lacks = (seen < FEW_SHARE * expected) & (stats.poisson.cdf(seen, np.maximum(expected, 1e-12)) < CHANCE)
    taken = seen.sum(axis=1)
    serves = ~lacks
    usual = (serves * taken[:, None]).sum(axis=0) >= 0.5 * max(float(taken.sum()), 1.0)
    serves[taken < NEWCOMER_CALLS] = usual
    serves[~serves.any(axis=1)] = True
    return np.asarray(serves)


def _counts(calls: RecordedCalls) -> tuple[Floats, Floats]:
    """Return contacts taken and expected, (agents, reasons) each."""
    own = calls.where((calls.outcome == Outcome.ANSWERED) & (calls.agent != UNKNOWN))
    agents, reasons = len(calls.agent_names), len(calls.reason_names)
    _, half_hour = np.unique(own.date.astype(np.int64) * 48 + (own.arrived_s // 1800).astype(np.int64), return_inverse=True)
    halves = int(half_hour.max()) + 1 if len(half_hour) else 0
    mix = np.bincount(half_hour * reasons + own.reason, None, halves * reasons).reshape(halves, reasons).astype(float)
    mix /= np.maximum(mix.sum(axis=1, keepdims=True), 1.0)
    seen = np.bincount(own.agent * reasons + own.reason, None, agents * reasons).reshape(agents, reasons).astype(float)
    expected = np.column_stack([np.bincount(own.agent, mix[half_hour, r], agents) for r in range(reasons)]) if halves else seen
    return seen, expected
