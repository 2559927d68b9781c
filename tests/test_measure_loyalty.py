"""Measures of a world in which customers remember, on nine rows written out by hand (tests/handmade.py); the expected numbers are
worked out here by hand too."""

from __future__ import annotations

import math
import time

import handmade
import numpy as np
import pytest
from handmade import CLOSINGS, DAY, LOYAL, LOYAL_TERMS, NAMES, NINE, PERSONS, TERMS, D, T, loyal_log, loyal_plan
from test_measure_table import value

from servsim.errors import InvariantError
from servsim.measure.cases import CaseState, cases_of
from servsim.measure.law import check_laws
from servsim.measure.registry import MEASURES, Where, measures_of
from servsim.measure.summary import summarise
from servsim.measure.table import layout_of, measure
from servsim.rules import loyalty
from servsim.rules.codes import Entry, LegKind, NextStep, Outcome
from servsim.study.tables import CASES, CASES_REMEMBERED, CUSTOMERS, CUSTOMERS_REMEMBERED, log_tables

PLAN = loyal_plan()
LAYOUT = layout_of(PLAN, NAMES, LOYAL_TERMS)

BUSINESS = 200 / (0.45 * (1 - 1 / (1 + math.exp(-2.0))) + 0.1)
"""Worth at A = 75, R blank: buys again with odds of e to the 2."""
PRIVATE = 100 / (0.45 * (1 - 1 / (1 + math.exp(-0.5))) + 0.1)
"""Worth at A = 80, R = 60: the weaker counts."""

EXPECTED = {
    "offered": 5, "offered_fresh": 4, "offered_follow_up": 1, "answered": 4, "told_to_come_back": 1, "call_backs": 0, "mean_wait_s": 0, "lost_demand": 1,
    "called_ahead": 1, "come_other_day": 1, "complaint_contacts": 1, "complaints_heard": 1, "complaints_settled": 1, "mean_complaint_wait_s": 40,
    "recovery_calls": 1, "recoveries_settled": 0, "cases": 5, "cases_solved": 4, "cases_given_up": 1, "cases_open": 0, "cases_lost": 0, "follow_up_cases": 1,
    "problems": 3, "problems_major": 1, "cases_hit": 2, "cases_told": 1, "cases_no_file": 1, "cases_unsolved": 0, "complaints_made": 1,
    "complaints_recorded": 0.05, "mean_quality": (80 + 70 + 20 + 90 + 95) / 5, "mean_friction": 6, "expected_lost_at_close": 0.12, "remedies": 35,
    "people_told_badly": 3.7, "people_told_well": 4 * 0.41, "word_of_mouth_loss": 3.7 * 0.05 * 0.11 * 100,
    "customers_lost": 1, "expected_customers_lost": 0.233, "margin_lost": 0.031 * BUSINESS + 0.202 * PRIVATE, "people_hit": 2,
    "external_effectiveness": (75 + 70 + 75 + 34) / 5, "mean_satisfaction": (75 + 70 + 75 + 34) / 4, "mean_satisfaction_of_hit": 70, "unhappy_share": 1 / 4,
    "mean_stars": 1 + (75 + 70 + 75 + 34) / 100, "alignment_gap_stars": (-20 + 5 + 5) / 25 / 3, "customer_trips": 1,
    "customer_minutes": (60 + 100 + 60 + 340 + 300 + 300 + 100 + 100) / 60, "customer_time_cost": (100 + 60 + 340 + 100) * 0.01,
    "wages": 805, "line_cost": 12.6, "cost_per_contact": 817.6 / 4, "cost_per_handled_contact": 817.6 / 7, "cost_per_solved_need": (817.6 + 35) / 4,
    "cost_per_solved_case": 817.6 / 4, "contacts_per_solved_case": (1 + 2 + 2 + 1) / 4, "waited_per_case_s": 40 / 5,
}  # fmt: skip


def table_of(log=None, layout=LAYOUT):
    return measure(log or loyal_log(), layout)


@pytest.mark.parametrize("name", list(EXPECTED))
def test_a_measure_of_a_world_that_remembers_has_the_value_worked_out_by_hand(name):
    assert value(table_of(), name) == pytest.approx(EXPECTED[name])


def test_every_measure_of_such_a_world_is_worked_out_by_hand_or_tested_below():
    elsewhere = {"expected_lost_projected_year", "margin_lost_projected_year", "customer_equity"}
    mine = {m.name for m in MEASURES if m.where != Where.ALWAYS and not m.name.startswith("ledger_")}

    assert mine == (mine & set(EXPECTED)) | elsewhere


def test_scenarios_in_which_nobody_remembers_have_no_such_rows():
    table = measure(handmade.log(NINE), layout_of(handmade.plan(), NAMES, TERMS))
    beyond = {m.name for m in MEASURES if m.where != Where.ALWAYS}

    assert not beyond & set(table["measure"])


def test_calls_ahead_and_later_needs_are_measured_where_nobody_remembers_too():
    plan = handmade.plan(notice_agent=np.array([0]), link_reason=np.array([1]))
    rows = {name: column[[0, 1, 7, 8]] for name, column in LOYAL.items()}
    table = measure(handmade.log(rows), layout_of(plan, NAMES, TERMS))

    assert {m.name for m in measures_of(plan) if m.where != Where.ALWAYS} == {"called_ahead", "come_other_day", "offered_follow_up", "follow_up_cases"}
    assert (value(table, "called_ahead"), value(table, "follow_up_cases"), value(table, "offered")) == (1, 1, 3)


def test_groups_hold_their_own_customers_closings_and_lost_demand():
    table = table_of()

    assert value(table, "customers_lost", "day", day="2026-03-03") == 1
    assert value(table, "customers_lost", "segment", segment="business") == 0
    assert value(table, "expected_customers_lost", "segment", segment="private") == pytest.approx(0.202)
    assert value(table, "external_effectiveness", "segment", segment="private") == pytest.approx(34 / 2)
    assert value(table, "problems", "reason", reason="fault") == 2
    assert value(table, "cases_hit", "day", day="2026-03-02") == 1, "a case belongs to the day of its first contact"
    assert value(table, "lost_demand", "segment", segment="private") == 1
    assert value(table, "remedies", "segment", segment="business") == 35


def test_groups_of_one_breakdown_add_up_to_the_whole_where_customers_remember():
    table = table_of()

    for m in measures_of(PLAN):
        for by in m.groups:
            if m.denominator == ("one",) and by != "team":
                rows = (table["measure"] == m.name) & (table["by"] == by)
                assert table["numerator"][rows].sum() == pytest.approx(value(table, m.name)), (m.name, by)


def test_offered_contacts_are_the_sum_of_their_ways_to_come_and_to_end():
    table = table_of()
    ways = ("offered_fresh", "offered_redial", "offered_comeback", "offered_retry_closed", "offered_follow_up")

    assert sum(value(table, name) for name in ways) == value(table, "offered") == value(table, "answered") + value(table, "told_to_come_back")


def test_a_complaint_that_is_redialled_is_still_no_offered_contact():
    rows = handmade.contacts(
        handmade.gone(1, T, T + 10, Outcome.ABANDONED, queued_s=T, entry=Entry.COMPLAINT, leg_kind=LegKind.COMPLAINT, next_step=NextStep.REDIALS, next_row=1),
        handmade.gone(1, T + 60, T + 90, Outcome.ABANDONED, queued_s=T + 60, entry=Entry.REDIAL, leg_kind=LegKind.COMPLAINT, try_number=1),
    )
    table = measure(handmade.log(rows), layout_of(handmade.plan(), NAMES, TERMS))

    assert (value(table, "offered"), value(table, "offered_redial"), value(table, "abandoned")) == (0, 0, 0)
    assert value(table, "mean_waiting") == pytest.approx(40 / (2 * DAY)), "who complains stands in line"


def test_whose_worth_is_lost_is_what_it_was_as_the_run_began_and_equity_what_it_is_at_the_end():
    def worth(account, recovery, margin):
        return loyalty.value_left(handmade.MEMORY, account, recovery, margin, 0.1)

    table = table_of()

    assert value(table, "customer_equity") == pytest.approx(worth(75, 95, 200) + worth(75, 70, 200) + worth(75, math.nan, 200) + worth(40, 35, 100))
    assert worth(75, math.nan, 200) == pytest.approx(BUSINESS)


def test_the_projected_year_adds_what_the_loyalty_rules_alone_take_of_those_still_here():
    rest_s = 363 * DAY
    here = [(75.0, 95.0, 0.0, BUSINESS), (75.0, 70.0, 0.0, BUSINESS), (75.0, math.nan, 0.0, BUSINESS), (40.0, 35.0, -1.0, PRIVATE)]
    chances = [loyalty.chance_of(loyalty.stretch_hazard(handmade.MEMORY, *scores, rest_s)) for *scores, _ in here]
    table = table_of()

    assert value(table, "expected_lost_projected_year") == pytest.approx(0.233 + sum(chances))
    worths = sum(chance * worth for chance, (*_, worth) in zip(chances, here, strict=True))
    assert value(table, "margin_lost_projected_year") == pytest.approx(EXPECTED["margin_lost"] + worths)


def test_a_run_of_a_year_or_more_is_its_own_projection():
    plan = loyal_plan(days=400, horizon_s=400 * DAY)
    table = measure(loyal_log(), layout_of(plan, NAMES, LOYAL_TERMS))

    assert value(table, "expected_lost_projected_year") == pytest.approx(0.233)


def test_cases_of_the_warm_up_post_nothing_to_measures_but_customers_count_over_the_whole_run():
    layout = layout_of(loyal_plan(warm_up_s=DAY), NAMES, LOYAL_TERMS)
    table = table_of(layout=layout)

    assert (value(table, "problems"), value(table, "people_hit"), value(table, "called_ahead")) == (2, 1, 0)
    assert (value(table, "customers_lost"), value(table, "expected_customers_lost")) == (1, pytest.approx(0.233))


def test_an_alignment_gap_may_be_below_nothing_and_so_may_its_interval():
    persons = {name: column.copy() for name, column in PERSONS.items()}
    persons["recovery"][1] = 71.0
    (row,) = [row for row in summarise([table_of(), table_of(loyal_log(persons=persons))]) if row["measure"] == "alignment_gap_stars" and not row["by"]]

    assert row["low"] < row["value"] < 0


# ---- cases


def test_a_call_ahead_is_never_the_first_contact_of_a_case():
    cases = cases_of(LOYAL)

    assert cases.first.tolist() == [1, 2, 4, 6, 7, 8]
    assert cases.last.tolist() == [1, 3, 5, 6, 7, 8]
    assert cases.contacts.tolist() == [1, 2, 2, 0, 2, 1]
    assert cases.lineage.tolist() == [0, 0, 0, 0, 0, 7]
    S = CaseState
    assert cases.state.tolist() == [S.SOLVED, S.SOLVED, S.GIVEN_UP, S.LOST, S.SOLVED, S.SOLVED]
    assert cases.first_answered.tolist() == [1, -1, 4, -1, 7, 8], "a complaint is no answer to the need"


def test_of_a_case_of_which_only_the_call_ahead_took_place_there_is_no_case():
    cases = cases_of({name: column[:2] for name, column in LOYAL.items()})

    assert cases.root.tolist() == [20]
    assert cases.waited_s.tolist() == [0]


def test_a_case_whose_customer_is_lost_between_two_contacts_is_lost():
    rows = handmade.contacts(
        handmade.served(1, 0, T, T, T + 60, T + 60, customer=3, solved=0, next_step=NextStep.COMES_BACK, next_row=1),
        handmade.gone(1, D, D, Outcome.LOST_DEMAND, customer=3, entry=Entry.COMEBACK, leg=1),
    )
    cases = cases_of(rows)

    assert (cases.state.tolist(), cases.contacts.tolist(), cases.closed_s.tolist()) == ([CaseState.LOST], [1], [D])


# ---- files


def test_cases_and_customers_have_what_was_remembered_beside_their_usual_columns():
    found = log_tables(loyal_log(), PLAN, NAMES, LOYAL_TERMS)
    cases, customers = found["cases"], found["customers"]

    assert tuple(cases) == (*CASES, *CASES_REMEMBERED)
    assert tuple(customers) == (*CUSTOMERS, *CUSTOMERS_REMEMBERED)
    assert cases["quality"].tolist() == pytest.approx([80, 70, 20, math.nan, 90, 95], nan_ok=True)
    assert cases["left"].code.tolist() == [0, 0, 1, -1, 0, 0]
    assert [cases["hit"].words[code] if code >= 0 else None for code in cases["hit"].code.tolist()] == ["none", "told", "no_file", None, "none", "none"]
    assert customers["customer"].tolist() == [0, 1, 3, 4]
    assert customers["segment"].code.tolist() == [0, 0, 1, 1]
    assert customers["lost_s"].tolist() == pytest.approx([math.nan, math.nan, D + 1500, math.nan], nan_ok=True)
    assert customers["lost_root"].tolist() == [-1, -1, 22, -1]
    assert customers["hit"].tolist() == [0, 1, 1, 0]
    assert customers["satisfaction"].tolist() == pytest.approx([75, 70, 0, 34])
    assert customers["value_at_start"].tolist() == pytest.approx([BUSINESS, BUSINESS, PRIVATE, PRIVATE])


def test_a_customer_lost_without_a_contact_is_told_of():
    persons = {name: column.copy() for name, column in PERSONS.items()}
    persons["lost_s"][2] = DAY
    customers = log_tables(loyal_log(persons=persons), PLAN, NAMES)["customers"]

    assert customers["customer"].tolist() == [0, 1, 2, 3, 4]
    assert customers["contacts"].tolist() == [2, 2, 0, 2, 2]
    assert "value" not in customers, "without the terms nothing is known of worth"


def test_files_of_worlds_in_which_nobody_remembers_are_as_they_were():
    found = log_tables(handmade.log(NINE), handmade.plan(), NAMES, TERMS)

    assert (tuple(found["cases"]), tuple(found["customers"])) == (tuple(CASES), tuple(CUSTOMERS))


# ---- laws


def test_the_log_of_a_world_that_remembers_breaks_no_law():
    check_laws(loyal_log(), PLAN)


def changed(columns, name, row, new):
    copied = {key: column.copy() for key, column in columns.items()}
    copied[name][row] = new
    return copied


@pytest.mark.parametrize(
    ("name", "row", "new", "says"),
    [
        ("queued_s", 6, D + 2000, "contact 6 is lost demand, yet somebody came"),
        ("ended_s", 6, D + 2001, "contact 6 is lost demand, yet somebody came"),
        ("customer", 8, 3, "contact 8 was made by a customer who had been lost"),
        ("customer", 6, 4, "contact 6 is lost demand, but its customer was not lost"),
        ("next_step", 1, NextStep.GIVES_UP, "contact 1 closed its case otherwise than the log says"),
    ],
)
def test_a_broken_law_of_lost_demand_is_told_with_the_contact(name, row, new, says):
    rows = changed(LOYAL, name, row, new)
    if name == "next_step":
        rows["solved"][row] = 0
    with pytest.raises(InvariantError, match=says):
        check_laws(loyal_log(rows), PLAN)


@pytest.mark.parametrize(
    ("name", "row", "new", "says"),
    [
        ("row", 1, 2, "contact 2 closed its case, yet is not the last contact of it"),
        ("row", 1, 1, "contact 1 closed its case more than once"),
        ("root", 1, 99, "contact 3 closed a case of another name or customer"),
        ("closed_s", 1, D, "contact 3 closed its case at another time than it ended"),
        ("solved", 2, 1, "contact 5 closed its case otherwise than the log says"),
    ],
)
def test_a_broken_law_of_closings_is_told_with_the_contact(name, row, new, says):
    with pytest.raises(InvariantError, match=says):
        check_laws(loyal_log(closings=changed(CLOSINGS, name, row, new)), PLAN)


def test_a_closed_case_that_posted_nothing_breaks_a_law_unless_its_customer_had_been_lost():
    closings = {name: column[[0, 1, 2, 4]] for name, column in CLOSINGS.items()}

    with pytest.raises(InvariantError, match="contact 7 closed a case that posted nothing"):
        check_laws(loyal_log(closings=closings), PLAN)
    check_laws(loyal_log(closings=closings, persons=changed(PERSONS, "lost_s", 4, D + 150)), PLAN)
    with pytest.raises(InvariantError, match="contact 7 posted for a customer who had been lost"):
        check_laws(loyal_log(persons=changed(PERSONS, "lost_s", 4, D + 150)), PLAN)


# ---- cost


def test_a_contact_of_a_world_that_remembers_is_measured_in_less_than_5_microseconds():
    count = 100_000
    many = np.arange(count)
    rows = {name: np.repeat(column[1:2], count) for name, column in LOYAL.items()}
    rows |= {"root": many, "customer": (many % 3).astype(np.int32), "arrived_s": many * 1.0, "queued_s": many * 1.0, "answered_s": many + 20.0}
    rows |= {"ended_s": many + 60.0, "released_s": many + 70.0, "lineage": np.where(many % 10, 0, 9).astype(np.uint64)}
    closings = {name: np.repeat(column[1:2], count) for name, column in CLOSINGS.items()} | {"root": many, "row": many, "customer": rows["customer"]}
    began = time.process_time()

    table = table_of(loyal_log(rows, closings))

    assert (time.process_time() - began) / count < 5e-6
    assert value(table, "problems") == count
