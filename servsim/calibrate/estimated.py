"""A number measured on recorded days, with its interval. Days are the independent observations, never single contacts.

Contacts of one day share its weather, staff and campaigns, so intervals count days: a ratio of sums over days has a
delta-method interval with Student's t. Source: Cochran, Sampling Techniques (1977), section 2.11 (ratio estimates).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.measure.estimate import t_quantile

Floats = NDArray[Any]
LEVEL = 0.95


class Estimated(NamedTuple):
    """A measured number with its 95 % interval; NaN bounds where the data cannot give one."""

    value: float
    low: float
    high: float
    observations: int = 0
    """How many observations (contacts, gaps, days) it rests on."""

    def covers(self, value: float) -> bool:
        """Whether the interval holds a value."""
        return self.low <= value <= self.high

    def scaled(self, factor: float) -> Estimated:
        """The same in another unit."""
        return Estimated(self.value * factor, self.low * factor, self.high * factor, self.observations)


def ratio_over_days(above: Floats, below: Floats) -> Estimated:
    """Estimate the ratio of two sums over days, (days,) each.

    Source: Cochran (1977), eq. 2.39.
    """
    days, total = len(below), float(below.sum())
    if total <= 0:
        return Estimated(math.nan, math.nan, math.nan, 0)
    ratio = float(above.sum()) / total
    if days < 2:
        return Estimated(ratio, math.nan, math.nan, round(total))
    residual = above - ratio * below
    half = t_quantile(LEVEL, days - 1) * float(np.sqrt((residual**2).sum() * days / (days - 1))) / total
    low = max(ratio - half, 0.0) if (above >= 0).all() else ratio - half
    return Estimated(ratio, low, ratio + half, round(total))


def mean_by_day(day: NDArray[np.int64], days: int, values: Floats) -> Estimated:
    """Estimate a mean of values whose days are numbered 0 ... days - 1; days without values are left out."""
    above, below = np.bincount(day, values, days), np.bincount(day, None, days).astype(float)
    return ratio_over_days(above[below > 0], below[below > 0])


def bootstrap_over_days(statistic: object, days: int, draws: int = 400) -> tuple[float, float]:
    """Return the 95 % percentile interval of a statistic of resampled days.

    ``statistic`` maps (days,) day numbers, drawn with replacement, to a number.
    """
    generator = np.random.default_rng(1)
    again = [statistic(generator.integers(0, days, days)) for _ in range(draws)]  # type: ignore[operator]
    low, high = np.nanquantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
