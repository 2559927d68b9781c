"""Differences between two worlds, with intervals: replication by replication, the same people in both.

A measure is a ratio of means in each world, so the difference is one of two such ratios; its interval comes from the
delta method on the four sums of each replication, with Student's t. Noise that both worlds share cancels in each
replication: that is what pairing gains. Never knows what a measure means.

Source: Law, Simulation Modeling and Analysis (2015), sections 9.4 and 10.2 (paired t, common random numbers, Bonferroni);
Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15 (two one-sided tests).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servsim.measure.estimate import t_quantile

Floats = NDArray[np.float64]

LEAST_REPLICATIONS = 2
"""Without two replications there is no spread, and without spread no interval."""
POWER = 0.8
"""A difference as large as the one seen would be told with this chance by the number of replications that is named."""
NORMAL_AT_POWER = 0.8416212335729143
"""The standard normal quantile at ``POWER``."""
ROUNDING = 1e-12


@dataclass(frozen=True)
class Sample:
    """One measure of one world: a numerator and a denominator per replication, (replications,) or (rows, replications)."""

    above: Floats
    below: Floats

    @property
    def value(self) -> Floats:
        """Ratio of means; NaN where there is no data."""
        above, below = self.above.sum(axis=-1), self.below.sum(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(below != 0.0, above / below, np.nan))

    @property
    def residuals(self) -> Floats:
        """What each replication adds to the ratio's error: (above - value * below) / mean of below."""
        mean_below = self.below.mean(axis=-1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((self.above - self.value[..., None] * self.below) / mean_below)


@dataclass(frozen=True)
class Differences:
    """The difference of every row between two worlds, (rows,) each."""

    base: Floats
    value: Floats
    difference: Floats
    """``value - base``."""
    spread: Floats
    """Standard deviation of the difference of one replication."""
    replications: int

    def half_widths(self, level: float) -> Floats:
        """Return half the widths of the confidence intervals."""
        factor = t_quantile(level, self.replications - 1) / math.sqrt(self.replications)
        return np.asarray(factor * self.spread)

    def only(self, row: int) -> Differences:
        """Return one row of them."""
        one = slice(row, row + 1)
        return Differences(self.base[one], self.value[one], self.difference[one], self.spread[one], self.replications)


def differences(base: Sample, other: Sample) -> Differences:
    """Return the differences ``other - base`` of the same measures over the same replications.

    Where both worlds are alike to the bit, difference and spread are exactly 0.
    """
    here, there = base.value, other.value
    residuals = other.residuals - base.residuals
    size = np.abs(other.residuals).max(axis=-1, initial=0.0) + np.abs(base.residuals).max(axis=-1, initial=0.0)
    count = base.above.shape[-1]
    spread = residuals.std(axis=-1, ddof=1) if count > 1 else np.full(residuals.shape[:-1], np.nan)
    spread = np.where(spread <= ROUNDING * size, np.where(np.isnan(spread), np.nan, 0.0), spread)
    return Differences(here, there, there - here, spread, count)


@dataclass(frozen=True)
class Gain:
    """What pairing gains for one measure."""

    independent: float
    """Variance of a replication's difference, had the worlds met different people."""
    paired: float
    """Variance of a replication's difference, as it was."""

    @property
    def factor(self) -> float:
        """How many times as many replications independent runs would need; inf where the worlds are alike, NaN without noise."""
        if self.paired == 0.0:
            return math.inf if self.independent > 0.0 else math.nan
        return self.independent / self.paired


def gain_of(base: Sample, other: Sample) -> Gain:
    """Return what pairing gains for one measure, (replications,) in each world."""
    here, there = base.residuals, other.residuals
    return Gain(float(here.var(ddof=1) + there.var(ddof=1)), float((there - here).var(ddof=1)))


def adjusted(level: float, statements: int) -> float:
    """Return the level of each of several intervals that makes all of them hold together with the level asked for (Bonferroni)."""
    return 1.0 - (1.0 - level) / max(statements, 1)


def equivalence_level(level: float) -> float:
    """Return the level of the interval that two one-sided tests compare with the margin: 90 % where the level is 95 %."""
    return 1.0 - 2.0 * (1.0 - level)


def replications_to_tell(difference: float, spread: float, level: float) -> int | None:
    """Forecast how many replications would tell a difference from 0 in four cases of five, were it as large as the one seen.

    ``None``: the difference is 0 or unknown, and no number would.
    """
    if not difference or math.isnan(difference) or math.isnan(spread):
        return None
    needed = LEAST_REPLICATIONS
    if spread > 0.0:
        needed = max(needed, math.ceil(((t_quantile(level, 10**9) + NORMAL_AT_POWER) * spread / difference) ** 2))
    while (t_quantile(level, needed - 1) + NORMAL_AT_POWER) * spread / math.sqrt(needed) > abs(difference):
        needed += max(1, needed // 50)
    return needed
