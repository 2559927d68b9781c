"""In which order people are served: how much earlier a class is taken than its time of joining says (waiting credit).

Pairs of contacts that joined within seconds of each other and both waited show it: the difference of their answers.
Never looks at contacts that found an agent at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.days import DAY_S
from servsim.record.call_file import RecordedCalls
from servsim.rules.codes import Outcome

TOGETHER_S = 20.0
LEAST_WAIT_S = 30.0
LEAST_PAIRS = 50
ROUND_S = 5.0
LEAST_CREDIT_S = 15.0

Class = tuple[int, int]
"""(reason, segment)."""


def waiting_credits(calls: RecordedCalls, serves: NDArray[np.bool_]) -> dict[Class, float]:
    """Return the waiting credit of each class of contacts in seconds, the least favoured class having 0.

    Parameters
    ----------
    serves : (agents, reasons) who serves what; a pair counts only where both agents serve both reasons.
    """
    number, classes = _classes(calls)
    first, second, ahead_s = _pairs(calls, serves)
    one, two = number[first], number[second]
    base = int(np.bincount(number[number >= 0]).argmax()) if (number >= 0).any() else 0
    found = {base: 0.0}
    for other in range(len(classes)):
        gain = np.r_[ahead_s[(one == base) & (two == other)], -ahead_s[(one == other) & (two == base)]]
        if other != base and len(gain) >= LEAST_PAIRS:
            found[other] = float(np.round(np.median(gain) / ROUND_S) * ROUND_S)
    return _from_zero({classes[c]: credit for c, credit in found.items()})


def _classes(calls: RecordedCalls) -> tuple[NDArray[np.int64], list[Class]]:
    """Return each contact's class (-1: segment not known) and the classes."""
    code = calls.reason.astype(np.int64) * (len(calls.segment_names) + 1) + np.maximum(calls.segment, 0)
    known = (calls.segment >= 0) if calls.segment_names else np.ones(len(calls), bool)
    codes = np.unique(code[known])
    width = len(calls.segment_names) + 1
    number = np.where(known, np.searchsorted(codes, code), -1)
    return np.minimum(number, len(codes) - 1), [(int(c // width), int(c % width)) for c in codes]


def _pairs(calls: RecordedCalls, serves: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return pairs of neighbours in the line: first, second, and how much earlier the second was taken than fair."""
    joined = calls.date * DAY_S + calls.arrived_s + calls.menu_s
    waited = np.flatnonzero((calls.wait_s > LEAST_WAIT_S) & (calls.outcome == Outcome.ANSWERED))
    waited = waited[np.argsort(joined[waited], kind="stable")]
    first, second = waited[:-1], waited[1:]
    near = joined[second] - joined[first] < TOGETHER_S
    for served_by, reason in ((first, second), (second, first)):
        agent = calls.agent[served_by]
        near &= (agent < 0) | serves[agent, calls.reason[reason]]
    first, second = first[near], second[near]
    # Fair: both wait equally long; the second's shorter wait is its credit over the first.
    return first, second, calls.wait_s[first] - calls.wait_s[second]


def _from_zero(credits: dict[Class, float]) -> dict[Class, float]:
    """Return credits of at least 0; small differences are noise."""
    least = min(credits.values(), default=0.0)
    return {c: credit - least if credit - least >= LEAST_CREDIT_S else 0.0 for c, credit in credits.items()}
