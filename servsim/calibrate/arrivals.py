"""Arrivals: how many come by time of day, how days differ, and whether arrivals within an interval are Poisson.

Never smooths: a rate is a mean of counts over normal days.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.days import DAY_S, DayGroup, weekday_of
from servsim.calibrate.estimated import Estimated, bootstrap_over_days, ratio_over_days
from servsim.record.call_file import RecordedCalls

Floats = NDArray[Any]
HALF_HOUR_S = 1800.0
STEPS_S = (1800.0, 3600.0, 7200.0, 14_400.0)
LEAST_IN_STEP = 20
"""A profile is as fine as leaves this many contacts (all days together) in the mean step."""


@dataclass(frozen=True)
class Rate:
    """Contacts per hour in one stretch of the day."""

    since_s: float
    until_s: float
    per_h: Estimated


@dataclass(frozen=True)
class DayFactor:
    """How days differ beyond Poisson."""

    cv: Estimated
    """Standard deviation over mean of the gamma day factor."""
    days: int
    mean_by_weekday: dict[int, Estimated]
    """Contacts a day by weekday (Monday 0)."""
    dispersion_left: float
    """Variance over mean of half-hour counts about (day total x profile): 1 would be Poisson."""


@dataclass(frozen=True)
class PoissonTest:
    """Brown et al.'s test of a Poisson process with a constant rate within each interval."""

    arrivals: int
    distance: float
    p_value: float

    @property
    def sentence(self) -> str:
        """What the test says."""
        verdict = "is rejected" if self.p_value < 0.01 else "is not rejected"
        return f"Poisson within half hours {verdict} (Kolmogorov-Smirnov distance {self.distance:.4f}, p {self.p_value:.3f}, {self.arrivals} arrivals)"


def profile_of(calls: RecordedCalls, group: DayGroup) -> tuple[Rate, ...]:
    """Return contacts per hour through the opening hours of a group of weekdays; ``calls`` of one reason."""
    own = calls.where(np.isin(calls.date, group.dates))
    inside = own.where((own.arrived_s >= group.open_s) & (own.arrived_s < group.close_s))
    edges = _edges(group, len(inside))
    dates = np.array(group.dates)
    day = np.searchsorted(dates, inside.date)
    found = []
    for since, until in pairwise(edges):
        counts = np.bincount(day[(inside.arrived_s >= since) & (inside.arrived_s < until)], None, len(dates)).astype(float)
        found.append(Rate(since, until, ratio_over_days(counts, np.full(len(dates), (until - since) / 3600.0))))
    return tuple(found)


def _edges(group: DayGroup, contacts: int) -> list[float]:
    """Return the edges of the stretches: fine where there are many contacts."""
    span = group.close_s - group.open_s
    step = next((s for s in STEPS_S if contacts * s / max(span, 1.0) >= LEAST_IN_STEP), STEPS_S[-1])
    inner = [float(e) for e in np.arange(step, DAY_S, step) if group.open_s < e < group.close_s]
    return [group.open_s, *inner, group.close_s]


def day_factor(calls: RecordedCalls, group: DayGroup) -> DayFactor:
    """Estimate the day factor of a group of weekdays, weekday means taken out.

    Source
    ------
    Moments of a gamma-mixed Poisson count: var = mean + (cv mean)^2; Jongbloed & Koole (2001).
    """
    dates = np.array(group.dates)
    own = calls.where(np.isin(calls.date, dates))
    counts = np.bincount(np.searchsorted(dates, own.date), None, len(dates)).astype(float)
    weekdays = weekday_of(dates)
    low, high = bootstrap_over_days(lambda drawn: _cv(counts[drawn], weekdays[drawn]), len(dates))
    by_weekday = {int(w): ratio_over_days(counts[weekdays == w], np.ones((weekdays == w).sum())) for w in np.unique(weekdays)}
    return DayFactor(Estimated(_cv(counts, weekdays), low, high, len(dates)), len(dates), by_weekday, _dispersion(own, dates, counts))


def _cv(counts: Floats, weekdays: NDArray[np.int64]) -> float:
    present, number = np.unique(weekdays, return_inverse=True)
    means = np.bincount(number, counts) / np.bincount(number)
    free = len(counts) - len(present)
    if free < 1 or counts.mean() <= 0:
        return 0.0
    relative = counts / means[number]
    return float(np.sqrt(max(((relative - 1) ** 2).sum() / free - 1 / counts.mean(), 0.0)))


def _dispersion(own: RecordedCalls, dates: NDArray[np.int64], counts: Floats) -> float:
    half = np.minimum(own.arrived_s // HALF_HOUR_S, 47).astype(np.int64)
    table = np.bincount(np.searchsorted(dates, own.date) * 48 + half, None, len(dates) * 48).reshape(len(dates), 48)
    if counts.sum() <= 0 or len(dates) < 2:
        return float("nan")
    expected = counts[:, None] * table.sum(axis=0) / counts.sum()
    used = expected > 1
    free = used.sum() * (1 - 1 / len(dates))
    return float(((table - expected)[used] ** 2 / expected[used]).sum() / free) if free else float("nan")


def poisson_test(calls: RecordedCalls, group: DayGroup) -> PoissonTest:
    """Test whether arrivals within half hours are a Poisson process.

    Given their number, the transformed gaps (J + 1 - j) (-log((L - T_j) / (L - T_(j-1)))) are independent exponential.

    Source
    ------
    Brown, Gans, Mandelbaum, Sakov, Shen, Zeltyn & Zhao (2005), section 4.1. Whole seconds are spread out evenly.
    """
    from scipy import stats

    own = calls.where(np.isin(calls.date, group.dates) & (calls.arrived_s >= group.open_s) & (calls.arrived_s < group.close_s))
    jitter = np.random.default_rng(1).random(len(own)) * (own.arrived_s == np.floor(own.arrived_s))
    time = own.date * DAY_S + own.arrived_s + jitter
    time = np.sort(time)
    block, within = np.floor(time / HALF_HOUR_S).astype(np.int64), time % HALF_HOUR_S
    first = np.r_[True, block[1:] != block[:-1]]
    starts = np.flatnonzero(first)
    size = np.diff(np.r_[starts, len(time)])
    rank = np.arange(len(time)) - np.repeat(starts, size) + 1
    before = np.where(first, 0.0, np.r_[0.0, within[:-1]])
    gaps = (np.repeat(size, size) + 1 - rank) * -np.log((HALF_HOUR_S - within) / (HALF_HOUR_S - before))
    found = stats.kstest(gaps, "expon")
    return PoissonTest(len(time), float(found.statistic), float(found.pvalue))
