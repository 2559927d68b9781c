"""The ledger: every paid second and every invoice once, by hand (tests/handmade.py), by a slow second way, and as a law."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace

import handmade
import numpy as np
import pytest
from crowded import crowded, with_arrivals
from handmade import DAY, LOYAL, LOYAL_TERMS, NAMES, NINE, TERMS, D, T, gone, loyal_log, loyal_plan, served
from test_measure_loyalty import BUSINESS, PRIVATE
from test_measure_table import value

from servsim.engine.loop import simulate
from servsim.measure.agent_day import agent_day
from servsim.measure.law import check_laws
from servsim.measure.ledger import ACCOUNTS, LINES, ledger_of
from servsim.measure.table import layout_of, measure
from servsim.measure.terms import terms_of
from servsim.plan.compile import compile_plan
from servsim.rules.codes import AgentState, Cover, Entry, LegKind, Outcome, StaffState
from servsim.scenario.decision_language import ACCOUNTS as CHARGED
from servsim.scenario.invoice import Invoice
from servsim.scenario.reader import load, read

PLAN = loyal_plan()
CLERK, DESK = 20 / 3600, 10 / 3600
CENT = 0.005

BY_HAND = {
    ("service", "first_contacts"): (120 + 120) * CLERK,
    ("service", "idle"): (4 * 28800 - 900 - 60 - 120 - 310 - 120 - 100) * CLERK + 600 * 1.5 * CLERK + (28800 - 660) * DESK,
    ("service", "breaks"): 900 * CLERK,
    ("service", "lines_held_for_service"): 1.0,
    ("prevention", "training"): 28800 * DESK,
    ("prevention", "calls_ahead"): 60 * CLERK,
    ("prevention", "lines_held_for_prevention"): 0.6,
    ("internal_failure", "searches"): 60 * CLERK,
    ("internal_failure", "sent_home"): 60 * DESK,
    ("internal_failure", "lines_held_for_internal_failure"): 0.6,
    ("external_failure", "problems"): (250 + 100) * CLERK,
    ("external_failure", "complaints"): 300 * DESK,
    ("external_failure", "recovery_calls"): 300 * DESK,
    ("external_failure", "lines_held_for_external_failure"): 3.4 + 3.0 + 3.0 + 1.0,
    ("external_failure", "remedies"): 30.0,
    ("external_failure", "overpaid"): 5.0,
}


def reconciles(ledger):
    return abs(ledger.total - ledger.payroll - ledger.invoices) < CENT


def test_every_line_has_the_amount_worked_out_by_hand():
    ledger = ledger_of(loyal_log(), PLAN, NAMES, LOYAL_TERMS)
    found = {line: amount for line, amount in ledger.lines.items() if abs(amount) > 1e-9}

    assert found == pytest.approx(BY_HAND)
    assert ledger.currency == "EUR"
    assert (ledger.payroll, ledger.invoices) == (pytest.approx(805.0), pytest.approx(12.6 + 35.0))
    assert ledger.total == pytest.approx(805.0 + 47.6)


def test_the_accounts_are_the_sums_of_their_lines_and_their_sum_is_payroll_and_invoices():
    ledger = ledger_of(loyal_log(), PLAN, NAMES, LOYAL_TERMS)

    for account in ACCOUNTS:
        assert ledger.accounts[account] == pytest.approx(sum(amount for (own, _), amount in BY_HAND.items() if own == account))
    assert reconciles(ledger)


def test_rows_tell_whose_seconds_they_are():
    rows = {(row.line, row.team): row for row in ledger_of(loyal_log(), PLAN, NAMES, LOYAL_TERMS).rows}

    assert rows["complaints", "desk"].seconds == 300
    assert rows["searches", "clerks"].seconds == 60
    assert rows["training", "desk"].seconds == 28800
    assert rows["remedies", ""].seconds == 0
    assert sum(row.seconds for row in rows.values()) == pytest.approx(6 * 28800 + 600)
    assert all(row.says for row in rows.values())


def test_invoices_of_decisions_go_to_their_account():
    bills = [
        Invoice("course", "fee", dt.date(2026, 3, 2), 2000.0, "prevention", "Trainer's fee"),
        Invoice("course", "trip", dt.date(2026, 3, 3), -150.0, "prevention", "One trip saved"),
        Invoice("survey", "calls", dt.date(2026, 3, 3), 80.0, "appraisal", "Calls after visits"),
    ]
    plain, ledger = (ledger_of(loyal_log(), PLAN, NAMES, LOYAL_TERMS, invoices) for invoices in ((), bills))

    assert ledger.accounts["prevention"] - plain.accounts["prevention"] == pytest.approx(1850.0)
    assert ledger.accounts["appraisal"] == 80.0
    assert ledger.invoices - plain.invoices == pytest.approx(1930.0)
    assert ledger.payroll == plain.payroll
    assert reconciles(ledger)


def test_decisions_may_post_to_every_account():
    assert set(CHARGED) == set(ACCOUNTS) == {line.account for line in LINES} | {"appraisal"}


def test_soft_losses_and_what_customers_bear_stand_beside_the_ledger():
    ledger = ledger_of(loyal_log(), PLAN, NAMES, LOYAL_TERMS)
    table = measure(loyal_log(), layout_of(PLAN, NAMES, LOYAL_TERMS))

    assert ledger.soft["customers_lost"] == pytest.approx(0.031 * BUSINESS + 0.202 * PRIVATE)
    assert ledger.soft["at_risk"] == pytest.approx(value(table, "margin_lost_projected_year") - value(table, "margin_lost"))
    assert ledger.soft["word_of_mouth"] == pytest.approx(3.7 * 0.05 * 0.11 * 100)
    assert ledger.customer_borne == pytest.approx({"minutes": value(table, "customer_minutes"), "trips": 1, "amount": 6.0})


def test_nobody_who_remembers_no_soft_losses():
    ledger = ledger_of(handmade.log(NINE), handmade.plan(), NAMES, replace(TERMS, margin=np.zeros(2), time_value_per_s=np.zeros(2)))

    assert ledger.soft == {}
    assert reconciles(ledger)


def test_accounts_and_lines_are_measures_of_each_replication():
    table = measure(loyal_log(), layout_of(PLAN, NAMES, LOYAL_TERMS))
    ledger = ledger_of(loyal_log(), PLAN, NAMES, LOYAL_TERMS)

    for account in ACCOUNTS:
        assert value(table, f"ledger_{account}") == pytest.approx(ledger.accounts[account])
    for line in LINES:
        assert value(table, f"ledger_{line.name}") == pytest.approx(ledger.lines.get((line.account, line.name), 0.0))
    assert sum(value(table, f"ledger_{account}") for account in ACCOUNTS) == pytest.approx(
        value(table, "wages") + value(table, "line_cost") + value(table, "remedies"), abs=CENT
    )


def line_of_one(**more):
    """Return the only line but staff's own that one contact of ten minutes posts to."""
    outcome = more.pop("outcome", Outcome.ANSWERED)
    rows = handmade.contacts(served(1, 0, T, T, T + 600, T + 600, outcome=outcome, **more))
    ledger = ledger_of(handmade.log(rows), handmade.plan(problem=np.array([0, 1])), NAMES, BARE)
    own = [line for (_, line), amount in ledger.lines.items() if line not in ("idle", "breaks", "absences") and not line.startswith("lines") and amount > 0]
    assert len(own) == 1 and reconciles(ledger)
    return own[0]


BARE = replace(TERMS, margin=np.zeros(2), time_value_per_s=np.zeros(2))


@pytest.mark.parametrize(
    ("contact", "line"),
    [
        ({}, "first_contacts"),
        ({"entry": Entry.RETRY_CLOSED, "try_number": 1}, "first_contacts"),
        ({"entry": Entry.FOLLOW_UP, "lineage": 5}, "first_contacts"),
        ({"entry": Entry.FOLLOW_UP, "lineage": 5, "reason": 1}, "problems"),
        ({"reason": 1}, "problems"),
        ({"entry": Entry.REDIAL, "try_number": 1}, "repeats"),
        ({"entry": Entry.COMEBACK, "leg": 1}, "repeats"),
        ({"entry": Entry.COMEBACK, "leg": 1, "reason": 1}, "repeats"),
        ({"entry": Entry.CALL_BACK, "leg_kind": LegKind.CALL_BACK, "cover": Cover.OWN}, "promised_calls"),
        ({"entry": Entry.CALL_BACK, "leg_kind": LegKind.CALL_BACK, "cover": Cover.OWN, "reason": 1}, "problems"),
        ({"cover": Cover.BUDDY, "has_file": 1}, "first_contacts"),
        ({"cover": Cover.DESK, "outcome": Outcome.MESSAGE_LEFT}, "messages"),
        ({"cover": Cover.DESK, "outcome": Outcome.TOLD_TO_COME_BACK}, "sent_home"),
        ({"cover": Cover.DESK, "outcome": Outcome.TOLD_TO_COME_BACK, "entry": Entry.COMEBACK}, "sent_home"),
        ({"cover": Cover.DESK, "entry": Entry.COMPLAINT, "leg_kind": LegKind.COMPLAINT}, "complaints"),
        ({"cover": Cover.DESK, "entry": Entry.REDIAL, "leg_kind": LegKind.COMPLAINT}, "complaints"),
        ({"cover": Cover.DESK, "entry": Entry.RECOVERY, "leg_kind": LegKind.RECOVERY}, "recovery_calls"),
        ({"cover": Cover.DESK, "entry": Entry.NOTICE, "leg_kind": LegKind.NOTICE}, "calls_ahead"),
        ({"cover": Cover.SUBSTITUTE, "has_file": 0, "search_s": 600.0}, "searches"),
        ({"cover": Cover.BUDDY, "has_file": 1, "search_s": 600.0, "entry": Entry.COMEBACK}, "searches"),
        ({"cover": Cover.TEAM, "search_s": 600.0}, "first_contacts"),
    ],
)  # fmt: skip
def test_a_contact_posts_by_what_it_is(contact, line):
    assert line_of_one(**contact) == line


def test_overtime_is_posted_at_its_multiple_where_it_is_worked():
    late = DAY + T + 28800
    rows = handmade.contacts(served(1, 0, late - 100, late - 100, late + 200, late + 200, entry=Entry.COMEBACK))
    ledger = ledger_of(handmade.log(rows), handmade.plan(), NAMES, BARE)

    assert ledger.lines["external_failure", "repeats"] == pytest.approx((100 + 1.5 * 200) * CLERK)
    assert reconciles(ledger)


def test_illness_on_the_day_of_the_course_is_training_once_and_other_absences_are_service():
    away = {"away_agent": np.array([2, 2]), "away_from_s": np.zeros(2), "away_to_s": np.full(2, DAY), "away_hash": (handmade.COURSE, 5)}
    both = ledger_of(loyal_log(), loyal_plan(**away), NAMES, LOYAL_TERMS)
    ill = ledger_of(loyal_log(), loyal_plan(away_hash=(5,)), NAMES, LOYAL_TERMS)

    assert both.lines == pytest.approx(ledger_of(loyal_log(), PLAN, NAMES, LOYAL_TERMS).lines)
    assert ill.lines["service", "absences"] == pytest.approx(80.0)
    assert ill.accounts["prevention"] == pytest.approx(60 * CLERK + 0.6)


def test_a_drawn_absence_that_did_not_happen_takes_no_time():
    away = {"away_agent": np.array([0]), "away_from_s": np.zeros(1), "away_to_s": np.full(1, DAY), "away_hash": (handmade.COURSE,)}
    ledger = ledger_of(loyal_log(), loyal_plan(**away), NAMES, LOYAL_TERMS)

    assert ledger.lines.get(("prevention", "training"), 0.0) == pytest.approx(0.0)


def test_the_warm_up_is_left_out_of_the_ledger_as_of_all_measures():
    plan = loyal_plan(warm_up_s=DAY)
    ledger, table = ledger_of(loyal_log(), plan, NAMES, LOYAL_TERMS), measure(loyal_log(), layout_of(plan, NAMES, LOYAL_TERMS))

    assert ledger.payroll == pytest.approx(value(table, "wages")) == pytest.approx(320 + 80 + 5)
    assert ledger.invoices == pytest.approx(value(table, "line_cost") + value(table, "remedies"))
    assert ("prevention", "training") not in ledger.lines
    assert reconciles(ledger)


def test_lost_demand_and_busy_lines_cost_nothing_but_an_abandoned_repeat_holds_a_line():
    rows = handmade.contacts(
        gone(1, T, T, Outcome.BLOCKED), gone(2, T, T, Outcome.LOST_DEMAND), gone(3, T, T + 60, Outcome.ABANDONED, queued_s=T, entry=Entry.REDIAL, try_number=1)
    )
    lines = ledger_of(handmade.log(rows), handmade.plan(), NAMES, BARE).lines

    assert {line: amount for (_, line), amount in lines.items() if line.startswith("lines_held")} == {"lines_held_for_external_failure": pytest.approx(0.6)}


# ---- the law, a second way: stretch by stretch of every agent's day


def slow_ledger(log, plan, terms, courses):
    """Post every stretch of every agent's day; nothing is summed beforehand and nothing is a remainder."""
    day, found = agent_day(log, plan), defaultdict(float)
    words = dict(zip(range(len(LINES)), (line.name for line in LINES), strict=True))
    for agent, from_s, to_s, state, presence, row in zip(*day, strict=True):
        rate = terms.wage_per_h[plan.agent_team[agent]] / 3600 * (terms.overtime_factor[plan.agent_team[agent]] if presence == handmade.OVERTIME else 1.0)
        pay = max(0.0, to_s - max(from_s, plan.warm_up_s)) * rate
        if row >= 0:
            found[words[line_by_words(log.contacts, plan, int(row), state)]] += pay
        elif state in (AgentState.IDLE, AgentState.OVERTIME):
            found["idle"] += pay
        elif state == AgentState.BREAK:
            found["breaks"] += pay
    for agent, from_s, to_s in zip(plan.duty_agent, plan.duty_from_s, plan.duty_to_s, strict=True):
        rate = terms.wage_per_h[plan.agent_team[agent]] / 3600
        for course_agent, start_s, end_s in courses:
            if course_agent == agent:
                found["training"] += max(0.0, min(to_s, end_s, plan.horizon_s) - max(from_s, start_s, plan.warm_up_s)) * rate
    return found


def line_by_words(contacts, plan, row, state):
    entry, kind, cover = (int(contacts[name][row]) for name in ("entry", "leg_kind", "cover"))
    number = {line.name: n for n, line in enumerate(LINES)}
    if state == AgentState.SEARCH and cover in (Cover.BUDDY, Cover.SUBSTITUTE):
        return number["searches"]
    by_kind = {LegKind.NOTICE: "calls_ahead", LegKind.RECOVERY: "recovery_calls", LegKind.COMPLAINT: "complaints"}
    if kind in by_kind:
        return number[by_kind[LegKind(kind)]]
    if cover == Cover.DESK:
        return number["messages" if contacts["outcome"][row] == Outcome.MESSAGE_LEFT else "sent_home"]
    if entry in (Entry.REDIAL, Entry.COMEBACK):
        return number["repeats"]
    if plan.problem[contacts["reason"][row]]:
        return number["problems"]
    return number["promised_calls" if kind == LegKind.CALL_BACK else "first_contacts"]


def random_world(seed):
    """Return a log of two agents and a desk with random work of random kinds inside random presence."""
    random = np.random.default_rng(seed)
    presence, rows = [], []
    kinds = list(LegKind)
    for agent in range(3):
        for start in (T, DAY + T):
            late = float(random.integers(0, 2000))
            pause = start + float(random.integers(3600, 20000))
            presence += [(agent, start, StaffState.ON), (agent, pause, StaffState.BREAK), (agent, pause + 900, StaffState.ON)]
            presence += [(agent, start + 28800, handmade.OVERTIME), (agent, start + 28800 + late, StaffState.OFF)]
            for from_s, to_s in ((start, pause), (pause + 900, start + 28800 + late)):
                now = from_s
                while (now := now + float(random.exponential(600))) < to_s:
                    end = min(to_s, now + float(random.exponential(500)))
                    done = min(to_s, end + float(random.exponential(60)))
                    kind = kinds[random.integers(len(kinds))] if random.random() < 0.4 else LegKind.NEED
                    entry = [Entry.FRESH, Entry.REDIAL, Entry.COMEBACK, Entry.FOLLOW_UP][random.integers(4)] if kind == LegKind.NEED else Entry.CALL_BACK
                    cover = Cover(int(random.integers(1, 6)))
                    outcome = (Outcome.MESSAGE_LEFT, Outcome.TOLD_TO_COME_BACK)[random.integers(2)] if cover == Cover.DESK else Outcome.ANSWERED
                    rows.append(
                        served(len(rows), agent, now, now, end, done, entry=entry, leg_kind=kind, cover=cover, outcome=outcome,
                               search_s=float(random.random()) * (end - now), reason=int(random.integers(2)), segment=int(random.integers(2)))
                    )  # fmt: skip
                    now = done
    return handmade.log(handmade.contacts(*rows), sorted(presence, key=lambda change: change[1]))


@pytest.mark.parametrize("warm_up_s", [0.0, T + 5000.0])
@pytest.mark.parametrize("seed", range(6))
def test_in_random_worlds_every_line_is_what_the_stretches_of_agents_days_come_to(seed, warm_up_s):
    log, plan = random_world(seed), handmade.plan(problem=np.array([0, 1]), warm_up_s=warm_up_s)
    terms = replace(BARE, wage_per_h=np.array([23.7, 11.1]), overtime_factor=np.array([1.5, 2.0]), line_cost_per_min=np.array([0.013, 0.17]))
    ledger, slow = ledger_of(log, plan, NAMES, terms), slow_ledger(log, plan, terms, [])
    table = measure(log, layout_of(plan, NAMES, terms))

    assert reconciles(ledger)
    assert ledger.payroll == pytest.approx(value(table, "wages"), abs=CENT)
    assert ledger.invoices == pytest.approx(value(table, "line_cost"), abs=CENT)
    for line in LINES[:14]:
        assert ledger.lines.get((line.account, line.name), 0.0) == pytest.approx(slow[line.name], abs=1e-6), line.name


def holds_by_both_ways(log, plan, names, terms):
    """Whether the ledger of a simulated world reconciles with payroll, invoices and the slow way."""
    ledger, table = ledger_of(log, plan, names, terms), measure(log, layout_of(plan, names, terms))
    courses = [row for row, name in enumerate(plan.away_hash) if name in terms.training]
    slow = slow_ledger(log, plan, terms, [(plan.away_agent[row], plan.away_from_s[row], plan.away_to_s[row]) for row in courses])
    for line in LINES[:14]:
        if line.name != "absences":  # a remainder: nobody is there to be asked
            assert ledger.lines.get((line.account, line.name), 0.0) == pytest.approx(slow[line.name], abs=1e-4), line.name
    assert all(row.amount > -CENT for row in ledger.rows)
    assert ledger.payroll == pytest.approx(value(table, "wages"), abs=CENT)
    assert ledger.invoices == pytest.approx(value(table, "line_cost") + (value(table, "remedies") if plan.remembers else 0.0), abs=CENT)
    assert reconciles(ledger)
    return ledger


@pytest.mark.parametrize("number", range(16))
def test_in_worlds_full_of_events_the_accounts_are_payroll_and_invoices_to_the_cent(number):
    scenario = read(crowded(number))
    made = compile_plan(scenario)
    plan, terms = with_arrivals(made.plan, number), terms_of(scenario, made.names)
    teams, channels = len(made.names.teams), len(made.names.channels)
    terms = replace(terms, wage_per_h=12.0 + 3.7 * np.arange(teams), overtime_factor=np.full(teams, 1.5), line_cost_per_min=0.03 + 0.01 * np.arange(channels))
    log = simulate(plan, 1, 0)

    check_laws(log, plan)
    holds_by_both_ways(log, plan, made.names, terms)


COURSE = {"team": "executives", "on": ["2026-03-04"], "agents": "80 %", "hours": "9:00-18:00", "cause": "training"}


@pytest.mark.parametrize(("name", "changes"), [("phone_shop", (("absences.course", COURSE),)), ("course_day", ()), ("town_hall", ())])
def test_in_scenarios_that_ship_the_accounts_are_payroll_and_invoices_to_the_cent(name, changes):
    scenario = load(name, (("calendar.days", 7), *changes))
    plan, names = compile_plan(scenario)
    log = simulate(plan, 1, 0)

    check_laws(log, plan)
    ledger = holds_by_both_ways(log, plan, names, terms_of(scenario, names))
    assert ledger.accounts["prevention"] > 0 or not changes


def test_the_handmade_world_posts_the_same_the_slow_way():
    slow = slow_ledger(loyal_log(), PLAN, LOYAL_TERMS, [(2, 0.0, DAY)])

    assert {name: amount for name, amount in slow.items() if amount} == pytest.approx(
        {line: amount for (_, line), amount in BY_HAND.items() if not line.startswith("lines_held") and line not in ("remedies", "overpaid")}
    )
    assert len(LOYAL["root"]) == 9 and D == DAY + T
