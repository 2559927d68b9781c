"""Every measure on nine contacts written out by hand (tests/handmade.py); the expected numbers are worked out there by hand too."""

from __future__ import annotations

import math

import handmade
import numpy as np
import pytest
from handmade import DAY, NAMES, NINE, TERMS, T

from servsim.measure.agent_day import agent_day
from servsim.measure.cases import CaseState, cases_of
from servsim.measure.customers import customers_of
from servsim.measure.group import BY
from servsim.measure.queue_length import littles_law
from servsim.measure.registry import MEASURES, measures_of
from servsim.measure.stretch import Grid, number_at_starts, seconds_in_bins
from servsim.measure.table import COLUMNS, layout_of, measure
from servsim.rules.codes import AgentState

WHOLE = {
    ("offered", ""): 9, ("offered_fresh", ""): 7, ("offered_redial", ""): 1, ("offered_comeback", ""): 1, ("offered_retry_closed", ""): 0,
    ("answered", ""): 4, ("abandoned", ""): 1, ("short_abandoned", ""): 0, ("blocked", ""): 1, ("balked", ""): 0, ("contained", ""): 0,
    ("closed", ""): 1, ("turned_away", ""): 0, ("disconnected", ""): 0, ("message_left", ""): 0, ("callback_promised", ""): 0,
    ("told_to_come_back", ""): 1, ("open", ""): 1, ("call_backs", ""): 0, ("call_backs_answered", ""): 0,
    ("offered_per_day", ""): 4.5, ("answered_share", ""): 4 / 9,
    ("abandonment_rate", "of_answered_and_abandoned"): 1 / 5, ("abandonment_rate", "short_abandons_left_out"): 1 / 5,
    ("abandonment_rate", "of_offered"): 1 / 9, ("blocked_share", ""): 1 / 9, ("balked_share", ""): 0, ("in_vain_share", ""): 1 / 9,
    ("message_left_share", ""): 0, ("contained_share", ""): 0, ("closed_share", ""): 1 / 9, ("turned_away_share", ""): 0, ("disconnected_share", ""): 0,
    ("open_share", ""): 1 / 9,
    ("service_level", "within_of_offered"): 3 / 5, ("service_level", "answered_of_answered"): 3 / 4,
    ("service_level", "answered_of_offered"): 3 / 5, ("service_level", "abandons_within_left_out"): 3 / 5,
    ("service_level", "short_abandons_count"): 3 / 5, ("service_level", "genesys_flow_outs_count"): 3 / 6,
    ("service_level", "genesys_short_abandons_left_out"): 3 / 5, ("service_level", "genesys_abandons_left_out"): 3 / 4,
    ("service_level", "genesys_flow_outs_count_abandons_left_out"): 3 / 5,
    ("average_speed_of_answer_s", ""): (0 + 0 + 90 + 0) / 4, ("mean_wait_s", ""): (0 + 0 + 40 + 90 + 0 + 30) / 6,
    ("median_wait_s", ""): 15, ("p90_wait_s", ""): 65, ("p95_wait_s", ""): 77.5, ("longest_wait_s", ""): 90,
    ("mean_time_to_abandon_s", ""): 40, ("wait_probability", ""): 3 / 6, ("mean_excess_wait_s", ""): (20 + 70 + 10) / 6,
    ("mean_call_back_wait_s", ""): math.nan,
    ("handled", ""): 4, ("average_handling_time_s", ""): (120 + 190 + 80 + 60) / 4, ("mean_talk_s", ""): (90 + 190 + 60 + 60) / 4,
    ("mean_search_s", ""): 10 / 4, ("mean_wrap_up_s", ""): (20 + 20) / 4, ("mean_desk_time_s", ""): 30,
    ("agents_on_duty", ""): (57300 + 57600 + 28800) / (2 * DAY), ("occupancy", ""): 480 / 143700, ("utilisation", ""): 480 / 173400,
    ("shrinkage", ""): 29700 / 172800, ("overtime_h", ""): 1 / 6, ("paid_h", ""): 48 + 1 / 6,
    ("mean_waiting", ""): (40 + 90 + 30 + 600) / (2 * DAY),
    ("cases", ""): 7, ("cases_solved", ""): 3, ("cases_given_up", ""): 3, ("cases_open", ""): 1, ("solved_share", ""): 3 / 7,
    ("first_contact_resolution", "of_served_cases"): 3 / 4, ("first_contact_resolution", "of_all_cases"): 2 / 7,
    ("contacts_per_solved_case", ""): 4 / 3, ("time_to_solution_s", ""): (100 + 1040 + 150) / 3, ("waited_per_case_s", ""): 160 / 7,
    ("wages", ""): 640 + 5 + 160, ("overtime_pay", ""): 5, ("line_cost", ""): 6.1,
    ("cost_per_contact", ""): 811.1 / 4, ("cost_per_solved_case", ""): 811.1 / 3,
}  # fmt: skip

LAYOUT = layout_of(handmade.plan(), NAMES, TERMS)


def table_of(rows=NINE, layout=LAYOUT):
    return measure(handmade.log(rows), layout)


def value(table, name, by="overall", formula=None, **group):
    rows = (table["measure"] == name) & (table["by"] == by)
    if formula is not None:
        rows &= table["formula"] == formula
    for part, word in group.items():
        rows &= table[part] == word
    assert rows.sum() == 1, (name, by, group)
    return float(table["value"][rows][0])


@pytest.mark.parametrize(("name", "formula"), list(WHOLE), ids=lambda word: word or "-")
def test_a_measure_of_the_whole_has_the_value_worked_out_by_hand(name, formula):
    assert value(table_of(), name, formula=formula) == pytest.approx(WHOLE[name, formula], nan_ok=True)


def test_every_measure_of_the_whole_is_worked_out_by_hand():
    assert set(WHOLE) == {(m.name, m.formula) for m in measures_of(handmade.plan()) if "overall" in m.groups}


def test_measures_say_what_they_are_in_a_sentence_and_have_a_unit():
    for m in MEASURES:
        assert m.says.endswith((".", "S_t/S.")), m.name
        assert m.unit, m.name
        assert set(m.groups) <= set(BY), m.name


def test_columns_of_the_table_have_the_documented_names_and_one_length():
    table = table_of()

    assert tuple(table) == COLUMNS
    assert len({len(column) for column in table.values()}) == 1


def test_a_contact_counts_in_the_interval_and_on_the_day_of_its_arrival():
    table = table_of()

    assert value(table, "offered", "interval", interval="09:00") == 8
    assert value(table, "offered", "interval", interval="23:00") == 1
    assert value(table, "offered", "day", day="2026-03-02") == 7
    assert value(table, "offered", "day", day="2026-03-03") == 2
    assert value(table, "offered_per_day", "interval", interval="09:00") == 4


def test_offered_contacts_per_day_are_over_the_days_on_which_the_channel_is_open():
    table = table_of()

    assert value(table, "offered", "channel", channel="counter") == value(table, "offered_per_day", "channel", channel="counter") == 2
    assert value(table, "offered_per_day", "channel", channel="phone") == 3.5
    assert value(table, "offered_per_day", "channel_interval", channel="phone", interval="09:00") == 3.5


def test_groups_of_channel_reason_segment_and_team_hold_their_own_contacts():
    table = table_of()

    assert value(table, "offered", "channel", channel="counter") == 2
    assert value(table, "offered", "reason", reason="fault") == 4
    assert value(table, "offered", "segment", segment="private") == 4
    assert value(table, "offered", "channel_interval", channel="phone", interval="09:00") == 7
    assert value(table, "average_handling_time_s", "team", team="clerks") == 112.5
    assert value(table, "mean_desk_time_s", "team", team="desk") == 30
    assert value(table, "average_speed_of_answer_s", "reason", reason="bill") == 30
    assert value(table, "longest_wait_s", "reason", reason="fault") == 40


def test_groups_of_one_breakdown_add_up_to_the_whole():
    table = table_of()
    counts = [m for m in measures_of(handmade.plan()) if m.denominator == ("one",)]

    for m in counts:
        for by in m.groups:
            rows = (table["measure"] == m.name) & (table["by"] == by)
            if by != "team" or m.name in ("wages", "paid_h", "handled"):
                assert table["numerator"][rows].sum() == pytest.approx(value(table, m.name)), (m.name, by)


def test_offered_contacts_are_the_sum_of_all_ways_to_end():
    table = table_of()
    ends = ("answered", "abandoned", "balked", "blocked", "contained", "closed", "turned_away", "disconnected", "message_left",
            "callback_promised", "told_to_come_back", "open")  # fmt: skip

    for interval in ("09:00", "23:00"):
        offered = value(table, "offered", "interval", interval=interval)
        assert offered == sum(value(table, name, "interval", interval=interval) for name in ends)


def test_service_level_of_an_empty_interval_is_1_and_other_ratios_have_no_data():
    table = table_of()

    assert value(table, "service_level", "interval", formula="answered_of_offered", interval="03:00") == 1.0
    assert math.isnan(value(table, "service_level", "segment", formula="answered_of_offered", segment="private")) is False
    assert math.isnan(value(table, "average_speed_of_answer_s", "interval", interval="03:00"))
    assert math.isnan(value(table, "service_level", "channel", formula="answered_of_offered", channel="counter"))


def test_occupancy_of_a_team_by_interval_counts_time_where_it_lies():
    table = table_of()

    assert value(table, "occupancy", "team_interval", team="clerks", interval="09:00") == pytest.approx(450 / (4 * 3600))
    assert value(table, "agents_on_duty", "team_interval", team="clerks", interval="10:00") == pytest.approx((7200 - 900 + 7200) / 7200)
    assert value(table, "overtime_h", "interval", interval="17:00") == pytest.approx(1 / 6)
    assert value(table, "mean_waiting", "interval", interval="09:00") == pytest.approx(160 / 7200)
    assert value(table, "mean_waiting", "channel", channel="counter") == pytest.approx(600 / (2 * DAY))


def test_contacts_cases_and_time_of_the_warm_up_are_left_out_of_the_measures():
    layout = layout_of(handmade.plan(warm_up_s=DAY), NAMES, TERMS)
    table = table_of(layout=layout)

    assert value(table, "offered") == 2
    assert value(table, "cases") == 1
    assert value(table, "offered_per_day") == 2
    assert value(table, "agents_on_duty") == pytest.approx((29400 + 28800 + 28800) / DAY)
    assert value(table, "mean_waiting") == pytest.approx(630 / DAY)
    assert value(table, "wages") == pytest.approx(320 + 5 + 80)


def test_waits_still_going_on_at_the_end_are_left_out_of_waits_and_counted_as_open():
    table = table_of()

    assert value(table, "longest_wait_s") == 90
    assert value(table, "open", "channel", channel="counter") == 1


def test_who_is_sent_home_by_the_reception_has_waited_in_no_line():
    from servsim.rules.codes import Outcome

    rows = handmade.contacts(handmade.gone(1, T, T, Outcome.TOLD_TO_COME_BACK, queued_s=T), handmade.gone(2, T, T + 9, Outcome.TURNED_AWAY, queued_s=T))
    table = table_of(rows)

    assert value(table, "mean_wait_s") == 9


def test_an_empty_log_has_counts_of_zero_and_no_data_elsewhere():
    table = table_of(handmade.contacts())

    assert value(table, "offered") == 0
    assert math.isnan(value(table, "mean_wait_s"))
    assert math.isnan(value(table, "median_wait_s"))
    assert value(table, "occupancy") == 0


def test_a_promised_call_counts_apart_and_leaves_speed_of_answer_alone():
    from servsim.rules.codes import Entry, NextStep, Outcome, Solved

    rows = handmade.contacts(
        handmade.served(1, 2, T, T + 5, T + 65, T + 65, outcome=Outcome.MESSAGE_LEFT, solved=Solved.NOT_SERVED, next_step=NextStep.CALL_BACK, next_row=1),
        handmade.served(1, 0, T + 65, T + 3665, T + 3700, T + 3710, entry=Entry.CALL_BACK, leg_kind=1),
    )
    table = table_of(rows)

    assert (value(table, "offered"), value(table, "answered"), value(table, "message_left")) == (1, 0, 1)
    assert (value(table, "call_backs"), value(table, "call_backs_answered"), value(table, "mean_call_back_wait_s")) == (1, 1, 3600)
    assert value(table, "mean_wait_s") == 5
    assert value(table, "average_handling_time_s") == 45
    assert value(table, "cases_solved") == 1
    assert value(table, "waited_per_case_s") == 5
    assert math.isnan(value(table, "average_speed_of_answer_s"))


def test_cases_gather_the_contacts_of_one_need():
    cases = cases_of(NINE)

    assert cases.root.tolist() == [10, 11, 12, 13, 14, 15, 16]
    assert cases.contacts.tolist() == [1, 2, 2, 1, 1, 1, 1]
    states = CaseState.SOLVED, CaseState.GIVEN_UP, CaseState.SOLVED, CaseState.SOLVED, CaseState.GIVEN_UP, CaseState.GIVEN_UP, CaseState.OPEN
    assert cases.state.tolist() == list(states)
    assert cases.closed_s[:3].tolist() == [T + 100, DAY + T + 60, T + 1060]
    assert np.isnan(cases.closed_s[6])
    assert cases.waited_s.tolist() == [0, 30, 40, 90, 0, 0, 0]
    assert cases.in_vain.tolist() == [0, 1, 0, 0, 0, 0, 0]


def test_cases_of_different_lineage_are_different_cases():
    rows = handmade.contacts({"root": 3, "lineage": 0}, {"root": 3, "lineage": 2**63 + 5}, {"root": 3, "lineage": 0}, {"root": 2})

    cases = cases_of(rows)

    assert cases.first.tolist() == [0, 1, 3]
    assert cases.contacts.tolist() == [2, 1, 1]


def test_customers_add_up_their_cases():
    customers = customers_of(NINE, cases_of(NINE), np.zeros(0, int), handmade.plan())

    assert customers.customer.tolist() == [5, 9]
    assert customers.contacts.tolist() == [3, 2]
    assert customers.cases.tolist() == [2, 1]
    assert customers.solved.tolist() == [1, 1]
    assert customers.in_vain.tolist() == [1, 0]
    assert customers.waited_s.tolist() == [30, 40]


def test_an_agents_day_runs_without_gaps_through_what_the_agent_did():
    day = agent_day(handmade.log(NINE), handmade.plan())
    first = day.agent == 0
    S = AgentState

    assert list(zip(day.from_s[first] - T, day.state[first], day.contact[first], strict=True))[:13] == [
        (-T, S.OFF, -1), (0, S.SEARCH, 0), (10, S.TALK, 0), (100, S.WRAP_UP, 0), (120, S.TALK, 3), (180, S.WRAP_UP, 3), (200, S.IDLE, -1),
        (3600, S.BREAK, -1), (4500, S.IDLE, -1), (28800, S.OFF, -1), (DAY, S.IDLE, -1), (DAY + 28800, S.OVERTIME, -1), (DAY + 29400, S.OFF, -1),
    ]  # fmt: skip
    for agent in range(3):
        own = day.agent == agent
        assert day.from_s[own][0] == 0.0
        assert day.to_s[own][-1] == 2 * DAY
        assert np.array_equal(day.to_s[own][:-1], day.from_s[own][1:])


def test_a_contact_of_no_length_leaves_no_stretch_and_no_trace_in_the_next():
    rows = handmade.contacts(
        handmade.served(1, 0, T, T, T + 30, T + 30), handmade.served(2, 0, T, T + 30, T + 90, T + 90), handmade.served(3, 0, T, T + 30, T + 30, T + 30)
    )

    day = agent_day(handmade.log(rows), handmade.plan())

    assert day.contact[(day.from_s >= T) & (day.to_s <= T + 90)].tolist() == [0, 1]


def test_a_contact_in_hand_at_the_end_keeps_its_agent_busy_until_the_horizon():
    rows = handmade.contacts({"root": 1, "channel": 1, "agent": 0, "arrived_s": 2 * DAY - 100, "queued_s": 2 * DAY - 100, "answered_s": 2 * DAY - 60, "search_s": 10.0})

    day = agent_day(handmade.log(rows, [(0, 2 * DAY - 200, 1)]), handmade.plan())

    assert day.state[day.agent == 0].tolist() == [AgentState.OFF, AgentState.IDLE, AgentState.SEARCH, AgentState.TALK]
    assert day.to_s[day.agent == 0][-1] == 2 * DAY


def test_littles_law_holds_over_a_run_that_begins_and_ends_empty():
    law = littles_law({name: column[:8] for name, column in NINE.items()}, 2 * DAY)

    assert law.mean_waiting == pytest.approx(160 / (2 * DAY))
    assert law.mean_wait_s == pytest.approx(160 / 6)
    assert law.gap == pytest.approx(0.0, abs=1e-12)


def test_stretches_are_shared_out_to_the_intervals_they_cross():
    grid = Grid(bins=4, length_s=10.0, from_s=5.0)
    from_s, to_s, owner = np.array([0.0, 12.0, 38.0]), np.array([25.0, 12.0, 99.0]), np.array([0, 0, 1])

    assert seconds_in_bins(from_s, to_s, owner, 2, grid).tolist() == [5, 10, 5, 0, 0, 0, 0, 2]
    assert number_at_starts(from_s, to_s, owner, 2, grid).tolist() == [1, 1, 1, 0, 0, 0, 0, 0]


def test_measures_agree_with_a_plain_loop_over_many_contacts():
    """A second, slow way to the same numbers: no group, no bincount."""
    random = np.random.default_rng(7)
    rows = []
    for number in range(400):
        arrived = float(random.integers(0, int(2 * DAY) - 4000))
        wait = float(random.integers(0, 60))
        if random.random() < 0.7:
            rows.append(handmade.served(number, int(random.integers(0, 3)), arrived, arrived + wait, arrived + wait + 50, arrived + wait + 60))
        else:
            rows.append(handmade.gone(number, arrived, arrived + wait, handmade.Outcome.ABANDONED, queued_s=arrived))
    table = table_of(handmade.contacts(*rows))

    for hour in range(24):
        mine = [r for r in rows if int(r["arrived_s"] % DAY // 3600) == hour]
        ended = [r.get("answered_s", r["ended_s"]) - r["arrived_s"] for r in mine]
        in_time = sum(r["answered_s"] - r["arrived_s"] <= 20 for r in mine if "answered_s" in r)
        clock = f"{hour:02d}:00"
        assert value(table, "offered", "interval", interval=clock) == len(mine)
        assert value(table, "service_level", "interval", formula="answered_of_offered", interval=clock) == pytest.approx(in_time / len(mine) if mine else 1)
        for name, share in (("median_wait_s", 50), ("p90_wait_s", 90), ("longest_wait_s", 100)):
            assert value(table, name, "interval", interval=clock) == pytest.approx(np.percentile(ended, share) if mine else math.nan, nan_ok=True)


def test_promises_on_waiting_and_prices_come_from_the_scenario_in_the_order_of_the_plan():
    from servsim.measure.terms import terms_of
    from servsim.scenario.language import Channel, Scenario, ServiceLevel, Team

    scenario = Scenario(
        channels={
            "phone": Channel(service_level=ServiceLevel(within=45.0, formula="within_of_offered"), cost_per_minute=0.1),
            "counter": Channel(service_level=ServiceLevel(within=600.0)),
        },
        reasons={}, teams={"desk": Team(wage=12.0, overtime_pay=2.0), "clerks": Team(wage=18.0)}, currency="PLN",
    )  # fmt: skip
    terms = terms_of(scenario, NAMES)

    assert terms.within_s.tolist() == [600.0, 45.0]
    assert terms.formulas == ("answered_of_offered", "within_of_offered")
    assert terms.line_cost_per_min.tolist() == [0.0, 0.1]
    assert terms.wage_per_h.tolist() == [18.0, 12.0]
    assert terms.overtime_factor.tolist() == [1.5, 2.0]
    assert (terms.currency, terms.start) == ("PLN", scenario.calendar.start)


def test_a_contact_is_measured_in_less_than_3_microseconds():
    import time

    count, per_day = 200_000, 100_000
    random = np.random.default_rng(3)
    rows = {name: np.full(count, new, np.dtype(code)) for name, code, new, _ in handmade.CONTACT_COLUMNS}
    arrived = np.sort(random.random(count)) * 2 * DAY * 0.9
    wait = random.exponential(20.0, count)
    rows |= {"root": np.arange(count), "channel": np.ones(count, np.int16), "arrived_s": arrived, "queued_s": arrived, "answered_s": arrived + wait}
    rows |= {"ended_s": arrived + wait + 60, "released_s": arrived + wait + 70, "agent": np.arange(count, dtype=np.int32) % 3}
    rows |= {"outcome": np.ones(count, np.int8), "next_step": np.zeros(count, np.int8), "solved": np.ones(count, np.int8)}
    began = time.process_time()

    table = measure(handmade.log(rows), LAYOUT)

    assert (time.process_time() - began) / count < 3e-6
    assert value(table, "offered", "overall") == count == 2 * per_day
