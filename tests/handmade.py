"""Plans and logs written by hand, for tests of what is measured; no engine is run."""

from __future__ import annotations

from typing import Any

import numpy as np

from servsim.engine.log import CONTACT_COLUMNS, RunLog
from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.rules.codes import ChannelKind, Entry, NextStep, Outcome, Solved, StaffState

T = 9 * 3600.0
DAY = 86_400.0
ON, OFF, BREAK, AWAY, OVERTIME = StaffState.ON, StaffState.OFF, StaffState.BREAK, StaffState.AWAY, 4

NAMES = Names(
    channels=("counter", "phone"),
    segments=("business", "private"),
    reasons=("bill", "fault"),
    teams=("clerks", "desk"),
    agents=("clerks/1", "clerks/2", "desk/1"),
    queues=("all",),
)

TERMS = Terms(
    within_s=np.array([600.0, 20.0]),
    target_share=np.array([0.8, 0.8]),
    short_abandon_s=np.array([5.0, 5.0]),
    formulas=("answered_of_offered", "answered_of_offered"),
    line_cost_per_min=np.array([0.0, 0.6]),
    wage_per_h=np.array([20.0, 10.0]),
    overtime_factor=np.array([1.5, 1.5]),
    currency="EUR",
)


def plan(**given: Any) -> Plan:
    """Return a plan of two days with what measures read; everything else is ``None``."""
    usual: dict[str, Any] = {
        "days": 2, "horizon_s": 2 * DAY, "warm_up_s": 0.0, "interval_s": 3600.0,
        "channel_kind": np.array([ChannelKind.COUNTER, ChannelKind.PHONE]), "channel_capacity": np.array([-1, 4]),
        "window_offset": np.array([0, 1, 3]), "window_from_s": np.array([T, T, DAY + T]), "window_to_s": np.array([T + 28800.0, T + 28800.0, DAY + T + 28800.0]),
        "asks_own": np.zeros(2, int), "segment_size": np.array([0, 0]),
        "team_first": np.array([0, 2, 3]), "agent_team": np.array([0, 0, 1]),
        "duty_agent": np.repeat([0, 1, 2], 2), "duty_from_s": np.tile([T, DAY + T], 3), "duty_to_s": np.tile([T + 28800.0, DAY + T + 28800.0], 3),
    }  # fmt: skip
    return Plan(**{name: given.get(name, usual.get(name)) for name in Plan._fields})


def contacts(*rows: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a log; what a row does not say has the value of a new row."""
    return {
        name: np.array([row.get(name, new) for row in rows], dtype=np.dtype(code)) for name, code, new, _ in CONTACT_COLUMNS
    }


def log(rows: dict[str, Any], presence: list[tuple[int, float, int]] | None = None, replication: int = 0) -> RunLog:
    """Return a replication's log."""
    changes = PRESENCE if presence is None else presence
    agent, time_s, state = (list(column) for column in zip(*changes, strict=True)) if changes else ([], [], [])
    return RunLog(replication, 1, rows, {"agent": np.array(agent, np.int32), "time_s": np.array(time_s, float), "state": np.array(state, np.int8)})


PRESENCE = [
    (0, T, ON), (1, T, ON), (2, 0.0, AWAY),
    (0, T + 3600, BREAK), (0, T + 4500, ON),
    (0, T + 28800, OFF), (1, T + 28800, OFF),
    (0, DAY + T, ON), (1, DAY + T, ON), (2, DAY + T, ON),
    (0, DAY + T + 28800, OVERTIME), (1, DAY + T + 28800, OFF), (2, DAY + T + 28800, OFF),
    (0, DAY + T + 29400, OFF),
]  # fmt: skip
"""Clerk 1 has a break and ten idle minutes of overtime, the desk is away on the first day."""


def served(root: int, agent: int, arrived: float, answered: float, ended: float, released: float, **more: Any) -> dict[str, Any]:
    """Return a phone contact that was answered and solved."""
    return {
        "root": root, "channel": 1, "agent": agent, "arrived_s": arrived, "queued_s": arrived, "answered_s": answered, "ended_s": ended,
        "released_s": released, "patience_s": np.inf, "outcome": Outcome.ANSWERED, "next_step": NextStep.NONE, "solved": Solved.YES, **more,
    }  # fmt: skip


def gone(root: int, arrived: float, ended: float, outcome: Outcome, **more: Any) -> dict[str, Any]:
    """Return a phone contact that ended without an agent."""
    return {"root": root, "channel": 1, "arrived_s": arrived, "ended_s": ended, "patience_s": np.inf, "outcome": outcome, "next_step": NextStep.GIVES_UP, **more}


NINE = contacts(
    served(10, 0, T, T, T + 100, T + 120, search_s=10.0, customer=5),
    served(11, 1, T + 10, T + 10, T + 200, T + 200, customer=5, solved=Solved.NO, next_step=NextStep.COMES_BACK, next_row=7),
    gone(12, T + 20, T + 70, Outcome.ABANDONED, queued_s=T + 30, patience_s=40.0, reason=1, segment=1, customer=9, next_step=NextStep.REDIALS, next_row=5),
    served(13, 0, T + 30, T + 120, T + 180, T + 200),
    gone(14, T + 40, T + 40, Outcome.BLOCKED, reason=1),
    served(12, 1, T + 1000, T + 1000, T + 1060, T + 1060, patience_s=40.0, reason=1, segment=1, customer=9, entry=Entry.REDIAL, try_number=1),
    gone(15, T + 50, T + 50, Outcome.CLOSED, channel=0, reason=1, segment=1),
    served(11, 2, DAY + T, DAY + T + 30, DAY + T + 60, DAY + T + 60, customer=5, entry=Entry.COMEBACK, leg=1,
           outcome=Outcome.TOLD_TO_COME_BACK, solved=Solved.NOT_SERVED, next_step=NextStep.GIVES_UP),
    {"root": 16, "channel": 0, "segment": 1, "arrived_s": 2 * DAY - 600, "queued_s": 2 * DAY - 600, "patience_s": np.inf},
)  # fmt: skip
"""Nine contacts of seven cases: four answered, one abandoned and redialled, one busy, one before a closed door, one sent home by the
desk after a wait of 30 s, one still waiting at the end."""
