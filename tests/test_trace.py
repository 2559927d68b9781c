"""Recorded arrivals: what the record knows replaces the draw, the rest is drawn (R4)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from servsim.plan.compile import compile_plan
from servsim.plan.day import Days
from servsim.scenario.reader import read

WORLD = {
    "calendar": {"start": "2026-03-02", "days": 1},
    "channels": {"phone": {}},
    "segments": {"firms": {"customers": 40}, "private": {"customers": 1000}},
    "reasons": {"call": {"segments": "private", "arrivals": {"trace": "calls.csv"}, "talk": {"exponential": "3 min"}}},
    "teams": {"clerks": {"agents": 3}},
}


def first_day(folder: Path, rows: list[str], head: str) -> tuple[Days, object]:
    """Return the drawer of days and the first day of a world whose arrivals are recorded."""
    (folder / "calls.csv").write_text("\n".join([head, *rows]) + "\n")
    days = Days(compile_plan(read(WORLD, folder)).plan, seed=1, replication=0)
    return days, days.draw(0)


def test_an_unknown_customer_is_drawn_from_the_recorded_segment(tmp_path: Path) -> None:
    rows = [f"2026-03-02,9:{minute:02d},firms" for minute in range(60)]

    _, day = first_day(tmp_path, rows, "date,time,segment")

    assert set(day.segment.tolist()) == {0}
    assert day.customer.min() >= 0 and day.customer.max() < 40
    assert len(np.unique(day.customer)) > 20


def test_a_recorded_customer_and_talk_stand_and_the_rest_is_drawn(tmp_path: Path) -> None:
    rows = ["2026-03-02,9:00,private,7,90", "2026-03-02,9:01,private,,"]

    _, day = first_day(tmp_path, rows, "date,time,segment,customer,talk_s")

    assert day.customer[0] == 40 + 7 - 1
    assert day.talk_s[0] == 90.0
    assert day.talk_s[1] > 0.0 and day.talk_s[1] != 90.0
    assert 40 <= day.customer[1] < 1040
