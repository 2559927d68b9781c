"""Logs for tests of calibration: a known world, simulated, and seen only as a call log would show it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from servsim.engine.simpy_engine import simulate
from servsim.plan.compile import compile_plan
from servsim.record.call_file import RecordedCalls
from servsim.rules.codes import Outcome
from servsim.scenario.reader import read

START = dt.date(2026, 3, 2)
TALK_S, PATIENCE_S, WRAP_UP_S = 240.0, 300.0, 15.0
AGENTS = 6
DAY_CV = 0.15

WORLD: dict[str, Any] = {
    "calendar": {"start": START.isoformat(), "days": 40, "interval": "30 min", "hours": {"phone": {"mon-fri": "8:00-18:00"}}},
    "channels": {"phone": {"kind": "phone", "lines": "unlimited", "menu": {"time": {"uniform": {"low": "5 s", "high": "15 s"}}}, "closing": "serve_inside"}},
    "segments": {"customers": {"patience": {"exponential": f"{PATIENCE_S:.0f} s"}}},
    "day_factors": {"busyness": {"cv": DAY_CV}},
    "reasons": {
        "billing": {
            "arrivals": {"day_factor": "busyness", "per_hour": {"mon-fri": {"8:00": 60, "10:00": 90, "14:00": 70}}},
            "talk": {"lognormal": {"mean": f"{TALK_S:.0f} s", "sd": "200 s"}}, "wrap_up": f"{WRAP_UP_S:.0f} s",
        },
        "orders": {"arrivals": {"per_hour": 8}, "talk": {"exponential": "400 s"}, "wrap_up": f"{WRAP_UP_S:.0f} s"},
    },
    "teams": {"agents": {"agents": AGENTS}},
}  # fmt: skip


def log_of(world: dict[str, Any], seed: int = 1) -> RecordedCalls:
    """Simulate a world and return what a call log knows of it."""
    made = compile_plan(read(world, None, ()))
    start = dt.date.fromisoformat(str(world["calendar"]["start"])).toordinal()
    log = simulate(made.plan, seed, 0).contacts
    known = np.isin(log["outcome"], (Outcome.ANSWERED, Outcome.ABANDONED))
    log = {name: column[known] for name, column in log.items()}
    day = (log["arrived_s"] // 86_400).astype(np.int64)
    served = log["outcome"] == Outcome.ANSWERED
    left = np.where(served, log["answered_s"], log["ended_s"])
    return RecordedCalls(
        date=(day + start).astype(np.int32), arrived_s=log["arrived_s"] - day * 86_400.0, menu_s=log["queued_s"] - log["arrived_s"],
        wait_s=np.maximum(left - log["queued_s"], 0.0), talk_s=np.where(served, log["ended_s"] - log["answered_s"], np.nan),
        outcome=np.where(served, Outcome.ANSWERED, Outcome.ABANDONED).astype(np.int8), reason=log["reason"].astype(np.int16),
        segment=np.full(len(day), -1, np.int16), agent=log["agent"].astype(np.int32), customer=np.full(len(day), -1, np.int64),
        reason_names=made.names.reasons, segment_names=(), agent_names=made.names.agents,
    )  # fmt: skip
