"""Cross-checks, duty, expected arrivals and load: hand-worked worlds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from strategies import valid_scenarios

from servsim.errors import ScenarioError
from servsim.rules.clock import DAY_S
from servsim.scenario import check_memory
from servsim.scenario.check import check, refuse_bad
from servsim.scenario.demand import cells_of
from servsim.scenario.duty import agent_names, duty
from servsim.scenario.language import Scenario
from servsim.scenario.opening import opening_windows
from servsim.scenario.plain import files_of
from servsim.scenario.reader import read
from servsim.scenario.route import channels_of_team, route_of
from servsim.scenario.volumes import read_trace
from servsim.scenario.workload import load_by_team_hour
from servsim.scenario.yaml_text import parse_yaml

H = 3600.0

WORLD = """
calendar: {start: 2026-03-02, days: 5, hours: {phone: {mon-fri: "9:00-18:00"}, counter: {mon-fri: "9:00-18:00"}}}
channels: {phone: {lines: 8}, counter: {seats: 14}}
segments:
  firms: {customers: 2400, own_executive: {team: executives}, patience: {exponential: 30 min}}
  private: {customers: 16000, patience: {exponential: 3 min}}
reasons:
  visit:
    channels: counter
    segments: firms
    asks_for: own
    cover: executives
    arrivals: {per_day: 36}
    talk: {lognormal: {mean: 16 min, cv: 0.7}}
    wrap_up: 4 min
  call:
    channels: phone
    segments: private
    arrivals: {per_day: 170, profile: {9:00: 2, 12:00: 1}}
    talk: {lognormal: {mean: 5 min, cv: 0.7}}
teams:
  executives: {agents: 6}
  clerks: {agents: 3}
routes:
  calls: {channels: phone, teams: clerks}
  visits: {channels: counter, teams: [clerks], overflow: {all_hands: {team: executives, after: 5 min}}}
cover:
  executives: {busy: [wait], away: [buddy, substitute, come_back], substitute: {team: clerks}}
"""


def world(overrides: Any = (), folder: Path | None = None) -> Scenario:
    """Return the hand-made world, changed; overrides given as YAML text are merged in as whole keys."""
    return read(parse_yaml(WORLD, "world"), folder, overrides)


def problems(overrides: Any, folder: Path | None = None) -> list[str]:
    """Return the problems of the cross-checks as texts."""
    return [str(each) for each in check(world(overrides, folder)).problems]


def warnings(overrides: Any) -> list[str]:
    """Return the warnings of a world without problems."""
    found = check(world(overrides))
    assert found.problems == []
    return [str(each) for each in found.warnings]


def test_a_sound_world_has_no_problems_and_no_warnings():
    assert check(world()) == ([], [], [])
    assert refuse_bad(world()) == []


PROBLEMS = {
    "calendar.interval": ("7 min", "calendar.interval: got 7 min; must divide a day"),
    "calendar.warm_up": ("5 days", "must be shorter than the run of 5 days"),
    "channels.phone.seats": (3, "is for counters; a phone has lines"),
    "channels.counter.lines": (3, "is for phones; a counter has seats"),
    "channels.phone.try_again": ({"tries": "unlimited", "delay": 0}, "channels.phone.try_again.delay: got 0 s; must be more than 0"),
    "reasons.call.unsolved": ({"contacts": "unlimited", "delay": 0}, "must be more than 0 where contacts is unlimited"),
    "reasons.call.channels": ({"phone": "70 %"}, "reasons.call.channels: got 70%; must add up to 100 %"),
    "reasons.call.segments": ({"private": 0.5, "firms": 0.6}, "must add up to 100 %"),
    "reasons.call.arrivals.per_hour": (20, "must have exactly one of per_day, per_hour, file, trace"),
    "reasons.call.arrivals": ({"per_hour": 20, "profile": {"9:00": 1}}, "must not be given with per_hour"),
    "reasons.call.arrivals.profile": ({"9:10": 1}, "got 9:10; must be a multiple of calendar.interval (30 min)"),
    "reasons.call.talk": ({"counter": "5 min"}, "reasons.call.talk.phone: must be given"),
    "reasons.call.wrap_up": ("unlimited", "must be a time that ends; only a patience may be unlimited"),
    "reasons.call.contained": ("20 %", "needs channels.phone.menu"),
    "reasons.call.asks_for": ("own", "needs a segment with own_executive"),
    "reasons.visit.cover": (None, "reasons.visit.cover: must be given where asks_for is own (executives)"),
    "segments.firms.customers": (None, "needs segments.firms.customers"),
    "teams.clerks": ({}, "must have agents, shifts or head_count"),
    "teams.clerks.shifts": ({"early": {"hours": "9:00-17:00"}}, "must not be given with shifts"),
    "teams.clerks.head_count": ({"9:00": 2.5}, "got 2.5; must be whole numbers of agents"),
    "teams.clerks.members": ({"4": {"speed": 2}}, "is no agent of the team (1, 2, 3)"),
    "teams.clerks.members.1": ({"buddy": 1}, "must be another agent of the team"),
    "teams.clerks.": ({"shifts": {"a": {"hours": "9:00-12:00", "breaks": {"tea": {"at": "11:50", "length": "15 min"}}}}}, "must lie within the shift's hours; agent 1's would begin at 11:50"),
    "teams.clerks..": ({"shifts": {"a": {"hours": "9:00-12:00", "agents": 3, "breaks": {"tea": {"at": "11:00", "length": "15 min", "stagger": "30 min"}}}}}, "agent 3's would begin at 12:00"),
    "routes.calls": ({"channels": "counter", "reasons": "call", "teams": "clerks"}, "has no route for contacts of private by phone"),
    "routes.more": ({"reasons": "call", "teams": "executives"}, "routes.calls: fits contacts of private by phone for call as well as more"),
    "routes.visits.overflow.all_hands.team": ("clerks", "serves this route already"),
    "routes.visits.overflow.all_hands": ({"team": "executives"}, "must say when the team joins"),
    "cover.executives.away": (["buddy"], "must end in come_back or message"),
    "cover.executives.busy": (["buddy"], "must end in wait, come_back or message"),
    "cover.executives.substitute": (None, "must be given, as a list names it"),
    "absences.course": ({"team": "executives", "agents": ["7"]}, "got 7; must be agents of executives (1, 2, 3, 4, 5, 6)"),
    "absences.illness": ({"team": "executives", "agents": 7}, "must be at most the 6 agents of executives"),
    "reasons.call.arrivals.per_day": (1e12, "must be fewer than"),
}  # fmt: skip


@pytest.mark.parametrize("path", PROBLEMS)
def test_a_world_that_makes_no_sense_is_refused(path):
    value, words = PROBLEMS[path]

    found = problems({path.rstrip("."): value})

    assert any(words in text for text in found), found
    with pytest.raises(ScenarioError):
        refuse_bad(world({path.rstrip("."): value}))


def test_a_reason_that_every_agent_lacks_is_refused():
    lacking = {str(number): {"lacks": ["call"]} for number in (1, 2, 3)}

    (found,) = problems({"teams.clerks.members": lacking})

    assert found == "reasons.call: nobody can serve it: every agent of clerks lacks it, or there are none"
    assert problems({"teams.clerks.members": {"1": {"lacks": ["call"]}}}) == []


def test_a_team_without_agents_serves_nobody():
    assert any("nobody can serve it" in text for text in problems({"teams.clerks.agents": 0, "teams.executives.agents": 0}))


WARNINGS = {
    "calendar.closed": (["2026-04-01"], "calendar.closed: 2026-04-01 is not one of the simulated days"),
    "absences.course": ({"team": "executives", "on": "2026-03-09"}, "2026-03-09 is not one of the simulated days"),
    "channels.web": ({"kind": "phone"}, "channels.web: is used by no reason"),
    "segments.others": ({"customers": 5}, "segments.others: comes for no reason"),
    "day_factors.busy": ({"cv": 0.1}, "day_factors.busy: is used by no reason"),
    "teams.more": ({"agents": 1}, "teams.more: serves nobody"),
    "routes.more": ({"reasons": "visit", "segments": "private", "teams": "clerks"}, "routes.more: fits no contact"),
    "cover.more": ({"away": ["message"]}, "cover.more: is used by no reason"),
    "cover.executives.message": ({}, "cover.executives.message: has no effect"),
    "reasons.call.arrivals.profile": ({"8:00": 1, "9:00": 1}, "10.0% of the cases come while every channel of theirs is closed (on mon-fri)"),
    "reasons.call.arrivals.weekdays": ({"daily": 0}, "nobody comes on the days of this run"),
}


@pytest.mark.parametrize("path", WARNINGS)
def test_a_world_that_may_be_a_slip_is_warned_of(path):
    value, words = WARNINGS[path]

    assert any(words in text for text in warnings({path: value}))


def test_more_customers_than_the_machine_has_memory_for_are_refused_with_what_they_take(monkeypatch):
    monkeypatch.setattr(check_memory, "machine_bytes", lambda: 8 * 10**9)

    assert problems({"segments.private.customers": 299_000_000}) == []
    assert problems({"segments.private.customers": 400_000_000}) == [
        "segments.private.customers: got 400000000; must be at most 300 million in all segments on this machine: a customer takes 24 bytes in every process"
        " that simulates, which is 10 GB, and the machine has 8 GB"
    ]
    assert "must be at most 24 million" in problems({"segments.private.customers": 40_000_000, "loyalty": {"preset": "evidence"}})[0]


@pytest.mark.parametrize(("limit", "bytes_of"), [("2000000\n", lambda whole: 2_000_000), ("max\n", lambda whole: whole), (None, lambda whole: whole)])
def test_a_container_has_the_memory_that_it_may_take(limit, bytes_of, monkeypatch, tmp_path):
    monkeypatch.setattr(check_memory, "LIMITS", ())
    whole = check_memory.machine_bytes()
    assert whole > 2_000_000
    monkeypatch.setattr(check_memory, "LIMITS", (tmp_path / "limit",))
    if limit is not None:
        (tmp_path / "limit").write_text(limit)
    assert check_memory.machine_bytes() == bytes_of(whole)


def test_a_machine_that_does_not_say_its_memory_refuses_no_customers(monkeypatch):
    monkeypatch.setattr(check_memory, "machine_bytes", lambda: None)

    assert problems({"segments.private.customers": 10**9}) == []


def test_an_amount_beyond_all_counting_is_told_short():
    assert problems({"reasons.call.arrivals": {"per_day": 1e300}})[0].startswith("reasons.call.arrivals: got 5.56e+298; must be fewer")


def test_a_run_repeats_what_has_no_effect_and_not_what_its_results_show():
    overrides = {"loyalty": {}, "complaints": {"team": "clerks"}, "reasons.call.arrivals": {"per_day": 5000}, "channels.web": {"kind": "phone"}}
    found = check(world(overrides))

    assert [str(each) for each in found.slips] == ["channels.web: is used by no reason"]
    assert {each.path.split(".")[0] for each in found.warnings} == {"channels", "complaints", "teams"}
    assert refuse_bad(world(overrides)) == found.slips


# ---- load


def test_the_load_of_a_team_is_offered_work_over_agents():
    """170 calls of 5 min, twice as many an hour before 12:00 (9 to 12 and 12 to 18: 6 + 6 parts); 36 visits of 20 min."""
    lines = {(line.team, line.weekday, line.from_s): line for line in load_by_team_hour(world())}

    clerks = lines["clerks", 0, 9 * H]
    assert clerks.offered_erlang == pytest.approx(170 / 12 * 2 * 300 / H)
    assert lines["clerks", 4, 12 * H].offered_erlang == pytest.approx(170 / 12 * 300 / H)
    assert clerks.agents == 3
    assert lines["executives", 2, 15 * H].load == pytest.approx(36 * 1200 / (9 * H) / 6)
    assert ("clerks", 0, 8 * H) not in lines


def test_returns_speed_menus_and_breaks_count_in_the_load():
    changes = {
        "reasons.call.solved": 0.5, "reasons.call.unsolved": {"returns": 0.5, "contacts": 2}, "teams.clerks.speed": 2,
        "channels.phone.menu": {"time": "1 min", "contained": "20 %"}, "teams.clerks.breaks": {"tea": {"at": "9:00", "length": "15 min"}},
    }  # fmt: skip
    line = next(line for line in load_by_team_hour(world(changes)) if line.team == "clerks" and line.from_s == 9 * H)

    assert line.offered_erlang == pytest.approx(170 / 12 * 2 * 300 / H * (1 + 0.25) / 2 * 0.8)
    assert line.agents == pytest.approx(1.5)


def test_a_line_that_grows_is_told_with_its_hours():
    """From 9:00 to 12:00 work for 4 agents meets 3; then work for 2: 3 agent-hours are worked off in 3 hours."""
    changes = {"reasons.call.arrivals": {"per_hour": {"9:00": 48, "12:00": 24}}, "teams.clerks.agents": 3}

    assert warnings(changes) == [
        "teams.clerks: on mon-fri: load 1.33 per agent at 9:00; from 9:00 the line grows until 12:00 and is worked off by 15:00; who gives up before is not counted"
    ]


def test_a_line_that_is_not_worked_off_is_told():
    found = warnings({"teams.clerks.head_count": {"9:00": 3, "17:00": 0}, "teams.clerks.agents": None})

    assert found == [
        "teams.clerks: on mon-fri: work and nobody on duty at 17:00; from 17:00 the line grows until 18:00 and is not worked off on that day; who gives up before is not counted"
    ]


# ---- duty


def windows_of(scenario: Scenario, team: str) -> dict[str, Any]:
    """Return the windows in hours by agent."""
    return {each.name: [(begin / H, end / H) for begin, end in each.windows] for each in duty(scenario, team)}


def test_agents_without_shifts_work_the_hours_of_the_channels_they_serve():
    scenario = world({"calendar.days": 2, "calendar.hours.phone": "8:00-12:00", "calendar.hours.counter": "11:00-13:00"})

    assert channels_of_team(scenario, "executives") == ("counter",)
    assert windows_of(scenario, "executives")["executives/6"] == [(11, 13), (35, 37)]
    assert windows_of(scenario, "clerks")["clerks/1"] == [(8, 13), (32, 37)]


def test_a_channel_open_round_the_clock_gives_one_window():
    scenario = world({"calendar.hours": None, "calendar.days": 2})

    assert opening_windows(scenario, "phone") == [(0.0, 3 * DAY_S)]
    assert windows_of(scenario, "clerks")["clerks/2"] == [(0, 72)]


def test_nobody_works_on_closed_dates():
    changes = {"calendar.days": 3, "calendar.closed": "2026-03-03", "teams.clerks": {"shifts": {"night": {"hours": "22:00-6:00", "agents": 1}}}}
    scenario = world({**changes, "teams.executives": {"head_count": {"9:00": 1, "10:00": 0}}})

    assert windows_of(scenario, "clerks") == {"clerks/night-1": [(0, 6), (22, 30), (70, 78)]}
    assert windows_of(scenario, "executives") == {"executives/1": [(9, 10), (57, 58)]}


def test_head_counts_send_the_highest_numbers_first():
    changes = {"calendar.days": 1, "teams.clerks": {"head_count": {"9:00": 2, "11:00": 3, "17:00": 1}, "agents": 4}}
    scenario = world(changes)

    assert windows_of(scenario, "clerks") == {"clerks/1": [(9, 18)], "clerks/2": [(9, 17)], "clerks/3": [(11, 17)], "clerks/4": [(9, 18)]}
    assert agent_names(scenario, "clerks") == [f"clerks/{number}" for number in (1, 2, 3, 4)]


def test_fewer_agents_cut_the_head_count_and_a_warning_says_so():
    changes = {"calendar.days": 1, "teams.clerks": {"head_count": {"9:00": 2, "11:00": 3, "17:00": 1}, "agents": 2}}

    assert windows_of(world(changes), "clerks") == {"clerks/1": [(9, 18)], "clerks/2": [(9, 17)]}
    assert "teams.clerks.head_count: asks for 3, but the team has 2 agents: no more than these come" in warnings(changes)


def test_a_head_count_file_gives_dates_their_own_counts(tmp_path):
    (tmp_path / "clerks.csv").write_text("date,start,agents\n2026-03-03,9:00,1\n2026-03-03,12:00,2\n2026-03-03,15:00,0\n")
    scenario = world({"calendar.days": 3, "teams.clerks": {"head_count_file": "clerks.csv"}}, tmp_path)

    assert windows_of(scenario, "clerks") == {"clerks/1": [(33, 39)], "clerks/2": [(36, 39)]}
    assert files_of(scenario) == ("clerks.csv",)
    assert files_of(world()) == ()


def test_breaks_are_staggered_and_stay_within_the_hours():
    pause = {"lunch": {"at": "12:00", "length": "1 h", "stagger": "3 h"}}
    scenario = world({"calendar.days": 1, "teams.clerks.breaks": pause})

    assert [[(begin / H, length / H) for begin, length in each.breaks] for each in duty(scenario, "clerks")] == [[(12, 1)], [(15, 1)], []]


def test_a_break_after_midnight_belongs_to_the_night_shift():
    night = {"hours": "22:00-6:00", "days": "mon", "breaks": {"tea": {"at": "1:00", "length": "15 min"}}}
    scenario = world({"calendar.days": 2, "teams.clerks": {"shifts": {"night": night}}})

    (agent,) = duty(scenario, "clerks")
    assert agent.windows == [(22 * H, 30 * H)]
    assert agent.breaks == [(25 * H, 900.0)]


def test_agents_of_shifts_are_numbered_by_shift_and_known_as_members():
    shifts = {"late": {"hours": "12:00-18:00", "agents": 1}, "early": {"hours": "9:00-12:00", "agents": 2}}
    scenario = world({"teams.clerks": {"shifts": shifts, "members": {"early-2": {"speed": 2}}}})

    agents = duty(scenario, "clerks")
    assert [each.name for each in agents] == ["clerks/early-1", "clerks/early-2", "clerks/late-1"]
    assert [each.member.speed if each.member else None for each in agents] == [None, 2.0, None]


# ---- who comes, and who serves


def test_cases_of_a_day_are_spread_by_the_profile_over_the_opening_hours():
    cells = [cell for cell in cells_of(world(), "call") if cell.day == 1]

    assert math.fsum(cell.mean for cell in cells) == pytest.approx(170)
    assert [cell.interval for cell in cells] == list(range(18, 36))
    assert cells[0].mean == pytest.approx(2 * cells[-1].mean)


def test_cells_begin_when_the_doors_open_and_end_when_they_close():
    scenario = world({"calendar.hours.phone": "9:10-9:50, 11:00-11:15", "reasons.call.arrivals": {"per_hour": 60}, "calendar.days": 1})

    found = [(cell.interval, cell.from_s / 60, cell.length_s / 60, round(cell.mean, 9)) for cell in cells_of(scenario, "call")]
    assert found == [(18, 550, 20, 20), (19, 570, 20, 20), (22, 660, 15, 15)]


def test_a_profile_from_midnight_begins_at_opening_and_its_last_entry_ends_at_closing():
    scenario = world({"reasons.call.arrivals": {"per_hour": {"0:00": 6, "12:00": 12}}, "calendar.days": 1, "calendar.hours.phone": "9:00-12:30"})

    cells = cells_of(scenario, "call")
    assert [(cell.interval, cell.mean) for cell in cells] == [(18, 3), (19, 3), (20, 3), (21, 3), (22, 3), (23, 3), (24, 6)]


def test_weekday_factors_and_closed_dates_change_the_day():
    scenario = world({"reasons.call.arrivals.weekdays": {"mon": "120 %"}, "calendar.closed": "2026-03-04"})
    by_day = {day: math.fsum(cell.mean for cell in cells_of(scenario, "call") if cell.day == day) for day in range(5)}

    assert by_day == pytest.approx({0: 204, 1: 170, 2: 0, 3: 170, 4: 170})


def test_a_forecast_gives_volumes_and_handling_times_by_interval(tmp_path):
    (tmp_path / "forecast.csv").write_text("date,start,volume,aht_s\n2026-03-03,9:00,10,600\n2026-03-03,10:00,4,\n2026-04-01,9:00,9,\n")
    scenario = world({"reasons.call.arrivals": {"file": "forecast.csv"}}, tmp_path)

    assert check(scenario).problems == []
    found = [(cell.day, cell.interval, cell.mean, cell.scale) for cell in cells_of(scenario, "call")]
    assert found == [(1, 18, 5, 2), (1, 19, 5, 2), (1, 20, 2, 1), (1, 21, 2, 1)]


def test_bad_lines_of_a_forecast_are_told_with_number_and_content(tmp_path):
    lines = ["date,start,volume,aht_s", "2026-03-03,9:00,x,1", "2026-03-03,9:99,1,1", "2026-03-03,9:00", "", "2026-03-03,9:30,-1,1", "2026-03-04,9:00,1,", "2026-03-04,9:00,1,"]
    (tmp_path / "forecast.csv").write_text("\n".join(lines))

    found = problems({"reasons.call.arrivals": {"file": "forecast.csv"}}, tmp_path)

    assert found == [
        "forecast.csv, line 2: got 2026-03-03,9:00,x,1; volume must be a number of 0 or more",
        "forecast.csv, line 3: got 2026-03-03,9:99,1,1; must be a time of day, such as 9:30",
        "forecast.csv, line 4: got 2026-03-03,9:00; must have 4 cells, has 2",
        "forecast.csv, line 6: got 2026-03-03,9:30,-1,1; volume must be a number of 0 or more",
    ]
    (tmp_path / "forecast.csv").write_text("\n".join([lines[0], *lines[6:]]))
    assert problems({"reasons.call.arrivals": {"file": "forecast.csv"}}, tmp_path) == [
        "forecast.csv: got 2026-03-04 9:00; must give each date and start once"
    ]
    (tmp_path / "forecast.csv").write_text("date;start;volumes\n")
    assert any("unknown column" in text and "did you mean 'volume'?" in text for text in problems({"reasons.call.arrivals": {"file": "forecast.csv"}}, tmp_path))


def test_a_forecast_off_the_grid_is_refused(tmp_path):
    (tmp_path / "forecast.csv").write_text("date,start,volume\n2026-03-03,9:00,10\n2026-03-03,9:15,4\n")

    assert "must be a multiple of calendar.interval" in problems({"reasons.call.arrivals": {"file": "forecast.csv"}}, tmp_path)[0]
    assert problems({"reasons.call.arrivals": {"file": "forecast.csv"}, "calendar.interval": "15 min"}, tmp_path) == []


def test_a_trace_keeps_the_order_of_its_file_and_what_is_known(tmp_path):
    file = tmp_path / "calls.csv"
    file.write_text("date,time,segment,talk_s,customer\n2026-03-03,9:00:01.5,private,60,7\n2026-03-02,17:00,,,\n")
    lines = read_trace(file, ("firms", "private"), ("phone",))

    assert [(line.time_s, line.segment, line.customer) for line in lines] == [(9 * H + 1.5, "private", 7), (17 * H, "", 0)]
    assert lines[0].talk_s == 60 and math.isnan(lines[1].talk_s) and math.isnan(lines[0].patience_s)
    assert problems({"reasons.call.arrivals": {"trace": "calls.csv"}}, tmp_path) == []


def test_a_trace_with_unknown_names_customers_or_no_line_in_the_run_is_refused(tmp_path):
    trace = {"reasons.call.arrivals": {"trace": "calls.csv"}}
    for text, words in {
        "2026-03-03,9:00,privat,1": "segment must be one of firms, private; did you mean 'private'?",
        "2026-03-03,9:00,firms,2401": "customer 2401; must be a number up to the customers of its segment",
        "2026-03-03,9:00,,1": "which must be named",
        "2027-03-03,9:00,,": "must have lines within the days of the run",
        "2026-03-03,25:00,,": "time must be a time of day",
    }.items():
        (tmp_path / "calls.csv").write_text(f"date,time,segment,customer\n{text}\n")
        assert any(words in found for found in problems(trace, tmp_path)), words


def test_the_route_that_names_most_wins():
    scenario = world({"routes.special": {"channels": "phone", "reasons": "call", "teams": "executives"}})

    assert route_of(scenario, "phone", "call", "private").teams == ("executives",)
    assert route_of(scenario, "phone", "visit", "private").teams == ("clerks",)
    assert check(scenario).problems == []


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(valid_scenarios())
def test_duty_windows_are_sorted_apart_and_hold_their_breaks(data):
    scenario = read(data)
    for team in scenario.teams:
        agents = duty(scenario, team)
        assert [each.name for each in agents] == agent_names(scenario, team)
        for each in agents:
            edges = [edge for window in each.windows for edge in window]
            assert edges == sorted(set(edges))
            for begin, length in each.breaks:
                assert any(start <= begin and begin + length <= end for start, end in each.windows)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(valid_scenarios())
def test_cells_are_named_once_lie_in_their_interval_and_keep_the_volume(data):
    scenario = read(data)
    length_s = scenario.calendar.interval
    for name, reason in scenario.reasons.items():
        cells = cells_of(scenario, name)
        assert [cell[:2] for cell in cells] == sorted({cell[:2] for cell in cells})
        for cell in cells:
            start = cell.day * DAY_S + cell.interval * length_s
            assert start <= cell.from_s < cell.from_s + cell.length_s <= start + length_s
        per_day = reason.arrivals.per_day
        for day in {cell.day for cell in cells} if per_day is not None else ():
            factor = (reason.arrivals.weekdays or (1,) * 7)[day % 7]
            assert math.fsum(cell.mean for cell in cells if cell.day == day) == pytest.approx(per_day * factor * (1.0 + reason.arrivals.growth) ** (day / 30.0))


def test_the_world_above_is_yaml_that_others_read_too():
    """Quoted times keep the text readable for YAML 1.1 as well."""
    assert yaml.safe_load(WORLD)["teams"] == parse_yaml(WORLD, "world")["teams"]


# ---- what customers remember, complaints, later needs, notice

FAULT = {"channels": "counter", "segments": "firms", "talk": "10 min"}
COURSE = {"team": "executives", "agents": 5, "on": ["2026-03-05"]}

LOYALTY_PROBLEMS = {
    "complaints without anybody who remembers": ({"complaints": {"team": "clerks"}}, "complaints: needs the section loyalty"),
    "recovery without anybody who remembers": ({"recovery": {"team": "clerks"}}, "recovery: needs the section loyalty"),
    "complaints settled more often than made": (
        {"segments.firms.loyalty": {"history": {"quick": "70 %", "slow": "40 %"}}}, "segments.firms.loyalty.history.quick: got 70 %; must be at most 100 % together with slow",
    ),
    "a complaint team that never comes": (
        {"loyalty": {}, "teams.desk": {"head_count": {"9:00": 0}}, "complaints": {"team": "desk"}}, "complaints.team: got desk; must be on duty at some time",
    ),
    "a notice of an illness": ({"absences.flu": {"team": "executives", "chance": "5 %", "notice": {"team": "clerks"}}}, "absences.flu.notice: is for planned absences only"),
    "an illness that teaches": ({"absences.flu": {"team": "executives", "chance": "5 %", "teaches": {"solved": 0.04}}}, "absences.flu.teaches: is for planned absences only"),
    "a notice of clerks": ({"absences.course": {**COURSE, "team": "clerks", "agents": 1, "notice": {"team": "clerks"}}}, "clerks have none (own_executive names executives)"),
    "a later need that nobody has": (
        {"reasons.fault": FAULT, "reasons.call.leads_to": {"fault": {}}}, "reasons.call.leads_to.fault: comes from customers of private, who do not come for fault",
    ),
    "later needs at once and for ever": (
        {"reasons.fault": {**FAULT, "leads_to": {"visit": {"delay": 0}}}, "reasons.visit.leads_to": {"fault": {"delay": 0, "share": "10 %"}}},
        "somewhere in the loop fault -> visit -> fault: time would stand still",
    ),
    "growth of what was recorded": ({"reasons.call.arrivals": {"trace": "t.csv", "growth": 0.01}}, "must not be given with trace: what was recorded does not grow"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOYALTY_PROBLEMS)
def test_what_customers_cannot_live_through_is_refused(name, tmp_path):
    (tmp_path / "t.csv").write_text("date,time\n2026-03-02,9:00\n")
    overrides, words = LOYALTY_PROBLEMS[name]

    assert any(words in text for text in problems(overrides, tmp_path)), problems(overrides, tmp_path)


LOYALTY_WARNINGS = {
    "nobody to remember": ({"loyalty": {}, "segments.firms.customers": None, "segments.firms.own_executive": None, "segments.private.customers": None, "reasons.visit.asks_for": "anyone", "reasons.visit.cover": None}, "loyalty: has no effect"),
    "a problem without loyalty": ({"reasons.call.problem": "yes"}, "reasons.call.problem: has no effect: the scenario has no loyalty section"),
    "authority without loyalty": ({"teams.clerks.authority": 50}, "teams.clerks.authority: has no effect"),
    "a promise without loyalty": ({"cover.executives.message": {"within": "1 h"}, "cover.executives.away": ["message"]}, "cover.executives.message.within: has no effect"),
    "complaints without authority": ({"loyalty": {}, "complaints": {"team": "clerks"}}, "complaints.team: clerks may settle nothing"),
    "complaints passed on to nobody": ({"loyalty": {}, "complaints": {"team": "clerks", "passed_on": "50 %"}, "teams.clerks.authority": 0}, "complaints.passed_on: has no effect"),
    "calls ahead of the first day": ({"absences.course": {**COURSE, "on": ["2026-03-02"], "notice": {"team": "clerks"}}}, "nobody can be called ahead of the first simulated day"),
    "two courses for one": (
        {"absences.course": {**COURSE, "teaches": {"solved": 0.04}}, "absences.again": {**COURSE, "agents": [1], "on": ["2026-03-06"], "teaches": {}}},
        "absences.course.teaches: may take agents whom absences.again teaches too",
    ),
    "needs that never die out": ({"reasons.visit.leads_to": {"visit": {"share": "100 %"}}}, "and so on until the run ends"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOYALTY_WARNINGS)
def test_what_has_no_effect_on_customers_is_warned_about(name):
    overrides, words = LOYALTY_WARNINGS[name]

    assert any(words in text for text in warnings(overrides)), warnings(overrides)


def test_a_world_with_loyalty_complaints_recovery_notice_and_later_needs_is_sound():
    overrides = {
        "loyalty": {"preset": "story"}, "complaints": {"team": "clerks", "passed_on": "50 %"}, "recovery": {"team": "office"},
        "teams.office": {"agents": 1, "authority": 100}, "teams.clerks.authority": 0, "absences.course": {**COURSE, "notice": {"team": "office"}, "teaches": {}},
        "reasons.fault": {**FAULT, "problem": "yes"}, "reasons.visit.leads_to": {"fault": {"share": "30 %", "delay": "2 days"}},
    }  # fmt: skip

    assert check(world(overrides)) == ([], [], [])


def test_courses_for_different_people_teach_both():
    overrides = {"absences.course": {**COURSE, "agents": [1, 2], "teaches": {}}, "absences.again": {**COURSE, "agents": [3], "teaches": {}}}

    assert warnings(overrides) == []


def test_arrivals_grow_by_so_much_a_month():
    """10 % in 30 days: after 30 days exactly 10 % more, after 15 days the root of that; not a bit changes without growth."""
    month = {"calendar.days": 31, "calendar.start": "2026-03-02", "calendar.hours": None}
    plain = {cell.day: cell.mean for cell in cells_of(world(month), "visit")}
    grown = {cell.day: cell.mean for cell in cells_of(world({**month, "reasons.visit.arrivals.growth": 0.1}), "visit")}

    assert grown[0] == plain[0]
    assert grown[30] / plain[30] == pytest.approx(1.1, rel=1e-12)
    assert grown[15] / plain[15] == pytest.approx(math.sqrt(1.1), rel=1e-12)
