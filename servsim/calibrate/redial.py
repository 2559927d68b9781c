"""Redials: who calls again after giving up, beyond those who call again anyway. Needs identified customers.

Every share within a time t is net of the background: (after giving up - after service) / (1 - after service).
Never counts a caller who is not identified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.days import DAY_S
from servsim.calibrate.estimated import Estimated, bootstrap_over_days
from servsim.calibrate.quantile import SHARES, Rows
from servsim.record.call_file import UNKNOWN, RecordedCalls
from servsim.rules.codes import Outcome

Floats = NDArray[Any]
WINDOW_S = 7200.0
GRID_S = np.concatenate([np.arange(0, 600, 15), np.arange(600, WINDOW_S + 1, 60)])
LEAST_LOST = 100
"""Fewer identified callers who gave up say nothing."""


@dataclass(frozen=True)
class Redial:
    """What people do after giving up."""

    share: Estimated
    """Chance to call again within two hours, net of the background."""
    after_giving_up: float
    after_service: float
    """The background: chance to call again within two hours after being served."""
    rows: Rows
    """Quantile table of the delay."""
    known: int
    """Identified callers who gave up."""


def fit_redial(calls: RecordedCalls) -> Redial | None:
    """Estimate redials; ``None`` where too few of those who gave up are identified."""
    known = calls.seeking_an_agent()
    known = known.where(known.customer != UNKNOWN)
    if (known.outcome != Outcome.ANSWERED).sum() < LEAST_LOST or (known.outcome == Outcome.ANSWERED).sum() < LEAST_LOST:
        return None
    gap_s, was_lost, day = _gaps(known)
    again, background = _curve(gap_s[was_lost]), _curve(gap_s[~was_lost])
    net = np.maximum.accumulate(np.clip((again - background) / (1 - background), 0, 1))
    if net[-1] <= 0:
        return None
    low, high = _interval(gap_s <= WINDOW_S, was_lost, day)
    shares = net / net[-1]
    rows = [(float(s), float(np.interp(s, shares, GRID_S))) for s in SHARES]
    share = Estimated(float(net[-1]), low, high, int(was_lost.sum()))
    return Redial(share, float(again[-1]), float(background[-1]), rows, int(was_lost.sum()))


def _gaps(known: RecordedCalls) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64]]:
    """Return the time to the same customer's next contact (inf: none), whether the contact was lost, and its day."""
    start = known.date * DAY_S + known.arrived_s
    order = np.lexsort((start, known.customer))
    end = (start + known.menu_s + known.wait_s + np.nan_to_num(known.talk_s))[order]
    same = known.customer[order][1:] == known.customer[order][:-1]
    gap = np.append(np.where(same, np.maximum(start[order][1:] - end[:-1], 0.0), np.inf), np.inf)
    return gap, (known.outcome != Outcome.ANSWERED)[order], np.unique(known.date[order], return_inverse=True)[1]


def _curve(gap_s: Floats) -> Floats:
    return np.searchsorted(np.sort(gap_s), GRID_S, "right") / len(gap_s)


def _interval(soon: NDArray[np.bool_], was_lost: NDArray[np.bool_], day: NDArray[np.int64]) -> tuple[float, float]:
    days = int(day.max()) + 1
    sums = [np.bincount(day[side], soon[side], days) for side in (was_lost, ~was_lost)]
    counts = [np.bincount(day[side], None, days) for side in (was_lost, ~was_lost)]

    def net(drawn: NDArray[np.int64]) -> float:
        after, before = (s[drawn].sum() / max(c[drawn].sum(), 1) for s, c in zip(sums, counts, strict=True))
        return float((after - before) / max(1 - before, 1e-9))

    return bootstrap_over_days(net, days)
