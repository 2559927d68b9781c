"""Watched time: how long, on how many days and at how many interval starts each group was watched. Never looks at a log."""

from __future__ import annotations

import numpy as np

from servsim.measure.facts import Floats
from servsim.measure.group import BY, DAY_S, intervals_per_day
from servsim.plan.plan import Plan


def amounts(plan: Plan, sizes: dict[str, int]) -> dict[str, dict[str, Floats]]:
    """Return watched time by name and breakdown, from the end of the warm-up to the horizon.

    Parameters
    ----------
    plan : the run.
    sizes : how many groups each breakdown has.

    Returns
    -------
    ``one`` (1 for each group), ``watched_s`` (seconds), ``watched_days`` (days, or how many times the interval was
    watched) and ``watched_starts`` (interval starts).
    """
    per_day, length_s = intervals_per_day(plan), plan.interval_s
    starts_s = (np.arange(plan.days * per_day) * length_s).reshape(plan.days, per_day)
    seconds = np.clip(starts_s + length_s - plan.warm_up_s, 0.0, length_s)
    starts = (starts_s >= plan.warm_up_s).astype(float)
    return {
        "one": {by: np.ones(size) for by, size in sizes.items()},
        "watched_s": _spread(seconds, sizes),
        "watched_days": {by: found / _period_s(by, length_s) for by, found in _spread(seconds, sizes).items()},
        "watched_starts": _spread(starts, sizes),
    }


def _period_s(by: str, interval_s: float) -> float:
    return interval_s if "interval" in BY[by] else DAY_S


def _spread(cells: Floats, sizes: dict[str, int]) -> dict[str, Floats]:
    """Sum (days, intervals) for each breakdown; groups that are not times are all watched for as long."""
    return {by: np.resize(_of_times(cells, by), size) for by, size in sizes.items()}


def _of_times(cells: Floats, by: str) -> Floats:
    if "interval" in BY[by]:
        return np.asarray(cells.sum(axis=0))
    return np.asarray(cells.sum(axis=1) if by == "day" else cells.sum(keepdims=True).ravel())
