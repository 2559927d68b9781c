"""Queue length: how many people wait in line, on average over time and at the start of each interval.

Calls by the firm wait without a person in line and are left out. Who still waits at the end waits until the end.
Never looks at who serves.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from servsim.measure.facts import Column, Facts, Floats, is_by_firm
from servsim.measure.group import intervals_per_day
from servsim.measure.stretch import Grid, number_at_starts, seconds_in_bins
from servsim.plan.plan import Plan


class Waits(NamedTuple):
    """Every wait in line of one replication, (waits,)."""

    from_s: Floats
    to_s: Floats
    channel: Column


def waits_of(contacts: dict[str, Column], horizon_s: float) -> Waits:
    """Return when people joined and left lines; who still waits leaves at the horizon."""
    joined = ~np.isnan(contacts["queued_s"]) & ~is_by_firm(contacts)
    rows = np.flatnonzero(joined)
    to_s = np.where(np.isnan(contacts["answered_s"][rows]), contacts["ended_s"][rows], contacts["answered_s"][rows])
    return Waits(contacts["queued_s"][rows], np.where(np.isnan(to_s), horizon_s, to_s), contacts["channel"][rows])


def grid_of(plan: Plan) -> Grid:
    """Return the intervals of a run, watched from the end of the warm-up on."""
    return Grid(plan.days * intervals_per_day(plan), plan.interval_s, plan.warm_up_s)


def amounts(facts: Facts) -> dict[str, Floats]:
    """Return, by cell channel x day x interval: people's seconds in line, and how many wait as the interval starts."""
    plan = facts.plan
    waits, grid, channels = waits_of(facts.contacts, plan.horizon_s), grid_of(plan), len(plan.channel_kind)
    channel = waits.channel.astype(np.int64)
    starts = number_at_starts(waits.from_s, waits.to_s, channel, channels, grid)
    watched = np.tile(np.arange(grid.bins) * grid.length_s >= grid.from_s, channels)
    return {
        "waiting_s": seconds_in_bins(waits.from_s, waits.to_s, channel, channels, grid),
        "waiting_at_start": starts * watched,
    }


class LittlesLaw(NamedTuple):
    """The three quantities of L = lambda W, each measured by itself."""

    mean_waiting: float
    """L, from following the number in line through time."""
    arrivals_per_s: float
    """lambda, of those who joined a line."""
    mean_wait_s: float
    """W, of those who joined a line."""

    @property
    def gap(self) -> float:
        """L less lambda W; 0 up to rounding when the line is empty at the start and at the end."""
        return self.mean_waiting - self.arrivals_per_s * self.mean_wait_s


def littles_law(contacts: dict[str, Any], horizon_s: float) -> LittlesLaw:
    """Measure L, lambda and W of one log, over the whole run."""
    waits = waits_of(contacts, horizon_s)
    moments = np.concatenate((waits.from_s, waits.to_s))
    steps = np.repeat((1.0, -1.0), len(waits.from_s))
    order = np.argsort(moments, kind="stable")
    number = np.cumsum(steps[order])
    gaps_s = np.diff(np.append(moments[order], horizon_s))
    joined = len(waits.from_s)
    mean_wait_s = float((waits.to_s - waits.from_s).sum() / joined) if joined else float("nan")
    return LittlesLaw(float((number * gaps_s).sum() / horizon_s), joined / horizon_s, mean_wait_s)
