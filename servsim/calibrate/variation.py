"""How handling times and patience vary from day to day and from hour to hour, beyond what chance explains.

Every level is a factor with mean 1: of a day's (or hour's) talk times over the expected, or of its abandonments over the sum
of the hazards of those who waited. The variance of the factors, less the variance of counting, is what a prediction
interval must add. Never changes a mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.handling import HOURS, Handling, hour_of, talked
from servsim.calibrate.patience import Patience
from servsim.calibrate.quantile import Rows, table_mean
from servsim.record.call_file import RecordedCalls
from servsim.rules.codes import Outcome

Floats = NDArray[Any]
LEAST_TALKS_AN_HOUR = 30
LEAST_ABANDONED_AN_HOUR = 3.0
SMALLEST_SURVIVAL = 1e-6


@dataclass(frozen=True)
class Variation:
    """Standard deviations of factors with mean 1."""

    talk_day: float
    """A later day's level of talk times about the fitted one (by leaving thirds of the days out)."""
    talk_hour: float
    """An hour's level about that of its day."""
    patience_day: float
    """A day's hazard of giving up."""
    patience_hour: float
    """An hour's hazard about that of its day."""


def patience_rows(by_reason: dict[str, Patience], by_segment: dict[str, Patience | None], reason: str, segment: str) -> Rows | None:
    """Return the patience of a class of contacts: its reason's own, else its segment's."""
    own = by_reason.get(reason) or by_segment.get(segment)
    return own.rows if own else None


def variation(calls: RecordedCalls, handling: Handling, by_reason: dict[str, Patience], by_segment: dict[str, Patience | None]) -> Variation:
    """Measure how levels vary."""
    day, hour = _hazard_levels(calls, by_reason, by_segment)
    return Variation(handling.day_sd, _talk_hour_sd(calls, handling), day, hour)


def _cells(calls: RecordedCalls) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return each contact's day, its cell (day and hour), and the number of days."""
    dates, day = np.unique(calls.date, return_inverse=True)
    return day.astype(np.int64), day * HOURS + hour_of(calls), len(dates)


def _talk_hour_sd(calls: RecordedCalls, handling: Handling) -> float:
    known = talked(calls)
    day, cell, days = _cells(known)
    mean = np.array([table_mean(handling.by_reason[n].rows_at_1) if n in handling.by_reason else 1.0 for n in known.reason_names])
    ratio = known.talk_s / np.maximum(mean[known.reason] * handling.factor(known), 1e-9)
    count = np.bincount(cell, None, days * HOURS)
    level = np.bincount(cell, ratio, days * HOURS) / np.maximum(count, 1)
    of_day = (np.bincount(day, ratio, days) / np.bincount(day, None, days)).repeat(HOURS)
    judged = count >= LEAST_TALKS_AN_HOUR
    if not judged.any():
        return 0.0
    error = float(ratio.var()) / np.maximum(count, 1) * (1 - count / np.maximum(np.bincount(day, None, days).repeat(HOURS), 1))
    return _sd(((level - of_day) ** 2)[judged], error[judged], count[judged].astype(float))


def _sd(squares: Floats, errors: Floats, weight: Floats) -> float:
    return float(np.sqrt(max(np.average(squares - errors, weights=weight), 0.0)))


def _hazard_levels(calls: RecordedCalls, by_reason: dict[str, Patience], by_segment: dict[str, Patience | None]) -> tuple[float, float]:
    waited = calls.where(calls.wait_s > 0)
    hazard = _hazard(waited, by_reason, by_segment)
    day, cell, days = _cells(waited)
    lost = waited.outcome != Outcome.ANSWERED
    if lost.sum() < LEAST_ABANDONED_AN_HOUR * 10:
        return 0.0, 0.0
    expected, seen = np.bincount(day, hazard, days), np.bincount(day, lost, days)
    known = expected > LEAST_ABANDONED_AN_HOUR
    level = np.divide(seen, expected, out=np.ones(days), where=known)
    by_day = _sd(((level - 1) ** 2)[known], 1 / expected[known], expected[known]) if known.any() else 0.0
    hourly, seen_hourly = np.bincount(cell, hazard, days * HOURS), np.bincount(cell, lost, days * HOURS)
    judged = hourly > LEAST_ABANDONED_AN_HOUR
    if not judged.any():
        return by_day, 0.0
    of_day = level.repeat(HOURS)[judged]
    squares = (seen_hourly[judged] / hourly[judged] - of_day) ** 2
    return by_day, _sd(squares, of_day / hourly[judged], hourly[judged])


def _hazard(waited: RecordedCalls, by_reason: dict[str, Patience], by_segment: dict[str, Patience | None]) -> Floats:
    """Return each contact's cumulative hazard of giving up by the end of its wait."""
    found = np.zeros(len(waited))
    for r, reason in enumerate(waited.reason_names):
        for s, segment in enumerate(waited.segment_names):
            own = (waited.reason == r) & (waited.segment == s)
            rows = patience_rows(by_reason, by_segment, reason, segment)
            if rows is not None and own.any():
                shares, seconds = np.array(rows).T
                found[own] = -np.log(np.maximum(1 - np.interp(waited.wait_s[own], seconds, shares), SMALLEST_SURVIVAL))
    return found
