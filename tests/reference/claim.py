"""What a run is compared with, and how: a claim, its interval, its verdict.

One false-alarm rate is stated for the whole set of claims (``FALSE_ALARM_SHARE``) and divided evenly among them
(Bonferroni), so each interval has the level ``1 - FALSE_ALARM_SHARE / claims``. Where the reference is itself
simulated or measured, both uncertainties enter (Welch). Never simulates.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FALSE_ALARM_SHARE = 0.01
"""Chance that a program without a fault fails at least one claim of the whole set."""
DIGITS = 5e-10
"""Relative rounding of an exact number: the cases print ten digits."""


class Ratio(NamedTuple):
    """A number as batches leave it: sums above and below the line, one pair a batch."""

    above: Floats
    below: Floats


class Scale(Enum):
    """On which scale a number is judged."""

    PLAIN = "plain"
    RECIPROCAL = "reciprocal"
    """For waits and lines that nothing limits: in heavy traffic their standard deviation grows with the square of their
    mean, so a run that by chance was quiet believes in too small an error. On 1/x the spread
    is even; docs/explanation/validation.md has the false-alarm shares with and without."""


@dataclass(frozen=True)
class Claim:
    """One number of a reference case, and where a run has it."""

    name: str
    value: float
    measured: Callable[[Any], Ratio]
    error: float = 0.0
    """Standard error of ``value``; 0 for an exact number."""
    freedom: float = math.inf
    """Degrees of freedom behind ``error``."""
    rounding: float = 0.0
    """Half a unit of the last printed digit."""
    scale: Scale = Scale.PLAIN
    least: int = 0
    """Batches below which the claim is not judged: what it counts is rare, and an interval by Student's t needs some."""


RARE = 35.0
"""Expected number of batches in which a rare thing happens, from which on its mean is near enough to normal."""


def batches_for(chance: float) -> int:
    """Return how many batches a claim needs about something that happens in a batch with this chance."""
    return math.ceil(RARE / min(chance, 1.0 - chance))


@dataclass(frozen=True)
class Finding:
    """A claim beside what was simulated."""

    name: str
    expected: float
    simulated: float
    half_width: float
    """Half width of the interval around the difference of the two."""
    error: float
    """Standard error of the difference."""
    freedom: float

    @property
    def holds(self) -> bool:
        """Whether the difference lies within the interval."""
        return abs(self.simulated - self.expected) <= self.half_width

    @property
    def chance(self) -> float:
        """Two-sided chance of a difference as large, if the claim is right; NaN where nothing varies."""
        from scipy.special import stdtr

        if self.error == 0.0:
            return math.nan
        return float(2.0 * stdtr(self.freedom, -abs(self.simulated - self.expected) / self.error))


def judge(claim: Claim, run: Any, claims: int) -> Finding:
    """Compare one claim with a run, at the level that ``claims`` claims in all leave to each."""
    from scipy.special import stdtrit

    simulated, own_error, own_freedom = mean_of_batches(*claim.measured(run))
    if claim.scale is Scale.RECIPROCAL and simulated > 0.0:
        own_error *= claim.value / simulated  # |1/x - 1/mu| over error/x^2 is |x - mu| over error mu/x
    error = math.hypot(own_error, claim.error)
    freedom = welch((own_error, own_freedom), (claim.error, claim.freedom))
    quantile = -float(stdtrit(freedom, FALSE_ALARM_SHARE / claims / 2.0))
    slack = claim.rounding + DIGITS * abs(claim.value)
    return Finding(claim.name, claim.value, simulated, quantile * error + slack, error, freedom)


def mean_of_batches(above: Floats, below: Floats) -> tuple[float, float, float]:
    """Return the ratio of means, its standard error (delta method) and the degrees of freedom."""
    count = len(above)
    value = float(above.sum() / below.sum())
    gaps = (above - value * below) / below.mean()
    return value, float(np.sqrt((gaps**2).sum() / (count - 1) / count)), count - 1.0


def welch(*parts: tuple[float, float]) -> float:
    """Return the degrees of freedom of a difference whose parts have these standard errors and degrees (Welch 1947)."""
    total = sum(error**2 for error, _ in parts)
    spread = sum(error**4 / freedom for error, freedom in parts)
    return total**2 / spread if spread > 0.0 else 1.0
