"""Exposure: who will be hit by an absence, worked out by hand, against the engine, and as sentences."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from servsim.cli.expose import expose_and_print
from servsim.engine.log import CONTACT_COLUMNS, RunLog
from servsim.engine.simpy_engine import simulate
from servsim.errors import ScenarioError, SettingError
from servsim.measure.terms import terms_of
from servsim.plan.compile import compile_plan
from servsim.report.canvas import save
from servsim.report.exposure import csv_rows, day_text, exposure_text, table
from servsim.report.exposure_picture import day_picture, hour_picture
from servsim.rules.codes import Entry, NextStep, Outcome, StaffState
from servsim.scenario.reader import read
from servsim.study.exposure import (
    Exposure,
    HitDraws,
    Luck,
    expected_hits,
    exposure_of,
    gone_because,
    moved_to_each_day,
    open_cases,
    run_until,
    spread_of,
    those_asked_for,
)
from servsim.study.run import World
from servsim.study.worlds import DecidedWorld, WorldSpec

DAY, HOUR = 86_400.0, 3600.0
COURSE: dict[str, Any] = {"course": {"team": "executives", "agents": ["1", "2"], "on": ["2026-03-05"]}}


def shop(absences: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a shop with three executives, open from 9 to 17 on weekdays, two weeks from Monday 2 March 2026."""
    return {
        "calendar": {"start": "2026-03-02", "days": 14, "interval": "1 h", "hours": {"counter": {"mon-fri": "9:00-17:00"}}},
        "channels": {"counter": {}},
        "segments": {"owned": {"customers": 300, "own_executive": {"team": "executives"}}, "private": {"customers": 50}},
        "reasons": {
            "visit": {
                "segments": "owned", "channels": "counter", "asks_for": "own", "cover": "visits", "talk": "10 min",
                "arrivals": {"per_day": 24, "weekdays": {"mon": 1.5, "tue-thu": 1, "fri": 0.5, "sat-sun": 0}}, "solved": "60 %",
                "unsolved": {"returns": "90 %", "delay": "1 day"},
            },
            "bill": {"segments": "private", "channels": "counter", "talk": "5 min", "arrivals": {"per_day": 8}},
        },
        "teams": {
            "clerks": {"shifts": {"day": {"days": "mon-fri", "hours": "9:00-17:00", "agents": 2}}},
            "executives": {"agents": 3},
        },
        "routes": {"all": {"reasons": ["bill"], "teams": ["clerks"]}, "own": {"reasons": ["visit"], "teams": ["executives"]}},
        "cover": {"visits": {"busy": ["wait"], "away": ["substitute", "come_back"], "substitute": {"team": "clerks"}, "come_back": {}}},
        "absences": absences or {},
        **more,
    }  # fmt: skip


def world_of(data: dict[str, Any]) -> World:
    """Return a world out of plain data."""
    scenario = read(data)
    plan, names = compile_plan(scenario)
    return World(scenario, [], plan, names, terms_of(scenario, names))


BASE = world_of(shop())
COURSE_WORLD = world_of(shop(COURSE))
OWNED = np.bincount(BASE.plan.owner[BASE.plan.owner >= 0], minlength=len(BASE.names.agents))
FIRST, SECOND, THIRD = (BASE.names.agents.index(f"executives/{k}") for k in (1, 2, 3))
GONE_SHARE = (OWNED[FIRST] + OWNED[SECOND]) / 300.0


def exposed(decided: World, base: World = BASE, replications: int = 4, replication: int = 0) -> Exposure:
    """Return the exposure of a decision called ``course``."""
    spec = WorldSpec("course", "Two executives to a course")
    return exposure_of(DecidedWorld(WorldSpec("nothing"), base, ()), DecidedWorld(spec, decided, ()), Luck(1, replication), replications)


def expected_total(decided: World, base: World = BASE) -> float:
    return expected_hits(decided.plan, those_asked_for(gone_because(base, decided), decided.plan)).total


# ---- who is absent because of it, and how many that hits


def test_expected_hits_are_the_rate_times_the_customers_of_those_who_go() -> None:
    found = expected_hits(COURSE_WORLD.plan, gone_because(BASE, COURSE_WORLD))

    assert found.total == pytest.approx(24 * GONE_SHARE)
    assert found.cases[3, 9:17, FIRST].sum(axis=1) == pytest.approx(np.full(8, 3 * OWNED[FIRST] / 300.0))
    assert found.cases.sum(axis=(1, 2, 3)).nonzero()[0].tolist() == [3]
    assert found.cases[:, :, THIRD].sum() == 0.0
    assert found.per_customer[0, FIRST] == pytest.approx(24 / 300.0)


def test_an_absence_of_some_hours_hits_only_who_comes_then() -> None:
    hours = {"course": {**COURSE["course"], "hours": "14:30-16:00"}}
    found = expected_hits(world_of(shop(hours)).plan, gone_because(BASE, world_of(shop(hours))))

    assert found.total == pytest.approx(24 * GONE_SHARE * 1.5 / 8)
    assert found.cases.sum(axis=(0, 2, 3)).nonzero()[0].tolist() == [14, 15]


def test_who_would_be_absent_anyway_is_not_hit_because_of_the_decision() -> None:
    ill = {"illness": {"team": "executives", "chance": "10 %"}}
    trip = {"trip": {"team": "executives", "agents": ["1"], "on": ["2026-03-05"]}}

    assert expected_total(world_of(shop({**ill, **COURSE})), world_of(shop(ill))) == pytest.approx(0.9 * 24 * GONE_SHARE)
    assert expected_total(world_of(shop({**trip, **COURSE})), world_of(shop(trip))) == pytest.approx(24 * OWNED[SECOND] / 300.0)


def test_a_decision_that_takes_nobody_away_hits_nobody() -> None:
    more = shop()
    more["teams"]["clerks"]["shifts"]["day"]["agents"] = 1

    assert gone_because(BASE, BASE) == []
    assert gone_because(BASE, world_of(more)) == []
    found = exposed(world_of(more))
    assert (found.expected.total, len(found.hits.root), found.spread.high) == (0.0, 0, 0.0)


def test_clerks_who_go_are_named_but_nobody_asks_for_them() -> None:
    found = exposed(world_of(shop({"fair": {"team": "clerks", "agents": 1, "on": ["2026-03-05"]}})))

    assert len(found.gone) == 1 and found.asked == ()
    text = exposure_text(found, 120.0)
    assert "Nobody finds the own executive absent because of course" in text
    assert "Absent too, but nobody asks for them by name:\n  Thu 5 March, 9:00 to 17:00 (fair): clerks/day-" in text


def test_customers_who_get_another_executive_are_counted() -> None:
    fewer = shop()
    fewer["teams"]["executives"]["agents"] = 2
    found = exposed(world_of(fewer))

    assert found.expected.total == 0.0
    assert f"{OWNED[THIRD]} customers have another executive with it than without it" in " ".join(exposure_text(found, 120.0).split())


def test_a_shorter_shift_is_an_absence_too() -> None:
    short = shop()
    short["teams"]["executives"] = {"shifts": {"day": {"days": "mon-fri", "hours": "9:00-16:00", "agents": 3}}}
    full = shop()
    full["teams"]["executives"] = {"shifts": {"day": {"days": "mon-fri", "hours": "9:00-17:00", "agents": 3}}}
    gone = gone_because(world_of(full), world_of(short))

    assert {(g.from_s % DAY, g.to_s % DAY, g.because) for g in gone} == {(16 * HOUR, 17 * HOUR, "off duty")}
    assert expected_hits(world_of(short).plan, gone).total == pytest.approx(3 * 10 * (1.5 + 3 + 0.5) / 5)


# ---- drawn: the same contacts as in a run


def test_drawn_hits_have_the_expected_mean() -> None:
    """A mean of 200 draws lies within four standard errors of what the rates give, but for one case in 16,000."""
    ill = {"illness": {"team": "executives", "chance": "10 %"}}
    base, decided = world_of(shop(ill)), world_of(shop({**ill, **COURSE}))
    draws = HitDraws(base, decided)
    counts = [len(draws.of({3}, Luck(7, k)).root) for k in range(200)]

    assert abs(np.mean(counts) - expected_total(decided, base)) < 4 * np.std(counts) / np.sqrt(200)


@pytest.mark.parametrize("replication", [0, 3])
def test_drawn_hits_are_those_whom_a_run_meets_draw_for_draw(replication: int) -> None:
    ill = {"illness": {"team": "executives", "chance": "20 %"}}
    base, decided = world_of(shop(ill)), world_of(shop({**ill, **COURSE}))
    hits = HitDraws(base, decided).of({3}, Luck(1, replication))
    logs = [simulate(each.plan, 1, replication) for each in (base, decided)]
    contacts = logs[1].contacts
    came = np.flatnonzero((contacts["entry"] == Entry.FRESH) & (contacts["arrived_s"] // DAY == 3) & (contacts["owner"] >= 0))
    met = [row for row in came if is_absent(logs[1], row, contacts) and not is_absent(logs[0], row, contacts)]

    assert sorted(hits.root) == sorted(contacts["root"][met])
    assert 5 < len(met) < len(came)


def is_absent(log: RunLog, row: int, contacts: dict[str, Any]) -> bool:
    """Whether the executive of a contact was off duty or away as it came, by the presence in a log."""
    seen = (log.presence["agent"] == contacts["owner"][row]) & (log.presence["time_s"] <= contacts["arrived_s"][row])
    states = log.presence["state"][seen]
    return len(states) == 0 or int(states[-1]) in (StaffState.OFF, StaffState.AWAY)


def test_drawing_the_owner_bound_contacts_alone_changes_no_contact() -> None:
    recorded = shop(COURSE)
    recorded["reasons"]["bill"]["arrivals"] = {"per_day": 80}
    one, two = HitDraws(BASE, COURSE_WORLD).of({3}, Luck(1, 2)), HitDraws(world_of(recorded | {"absences": {}}), world_of(recorded)).of({3}, Luck(1, 2))

    assert one.arrived_s.tolist() == two.arrived_s.tolist() and one.customer.tolist() == two.customer.tolist()


def test_a_spread_holds_nine_of_ten() -> None:
    found = spread_of(list(range(101)))

    assert (found.mean, found.low, found.high, found.replications) == (50.0, 5.0, 95.0, 101)
    assert found.half_width == pytest.approx(1.96 * np.std(range(101), ddof=1) / np.sqrt(101))


# ---- which day


def test_the_day_with_the_fewest_owner_bound_visits_hurts_least() -> None:
    moved = moved_to_each_day(BASE, COURSE_WORLD, [Luck(1, k) for k in range(3)])

    assert [each.day for each in moved] == [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]
    assert [each.expected / (24 * GONE_SHARE) for each in moved[:5]] == pytest.approx([1.5, 1, 1, 1, 0.5])
    assert [each.back_after_days for each in moved] == pytest.approx([1, 1, 1, 1, 3, 1, 1, 1, 1, np.inf])
    assert [each.day for each in moved if each.is_own] == [3]
    text = " ".join(day_text(moved, BASE.scenario.calendar.start, "course").split())
    assert "Least: any Fri with" in text and "most: any Mon with" in text and "The decision's own day, Thu 5 March, has" in text
    assert "Begun on Fri, it keeps those hit waiting longest: 3 days until their executive is back, instead of 1." in text


def test_a_moved_absence_keeps_its_own_day_as_the_run_has_it() -> None:
    lucks = [Luck(1, k) for k in range(3)]
    own = next(each for each in moved_to_each_day(BASE, COURSE_WORLD, lucks) if each.is_own)
    draws = HitDraws(BASE, COURSE_WORLD)

    assert own.expected == pytest.approx(expected_total(COURSE_WORLD))
    assert own.spread.mean == pytest.approx(np.mean([len(draws.of({3}, luck).root) for luck in lucks]))


def test_an_absence_of_two_days_goes_on_after_the_weekend() -> None:
    halves = {
        "first": {"team": "executives", "agents": ["1"], "on": ["2026-03-04"]},
        "second": {"team": "executives", "agents": ["2"], "on": ["2026-03-05"]},
    }
    moved = moved_to_each_day(BASE, world_of(shop(halves)), [Luck(1, 0)])

    assert [(each.day, each.last_day) for each in moved] == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 7), (7, 8), (8, 9), (9, 10), (10, 11)]
    friday = moved[4]
    assert friday.expected == pytest.approx(24 * (0.5 * OWNED[FIRST] + 1.5 * OWNED[SECOND]) / 300.0)


def test_what_cannot_be_moved_is_said() -> None:
    assert moved_to_each_day(BASE, BASE, [Luck(1, 0)]) == []
    assert "has no planned absence of executives" in day_text([], BASE.scenario.calendar.start, "fewer_clerks")


# ---- open cases


def log_of(*rows: dict[str, Any]) -> RunLog:
    columns = {name: np.array([row.get(name, new) for row in rows], dtype=np.dtype(code)) for name, code, new, _ in CONTACT_COLUMNS}
    return RunLog(0, 1, columns, {})


def contact(root: int, day: int, hour: float, **more: Any) -> dict[str, Any]:
    at_s = day * DAY + hour * HOUR
    usual = {"root": root, "arrived_s": at_s, "ended_s": at_s + 600.0, "customer": root, "owner": FIRST, "outcome": Outcome.ANSWERED}
    return {**usual, "next_step": NextStep.COMES_BACK, **more}


def test_open_cases_are_those_begun_and_not_closed_when_the_absence_begins() -> None:
    gone = gone_because(BASE, COURSE_WORLD)
    log = log_of(
        contact(1, 1, 10), contact(1, 3, 11, entry=Entry.COMEBACK, next_step=NextStep.NONE),
        contact(2, 1, 12), contact(2, 2, 12, entry=Entry.COMEBACK, next_step=NextStep.NONE),
        contact(3, 2, 15, next_step=NextStep.GIVES_UP),
        contact(4, 2, 16, owner=THIRD),
        contact(5, 2, 9, next_step=NextStep.CALL_BACK, outcome=Outcome.MESSAGE_LEFT),
        contact(5, 2, 9.1, entry=Entry.CALL_BACK, ended_s=np.nan, outcome=Outcome.OPEN, next_step=NextStep.UNDECIDED),
        contact(6, 2, 13), contact(6, 4, 13, entry=Entry.COMEBACK),
        contact(7, 3, 10),
    )  # fmt: skip
    found = {case.customer: case for case in open_cases(log, BASE, COURSE_WORLD, gone)}

    assert sorted(found) == [1, 5, 6]
    assert found[1].due_s == 3 * DAY + 11 * HOUR and not found[1].waits_for_call
    assert found[5].waits_for_call and np.isnan(found[5].due_s) and found[5].contacts == 2
    assert np.isnan(found[6].due_s) and found[6].contacts == 1


def test_a_run_that_ends_with_the_absence_knows_the_same_open_cases_as_a_whole_one() -> None:
    gone = gone_because(BASE, COURSE_WORLD)
    short, whole = (open_cases(simulate(plan, 1, 0), BASE, COURSE_WORLD, gone) for plan in (run_until(BASE.plan, gone), BASE.plan))

    assert np.array(short) == pytest.approx(np.array(whole), nan_ok=True)
    assert len(short) > 0


# ---- in words, as a table, as a picture


def test_the_list_names_who_goes_how_many_come_and_who_could_call_them() -> None:
    found = exposed(COURSE_WORLD)
    text = exposure_text(found, 120.0)

    assert "Thu 5 March, 9:00 to 17:00 (course): executives/1 and executives/2 (2 of 3)" in text
    assert f"Expected: {24 * GONE_SHARE:.3g} contacts ask for one of them" in text
    assert "visit: a substitute, else asked to come another day" in text
    assert f"By name, in replication 0: {len(found.hits.root)} contacts" in text
    assert "by Wed 4 March, 17:00" in text and "executives can make them all" in text
    assert "open_cases=yes" in text


def test_nobody_can_be_called_before_the_first_day_of_the_run() -> None:
    monday = {"course": {**COURSE["course"], "on": ["2026-03-02"]}}

    assert "There is no open day before it within the run: nobody can be called" in " ".join(exposure_text(exposed(world_of(shop(monday))), 120.0).split())


def test_the_csv_holds_planned_contacts_and_every_customer_of_those_who_go() -> None:
    found = exposed(COURSE_WORLD)
    rows = list(csv_rows(found))
    planned, habit = ([row for row in rows if row["kind"] == kind] for kind in ("planned", "habit"))

    assert len(planned) == len(found.hits.root) and len(habit) == OWNED[FIRST] + OWNED[SECOND]
    assert sum(float(row["expected_cases"]) for row in habit) == pytest.approx(found.expected.total, rel=1e-4)
    assert {row["customer"] for row in planned} <= {row["customer"] for row in habit}
    assert {(row["date"], row["absence"]) for row in planned} == {("2026-03-05", "course")}


def test_the_pictures_are_drawn_the_same_twice(tmp_path: Path) -> None:
    found, moved = exposed(COURSE_WORLD), moved_to_each_day(BASE, COURSE_WORLD, [Luck(1, 0), Luck(1, 1)])
    once, twice = (save(hour_picture(found, "Source: test"), tmp_path / name, "heat") for name in ("a", "b"))
    assert all(one.read_bytes() == two.read_bytes() for one, two in zip(once, twice, strict=True))
    figure = day_picture(moved, BASE.scenario.calendar.start, "course", "Source: test")
    words = [text.get_text() for text in figure.axes[0].texts]
    assert f"{3 * 1.5 * GONE_SHARE:.1f}" in words and len(words) == 10 * 8
    assert any("no planned absence" in text.get_text() for text in day_picture([], BASE.scenario.calendar.start, "x", "Source: test").texts)


def test_a_table_has_its_numbers_at_the_right() -> None:
    assert table([["a", "b"], ["long", "1"]]) == "  a     b\n  long  1"


# ---- the verb


@pytest.fixture
def shop_dir(tmp_path: Path) -> Path:
    """Return a folder with the shop and its decisions as files."""
    import yaml

    folder = tmp_path / "scenarios" / "corner_shop"
    (folder / "decisions").mkdir(parents=True)
    (folder / "scenario.yaml").write_text(yaml.safe_dump({"title": "Corner shop", **shop()}, sort_keys=False))
    course = {"title": "Two executives to a course", "set": {"absences.course": COURSE["course"]}}
    fewer = {"title": "One clerk less", "set": {"teams.clerks.shifts.day.agents": 1, "cover.visits.substitute.has_file": "85 %"}}
    for name, decision in (("course", course), ("fewer_clerks", fewer)):
        (folder / "decisions" / f"{name}.yaml").write_text(yaml.safe_dump(decision))
    return tmp_path / "scenarios"


def exposes(shop_dir: Path, *words: str) -> int:
    return expose_and_print(["scenario=corner_shop", f"scenario_dir={shop_dir}", "replications=3", *words])


def test_the_verb_prints_the_list_the_days_and_the_open_cases(shop_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "hit.csv"
    assert exposes(shop_dir, "decision=course", "pick_day=yes", "open_cases=yes", f"output={file}", "figures=yes", f"results_dir={tmp_path}") == 0

    text = capsys.readouterr().out
    assert text.startswith("Who will be hit by course: Two executives to a course\n")
    assert "Open cases when the absence begins, in replication 0 without the decision:" in text
    assert "Which day hurts least" in text
    assert {row["kind"] for row in csv.DictReader(file.open())} == {"planned", "open_case", "habit"}
    assert sorted(path.name for path in (tmp_path / "exposure_corner_shop_course").iterdir()) == ["which_day.png", "which_day.svg", "who_is_hit.png", "who_is_hit.svg"]


def test_the_verb_prints_csv_and_nothing_else(shop_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exposes(shop_dir, "decision=course", "output=csv") == 0

    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows[0]["kind"] == "planned" and rows[-1]["kind"] == "habit"


def test_the_verb_says_what_changes_where_nobody_is_absent(shop_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exposes(shop_dir, "decision=fewer_clerks", "pick_day=yes") == 0

    text = capsys.readouterr().out
    assert "Nobody finds the own executive absent because of fewer_clerks" in text
    assert "teams.clerks.shifts.day.agents: 1 (without it: 2)" in text
    assert "cover.visits.substitute.has_file: 85 % (without it: 20 %, the default)" in text
    assert "has no planned absence of executives" in text


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("", r"decision: must be given, such as decision=course_all_at_once \(decisions of corner_shop: course, fewer_clerks; servsim list scenario=corner_shop says"),
        ("decision=nothing", "decision: got nothing: where nothing is decided, nobody is hit"),
        ("decision=cuorse", "^decision: got cuorse.*did you mean 'course'"),
        ("decisions=course", "decisions: one decision at a time here"),
        ("decision=course output=list.txt", "output: got list.txt; must be table, csv"),
        ("decision=course output=nowhere/hit.csv", "the folder nowhere does not exist"),
        ("decision=course pick_day=maybe", "pick_day: got maybe; must be yes or no"),
        ("decision=course call_time=soon", "call_time: got soon; must be the length of a call"),
        ("decision=course replication=-1", "replication: got -1"),
    ],
)
def test_the_verb_refuses_what_makes_no_sense(shop_dir: Path, word: str, says: str) -> None:
    with pytest.raises((SettingError, ScenarioError), match=says):
        exposes(shop_dir, *word.split())
