"""Recorded arrivals: what the record knows replaces the draw, the rest is drawn (R4)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from servsim.engine import loop, simpy_engine
from servsim.errors import ScenarioError
from servsim.plan.compile import compile_plan
from servsim.plan.day import Days
from servsim.plan.trace import kinds_without_queue
from servsim.scenario.check import refuse_bad
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


def test_a_segment_that_only_the_record_names_is_led_to_the_route_that_fits_it(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("date,time,segment\n2026-03-02,9:00,firms\n2026-03-02,9:01,private\n")
    routes = {"usual": {"teams": ["clerks"], "segments": ["private"]}, "firms": {"teams": ["seniors"], "segments": ["firms"]}}
    world = {**WORLD, "teams": {"clerks": {"agents": 3}, "seniors": {"agents": 1}}, "routes": routes}
    compiled = compile_plan(read(world, tmp_path))

    for simulate in (simpy_engine.simulate, loop.simulate):
        log = simulate(compiled.plan, 1, 0).contacts
        assert [compiled.names.agents[agent] for agent in log["agent"]] == ["seniors/1", "clerks/1"]


def test_a_recorded_segment_that_no_route_serves_is_refused(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("date,time,segment\n2026-03-02,9:00,private\n2026-03-02,9:01,firms\n")
    world = {**WORLD, "routes": {"usual": {"teams": ["clerks"], "segments": ["private"]}}}

    with pytest.raises(ScenarioError, match=r"reasons.call.arrivals.trace.*firms at 2026-03-02 9:01.*has not one route by phone for call"):
        refuse_bad(read(world, tmp_path))

    plan = compile_plan(read(world, tmp_path)).plan
    assert kinds_without_queue(plan) == [(0, 0, 0)]
    for simulate in (simpy_engine.simulate, loop.simulate):
        with pytest.raises(ValueError, match="without a queue"):
            simulate(plan, 1, 0)


def test_a_recorded_channel_by_which_the_reason_never_comes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("date,time,channel\n2026-03-02,9:00,counter\n")
    world = {**WORLD, "channels": {"phone": {}, "counter": {}}, "reasons": {"call": {**WORLD["reasons"]["call"], "channels": "phone"}}}

    with pytest.raises(ScenarioError, match=r"counter at 2026-03-02 9:00.*must be by one of the reason's channels: phone"):
        refuse_bad(read(world, tmp_path))


def test_who_sees_an_own_executive_needs_no_queue(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("date,time,segment\n2026-03-02,9:00,firms\n")
    plan = compile_plan(read(WORLD, tmp_path)).plan
    nobody = plan._replace(queue_of=plan.queue_of * 0 - 1)

    assert kinds_without_queue(nobody) == [(0, 0, 0)]
    assert kinds_without_queue(nobody._replace(asks_own=plan.asks_own * 0 + 1, owner=plan.owner * 0)) == []
