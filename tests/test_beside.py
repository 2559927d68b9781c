"""Theory beside simulation: the right formula for the right line, a verdict that can fail, and a planner's sheet by hour."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from servsim.engine.simpy_engine import simulate
from servsim.measure.summary import Summary
from servsim.measure.table import layout_of, measure
from servsim.measure.terms import terms_of
from servsim.plan.compile import compile_plan
from servsim.report.beside import LineBeside, Pair, Verdict, beside, beside_text, compare, hourly_text
from servsim.report.hourly_line import HourlyLines, planned_agents, team_lines
from servsim.report.line_model import channel_lines, patience_of
from servsim.scenario.language import Law
from servsim.scenario.reader import load, read
from servsim.theory.registry import ServiceLaw

EXPONENTIAL, EQUAL, NARROW = {"exponential": "1 min"}, "1 min", {"erlang": {"mean": "1 min", "k": 4}}


def line(talk: Any = None, agents: int = 5, **changes: Any) -> dict[str, Any]:
    """Return one phone line, open round the clock: 300 calls an hour, 1 min of talk, 2 min of patience, five agents."""
    world: dict[str, Any] = {
        "calendar": {"days": 1, "warm_up": "1 h"},
        "channels": {"phone": {}},
        "segments": {"callers": {"patience": {"exponential": "2 min"}}},
        "reasons": {"call": {"talk": talk or EXPONENTIAL, "arrivals": {"per_hour": 300}}},
        "teams": {"agents": {"agents": agents}},
    }
    return changed(world, changes)


def changed(world: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the world with sections merged in (names with ``__`` are paths)."""
    for path, value in changes.items():
        section = world
        *way, last = path.split("__")
        for key in way:
            section = section.setdefault(key, {})
        section[last] = value
    return world


def lines_of(world: dict[str, Any]) -> Any:
    """Return the only channel of a world as theory sees it."""
    scenario = read(world)
    plan, names = compile_plan(scenario)
    (found,) = channel_lines(scenario, plan, names, terms_of(scenario, names))
    return found


def study(simulated: dict[str, Any], by_theory: dict[str, Any], replications: int) -> LineBeside:
    """Simulate one world and set the formula of another beside it."""
    rows = rows_of(repr(simulated), replications)
    scenario = read(by_theory)
    plan, names = compile_plan(scenario)
    (found,) = beside(scenario, plan, names, terms_of(scenario, names), rows)
    return found


@lru_cache
def rows_of(world: str, replications: int) -> list[dict[str, Any]]:
    """Return the summary of a simulated world."""
    scenario = read(eval(world))
    plan, names = compile_plan(scenario)
    layout, summary = layout_of(plan, names, terms_of(scenario, names)), Summary()
    for replication in range(replications):
        summary.add(measure(simulate(plan, 11, replication), layout))
    return summary.rows()


# ---- the verdict


@pytest.mark.parametrize(
    ("world", "formula"),
    [
        (line(), "Erlang A, M/M/5+M"),
        (line(agents=7, segments__callers={}), "Erlang C, M/M/7"),
        (line(channels__phone={"lines": 5}), "Erlang B, M/M/5/5+M"),
        (line(channels__phone={"lines": 7}), "Birth and death, M/M/5/7+M"),
        (line(EQUAL, agents=7, segments__callers={}), "Crommelin, M/D/7"),
        (line(NARROW, agents=1, segments__callers={}, reasons__call__arrivals={"per_hour": 45}), "Pollaczek-Khinchine, M/G/1"),
    ],
)
def test_a_model_that_meets_the_assumptions_agrees_with_its_formula(world: dict[str, Any], formula: str) -> None:
    """False alarms over all comparisons of a study: 1 % each."""
    found = study(world, world, 6)

    assert found.formula == formula
    assert {each.measure for each in found.compared} >= {"occupancy", "service_level"} - ({"service_level"} if formula[0] in "CP" or "B," in formula else set())
    assert [each for each in found.compared if each.verdict is Verdict.DIFFERS] == []
    assert any(each.verdict is Verdict.AGREES for each in found.compared)


def test_a_model_with_another_law_of_service_is_reported_as_differing() -> None:
    """Equal times wait about half as long as exponential ones, so Erlang C does not fit."""
    found = study(line(EQUAL, agents=6, segments__callers={}), line(agents=6, segments__callers={}), 6)
    verdicts = {each.measure: each for each in found.compared}

    assert verdicts["mean_wait_s"].verdict is Verdict.DIFFERS
    assert verdicts["mean_wait_s"].verdict_text.startswith("differs by -")
    assert verdicts["occupancy"].verdict is not Verdict.DIFFERS
    assert "differs by -" in beside_text([found])


def test_a_run_without_warm_up_that_differs_is_told_why_it_may() -> None:
    short = {"calendar": {"days": 1}}
    found = study({**line(EQUAL, agents=6, segments__callers={}), **short}, {**line(agents=6, segments__callers={}), **short}, 6)

    assert found.warning == "the run starts with an empty line and has no warm-up"


def test_classes_of_priority_are_compared_one_by_one() -> None:
    world = line(agents=6, segments__callers={})
    world["reasons"] = {
        "urgent": {"talk": EXPONENTIAL, "arrivals": {"per_hour": 100}},
        "calm": {"talk": EXPONENTIAL, "arrivals": {"per_hour": 200}},
    }
    world["routes"] = {"first": {"reasons": ["urgent"], "teams": ["agents"], "priority": 5}, "then": {"reasons": ["calm"], "teams": ["agents"]}}
    found = study(world, world, 6)

    assert found.formula == "Cobham, M/M/6 with ranks"
    by_group = {each.group: each for each in found.compared if each.measure == "mean_wait_s"}
    assert set(by_group) == {"phone", "urgent", "calm"}
    assert by_group["urgent"].theory < by_group["phone"].theory < by_group["calm"].theory
    assert all(each.verdict is not Verdict.DIFFERS for each in found.compared)


def row(value: float, low: float | None, high: float | None, replications: int = 10, unit: str = "s") -> dict[str, Any]:
    """Return a summary row."""
    return {"measure": "mean_wait_s", "value": value, "low": low, "high": high, "level": 0.95, "unit": unit, "formula": "", "by": {}, "replications": replications}


@pytest.mark.parametrize(
    ("theory", "low", "high", "replications", "verdict"),
    [
        (10.5, 9.0, 11.0, 10, Verdict.AGREES),
        (11.2, 9.0, 11.0, 10, Verdict.BY_CHANCE),
        (16.0, 9.0, 11.0, 10, Verdict.DIFFERS),
        (10.5, None, None, 1, Verdict.NO_VERDICT),
        (10.0, 10.0, 10.0, 10, Verdict.AGREES),
        (10.1, 10.0, 10.0, 10, Verdict.DIFFERS),
    ],
)
def test_the_verdict_goes_by_the_interval_and_by_chance(theory: float, low: float, high: float, replications: int, verdict: Verdict) -> None:
    found = compare("phone", Pair("mean_wait_s", "phone", theory, row(10.0, low, high, replications)), comparisons=6)

    assert found.verdict is verdict


def test_the_score_is_the_difference_over_its_standard_error() -> None:
    """Half width 1 with nine degrees of freedom: t = 2.262, standard error 0.442; (10 - 9) / 0.442 = 2.26."""
    found = compare("phone", Pair("mean_wait_s", "phone", 9.0, row(10.0, 9.0, 11.0)), comparisons=1)

    assert found.z == pytest.approx(2.262, abs=1e-3)
    assert found.p_value == pytest.approx(0.05, abs=1e-6)
    assert found.flat()["verdict"] == "agrees"


def test_more_comparisons_ask_for_more_evidence() -> None:
    pair = Pair("mean_wait_s", "phone", 8.4, row(10.0, 9.0, 11.0))

    assert compare("phone", pair, comparisons=1).verdict is Verdict.DIFFERS
    assert compare("phone", pair, comparisons=20).verdict is Verdict.BY_CHANCE


# ---- assumptions


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"reasons__call__arrivals": {"per_hour": {"0:00": 300, "12:00": 200}}}, "arrivals change with the time of day"),
        ({"day_factors": {"busy": {"cv": "10 %"}}, "reasons__call__arrivals": {"per_hour": 300, "day_factor": "busy"}}, "the day's busy-ness varies"),
        ({"calendar__hours": {"phone": {"daily": "9:00-17:00"}}}, "the channel opens and closes"),
        ({"teams__other": {"agents": 2}, "routes": {"all": {"teams": ["agents", "other"]}}}, "more than one team serves"),
        ({"teams__other": {"agents": 2}, "routes": {"all": {"teams": ["agents"], "overflow": {"x": {"team": "other", "after": "1 min"}}}}},
         "another team helps when it gets long"),
        ({"teams__agents__members": {"1": {"speed": 2}}}, "agents work at different speeds"),
        ({"teams__agents__members": {"1": {"lacks": ["call"]}}}, "not every agent serves everything"),
        ({"teams__agents__breaks": {"lunch": {"at": "12:00", "length": "30 min"}}}, "agents take breaks"),
        ({"absences": {"flu": {"team": "agents", "chance": "5 %"}}}, "agents may be absent"),
        ({"teams__agents": {"head_count": {"0:00": 5, "12:00": 4}}}, "the number of agents changes"),
        ({"channels__phone": {"try_again": {"after_abandonment": "50 %"}}}, "redials feed back"),
        ({"channels__phone": {"lines": 8, "try_again": {"after_busy": "50 %"}}}, "redials after a busy line feed back"),
        ({"reasons__call__solved": "80 %", "reasons__call__unsolved": {"returns": "50 %"}}, "unsolved contacts come again"),
        ({"channels__phone": {"balking": {3: "20 %"}}}, "some leave at the sight of the line"),
        ({"channels__phone": {"lines": 8}, "reasons__call__wrap_up": "1 min"}, "a line is free again before the agent is (wrap-up)"),
        ({"channels__phone": {"lines": 8, "menu": {"time": "10 s"}}}, "lines are held during the menu too"),
        ({"teams__agents__agents": 4, "segments__callers": {}}, "the line grows without end: 5 Erlang for 4 agents"),
        ({"reasons__call__talk": NARROW}, "no exact formula is known for M/G/5+M"),
    ],
)  # fmt: skip
def test_the_assumption_that_fails_is_named(changes: dict[str, Any], clause: str) -> None:
    found = lines_of(line(**changes))

    assert found.model is None
    assert clause in found.fails


def test_agents_that_serve_another_line_too_are_named() -> None:
    world = line()
    world["channels"] = {"phone": {}, "hotline": {"kind": "phone"}}
    world["reasons"] = {"call": {**world["reasons"]["call"], "channels": "phone"}, "help": {**world["reasons"]["call"], "channels": "hotline"}}
    scenario = read(world)
    plan, names = compile_plan(scenario)
    lines = channel_lines(scenario, plan, names, terms_of(scenario, names))

    assert [each.channel for each in lines] == ["hotline", "phone"]
    assert all(any("its agents serve other lines too" in clause for clause in each.fails) for each in lines)


def test_harmless_features_leave_the_formula_standing() -> None:
    """A redial that nobody makes, a return nobody needs, a menu in an endless line, closing rules that never apply."""
    world = line(agents=7, segments__callers={}, channels__phone={"menu": {"time": "10 s", "contained": "20 %"}, "try_again": {"after_abandonment": "90 %"}})
    world["reasons"]["call"]["unsolved"] = {"returns": "100 %"}
    found = lines_of(world)

    assert found.fails == () and found.model is not None
    assert found.model.rate_per_s == pytest.approx(0.8 * 300 / 3600)


def test_the_model_takes_speed_wrap_up_and_two_reasons_into_its_service_time() -> None:
    world = line(agents=1, segments__callers={}, teams__agents__speed=2)
    world["reasons"] = {
        "short": {"talk": "1 min", "wrap_up": "1 min", "arrivals": {"per_hour": 15}},
        "long": {"talk": EXPONENTIAL, "search": {"uniform": {"low": "1 min", "high": "3 min"}}, "arrivals": {"per_hour": 5}},
    }
    found = lines_of(world)
    mean = 0.75 * 60.0 + 0.25 * 90.0
    second = 0.75 * 60.0**2 + 0.25 * (30.0**2 + 120.0**2 / 12.0 / 4.0 + 90.0**2)

    assert found.model.service_law is ServiceLaw.GENERAL
    assert found.model.service_mean_s == pytest.approx(mean)
    assert found.model.service_scv == pytest.approx(second / mean**2 - 1.0)


def test_patience_of_two_classes_is_their_mixture() -> None:
    world = line()
    world["segments"] = {"calm": {"patience": {"exponential": "4 min"}}, "hasty": {"patience": "1 min"}}
    world["reasons"]["call"]["segments"] = {"calm": "25 %", "hasty": "75 %"}
    patience = lines_of(world).model.patience

    assert patience.mean_s == pytest.approx(0.25 * 240 + 0.75 * 60)
    assert np.asarray(patience.survival(np.array([30.0, 90.0]))) == pytest.approx([0.75 + 0.25 * math.exp(-30 / 240), 0.25 * math.exp(-90 / 240)])


def test_a_law_of_patience_keeps_its_mean_and_its_jumps() -> None:
    found = patience_of(Law("deterministic", (45.0,)))

    assert found.mean_s == 45.0 and found.breakpoints_s == (45.0,)
    assert np.asarray(found.survival(np.array([44.0, 46.0]))).tolist() == [1.0, 0.0]


def test_the_phone_shop_has_no_exact_formula_and_says_why_in_a_few_clauses() -> None:
    scenario = load("phone_shop")
    plan, names = compile_plan(scenario)
    lines = beside(scenario, plan, names, terms_of(scenario, names), [])
    text = beside_text(lines)

    assert all(not each.formula and each.fails for each in lines)
    assert "phone: no exact formula: " in text and "more reason" in text


def test_the_words_of_a_comparison_stand_in_one_table() -> None:
    text = beside_text([study(line(), line(), 6)])

    assert text.startswith("phone: theory beside simulation (Erlang A, M/M/5+M)")
    assert "wait probability" in text and "occupancy of agents" in text and "agrees: inside the 95 % interval" in text


# ---- Erlang A by hour


def hourly(world: dict[str, Any], replications: int) -> HourlyLines:
    """Return a world's lines by hour."""
    scenario = read(world)
    plan, names = compile_plan(scenario)
    found = HourlyLines(scenario, plan, names, terms_of(scenario, names))
    for replication in range(replications):
        found.add(simulate(plan, 3, replication))
    return found


def test_a_steady_line_has_the_same_erlang_a_in_every_interval_and_the_run_agrees() -> None:
    from servsim.theory import erlang_a
    from servsim.theory.patience import exponential

    rows = hourly(line(), 4).rows()
    answer = erlang_a.solve(300 / 3600, 60.0, 5, exponential(120.0))

    assert [each.interval for each in rows[:3]] == ["01:00", "01:30", "02:00"] and len(rows) == 46
    for each in rows:
        assert each.agents == 5.0 and each.offered_load_erlang == pytest.approx(5.0)
        assert each.theory["mean_wait_s"] == pytest.approx(answer.mean_wait_s, rel=1e-6)
        assert each.theory["offered_per_h"] == pytest.approx(300.0)
    outside = sum(not each.simulated["mean_wait_s"][1] <= each.theory["mean_wait_s"] <= each.simulated["mean_wait_s"][2] for each in rows)
    assert outside <= 10, "46 intervals at 95 %: more than 10 outside has a chance below 1 in 10,000"


def test_planned_agents_are_duty_less_breaks_planned_absences_and_expected_illness() -> None:
    world = line(
        calendar={"start": "2026-03-02", "days": 2, "interval": "1 h", "hours": {"phone": {"daily": "9:00-13:00"}}},
        teams__agents={"agents": 4, "breaks": {"tea": {"at": "10:00", "length": "15 min"}}},
        absences={"course": {"team": "agents", "agents": 1, "on": ["2026-03-03"]}, "flu": {"team": "agents", "chance": "10 %"}},
    )
    scenario = read(world)
    plan, _ = compile_plan(scenario)
    agents = planned_agents(plan, 0)

    assert agents[8:14] == pytest.approx([0, 0.9 * 4, 0.9 * 3, 0.9 * 4, 0.9 * 4, 0])
    assert agents[24 + 8 : 24 + 14] == pytest.approx([0, 0.9 * 3, 0.9 * 2.25, 0.9 * 3, 0.9 * 3, 0])


def test_a_planners_line_is_a_team_with_all_whose_route_names_it_first() -> None:
    scenario = load("phone_shop")
    plan, names = compile_plan(scenario)
    lines = team_lines(scenario, plan, names, terms_of(scenario, names))

    assert [(each.team, each.channels) for each in lines] == [("clerks", ("counter",)), ("phone_agents", ("phone",)), ("secretary", ("front_desk",))]
    assert [each.within_s for each in lines] == [600.0, 20.0, 600.0]


def test_the_planners_volumes_include_the_returns_of_the_unsolved() -> None:
    world = line(reasons__call__solved="80 %", reasons__call__unsolved={"returns": "50 %", "contacts": 2})
    rows = hourly(world, 1).rows()

    assert rows[0].theory["offered_per_h"] == pytest.approx(330.0)
    assert rows[0].offered_load_erlang == pytest.approx(5.5)


def test_the_sheet_is_printed_and_written_row_by_row() -> None:
    found = hourly(line(), 2)
    rows = found.rows()
    text = hourly_text(rows, {each.team: each.within_s for each in found.lines})

    assert text.startswith("Erlang A by hour, as a planner would compute it: agents (phone)")
    assert "within 20 s" in text and text.count("\n") == 2 + len(rows)
    flat = rows[0].flat()
    assert flat["team"] == "agents" and flat["erlang_a_mean_wait_s"] == rows[0].theory["mean_wait_s"]
    assert {"simulated_mean_wait_s", "low_mean_wait_s", "high_mean_wait_s", "agents", "interval"} <= set(flat)


def test_an_hour_without_agents_lets_everybody_wait_or_leave() -> None:
    world = line(teams__agents={"head_count": {"0:00": 0, "1:00": 5}}, calendar={"days": 1, "hours": {"phone": {"daily": "0:00-4:00"}}})
    rows = hourly(world, 1).rows()

    assert rows[0].agents == 0.0 and rows[0].theory["abandoned_share"] == 1.0
    assert rows[2].agents == 5.0 and rows[2].theory["abandoned_share"] < 0.3
