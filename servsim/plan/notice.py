"""Calls ahead of planned absences: who would come while the executive is away, is known of, and is called (R33).

A pure function of draws, the same for every engine: whether the call is made in time, and what follows, is not known
here. Never simulates.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from servsim.draws.philox import uniforms
from servsim.draws.purpose import KNOWN, Group
from servsim.plan.day import Day, Days
from servsim.plan.plan import Plan
from servsim.plan.roster import Roster
from servsim.rules.clock import DAY_S


class Call(NamedTuple):
    """One call ahead, and the first contact that it is about."""

    due_s: float
    root: int
    day: int
    """Of the planned first contact."""
    number: int
    """Its place in the columns of that day."""
    notice: int
    """Row of the plan's ``notice_`` columns."""
    arrived_s: float
    """When the customer would come."""
    moved_s: float
    """When he comes instead if he agrees; infinite: not within the run."""
    reason: int
    segment: int
    channel: int
    customer: int
    owner: int


def calls_ahead(plan: Plan, days: Days, roster: Roster) -> list[Call]:
    """Return the calls of a replication in order of due time and root.

    Parameters
    ----------
    plan : as compiled, with arrays or with plain lists.
    days : of the same plan, seed and replication; only the days of such absences are drawn.
    roster : knows when an executive is planned present.
    """
    rows = [row for row in range(len(plan.notice_agent)) if plan.notice_call_s[row] >= 0.0]
    days_away = sorted({day for row in rows for day in _days_of(plan, row)})
    return sorted(call for day in days_away for call in _calls_of_day(plan, days, roster, rows, day))


def _days_of(plan: Any, row: int) -> range:
    """Return the days on which a window has a part, within the run."""
    return range(int(plan.notice_from_s[row] // DAY_S), min(plan.days, math.ceil(plan.notice_to_s[row] / DAY_S)))


def _calls_of_day(plan: Any, days: Days, roster: Roster, rows: list[int], day: int) -> list[Call]:
    """Return the calls about first contacts of one day; a case is called about once, for the first row that it meets."""
    first = days.draw(day)
    known_u = uniforms(days.words(Group.CASE_NOTICE, first.root, 0))[:, KNOWN]
    taken: set[int] = set()
    calls = []
    for row in rows:
        asks = (first.owner == plan.notice_agent[row]) & (first.arrived_s >= plan.notice_from_s[row]) & (first.arrived_s < plan.notice_to_s[row])
        for number in np.flatnonzero(asks).tolist():
            if number not in taken:
                taken.add(number)
                call = _call(plan, roster, first, day, number, row) if known_u[number] < plan.notice_share[row] else None
                calls += [] if call is None else [call]
    return calls


def _call(plan: Any, roster: Roster, first: Day, day: int, number: int, row: int) -> Call | None:
    """Return the call; ``None`` where the run has no open day before the absence."""
    channel, arrived_s = int(first.channel[number]), float(first.arrived_s[number])
    due_s = _due_s(plan, row, channel)
    if due_s < 0.0:
        return None
    call = Call(
        due_s, int(first.root[number]), day, number, row, arrived_s, math.inf, int(first.reason[number]), int(first.segment[number]), channel,
        int(first.customer[number]), int(first.owner[number]),
    )  # fmt: skip
    return call._replace(moved_s=moved_to_s(plan, roster, call, arrived_s))


def _due_s(plan: Any, row: int, channel: int) -> float:
    """Return when a call is due: on the last day before the absent one on which the channel opens; negative: never."""
    due_s = float(plan.notice_call_s[row])
    while due_s >= 0.0 and not opens_on(plan, channel, int(due_s // DAY_S)):
        due_s -= DAY_S
    return due_s


def opens_on(plan: Any, channel: int, day: int) -> bool:
    """Whether an opening of the channel begins on a day, or it is open at midnight."""
    windows = range(int(plan.window_offset[channel]), int(plan.window_offset[channel + 1]))
    midnight_s = day * DAY_S
    return any(plan.window_from_s[w] < midnight_s + DAY_S and (plan.window_from_s[w] >= midnight_s or plan.window_to_s[w] > midnight_s) for w in windows)


def moved_to_s(plan: Plan, roster: Roster, call: Call, arrived_s: float) -> float:
    """Return the same time of day on the first later day on which the executive is planned present and the channel opens; inf: none."""
    for day in range(int(arrived_s // DAY_S) + 1, plan.days):
        if roster.is_planned_on(call.owner, day) and opens_on(plan, call.channel, day):
            return float(day * DAY_S + (arrived_s - arrived_s // DAY_S * DAY_S))
    return math.inf
