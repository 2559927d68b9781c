"""Means over replications with their intervals, and ratios of such means. Never knows what is told.

Source: Law, Simulation Modeling and Analysis (2015), section 9.4 (t interval); Fieller (1954), J. Royal Statistical Society B 16
(interval of a ratio).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.measure.estimate import t_quantile

Floats = NDArray[np.float64]

LEVEL = 0.95


class Told(NamedTuple):
    """A number and its interval."""

    value: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """1 above zero, -1 below, 0 cannot tell: the interval holds zero. Exactly zero is 0 too."""
        return int(self.low > 0.0) - int(self.high < 0.0)

    def times(self, factor: float) -> Told:
        """Return the number and its interval times a factor."""
        ends = sorted((self.low * factor, self.high * factor))
        return Told(self.value * factor, *ends)


def told(values: Floats, level: float = LEVEL) -> Told:
    """Return the mean of (replications,) values and its t interval."""
    mean = float(values.mean())
    half = t_quantile(level, len(values) - 1) * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Told(mean, mean - half, mean + half)


def ratio_of(above: Floats, below: Floats, level: float = LEVEL) -> Told | None:
    """Return the ratio of two means over the same replications with Fieller's interval.

    ``None``: the interval of the lower mean holds zero, so that the ratio has no bounded interval.
    """
    a, b, n = float(above.mean()), float(below.mean()), len(above)
    t2 = t_quantile(level, n - 1) ** 2
    (saa, sab), (_, sbb) = (np.cov(above, below, ddof=1) / n).tolist()
    square = b * b - t2 * sbb
    if square <= 0.0 or b == 0.0:
        return None
    middle = a * b - t2 * sab
    root = math.sqrt(max(0.0, middle * middle - square * (a * a - t2 * saa)))
    return Told(a / b, (middle - root) / square, (middle + root) / square)
