"""The readable engine and the event loop, compiled and as it stands, leave the same record of every contact, agent, closed case and customer, bit for bit.

Two programs that were written apart from the same rules agree on a world only where both keep the rules; days worked by
hand (``test_worked_traces.py``) and theory are the third witness, against mistakes that both share.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crowded import crowded_plan
from hypothesis import HealthCheck, given, settings
from strategies import valid_scenarios

from servsim.engine import compiled, loop, simpy_engine
from servsim.engine.difference import Difference, first_difference
from servsim.plan.compile import compile_plan
from servsim.plan.plan import Plan
from servsim.rules.codes import Cover, Entry, Hit, LegKind, NextStep, Outcome, OwnRule, Solved
from servsim.scenario.library import list_scenarios
from servsim.scenario.reader import load, read

SHORTENED = {"phone_shop": 6, "course_day": 7, "anonymous_bank": 2, "town_hall": 2}
"""Days of scenarios that ship; others as they are, but for at most two days."""


def difference(plan: Plan, seed: int, replication: int) -> Difference | None:
    """Return in what the engines differ on a plan: the readable one, the event loop compiled, and the same as it stands."""
    readable, fast = simpy_engine.simulate(plan, seed, replication), compiled.simulate(plan, seed, replication)
    return first_difference(readable, fast) or first_difference(fast, loop.simulate(plan, seed, replication))


def test_a_difference_in_what_customers_remember_is_told_too() -> None:
    plan = crowded_plan(1)
    one, other = loop.simulate(plan, 1, 0), loop.simulate(plan, 1, 0)
    assert len(one.closings["root"]) > 50 and len(one.customers["account"]) > 0
    other.customers["expected"][3] += 1e-12
    assert str(first_difference(one, other)).startswith("customers 3, expected: ")
    other.closings["mood"][7] = -0.5
    assert str(first_difference(one, other)).startswith("closings 7, mood: ")


@pytest.mark.parametrize("name", sorted(list_scenarios()))
def test_both_engines_agree_on_a_scenario_that_ships(name: str) -> None:
    scenario = load(name)
    days = min(SHORTENED.get(name, 2), scenario.calendar.days)
    plan = compile_plan(load(name, {"calendar.days": days, "calendar.warm_up": 0})).plan
    assert difference(plan, 7, 1) is None


@pytest.mark.parametrize("first", range(0, 100, 20))
def test_both_engines_agree_on_crowded_worlds_full_of_ties(first: int) -> None:
    for number in range(first, first + 20):
        assert difference(crowded_plan(number), 1, number) is None, f"crowded world {number}"


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 4200, 100))
def test_both_engines_agree_on_many_crowded_worlds(first: int) -> None:
    for number in range(first, first + 100):
        assert difference(crowded_plan(number), 1, number) is None, f"crowded world {number}"


@settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(valid_scenarios())
def test_both_engines_agree_on_any_valid_scenario(data: dict[str, Any]) -> None:
    assert difference(compile_plan(read(data)).plan, 3, 2) is None


@pytest.mark.slow
@settings(max_examples=1000, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(valid_scenarios())
def test_both_engines_agree_on_many_valid_scenarios(data: dict[str, Any]) -> None:
    assert difference(compile_plan(read(data)).plan, 4, 3) is None


def test_the_crowded_worlds_meet_every_outcome_every_cover_and_many_ties() -> None:
    """Otherwise their agreement would say little."""
    logs = [loop.simulate(crowded_plan(number), 1, number).contacts for number in range(40)]
    joined = {name: np.concatenate([log[name] for log in logs]) for name in logs[0]}
    assert set(joined["outcome"].tolist()) == set(Outcome) - {Outcome.CALLBACK_PROMISED}
    assert set(joined["cover"].tolist()) == set(Cover)
    assert set(joined["entry"].tolist()) == set(Entry) - {Entry.TRANSFER, Entry.ESCALATION, Entry.DEFERRED}
    assert set(joined["next_step"].tolist()) == set(NextStep)
    ends = joined["ended_s"][np.isfinite(joined["ended_s"])]
    assert np.mean(ends % 30.0 == 0.0) > 0.5
    assert joined["has_file"].min() == -1 and set(OwnRule) == {rule for number in range(40) for rule in crowded_plan(number).rule.tolist()}


def test_in_the_crowded_worlds_customers_are_failed_complain_are_called_and_leave() -> None:
    """Otherwise the agreement about what they remember would say little."""
    logs = [loop.simulate(crowded_plan(number), 1, number) for number in range(60)]
    closed = _joined([log.closings for log in logs])
    people = _joined([log.customers for log in logs])
    contacts = _joined([log.contacts for log in logs])
    assert set(closed["hit"].tolist()) == set(Hit)
    for column in ("problem", "major", "solved", "complained", "lost"):
        assert 0.01 < closed[column].mean() < 0.99, column
    for column in ("remedy", "overpaid", "mood", "lineage", "late_s", "leaving"):
        assert (closed[column] > 0).sum() > 10, column
    assert np.isnan(closed["recovery"]).any() and (closed["mood"] < 0).any()
    assert 0.05 < np.isfinite(people["lost_s"]).mean() < 0.6
    left_on_the_spot = closed["closed_s"][closed["lost"] == 1]
    assert np.isfinite(people["lost_s"]).sum() - len(left_on_the_spot) > 5
    for kind in (LegKind.COMPLAINT, LegKind.RECOVERY):
        solved = contacts["solved"][(contacts["leg_kind"] == kind) & (contacts["outcome"] == Outcome.ANSWERED)]
        assert min((solved == Solved.YES).sum(), (solved == Solved.NO).sum()) > 10


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return columns of several runs one after the other; runs without them are left out."""
    some = [part for part in parts if part]
    return {name: np.concatenate([part[name] for part in some]) for name in some[0]}
