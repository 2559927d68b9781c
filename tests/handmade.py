"""Plans and logs written by hand, for tests of what is measured; no engine is run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from servsim.engine.log import CLOSING_COLUMNS, CONTACT_COLUMNS, CUSTOMER_COLUMNS, RunLog
from servsim.measure.terms import Rumour, Terms
from servsim.plan.plan import Names, Plan
from servsim.rules.codes import ChannelKind, Cover, Entry, Hit, LegKind, NextStep, Outcome, Solved, StaffState
from servsim.rules.loyalty import Memory

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
    """Return a plan of two days with what measures read; everything else is ``None``, so nobody remembers."""
    usual: dict[str, Any] = {
        "days": 2, "horizon_s": 2 * DAY, "warm_up_s": 0.0, "interval_s": 3600.0,
        "channel_kind": np.array([ChannelKind.COUNTER, ChannelKind.PHONE]), "channel_capacity": np.array([-1, 4]),
        "window_offset": np.array([0, 1, 3]), "window_from_s": np.array([T, T, DAY + T]), "window_to_s": np.array([T + 28800.0, T + 28800.0, DAY + T + 28800.0]),
        "asks_own": np.zeros(2, int), "segment_size": np.array([0, 0]), "problem": np.array([0, 0]),
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


# ---- a world in which customers remember

COURSE = 77
"""Hash of the absence that keeps the desk away on the first day."""

MEMORY = Memory(
    base_quality=84.0, spread=10.0, courtesy=0.0, contact_weight=0.15, loss_aversion=2.0, weaker_of_two=1.0, buy_again_at=55.0, buy_again_slope=10.0,
    unsolved=46.0, unsolved_major=6.0, unsolved_friction=0.25, late_days=1.0, late_points=10.0, wait_points=15.0, anger=1.0, unfair=0.0,
    recovery_weight=0.5, window_days=365.0, second_problem=8.0, half_life_days=90.0, shock_major=7.0, silent_minor=12.0, silent_major=24.0, bonus=10.0,
    bonus_chance=0.3, bonus_quality=85.0, bonus_major=0.0, incident_weight=0.45, leaving=0.45, complain_minor=0.3, complain_major=0.65,
)  # fmt: skip
"""The preset `evidence`."""

LOYAL_TERMS = replace(
    TERMS, margin=np.array([200.0, 100.0]), time_value_per_s=np.array([0.01, 0.0]), discount=0.1, recorded=0.05,
    rumour=Rumour(told_solved=0.41, told_unsolved=3.7, heard_bad=-0.11, in_market=0.05), training=frozenset((COURSE,)),
)  # fmt: skip


def loyal_plan(**given: Any) -> Plan:
    """Return a plan whose five customers remember: three of business, who begin at A = 75, two private ones at A = 80 and R = 60."""
    usual: dict[str, Any] = {
        "remembers": 1, "memory": (MEMORY, MEMORY), "segment_hash": (11, 22), "segment_size": np.array([3, 2]), "segment_first": np.array([0, 3]),
        "start_offset": np.array([0, 1, 2]), "start_account": np.array([75.0, 80.0]), "start_recovery": np.array([np.nan, 60.0]),
        "start_mood": np.zeros(2), "start_failed_s": np.full(2, -np.inf), "problem": np.array([0, 1]),
        "away_agent": np.array([2]), "away_from_s": np.array([0.0]), "away_to_s": np.array([DAY]), "away_hash": (COURSE,),
    }  # fmt: skip
    return plan(**usual | given)


def table(columns: tuple[tuple[str, str, str], ...], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return columns of a log; every row says everything."""
    return {name: np.array([row[name] for row in rows], np.dtype(code)) for name, code, _ in columns}


def closing(root: int, row: int, closed_s: float, **more: Any) -> dict[str, Any]:
    """Return an ordinary solved case of customer 0 that leaves everything as it was."""
    usual = {"lineage": 0, "reason": 0, "segment": 0, "customer": 0, "late_s": 0.0, "problem": 0, "major": 0, "hit": Hit.NONE, "solved": 1, "complained": 0,
             "friction": 0.0, "quality": 80.0, "before": 75.0, "after": 75.0, "account": 75.0, "recovery": np.nan, "mood": 0.0, "leaving": 0.0,
             "remedy": 0.0, "overpaid": 0.0, "lost": 0}  # fmt: skip
    return {"root": root, "row": row, "closed_s": closed_s} | usual | more


def person(**more: Any) -> dict[str, Any]:
    """Return a customer still here at the end, as he began."""
    usual = {"account": 75.0, "recovery": np.nan, "mood": 0.0, "seen_s": 2 * DAY, "failed_s": -np.inf, "hazard": 0.0, "threshold": 1.0, "expected": 0.0, "lost_s": np.nan}
    return usual | more


D = DAY + T
"""Nine o'clock on the second day."""

LOYAL = contacts(
    served(24, 1, T, T + 10, T + 70, T + 70, customer=4, segment=1, entry=Entry.NOTICE, leg_kind=LegKind.NOTICE, cover=Cover.DESK,
           solved=Solved.NOT_SERVED, next_step=NextStep.COMES_OTHER_DAY),
    served(20, 0, T, T, T + 100, T + 120, customer=0),
    served(21, 2, D, D, D + 60, D + 60, customer=1, cover=Cover.DESK, outcome=Outcome.TOLD_TO_COME_BACK, solved=Solved.NOT_SERVED,
           next_step=NextStep.COMPLAINS, next_row=3),
    served(21, 2, D + 60, D + 100, D + 400, D + 400, customer=1, entry=Entry.COMPLAINT, leg_kind=LegKind.COMPLAINT, cover=Cover.DESK),
    served(22, 1, T + 1000, T + 1000, T + 1300, T + 1310, customer=3, segment=1, reason=1, cover=Cover.SUBSTITUTE, has_file=0, search_s=60.0,
           solved=Solved.NO, next_step=NextStep.RECOVERS, next_row=5),
    served(22, 2, D + 1000, D + 1200, D + 1500, D + 1500, customer=3, segment=1, reason=1, entry=Entry.RECOVERY, leg_kind=LegKind.RECOVERY,
           cover=Cover.DESK, solved=Solved.NO, next_step=NextStep.GIVES_UP),
    gone(23, D + 2000, D + 2000, Outcome.LOST_DEMAND, customer=3, segment=1),
    served(24, 0, D + 100, D + 100, D + 200, D + 220, customer=4, segment=1, channel=0),
    served(20, 1, D + 3000, D + 3000, D + 3100, D + 3100, customer=0, reason=1, lineage=7, entry=Entry.FOLLOW_UP),
)  # fmt: skip
"""Nine rows of six cases: one solved at once, out of which a fault grows; one sent home, whose complaint is settled; one fault served without
the file, whose recovery call fails and whose customer leaves; what he would have come for next; one called ahead who comes another day."""

CLOSINGS = table(CLOSING_COLUMNS, [
    closing(20, 1, T + 100),
    closing(21, 3, D + 400, customer=1, problem=1, hit=Hit.TOLD, complained=1, friction=30.0, quality=70.0, after=70.0, recovery=70.0, leaving=0.02, remedy=30.0,
            overpaid=5.0),
    closing(22, 5, D + 1500, customer=3, segment=1, reason=1, problem=1, major=1, hit=Hit.NO_FILE, solved=0, quality=20.0, before=60.0, after=30.0, leaving=0.1, lost=1),
    closing(24, 7, D + 200, customer=4, segment=1, quality=90.0),
    closing(20, 8, D + 3100, reason=1, lineage=7, problem=1, quality=95.0, recovery=95.0),
])  # fmt: skip

PERSONS = table(CUSTOMER_COLUMNS, [
    person(recovery=95.0, expected=0.001), person(recovery=70.0, expected=0.03, failed_s=D + 400), person(),
    person(account=80.0, recovery=20.0, mood=-24.0, expected=0.2, lost_s=D + 1500, seen_s=D + 1500), person(account=40.0, recovery=35.0, mood=-1.0, expected=0.002),
])  # fmt: skip


def loyal_log(rows: dict[str, Any] = LOYAL, closings: dict[str, Any] = CLOSINGS, persons: dict[str, Any] = PERSONS) -> RunLog:
    """Return the log of the world in which customers remember."""
    return replace(log(rows), closings=closings, customers=persons)
