"""Occupancy: how agents' time is spent, by team and interval.

Signed in: on duty or in overtime. Paid: the planned duty, with its breaks and absences, and overtime. Times are
counted where they lie (not by the contact's arrival), from the end of the warm-up to the horizon. Never prices time.
"""

from __future__ import annotations

import numpy as np

from servsim.engine.log import PRESENCE_OVERTIME, RunLog
from servsim.measure.agent_day import moments_of_work, presence_of, served_rows
from servsim.measure.facts import Column, Floats
from servsim.measure.queue_length import grid_of
from servsim.measure.stretch import Grid, seconds_in_bins, seconds_since
from servsim.plan.plan import Plan
from servsim.rules.codes import StaffState


def amounts(log: RunLog, plan: Plan) -> dict[str, Floats]:
    """Return seconds by cell team x day x interval."""
    grid = grid_of(plan)
    present = _present_s(log, plan, grid)
    worked = _worked_s(log, plan, grid)
    duty_s = _seconds(plan.duty_from_s, plan.duty_to_s, plan.duty_agent, plan, grid)
    signed_in_s = present[StaffState.ON] + present[PRESENCE_OVERTIME]
    return {
        **worked,
        "busy_s": worked["searching_s"] + worked["talking_s"] + worked["wrapping_up_s"],
        "signed_in_s": signed_in_s,
        "overtime_s": present[PRESENCE_OVERTIME],
        "break_s": present[StaffState.BREAK],
        "duty_s": duty_s,
        "paid_s": duty_s + present[PRESENCE_OVERTIME],
        "off_floor_s": duty_s - present[StaffState.ON],
    }


def _present_s(log: RunLog, plan: Plan, grid: Grid) -> dict[int, Floats]:
    presence = presence_of(log, plan.horizon_s)
    found = {}
    for state in (StaffState.ON, StaffState.BREAK, PRESENCE_OVERTIME):
        rows = np.flatnonzero(presence.state == state)
        found[int(state)] = _seconds(presence.from_s[rows], presence.to_s[rows], presence.agent[rows], plan, grid)
    return found


def _worked_s(log: RunLog, plan: Plan, grid: Grid) -> dict[str, Floats]:
    rows = served_rows(log.contacts)
    team, teams = np.asarray(plan.agent_team, np.int64)[log.contacts["agent"][rows]], len(plan.team_first) - 1
    since = [seconds_since(moments, team, teams, grid) for moments in moments_of_work(log.contacts, rows, plan.horizon_s)]
    parts = ("searching_s", "talking_s", "wrapping_up_s")
    return {part: np.maximum(since[k] - since[k + 1], 0.0) for k, part in enumerate(parts)}


def _seconds(from_s: Floats, to_s: Floats, agent: Column, plan: Plan, grid: Grid) -> Floats:
    team = np.asarray(plan.agent_team, np.int64)[agent]
    return seconds_in_bins(np.asarray(from_s, float), np.asarray(to_s, float), team, len(plan.team_first) - 1, grid)
