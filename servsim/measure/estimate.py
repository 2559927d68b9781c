"""Estimates: a number and its confidence interval, out of replications. Never knows what is estimated.

A measure of N replications is the ratio of two means, X/Y (for counts Y is 1), never the mean of ratios, which is biased
when the denominators vary. Its interval comes from the delta method with Student's t.

Source: Law, Simulation Modeling and Analysis (2015), section 9.4; Cochran, Sampling Techniques (1977), eq. 2.39;
Hoad, Robinson & Davies (2010), "Automated selection of the number of replications", J. Operational Research Society 61.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servsim.errors import SettingError, TooFewReplications

Floats = NDArray[np.float64]

RATIO = "ratio of means over {n} replications, delta method, Student's t"
SINGLE = "one replication: no interval"
NO_DATA = "no data in any replication"

LEAST_REPLICATIONS = 5
LOOK_AHEAD = 5


@dataclass(frozen=True)
class Estimate:
    """A number with its confidence interval."""

    value: float
    """NaN: no data."""
    low: float
    """NaN: no interval."""
    high: float
    level: float
    """Confidence level, 0.95."""
    replications: int
    method: str
    """How the interval was found, or why there is none."""

    @property
    def half_width(self) -> float:
        """Half the interval's width."""
        return (self.high - self.low) / 2.0

    @property
    def relative_half_width(self) -> float:
        """Half the width as a share of the value; 0 for an interval without width, inf around a value of 0."""
        if self.half_width == 0.0:
            return 0.0
        return math.inf if self.value == 0.0 else abs(self.half_width / self.value)


ROUNDING = 1e-13
"""A sum of squared residuals below this share of its parts is what rounding left of zero."""


class Moments:
    """Sums, squares and cross products of numerators and denominators, gathered one replication at a time (Welford)."""

    def __init__(self, rows: int) -> None:
        self.replications = 0
        self.above, self.below = np.zeros(rows), np.zeros(rows)
        """Sums so far; whole numbers stay whole."""
        self._mean_above, self._mean_below = np.zeros(rows), np.zeros(rows)
        self._above_sq, self._below_sq, self._cross = np.zeros(rows), np.zeros(rows), np.zeros(rows)
        """Sums of squares and products about the means."""

    def add(self, above: Floats, below: Floats) -> None:
        """Take in one replication's numerators and denominators, each (rows,)."""
        self.replications += 1
        self.above, self.below = self.above + above, self.below + below
        from_above, from_below = above - self._mean_above, below - self._mean_below
        self._mean_above = self._mean_above + from_above / self.replications
        self._mean_below = self._mean_below + from_below / self.replications
        self._above_sq = self._above_sq + from_above * (above - self._mean_above)
        self._below_sq = self._below_sq + from_below * (below - self._mean_below)
        self._cross = self._cross + from_above * (below - self._mean_below)

    def values(self) -> Floats:
        """Return the ratios of means, (rows,); NaN where no replication had a denominator."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.below != 0.0, self.above / self.below, np.nan)

    def half_widths(self, level: float) -> Floats:
        """Return half the widths of the confidence intervals, (rows,); NaN with fewer than two replications."""
        count = self.replications
        if count < 2:
            return np.full(len(self.above), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.sqrt(self._residual_squares() * count / (count - 1)) / np.abs(self.below)
        return t_quantile(level, count - 1) * error

    def _residual_squares(self) -> Floats:
        """Return the sums of squares of numerator less ratio times denominator."""
        ratio = self.values()
        parts = self._above_sq + ratio * ratio * self._below_sq
        squares = parts - 2.0 * ratio * self._cross
        return np.where(squares > ROUNDING * parts, squares, np.where(np.isnan(ratio), np.nan, 0.0))


def t_quantile(level: float, freedom: int) -> float:
    """Return the two-sided quantile of Student's t: 0.95 and 4 degrees of freedom give 2.776.

    Raises
    ------
    SettingError
        When the level is not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise SettingError(f"confidence: got {level}; must be a share between 0 and 1, such as 0.95")
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + level / 2.0))


def estimate(numerators: ArrayLike, denominators: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Estimate a ratio from one numerator and one denominator per replication.

    Parameters
    ----------
    numerators, denominators : (replications,) float; for a plain mean the denominators are 1.
    confidence : level of the interval.

    Raises
    ------
    SettingError
        When the level is not between 0 and 1, or the lengths differ.
    """
    above, below = np.asarray(numerators, float), np.asarray(denominators, float)
    if above.shape != below.shape or above.ndim != 1:
        raise SettingError(f"denominators: got shape {below.shape}; must be as many as numerators, {above.shape}")
    moments = Moments(1)
    for x, y in zip(above, below, strict=True):
        moments.add(np.array([x]), np.array([y]))
    return estimates(moments, confidence)[0]


def estimates(moments: Moments, confidence: float = 0.95) -> list[Estimate]:
    """Estimate every row of gathered replications."""
    count, values, halves = moments.replications, moments.values(), moments.half_widths(confidence)
    return [
        Estimate(value, value - half, value + half, confidence, count, _method(value, count))
        for value, half in zip(values.tolist(), halves.tolist(), strict=True)
    ]


def _method(value: float, count: int) -> str:
    if math.isnan(value):
        return NO_DATA
    return SINGLE if count < 2 else RATIO.format(n=count)


def batches(numerators: ArrayLike, denominators: ArrayLike, size: int) -> tuple[Floats, Floats]:
    """Join consecutive days of one long replication to batches that stand in for replications; a rest is left out.

    Days follow weekdays and carry work over, so a batch should be a week or more: ``estimate(*batches(x, y, 7))``.
    """
    above, below = np.asarray(numerators, float), np.asarray(denominators, float)
    whole = len(above) // size * size
    return above[:whole].reshape(-1, size).sum(axis=1), below[:whole].reshape(-1, size).sum(axis=1)


def replications_needed(found: Estimate, precision: float) -> int:
    """Forecast how many replications a relative half width of ``precision`` (0.05 for '5 %') takes in all.

    Raises
    ------
    TooFewReplications
        With fewer than two replications there is no spread to go by.
    SettingError
        When the precision is not above 0.
    """
    check_precision(precision)
    if found.replications < 2 or math.isnan(found.half_width):
        raise TooFewReplications("a forecast needs at least two replications with data", found)
    if found.half_width == 0.0:
        return LEAST_REPLICATIONS
    spread = found.half_width * math.sqrt(found.replications) / t_quantile(found.level, found.replications - 1)
    needed, target = LEAST_REPLICATIONS, abs(precision * found.value)
    if target == 0.0:
        raise TooFewReplications("a share of a value of 0 cannot be reached by any number of replications", found)
    normal = t_quantile(found.level, 10**9)
    needed = max(needed, math.ceil((normal * spread / target) ** 2))
    while t_quantile(found.level, needed - 1) * spread / math.sqrt(needed) > target:
        needed += 1
    return needed


def precise_after(relative_half_widths: Sequence[float], precision: float) -> int | None:
    """Return after how many replications a run may stop, or ``None``: not yet.

    Parameters
    ----------
    relative_half_widths : by replication, of the estimate out of the replications up to it (the first is NaN).
    precision : the relative half width to reach: 0.05 for '5 %'.

    The rule of Hoad, Robinson & Davies: the width is reached after five replications or more, and stays reached during
    a look-ahead of five further ones (5 % of their number beyond 100), which guards against stopping on a lucky streak.
    """
    check_precision(precision)
    reached = [width <= precision for width in relative_half_widths]
    for count in range(LEAST_REPLICATIONS, len(reached) + 1):
        ahead = max(LOOK_AHEAD, LOOK_AHEAD * count // 100)
        if count + ahead > len(reached):
            return None
        if all(reached[count - 1 : count + ahead]):
            return count
    return None


def check_precision(precision: float) -> None:
    """Refuse a precision that no run can reach.

    Raises
    ------
    SettingError
        When it is not above 0.
    """
    if not precision > 0.0:
        raise SettingError(f"precision: got {precision}; must be a share above 0, such as 5 %")
