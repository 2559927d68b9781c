"""Agents on duty, inferred from the calls they took: nothing in a call log says who was there without a call.

::

    call      call                 call            call
    ├────┤gap├────┤     gap       ├────┤   gap    ├────┤          one agent's day
    └── on duty ──┘   a break     └──── on duty ───────┘

An agent is on duty from the first call of the day to the last, except for gaps that were breaks: gaps longer than
anybody sits idle, and gaps in which somebody waited in the line for longer than an agent who is there would let them.
Time before the first call and after the last cannot be seen. Never estimates how many agents should be there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servsim.record.call_file import UNKNOWN, RecordedCalls
from servsim.rules.clock import DAY_S
from servsim.rules.codes import Outcome

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DutyRule:
    """When a gap between two calls of an agent was a break."""

    longest_gap_s: float = 1800.0
    """A longer gap was a break."""
    longest_neglect_s: float = 180.0
    """A gap during which the line was not empty for longer than this was a break."""


@dataclass(frozen=True)
class OnDuty:
    """Agents on duty by date and interval of the day."""

    date: NDArray[np.int32]
    """(dates,) proleptic ordinals."""
    start_s: Floats
    """(intervals,) begin of each interval, seconds after midnight."""
    agents: Floats
    """(dates, intervals) mean number of agents on duty."""


def agents_on_duty(calls: RecordedCalls, interval_s: float, rule: DutyRule | None = None, only: tuple[str, ...] = ()) -> OnDuty:
    """Infer the mean number of agents on duty, by date and interval of the day.

    Parameters
    ----------
    calls : the recorded contacts, all of them: those who waited tell that nobody was free.
    interval_s : length of the intervals; must divide a day.
    only : names of agents; absent: all.
    """
    found = calls.seeking_an_agent()
    numbers = [calls.agent_names.index(name) for name in only]
    dates = np.unique(found.date)
    days = [_of_a_day(found.where(found.date == date), rule or DutyRule(), numbers) for date in dates]
    edges = np.arange(round(DAY_S / interval_s) + 1, dtype=np.float64) * interval_s
    means = np.array([_mean_number(since, until, edges) for since, until in days]).reshape(len(dates), len(edges) - 1)
    return OnDuty(dates, edges[:-1], means)


def _of_a_day(calls: RecordedCalls, rule: DutyRule, only: list[int]) -> tuple[Floats, Floats]:
    """Begin and end of every stretch of duty of a day, all agents together."""
    line = _Line(calls)
    served = (calls.outcome == Outcome.ANSWERED) & (calls.agent != UNKNOWN) & np.isfinite(calls.talk_s)
    start = calls.arrived_s + calls.menu_s + calls.wait_s
    stretches = []
    for agent in only or np.unique(calls.agent[served]):
        own = np.flatnonzero(served & (calls.agent == agent))
        if len(own):
            stretches.append(_stretches(start[own], start[own] + calls.talk_s[own], line, rule))
    since = [s for s, _ in stretches] or [np.empty(0)]
    until = [u for _, u in stretches] or [np.empty(0)]
    return np.concatenate(since), np.concatenate(until)


def _stretches(start: Floats, end: Floats, line: _Line, rule: DutyRule) -> tuple[Floats, Floats]:
    """Join an agent's calls (overlapping ones too) into stretches of duty."""
    order = np.argsort(start, kind="stable")
    start, end = start[order], np.maximum.accumulate(end[order])
    gap_from, gap_to = end[:-1], start[1:]
    is_break = (gap_to - gap_from > rule.longest_gap_s) | (line.busy_s(gap_from, gap_to) > rule.longest_neglect_s)
    return np.concatenate([start[:1], gap_to[is_break]]), np.concatenate([gap_from[is_break], end[-1:]])


class _Line:
    """For how long somebody waited, up to each moment of a day."""

    def __init__(self, calls: RecordedCalls) -> None:
        waited = calls.wait_s > 0
        joined = (calls.arrived_s + calls.menu_s)[waited]
        left = joined + calls.wait_s[waited]
        times = np.concatenate([joined, left])
        order = np.argsort(times, kind="stable")
        waiting = np.cumsum(np.repeat([1, -1], len(joined))[order])
        self._times = times[order]
        self._busy = np.concatenate([[0.0], np.cumsum(np.where(waiting[:-1] > 0, np.diff(self._times), 0.0))]) if len(times) else times

    def busy_s(self, since: Floats, until: Floats) -> Floats:
        """Return for how long somebody waited between two moments."""
        if not len(self._times):
            return np.zeros(len(since))
        up_to = np.interp(np.stack([since, until]), self._times, self._busy)
        return np.asarray(up_to[1] - up_to[0])


def _mean_number(since: Floats, until: Floats, edges: Floats) -> Floats:
    """Return the mean number of stretches that cover each interval between edges."""
    covered = np.clip(edges[:, None] - since, 0.0, until - since).sum(axis=1)
    return np.asarray(np.diff(covered) / np.diff(edges), dtype=np.float64)
