"""Quantile tables: a sample as the few points that a scenario's law ``{quantiles: {file: ...}}`` holds.

Never fits a law; it only keeps quantiles and the mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Rows = list[tuple[float, float]]
"""(share, seconds), share ascending from 0 to 1."""

SHARES = np.array([
    0, .001, .0025, .005, .01, .02, .03, .04, .05, .06, .08, .1, .125, .15, .175, .2, .25, .3, .35, .4, .45, .5, .55, .6, .65, .7, .75,
    .8, .85, .875, .9, .92, .94, .95, .96, .97, .98, .985, .99, .993, .996, .998, .999, 1.0,
])  # fmt: skip
"""Close together where the tails of service times are."""


def table_of(values: Floats) -> Rows:
    """Return the table of a sample; straight lines between its points keep the sample's mean.

    The few longest values keep their mean, not their maximum; then all is scaled, by a per cent or so, to the mean.
    """
    seconds = np.maximum(np.quantile(values, SHARES), 0.0)
    longest = values[values >= seconds[-2]].mean()
    seconds[-1] = max(2 * longest - seconds[-2], seconds[-2])
    rows = list(zip(SHARES.tolist(), seconds.tolist(), strict=True))
    mean = table_mean(rows)
    factor = float(values.mean()) / mean if mean > 0 else 1.0
    return [(share, each * factor) for share, each in rows]


def table_mean(rows: Rows) -> float:
    """Return the mean of the law that a table means."""
    shares, seconds = np.array(rows).T
    return float(np.trapezoid(seconds, shares))


def table_cdf(rows: Rows, at: Floats) -> Floats:
    """Return the share at or below some values."""
    shares, seconds = np.array(rows).T
    return np.asarray(np.interp(at, seconds, shares))


def scaled(rows: Rows, factor: float) -> Rows:
    """Return a table of the same law times a factor."""
    return [(share, seconds * factor) for share, seconds in rows]
