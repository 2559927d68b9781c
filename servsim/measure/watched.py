"""Watched time: how long, on how many days and at how many interval starts each group was watched. Never looks at a log."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from servsim.measure.facts import Floats
from servsim.measure.group import BY, intervals_per_day
from servsim.plan.plan import Plan
from servsim.rules.clock import DAY_S


def amounts(plan: Plan, sizes: dict[str, int]) -> dict[str, dict[str, Floats]]:
    """Return watched time by name and breakdown, from the end of the warm-up to the horizon.

    Parameters
    ----------
    plan : the run.
    sizes : how many groups each breakdown has.

    Returns
    -------
    ``one`` (1 for each group), ``watched_s`` (seconds), ``open_days`` (days on which the channel, or any, is open; of an
    interval: how many times it was watched on such days) and ``watched_starts`` (interval starts).
    """
    per_day, length_s = intervals_per_day(plan), plan.interval_s
    starts_s = (np.arange(plan.days * per_day) * length_s).reshape(plan.days, per_day)
    seconds = np.clip(starts_s + length_s - plan.warm_up_s, 0.0, length_s)
    starts = (starts_s >= plan.warm_up_s).astype(float)
    return {
        "one": {by: np.ones(size) for by, size in sizes.items()},
        "watched_s": _spread(seconds, sizes),
        "open_days": _open_days(plan, seconds, sizes),
        "watched_starts": _spread(starts, sizes),
    }


def _open_days(plan: Plan, seconds: Floats, sizes: dict[str, int]) -> dict[str, Floats]:
    """Return watched days, those left out on which the group's channel (where it has none: every channel) stays closed."""
    is_open = _is_open(plan)
    any_open = _spread(seconds * np.asarray(is_open.any(axis=0))[:, np.newaxis], sizes)
    own = {by: np.concatenate([_of_times(seconds * opens[:, np.newaxis], by) for opens in is_open]) for by in ("channel", "channel_interval")}
    return {by: days / _period_s(by, plan.interval_s) for by, days in {**any_open, **own}.items()}


def _is_open(plan: Plan) -> NDArray[np.bool_]:
    """(channels, days) the channel is open at some time of the day."""
    opens = np.zeros((len(plan.channel_kind), plan.days), bool)
    channel = np.repeat(np.arange(len(opens)), np.diff(plan.window_offset))
    for number, from_s, to_s in zip(channel, plan.window_from_s, plan.window_to_s, strict=True):
        opens[number, int(from_s // DAY_S) : math.ceil(to_s / DAY_S)] = True
    return opens


def _period_s(by: str, interval_s: float) -> float:
    return interval_s if "interval" in BY[by] else DAY_S


def _spread(cells: Floats, sizes: dict[str, int]) -> dict[str, Floats]:
    """Sum (days, intervals) for each breakdown; groups that are not times are all watched for as long."""
    return {by: np.resize(_of_times(cells, by), size) for by, size in sizes.items()}


def _of_times(cells: Floats, by: str) -> Floats:
    if "interval" in BY[by]:
        return np.asarray(cells.sum(axis=0))
    return np.asarray(cells.sum(axis=1) if by == "day" else cells.sum(keepdims=True).ravel())
