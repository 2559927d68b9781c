"""What customers remember, worked out on paper and held against both engines; the ids are those of docs/rules.md.

Everybody starts with an account of 75, no recovery account, no mood; the quality of an ordinary contact is 84 without
friction, of a handled problem 100; an unmet need costs 46. Points do not spread and lateness is free unless a test says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worked import Engine, Run, contacts, customers_of, simulate, table, visit, world

from servsim.draws.name import REASON_SHIFT, hash64, lineage_of, strip_reason
from servsim.engine import compiled, loop, simpy_engine
from servsim.engine.log import CLOSING_COLUMNS, CUSTOMER_COLUMNS, RunLog
from servsim.plan.compile import compile_plan
from servsim.plan.plan import Plan
from servsim.rules.codes import Entry, Hit, LegKind, NextStep, Outcome
from servsim.scenario.reader import read

DAY_S = 86_400.0
FIRST_DAY, SECOND_DAY = "2026-03-02", "2026-03-03"
CALM = {"spread": 0, "late_points": 0, "bonus_chance": 0, "complain_minor": 0, "complain_major": 0}


@pytest.fixture(params=[simpy_engine.simulate, loop.simulate, compiled.simulate], ids=["simpy", "loop", "compiled"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Every day is worked by both engines, from customers who all stand at 75."""
    yield lambda plan, seed, replication: request.param(all_alike(plan), seed, replication)


def all_alike(plan: Plan) -> Plan:
    """Return the plan with customers who all begin with an account of 75 and no memory of problems."""
    segments = len(plan.segment_size)
    return plan._replace(
        start_offset=np.arange(segments + 1), start_account=np.full(segments, 75.0), start_recovery=np.full(segments, np.nan),
        start_mood=np.zeros(segments), start_failed_s=np.full(segments, -np.inf),
    )  # fmt: skip


def loyal(teams: dict[str, Any], loyalty: dict[str, Any] | None = None, days: int = 4, **sections: Any) -> dict[str, Any]:
    """Return a world of one counter whose twenty customers remember, and never leave."""
    data = world(teams, segments={"firms": {"customers": 20, "loyalty": {"leaving": 0}}}, loyalty={**CALM, **(loyalty or {})}, **sections)
    data["calendar"]["days"] = days
    data["reasons"]["visit"].update({"segments": "firms", "major": 0})
    return data


def own(loyalty: dict[str, Any] | None = None, away: str = "come_back", **rules: Any) -> dict[str, Any]:
    """Return the same world with one executive, on a course on the first day, and a desk."""
    teams = {"executive": {"agents": 1}, "desk": {"agents": 1}}
    data = loyal(teams, loyalty, routes={"none": {"teams": ["executive"]}})
    data["segments"]["firms"]["own_executive"] = {"team": "executive"}
    data["reasons"]["visit"].update({"asks_for": "own", "cover": "rules"})
    data["cover"] = {"rules": {"busy": ["wait"], "away": [away], "come_back": {"returns": 1}, **rules}}
    data["absences"] = {"course": {"team": "executive", "on": [FIRST_DAY]}}
    return data


def closings(run: Run, *columns: str) -> list[Any]:
    """Return some columns of the closed cases, case by case; one column gives a plain list."""
    rows = list(zip(*(run.log.closings[name].tolist() for name in columns), strict=True))
    return [row[0] for row in rows] if len(columns) == 1 else rows


def handled(friction: float) -> float:
    """Quality of a problem that was solved."""
    return 100.0 - 46.0 * (1.0 - math.exp(-friction / 46.0))


def ordinary(friction: float) -> float:
    """Quality of an ordinary case whose need was met."""
    return 84.0 - 46.0 * (1.0 - math.exp(-friction / 46.0))


# ---- a case posts once, when it closes


def test_R42_a_case_of_three_contacts_posts_once_at_its_close(engine: Engine, tmp_path: Path) -> None:
    data = loyal({"clerks": {"agents": 1}})
    data["reasons"]["visit"].update({"solved": 0, "unsolved": {"returns": 1, "delay": "1 day", "contacts": 3}})
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    assert contacts(run, "entry arrived ended next") == table("""
        entry     arrived  ended   next
        fresh     9:00     9:01    comes_back
        comeback  1+9:01   1+9:02  comes_back
        comeback  2+9:02   2+9:03  gives_up
    """)
    assert closings(run, "row", "problem", "solved", "complained", "closed_s") == [(2, 0, 0, 0, 2 * DAY_S + 9 * 3600 + 180)]
    # Two visits more than need be: 84 - 46 - 0.25 * 40 = 28; the account falls by 0.15 * 2 * (75 - 28) = 14.1.
    assert closings(run, "friction", "quality", "account") == [pytest.approx((40.0, 28.0, 60.9))]
    assert closings(run, "before", "after", "mood") == [pytest.approx((75.0, 60.9, 0.0))] and math.isnan(closings(run, "recovery")[0])


def novice_and_master() -> dict[str, Any]:
    """A world in which nobody is helped on the first day, and everybody on the second."""
    data = loyal({"novice": {"agents": 1, "skills": {"visit": {"solved": 0}}}, "second": {"agents": 1}})
    data["absences"] = {"late": {"team": "second", "on": [FIRST_DAY]}, "gone": {"team": "novice", "on": [SECOND_DAY]}}
    data["reasons"]["visit"]["unsolved"] = {"returns": 1, "delay": "1 day"}
    return data


def test_R42_an_ordinary_case_that_comes_again_tomorrow_stays_ordinary_with_its_friction(engine: Engine, tmp_path: Path) -> None:
    run = simulate(engine, tmp_path, novice_and_master(), visit=[visit("9:00", customer=1)])
    assert closings(run, "problem", "hit", "solved") == [(0, Hit.NONE, 1)]
    quality = ordinary(20.0)
    assert closings(run, "friction", "quality", "account") == [pytest.approx((20.0, quality, 75.0 - 0.3 * (75.0 - quality)))]
    assert math.isnan(closings(run, "recovery")[0])


def test_R42_a_need_that_is_a_problem_posts_to_the_recovery_account_and_lateness_costs(engine: Engine, tmp_path: Path) -> None:
    data = novice_and_master()
    data["loyalty"].update({"late_points": 10, "anger": 1.5})
    data["reasons"]["visit"].update({"problem": True, "talk": "0 s"})
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    # One visit more and exactly one day late, in anger: 1.5 * (20 + 10) = 45 points.
    assert closings(run, "problem", "hit", "solved", "late_s") == [(1, Hit.UNSOLVED, 1, DAY_S)]
    assert closings(run, "friction", "quality", "recovery", "account") == [pytest.approx((45.0, handled(45.0), handled(45.0), 75.0))]


def test_R42_a_second_problem_within_the_window_costs_more(engine: Engine, tmp_path: Path) -> None:
    data = loyal({"clerks": {"agents": 1}}, {"half_life": "100000 days"})
    data["reasons"]["visit"]["problem"] = True
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1), visit("10:00", customer=1), visit("10:30", customer=2)])
    assert closings(run, "quality") == pytest.approx([100.0, 92.0, 100.0])
    assert closings(run, "recovery") == pytest.approx([100.0, 96.0, 100.0], abs=1e-4)


def test_R42_who_is_sent_home_and_gives_up_in_silence_is_left_with_a_mood_only(engine: Engine, tmp_path: Path) -> None:
    run = simulate(engine, tmp_path, own(come_back={"returns": 0}), visit=[visit("9:00", customer=1)])
    assert contacts(run, "outcome next") == table("outcome next\n told_to_come_back gives_up")
    assert closings(run, "problem", "hit", "solved", "complained", "account") == [(1, Hit.TOLD, 0, 0, 75.0)]
    assert math.isnan(closings(run, "recovery")[0])
    assert closings(run, "friction", "quality", "before", "after", "mood") == [pytest.approx((10.0, 100 - 46 - 2.5, 75.0, 63.0, -12.0))]


@pytest.mark.parametrize(("complains", "mood", "score"), [(0, -24.0, 51.0), (1, -7.0, 100 - 46 - 6 - 2.5 - 7)])
def test_R42_a_serious_failure_leaves_a_worse_mood_the_worst_if_nobody_spoke(
    engine: Engine, tmp_path: Path, complains: float, mood: float, score: float
) -> None:
    data = own({"complain_major": complains}, come_back={"returns": 0})
    data["reasons"]["visit"]["major"] = 1
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    assert closings(run, "major", "complained", "mood", "after") == [pytest.approx((1, complains, mood, score))]


def test_R42_a_problem_handled_surprisingly_well_lifts_the_mood_and_a_second_one_does_not(engine: Engine, tmp_path: Path) -> None:
    data = loyal({"clerks": {"agents": 1}}, {"bonus_chance": 1, "second_problem": 0, "half_life": "100000 days"})
    data["reasons"]["visit"]["problem"] = True
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1), visit("10:00", customer=1), visit("11:00", customer=2)])
    assert closings(run, "before", "after", "mood") == [
        pytest.approx((75.0, 85.0, 10.0)), pytest.approx((85.0, 85.0, 10.0), abs=1e-3), pytest.approx((75.0, 85.0, 10.0)),
    ]  # fmt: skip


def test_R42_courtesy_is_that_of_the_team_that_served(engine: Engine, tmp_path: Path) -> None:
    data = loyal({"clerks": {"agents": 1, "courtesy": 5}}, {"smile": 3})
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1), visit("8:00", customer=2)])
    assert closings(run, "customer", "quality") == [(1, pytest.approx(84.0 + 3.0 - 46.0)), (0, pytest.approx(84.0 + 3.0 + 5.0))]


def test_R42_who_gives_up_before_he_is_served_posts_an_unmet_need(engine: Engine, tmp_path: Path) -> None:
    run = simulate(engine, tmp_path, loyal({"clerks": {"agents": 1}}), visit=[visit("8:00", customer=1)])
    assert contacts(run, "outcome next") == table("outcome next\n closed gives_up")
    assert closings(run, "problem", "solved", "quality") == [(0, 0, pytest.approx(84.0 - 46.0))]


def test_R42_a_case_that_the_run_cuts_off_posts_nothing_and_strangers_post_nothing(engine: Engine, tmp_path: Path) -> None:
    data = loyal({"clerks": {"agents": 1}}, days=1)
    data["segments"]["strangers"] = {}
    data["reasons"]["visit"].update({"segments": {"firms": 1, "strangers": 1}, "unsolved": {"returns": 1, "delay": "1 day"}, "solved": 0})
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1, segment="firms"), visit("10:00", segment="strangers")])
    assert contacts(run, "outcome next next_row") == table("""
        outcome   next        next_row
        answered  comes_back  -1
        answered  comes_back  -1
    """)
    assert closings(run, "row") == []
    assert list(run.log.closings) == [name for name, _, _ in CLOSING_COLUMNS] and list(run.log.customers) == [name for name, _, _ in CUSTOMER_COLUMNS]


# ---- friction


def test_R41_a_wait_costs_points_for_each_doubling_of_its_excess(engine: Engine, tmp_path: Path) -> None:
    data = loyal({"clerks": {"agents": 1}})
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1, talk=25), visit("9:00", customer=2, talk=1), visit("9:20", customer=3)])
    # Felt 1.2 times, ten minutes are free: 25 min feel as 30, an excess of twice the free wait: 15 * log2(3). Six minutes cost nothing.
    assert closings(run, "customer", "friction") == [(0, 0.0), (1, pytest.approx(15.0 * math.log2(3.0))), (2, 0.0)]


def test_R41_a_colleague_without_the_file_costs_a_transfer_an_explanation_and_the_surprise(engine: Engine, tmp_path: Path) -> None:
    data = own(away="substitute", substitute={"team": "desk", "has_file": 0})
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    assert contacts(run, "cover outcome has_file") == table("cover outcome has_file\n substitute answered 0")
    assert closings(run, "friction", "problem") == [(pytest.approx(10.0 + 5.0 + 5.0), 0)]


def test_R41_a_menu_costs_points_on_the_phone_to_those_who_want_a_person(engine: Engine, tmp_path: Path) -> None:
    data = loyal({"clerks": {"agents": 1}}, {"want_human": 1})
    data["calendar"]["hours"]["phone"] = "9:00-17:00"
    data["channels"] = {"counter": {"menu": {"time": "10 s"}}, "phone": {"menu": {"time": "10 s"}}}
    data["reasons"]["visit"]["channels"] = {"counter": 1, "phone": 1}
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1, channel="phone"), visit("10:00", customer=2, channel="counter")])
    assert closings(run, "friction") == [8.0, 0.0]


def test_R41_a_promised_call_that_comes_late_is_a_broken_promise_and_a_problem(engine: Engine, tmp_path: Path) -> None:
    data = own(away="message", message={"within": "2 h", "call_back": "1 min"})
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    assert contacts(run, "entry outcome answered") == table("""
        entry      outcome       answered
        fresh      message_left  -
        call_back  answered      1+9:00
    """)
    assert closings(run, "problem", "hit", "solved", "friction") == [(1, Hit.NONE, 1, pytest.approx(10.0 + 15.0))]
    in_time = own(away="message", message={"within": "2 days", "call_back": "1 min"})
    run = simulate(engine, tmp_path, in_time, visit=[visit("9:00", customer=1)])
    assert closings(run, "problem", "friction") == [(0, pytest.approx(10.0))]


def test_R45_a_forgotten_message_breaks_the_promise_and_the_customer_comes_by_himself(engine: Engine, tmp_path: Path) -> None:
    run = simulate(engine, tmp_path, own(away="message", message={"forgotten": 1}), visit=[visit("9:00", customer=1)])
    assert contacts(run, "entry outcome arrived next") == table("""
        entry     outcome       arrived  next
        fresh     message_left  9:00     comes_back
        comeback  answered      1+9:00   none
    """)
    assert closings(run, "problem", "hit", "friction") == [(1, Hit.TOLD, pytest.approx(10.0 + 15.0 + 20.0))]


# ---- complaints and recovery


def complaining(authority: float | None, recovery: dict[str, Any] | None = None, **complaints: Any) -> dict[str, Any]:
    """A world in which who is sent home complains to the desk, about a claim of 50."""
    data = own({"complain_minor": 1})
    data["reasons"]["visit"]["claim"] = 50
    data["complaints"] = {"team": "desk", "time": "5 min", "solved": 1, "compensation": 0.8, "overuse": 0.1, **complaints}
    if authority is not None:
        data["teams"]["desk"]["authority"] = authority
    if recovery is not None:
        data["teams"]["office"] = {"agents": 1, "authority": 1000}
        data["recovery"] = {"team": "office", "time": "10 min", "solved": 1, "goodwill": 7, "eases": 4, **recovery}
    return data


def test_R43_a_complaint_to_somebody_with_authority_settles_the_case(engine: Engine, tmp_path: Path) -> None:
    run = simulate(engine, tmp_path, complaining(authority=50), visit=[visit("9:00", customer=1)])
    assert contacts(run, "entry leg_kind arrived answered ended released agent cover outcome solved next") == table("""
        entry      leg_kind  arrived  answered  ended  released  agent   cover  outcome            solved  next
        fresh      0         9:00     -         9:00   -         -       desk   told_to_come_back  -1      complains
        complaint  2         9:00     9:00      9:05   9:05      desk/1  desk   answered           1       none
    """)
    assert closings(run, "row", "problem", "solved", "complained", "hit") == [(1, 1, 1, 1, Hit.TOLD)]
    assert closings(run, "friction", "remedy", "overpaid") == [pytest.approx((10.0, 40.0, 5.0))]
    assert closings(run, "recovery", "mood") == [pytest.approx((handled(10.0), 0.0))]


def test_R43_a_remedy_below_the_loss_is_unfair(engine: Engine, tmp_path: Path) -> None:
    data = complaining(authority=50)
    data["loyalty"]["unfair"] = 20
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    assert closings(run, "quality") == [pytest.approx(handled(10.0) - 0.2 * 20.0)]


@pytest.mark.parametrize("authority", [None, 49.9])
def test_R43_a_complaint_to_somebody_without_the_authority_settles_nothing_and_the_case_goes_on(
    engine: Engine, tmp_path: Path, authority: float | None
) -> None:
    run = simulate(engine, tmp_path, complaining(authority), visit=[visit("9:00", customer=1)])
    assert contacts(run, "entry leg_kind leg arrived outcome solved next") == table("""
        entry      leg_kind  leg  arrived  outcome            solved  next
        fresh      0         0    9:00     told_to_come_back  -1      complains
        complaint  2         0    9:00     answered           0       comes_back
        comeback   0         1    1+9:00   answered           1       none
    """)
    assert closings(run, "row", "complained", "friction", "remedy") == [(2, 1, pytest.approx(30.0), 0.0)]


def test_R43_a_complaint_that_nobody_hears_lets_the_case_go_on(engine: Engine, tmp_path: Path) -> None:
    data = complaining(authority=50, delay="10 h")
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    assert contacts(run, "entry arrived outcome next") == table("""
        entry      arrived  outcome            next
        fresh      9:00     told_to_come_back  complains
        complaint  19:00    closed             comes_back
        comeback   1+19:00  closed             gives_up
    """)
    assert closings(run, "row", "complained", "solved") == [(2, 1, 0)]


def test_R43_where_nobody_takes_complaints_he_has_spoken_and_nothing_follows(engine: Engine, tmp_path: Path) -> None:
    data = own({"complain_minor": 1}, come_back={"returns": 0})
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    assert contacts(run, "outcome next") == table("outcome next\n told_to_come_back gives_up")
    assert closings(run, "complained", "recovery", "mood") == [pytest.approx((1, 100 - 46 - 2.5, 0.0))]


@pytest.mark.parametrize(("delay", "due", "late_days"), [("1 h", "10:05", 1.0 / 24), ("2 days", "2+9:05", 2.0)])
def test_R44_a_complaint_passed_on_is_made_up_for_by_a_call_the_better_the_sooner(
    engine: Engine, tmp_path: Path, delay: str, due: str, late_days: float
) -> None:
    data = complaining(None, recovery={"delay": delay}, passed_on=1)
    data["loyalty"]["late_points"] = 10
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    rows = contacts(run, "entry leg_kind arrived agent cover outcome solved next")
    assert rows[1:] == table(f"""
        fresh      0  9:00   -         desk  told_to_come_back  -1  complains
        complaint  2  9:00   desk/1    desk  answered            0  recovers
        recovery   6  {due}  office/1  desk  answered            1  none
    """)
    late_days += 15 / 1440
    # The surprise costs 10, the call takes 4 of them away; goodwill 7 and 0.8 * 50 are paid, and a tenth of the authority of 1,000.
    friction = 6.0 + 10.0 * math.log2(1.0 + late_days)
    assert closings(run, "friction", "remedy", "overpaid", "quality") == [pytest.approx((friction, 47.0, 100.0, handled(friction)))]


def test_R44_without_anybody_who_makes_up_for_it_a_complaint_not_settled_is_remembered_as_unsolved(engine: Engine, tmp_path: Path) -> None:
    data = complaining(None, passed_on=1)
    data["cover"]["rules"]["come_back"] = {"returns": 0}
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    assert contacts(run, "entry outcome next") == table("""
        entry      outcome            next
        fresh      told_to_come_back  complains
        complaint  answered           gives_up
    """)
    assert closings(run, "solved", "recovery") == [pytest.approx((0, 100 - 46 - 2.5))]


def test_R44_an_action_plan_calls_those_hit_who_say_nothing_and_their_case_waits_for_it(engine: Engine, tmp_path: Path) -> None:
    data = complaining(None, recovery={"delay": "1 h", "reaches": 1, "solved": 0})
    data["loyalty"]["complain_minor"] = 0
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1)])
    assert contacts(run, "entry leg_kind arrived outcome next") == table("""
        entry     leg_kind  arrived  outcome            next
        fresh     0         9:00     told_to_come_back  recovers
        recovery  6         10:00    answered           comes_back
        comeback  0         1+9:00   answered           none
    """)
    assert closings(run, "complained", "friction", "remedy", "solved") == [pytest.approx((0, 26.0, 7.0, 1))]


def test_R44_a_recovery_call_due_beyond_the_run_leaves_the_case_open(engine: Engine, tmp_path: Path) -> None:
    run = simulate(engine, tmp_path, complaining(None, recovery={"delay": "9 days"}, passed_on=1), visit=[visit("9:00", customer=1)])
    assert contacts(run, "entry next next_row") == table("""
        entry      next       next_row
        fresh      complains  1
        complaint  recovers   -1
    """)
    assert closings(run, "row") == []


# ---- who is lost


def month(leaving: float, customers: int = 40) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A month in which every customer comes on the first day and on the last."""
    data = loyal({"clerks": {"agents": 50}}, {"buy_again_at": 100, "buy_again_slope": 1}, days=30)
    data["segments"]["firms"].update({"customers": customers, "loyalty": {"leaving": leaving}})
    data["reasons"]["visit"].update({"talk": {"exponential": "5 min"}, "solved": 0.5})
    days = [visit(f"10:{n:02}", customer=n + 1) | {"date": date} for n in range(customers) for date in (FIRST_DAY, "2026-03-31")]
    return data, days


def test_R34_whoever_is_lost_does_not_come_and_no_draw_of_anybody_shifts(engine: Engine, tmp_path: Path) -> None:
    data, days = month(leaving=1.0)
    lost = simulate(engine, tmp_path, data, visit=days)
    data, days = month(leaving=0.0)
    stay = simulate(engine, tmp_path, data, visit=days)
    with_loss, without = lost.log.contacts, stay.log.contacts
    gone = with_loss["outcome"] == Outcome.LOST_DEMAND
    assert 0 < gone.sum() < 40 and not (without["outcome"] == Outcome.LOST_DEMAND).any()
    left = np.flatnonzero(lost.log.customers["lost_s"] < 29 * DAY_S + 10 * 3600)
    assert set(with_loss["customer"][gone].tolist()) <= set(left.tolist())
    for name in set(with_loss) - {"agent"}:
        assert with_loss[name][~gone].tobytes() == without[name][~gone].tobytes(), name
    assert np.array_equal(with_loss["arrived_s"][gone], with_loss["ended_s"][gone])
    assert np.isnan(with_loss["queued_s"][gone]).all() and set(with_loss["next_step"][gone].tolist()) == {NextStep.GIVES_UP}
    assert len(lost.log.closings["row"]) == (~gone).sum() and not np.isin(lost.log.closings["row"], np.flatnonzero(gone)).any()


def test_R34_a_recovery_call_is_not_made_to_a_customer_who_is_known_to_be_lost(engine: Engine, tmp_path: Path) -> None:
    data = complaining(None, recovery={"delay": "20 days", "reaches": 1})
    data["calendar"]["days"] = 30
    data["loyalty"].update({"buy_again_at": 100, "buy_again_slope": 1, "complain_minor": 0, "incident_weight": 0})
    data["segments"]["firms"].update({"customers": 60, "loyalty": {"leaving": 1.0}})
    days = [visit(f"10:{n:02}", customer=n + 1) | {"date": date} for n in range(60) for date in (FIRST_DAY, "2026-03-17")]
    log = simulate(engine, tmp_path, data, visit=days).log
    calls, gone = log.contacts["entry"] == Entry.RECOVERY, log.contacts["outcome"] == Outcome.LOST_DEMAND
    seen = {who: log.contacts["customer"][gone & (log.contacts["entry"] == entry)].tolist() for who, entry in (("came", Entry.FRESH), ("called", Entry.RECOVERY))}
    assert calls.sum() == 60 > len(seen["called"]) > 0
    assert set(seen["called"]) <= set(seen["came"]) and np.isnan(log.contacts["queued_s"][calls & gone]).all()
    # Who left after his last visit is called all the same: nobody knows.
    answered = log.contacts["customer"][calls & (log.contacts["outcome"] == Outcome.ANSWERED)]
    assert (log.customers["lost_s"][answered] < 20 * DAY_S).any()


def test_R11_the_hazard_of_a_stretch_and_the_moment_of_leaving_are_in_proportion(engine: Engine, tmp_path: Path) -> None:
    data, days = month(leaving=1.0)
    customers = simulate(engine, tmp_path, data, visit=days).log.customers
    # At 75 of 100 with a slope of 1 nobody would buy again: a year's chance of 0.99, its hazard log(100) spread over 365 days.
    rate = math.log(100.0) / 365.0 / DAY_S
    lost_s, threshold = customers["lost_s"], customers["threshold"]
    here = np.isnan(lost_s)
    assert customers["hazard"][here] == pytest.approx(30 * DAY_S * rate, rel=1e-6)
    assert lost_s[~here] == pytest.approx(threshold[~here] / rate, rel=1e-6) and (threshold[here] > 30 * DAY_S * rate).all()


def test_R11_the_expected_number_lost_is_on_average_the_number_lost(engine: Engine, tmp_path: Path) -> None:
    """The sum of chances and the count of the lost have the same mean; their difference is within three standard errors of 0."""
    data = own(away="substitute", substitute={"team": "desk", "has_file": 0})
    data["segments"]["firms"].update({"customers": 100, "loyalty": {"leaving": 1.5}})
    data["calendar"].update({"start": FIRST_DAY, "days": 10})
    data["teams"]["executive"]["agents"] = 3
    data["absences"] = {"course": {"team": "executive", "agents": 2}}
    data["reasons"]["visit"].update({"problem": True, "solved_with_file": 0.3, "arrivals": {"per_hour": {"9:00": 4}}})
    data["loyalty"].update({"spread": 10, "complain_minor": 0.5})
    plan = compile_plan(read(data, tmp_path)).plan
    logs = [engine(plan, 1, replication).customers for replication in range(40)]
    lost = np.array([np.isfinite(log["lost_s"]).sum() for log in logs])
    expected = np.array([log["expected"].sum() for log in logs])
    gap = lost - expected
    assert lost.sum() > 200 and expected.std() < 0.7 * lost.std()
    assert abs(gap.mean()) < 3.0 * gap.std(ddof=1) / math.sqrt(len(gap))


def test_R41_longer_waits_lose_customers(engine: Engine, tmp_path: Path) -> None:
    def expected(agents: int) -> float:
        data = loyal({"clerks": {"agents": agents}}, days=5)
        data["segments"]["firms"]["loyalty"] = {}
        data["reasons"]["visit"].update({"talk": {"exponential": "10 min"}, "arrivals": {"per_hour": {"9:00": 14}}})
        return float(engine(compile_plan(read(data, tmp_path)).plan, 3, 0).customers["expected"].sum())

    chances = [expected(agents) for agents in (2, 3, 6)]
    assert chances[0] > 1.5 * chances[1] and chances[1] > chances[2] > 0.0


# ---- later needs, calls ahead, learning


def test_R5_a_sale_leads_to_a_fault_of_the_same_customer_with_a_lineage(engine: Engine, tmp_path: Path) -> None:
    data = loyal({"clerks": {"agents": 1}})
    data["reasons"]["visit"]["leads_to"] = {"fault": {"share": 1, "delay": "2 days"}, "bill": {"share": 0}}
    data["reasons"]["bill"] = {"talk": "1 min", "segments": "firms"}
    data["reasons"]["fault"] = {"talk": "3 min", "problem": True, "segments": "firms"}
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=7)])
    assert contacts(run, "entry arrived ended customer next") == table("""
        entry      arrived  ended   customer  next
        fresh      9:00     9:01    6         none
        follow_up  2+9:01   2+9:04  6         none
    """)
    log, names = run.log.contacts, run.names.reasons
    root = int(log["root"][0])
    assert int(log["lineage"][1]) == lineage_of(root, 0, hash64("visit/fault"), 0) and int(log["lineage"][0]) == 0
    assert int(log["root"][1]) == strip_reason(root) | names.index("fault") << REASON_SHIFT
    assert closings(run, "problem", "late_s", "lineage") == [(0, 60.0, 0), (1, 180.0, int(log["lineage"][1]))]


def test_R5_a_need_that_was_not_met_and_one_beyond_the_run_lead_to_nothing(engine: Engine, tmp_path: Path) -> None:
    for solved, delay in ((0, "1 day"), (1, "4 days")):
        data = loyal({"clerks": {"agents": 1}})
        data["reasons"]["visit"].update({"leads_to": {"fault": {"delay": delay}}, "solved": solved})
        data["reasons"]["fault"] = {"talk": "3 min"}
        run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=7)])
        assert len(run.log.contacts["root"]) == 1


def called_ahead(**notice: Any) -> dict[str, Any]:
    """A world whose executive is away on the second day, and whose customers are called the day before."""
    data = own()
    data["absences"]["course"].update({"on": [SECOND_DAY], "notice": {"team": "desk", "share": 1, "agrees": 1, "at": "14:00", "time": "2 min", **notice}})
    return data


def test_R33_a_call_ahead_moves_the_arrival_to_the_next_day_and_keeps_its_name(engine: Engine, tmp_path: Path) -> None:
    day = [visit("10:00", customer=1) | {"date": SECOND_DAY}, visit("9:00", customer=2)]
    run = simulate(engine, tmp_path, called_ahead(), visit=day)
    assert contacts(run, "entry leg_kind arrived answered ended agent cover customer outcome next next_row") == table("""
        entry   leg_kind  arrived  answered  ended    agent        cover  customer  outcome   next             next_row
        notice  5         14:00    14:00     14:02    desk/1       desk   0         answered  comes_other_day  2
        fresh   0         9:00     9:00      9:01     executive/1  own    1         answered  none             -1
        fresh   0         2+10:00  2+10:00   2+10:01  executive/1  own    0         answered  none             -1
    """)
    log = run.log.contacts
    assert log["root"][0] == log["root"][2]
    assert closings(run, "row", "problem", "friction", "late_s") == [(1, 0, 0.0, 60.0), (2, 0, 0.0, 60.0)]


@pytest.mark.parametrize("notice", [{"agrees": 0}, {"time": "20 h"}], ids=["does not agree", "is not reached in time"])
def test_R33_who_does_not_agree_or_is_not_reached_comes_as_before(engine: Engine, tmp_path: Path, notice: dict[str, Any]) -> None:
    day = [visit("9:00", customer=1) | {"date": SECOND_DAY}]
    run = simulate(engine, tmp_path, called_ahead(**notice), visit=day)
    assert contacts(run, "entry arrived outcome next")[2:] == table("""
        fresh     1+9:00  told_to_come_back  comes_back
        comeback  2+9:00  answered           none
    """)
    assert contacts(run, "next next_row")[1] == ["none", "-1"] and closings(run, "row") == [2]


def test_R46_after_a_course_an_agent_solves_more_and_is_faster(engine: Engine, tmp_path: Path) -> None:
    data = loyal({"clerks": {"agents": 1}})
    data["reasons"]["visit"]["solved"] = 0
    data["absences"] = {"course": {"team": "clerks", "on": [SECOND_DAY], "hours": "12:00-13:00", "teaches": {"solved": 1.0, "speed": 2}}}
    times = ((FIRST_DAY, "10:00"), (SECOND_DAY, "11:00"), (SECOND_DAY, "13:00"))
    run = simulate(engine, tmp_path, data, visit=[visit(time, customer=1, talk=4) | {"date": date} for date, time in times])
    assert contacts(run, "answered ended solved") == table("""
        answered  ended    solved
        10:00     10:04    0
        1+11:00   1+11:04  0
        1+13:00   1+13:02  1
    """)


# ---- loyalty beside the rest


def contacts_without(log: RunLog, *left_out: str) -> dict[str, Any]:
    return {name: column.tobytes() for name, column in log.contacts.items() if name not in left_out}


def test_memory_alone_changes_no_contact_while_nobody_leaves_or_complains(engine: Engine, tmp_path: Path) -> None:
    data = own(away="substitute", substitute={"team": "desk", "has_file": 0.5})
    data["reasons"]["visit"].update({"solved_without_file": 0.2, "unsolved": {"returns": 0.8, "delay": "1 h"}, "arrivals": {"per_hour": {"9:00": 8}}})
    remembering = engine(compile_plan(read(data, tmp_path)).plan, 5, 0)
    del data["loyalty"]
    data["segments"]["firms"].pop("loyalty")
    forgetting = engine(compile_plan(read(data, tmp_path)).plan, 5, 0)
    assert contacts_without(remembering) == contacts_without(forgetting)
    assert len(remembering.closings["row"]) > 100 and forgetting.closings == {} and forgetting.customers == {}


def test_calls_by_the_firm_hold_no_line_and_wait_over_night_without_being_turned_away(engine: Engine, tmp_path: Path) -> None:
    """A recovery call that falls due after hours waits for the office's morning, and nobody who balks sees it."""
    data = complaining(None, recovery={"delay": "7 h 58 min"}, passed_on=1)
    data["channels"]["counter"] = {"balking": {1: 1}, "seats": 1}
    data["teams"]["office"]["shifts"] = {"day": {"hours": "9:00-16:00"}}
    run = simulate(engine, tmp_path, data, visit=[visit("9:00", customer=1), visit("9:30", customer=2) | {"date": SECOND_DAY}])
    log = run.log.contacts
    call = int(np.flatnonzero(log["entry"] == Entry.RECOVERY)[0])
    assert contacts(run, "arrived queued answered outcome")[call + 1] == ["17:03", "17:03", "1+9:00", "answered"]
    assert log["leg_kind"][call] == LegKind.RECOVERY and math.isinf(log["patience_s"][call])


def test_customers_of_an_executive_are_found(tmp_path: Path) -> None:
    """The worlds above rely on all twenty customers having the executive."""
    assert customers_of(own(), "executive/1", tmp_path) == list(range(1, 21))
