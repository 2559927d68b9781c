"""Customers of a run: where they stand at the start (R48), and how they are brought to its end (R11)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from servsim.draws.name import hash64
from servsim.draws.philox import block, uniform
from servsim.draws.purpose import stream
from servsim.engine.log import CUSTOMER_COLUMNS
from servsim.plan import scores
from servsim.plan.compile import compile_plan
from servsim.plan.day import Days
from servsim.plan.notice import calls_ahead
from servsim.plan.people import at_horizon, never_came, places_in_pool, start_people
from servsim.plan.plan import Plan, as_lists
from servsim.plan.remember import ordinary_churn
from servsim.plan.roster import make_roster
from servsim.plan.settled import POOL, SEED, Settled, settled
from servsim.rules import loyalty as rules
from servsim.rules.clock import DAY_S
from servsim.rules.loyalty import YEAR_S, Memory
from servsim.rules.portable import log, normal_quantile
from servsim.scenario.language import History, Loyalty, Segment
from servsim.scenario.loyalty import PRESETS, memory_of
from servsim.scenario.reader import read

PERSONS = 400
NAMES = tuple(name for name, _, _ in CUSTOMER_COLUMNS)


def world(**sections: Any) -> Any:
    """Return a scenario of two segments of known customers and one that is not known."""
    sections = {
        "calendar": {"days": 28, "hours": {"counter": {"mon-fri": "9:00-17:00"}}},
        "channels": {"counter": None},
        "segments": {
            "firms": {"customers": PERSONS, "own_executive": {"team": "executives"}, "loyalty": {"promised": 10, "churn": "6 %", "history": {"problems": 1}}},
            "passers": {},
            "private": {"customers": PERSONS},
        },
        "reasons": {
            "visit": {"segments": "firms", "talk": "10 min", "asks_for": "own", "cover": "rules", "arrivals": {"per_day": 30}},
            "buy": {"segments": {"passers": 0.5, "private": 0.5}, "talk": "5 min", "arrivals": {"per_day": 10}},
        },
        "teams": {"executives": {"agents": 3}},
        "cover": {"rules": {"away": ["come_back"]}},
        "loyalty": {},
        **sections,
    }  # fmt: skip
    return read({name: section for name, section in sections.items() if section is not None})


def plan_of(**sections: Any) -> Plan:
    """Return the compiled world."""
    return compile_plan(world(**sections)).plan


def memory(preset: str = "evidence") -> Memory:
    """Return the parameters of a preset."""
    return memory_of(Loyalty(preset=preset), Segment())


# ---- the pool


class Life:
    """One customer's place of the pool, by the scalar rules: written apart from the program, with the same draws."""

    def __init__(self, m: Memory, history: History, account: float, extra_call: float, name: str, number: int) -> None:
        self.m, self.history, self.new, self.extra_call = m, history, account, extra_call
        self.k0, self.k1, self.number, self.event = stream(SEED, 0), hash64(f"servsim/settled/{name}"), number, 0
        self.rate = (history.cases + history.problems) / YEAR_S
        self.expected, self.counted = 0.0, False
        self.seen_s = 0.0
        self.begins(self.words(2)[0])

    def words(self, block_number: int) -> list[float]:
        return [uniform(word) for word in block(self.k0, self.k1, self.number, self.event, block_number, 0)]

    def begins(self, u: float) -> None:
        """Somebody new comes."""
        self.account, self.recovery, self.mood, self.failed_s = self.new, math.nan, 0.0, -math.inf
        self.hazard, self.threshold = 0.0, -log(1.0 - u)

    def meets(self, hazard: float, renewal: int) -> None:
        """A hazard is met; he may leave."""
        if self.counted:
            self.expected += rules.chance_of(hazard)
        self.hazard += hazard
        if self.hazard >= self.threshold:
            self.begins(self.words(2)[renewal])
            self.counted = False

    def goes_on(self, now_s: float, renewal: int) -> None:
        """Time passes without a case."""
        hazard = rules.stretch_hazard(self.m, self.account, self.recovery, self.mood, now_s - self.seen_s)
        self.recovery, self.mood = rules.faded(self.m, self.account, self.recovery, self.mood, now_s - self.seen_s)
        self.seen_s = now_s
        self.meets(hazard, renewal)

    def satisfaction(self) -> float:
        return rules.satisfaction(self.m, self.account, self.recovery, self.mood)

    def closes(self, u: list[float], now_s: float) -> None:
        """A case closes: an ordinary one, or a problem."""
        before = self.satisfaction()
        if u[1] < self.history.problems / (self.history.cases + self.history.problems):
            self.has_problem(u[2], now_s)
        else:
            friction = 0.0 if u[2] < self.history.solved_at_first else rules.case_friction(self.m, self.extra_call, DAY_S, 0)
            quality = rules.quality_solved(self.m, rules.ordinary_base(self.m, normal_quantile(u[3]), 0.0), friction)
            self.account = rules.account_after(self.m, self.account, quality)
        self.meets(rules.hazard_of(rules.leaves_at_close(self.m, before, self.satisfaction())), 1)

    def has_problem(self, handled_u: float, now_s: float) -> None:
        m, history, u = self.m, self.history, self.words(1)
        major = int(u[0] < history.major)
        complained = int(u[1] < (m.complain_major if major else m.complain_minor))
        solved = int(complained and handled_u < history.quick + history.slow)
        base = rules.problem_base(m, 0.0, 0.0, 0.0)
        late = rules.case_friction(m, 2 * self.extra_call, 15 * DAY_S, 1)
        quality = rules.quality_solved(m, base, 0.0 if handled_u < history.quick else late) if solved else rules.quality_unsolved(m, base, 0.0, major)
        second = rules.is_second(m, now_s - self.failed_s)
        quality = rules.clip(quality - m.second_problem) if second else quality
        self.mood = rules.mood_after(m, self.mood, quality, solved, complained, major, second, u[2])
        if complained:
            self.recovery = rules.recovery_after(m, self.recovery, quality)
        self.failed_s = now_s

    def lives(self) -> None:
        """Three years: two to settle, one that is counted."""
        due_s = -log(1.0 - self.words(0)[0]) / self.rate
        for until_s, renewal in ((2 * YEAR_S, 2), (3 * YEAR_S, 3)):
            while due_s < until_s:
                self.event += 1
                u = self.words(0)
                self.goes_on(due_s, 0)
                self.closes(u, due_s)
                due_s = due_s - log(1.0 - u[0]) / self.rate
            self.goes_on(until_s, renewal)
            if renewal == 2:
                self.counted, self.expected = True, 0.0


@pytest.mark.parametrize("preset", PRESETS)
def test_the_pool_is_what_the_scalar_rules_make_of_each_customer_bit_for_bit(preset):
    m, history = memory(preset), History(problems=2.0, cases=6.0)
    pool = settled("firms", m, history, 78.0, 15.0)
    leaving = []
    for number in range(0, POOL, 40):
        life = Life(m, history, 78.0, 15.0, "firms", number)
        life.lives()
        leaving.append(life.expected)
        mine = (pool.account[number], pool.recovery[number], pool.mood[number], pool.failed_s[number])
        np.testing.assert_array_equal(mine, (life.account, life.recovery, life.mood, life.failed_s - 3 * YEAR_S))
    assert np.mean(leaving) == pytest.approx(pool.leaving_share, abs=4 * np.std(leaving) / math.sqrt(len(leaving)))


def satisfaction_of(pool: Settled, m: Memory) -> np.ndarray[Any, Any]:
    """Return S of everybody in a pool."""
    return scores.satisfaction(m, pool.account, pool.recovery, pool.mood)


def test_the_pool_has_settled_and_a_further_year_changes_nothing(monkeypatch):
    """The mean of S after three years and after four differs by less than three standard errors (of a pair of pools)."""
    m = memory()
    three = satisfaction_of(settled("firms", m, History(), 75.0, 15.0), m)
    settled.cache_clear()
    monkeypatch.setattr("servsim.plan.settled.LONG_ENOUGH_S", 3.0 * YEAR_S)
    four = satisfaction_of(settled("firms", m, History(), 75.0, 15.0), m)
    settled.cache_clear()

    assert not np.array_equal(three, four)
    assert abs(np.mean(four) - np.mean(three)) < 3.0 * math.sqrt((np.var(three) + np.var(four)) / POOL)


def test_who_starts_fresh_is_not_where_ordinary_service_leads():
    """Correction 5: beginning with 75, no mood and no problem, the baseline itself falls by more than a point."""
    m = memory()

    assert np.mean(satisfaction_of(settled("firms", m, History(), 75.0, 15.0), m)) < 74.0


def test_the_pool_is_where_the_design_s_script_ended_when_ordinary_cases_are_never_late():
    """That script had 75.9 to 76.8 for the account, 8.6 % leavers with half a problem a year, 5.3 % of a quiet steady customer.

    A pool of 2,000 knows the share to 0.7 points (3 se); people differ, so that its quiet ones leave a little more often.
    """
    m = memory()._replace(late_points=0.0)
    usual, quiet = settled("firms", m, History(), 75.0, 15.0), settled("firms", m, History(problems=0.0), 75.0, 15.0)

    assert np.mean(usual.account) == pytest.approx(76.4, abs=0.7)
    assert usual.leaving_share == pytest.approx(0.086, abs=0.007)
    assert quiet.leaving_share == pytest.approx(0.056, abs=0.005)


def test_a_day_s_lateness_of_ordinary_cases_costs_two_points_of_the_account():
    late, prompt = (settled("firms", m, History(), 75.0, 15.0) for m in (memory(), memory()._replace(late_points=0.0)))

    assert np.mean(prompt.account) - np.mean(late.account) == pytest.approx(2.1, abs=0.4)
    assert prompt.leaving_share < late.leaving_share


def test_who_is_never_in_touch_leaves_as_his_account_says():
    m = memory()

    assert settled("firms", m, History(cases=0.0, problems=0.0), 75.0, 15.0).leaving_share == pytest.approx(m.leaving * rules.unlikely_to_buy(m, 75.0), abs=1e-9)


def test_ordinary_churn_rises_with_problems_and_with_the_leaving_factor():
    m = memory()
    by_problems = [settled("firms", m, History(problems=problems), 75.0, 15.0).leaving_share for problems in (0.0, 0.5, 2.0)]
    by_leaving = [settled("firms", m._replace(leaving=leaving), History(), 75.0, 15.0).leaving_share for leaving in (0.2, 0.45, 0.9)]

    assert by_problems == sorted(by_problems)
    assert by_leaving == sorted(by_leaving)
    assert ordinary_churn(world(), "firms") == settled("firms", m, History(problems=1.0), 85.0, 15.0).leaving_share


# ---- the start


def test_everybody_starts_as_one_of_the_settled_pool_of_his_segment():
    plan = plan_of()
    people = start_people(plan, 7, 0)

    assert plan.remembers == 1 and len(plan.memory) == 3
    assert set(people) == {name for name, _, _ in CUSTOMER_COLUMNS} | {"segment", "wants_human_u"}
    assert list(np.bincount(people["segment"], minlength=3)) == [PERSONS, 0, PERSONS]
    for number in (0, 2):
        pool = plan.start_account[plan.start_offset[number] : plan.start_offset[number + 1]]
        mine = people["account"][people["segment"] == number]
        assert len(pool) == POOL and set(mine) <= set(pool)
        assert len(set(mine)) > PERSONS / 2
    assert (people["hazard"] == 0.0).all() and np.isnan(people["lost_s"]).all() and (people["failed_s"] < 0.0).all()
    assert np.mean(people["threshold"]) == pytest.approx(1.0, abs=4 / math.sqrt(2 * PERSONS))


def test_a_customer_starts_the_same_whatever_segments_there_are_and_anew_in_another_replication():
    plan, more = plan_of(), plan_of(segments={"firms": {"customers": PERSONS, "own_executive": {"team": "executives"}, "loyalty": {"promised": 10, "history": {"problems": 1}}}, "passers": {"customers": 5}, "private": {"customers": PERSONS}})
    one, other, third = start_people(plan, 7, 0), start_people(more, 7, 0), start_people(plan, 7, 1)

    np.testing.assert_array_equal(one["account"][:PERSONS], other["account"][:PERSONS])
    np.testing.assert_array_equal(one["threshold"][-PERSONS:], other["threshold"][-PERSONS:])
    assert not np.array_equal(one["account"], third["account"])


def test_nobody_remembers_without_loyalty_or_without_persons():
    for sections in ({"loyalty": None}, {"segments": {"firms": {}, "passers": {}, "private": {}}, "reasons": {"buy": {"segments": "passers", "talk": "5 min", "arrivals": {"per_day": 1}}}}):
        plan = plan_of(**sections)
        assert (plan.remembers, plan.memory, start_people(plan, 1, 0)) == (0, (), {})
        assert plan.start_offset.tolist() == [0, 0, 0, 0] and not plan.start_account.size
        assert (plan.complaint_queue, plan.recovery_queue) == (-1, -1)
        assert (Days(plan, 1, 0).draw(0).noise_u == 0.5).all()


# ---- the horizon


def lived(plan: Plan, seed: int = 3) -> dict[str, np.ndarray[Any, Any]]:
    """Return customers as engines may leave them: seen at various times, in various moods, near their thresholds, some lost."""
    random = np.random.default_rng(seed)
    people = {name: column for name, column in start_people(plan, 5, 0).items() if name not in ("segment", "wants_human_u")}
    number = len(people["account"])
    people["seen_s"] = random.uniform(0.0, plan.horizon_s, number)
    people["seen_s"][:20] = plan.horizon_s
    people["hazard"] = people["threshold"] * random.choice([0.1, 0.999, 0.99999], number)
    people["mood"] = random.choice([0.0, -7.0, -43.0, 10.0], number)
    people["recovery"] = np.where(random.random(number) < 0.5, np.nan, random.uniform(0.0, 100.0, number))
    people["recovery"][40:60] = people["account"][40:60]
    people["lost_s"] = np.where(random.random(number) < 0.1, people["seen_s"], np.nan)
    return people


def test_customers_are_brought_to_the_horizon_by_the_scalar_rules_bit_for_bit():
    plan = plan_of()
    before = lived(plan)
    after = at_horizon(plan, before)
    segment = start_people(plan, 5, 0)["segment"]
    lost = 0
    for who in range(2 * PERSONS):
        was = {name: float(column[who]) for name, column in before.items()}
        if math.isnan(was["lost_s"]):
            m, stretch_s = plan.memory[segment[who]], plan.horizon_s - was["seen_s"]
            hazard = rules.stretch_hazard(m, was["account"], was["recovery"], was["mood"], stretch_s)
            was["expected"] += rules.chance_of(hazard)
            if was["hazard"] + hazard >= was["threshold"]:
                was["lost_s"] = was["seen_s"] + stretch_s * ((was["threshold"] - was["hazard"]) / hazard)
                lost += 1
            was["hazard"] += hazard
            was["recovery"], was["mood"] = rules.faded(m, was["account"], was["recovery"], was["mood"], stretch_s)
            was["seen_s"] = plan.horizon_s
        np.testing.assert_array_equal([float(after[name][who]) for name in was], list(was.values()))
    assert lost > 10
    assert (after["lost_s"][~np.isnan(after["lost_s"])] <= plan.horizon_s).all()


def test_those_who_never_came_are_brought_to_the_horizon_by_what_is_known_of_their_like_bit_for_bit():
    plan, place = plan_of(), places_in_pool(plan_of(), 5, 0)
    before, came = {name: column for name, column in start_people(plan, 5, 0).items() if name in NAMES}, lived(plan)
    some = np.random.default_rng(2).random(2 * PERSONS) < 0.3
    before = {name: np.where(some, came[name], column) for name, column in before.items()}
    near = np.flatnonzero(~some)[:PERSONS]  # of whom many reach their threshold within the run
    before["threshold"][near] = np.random.default_rng(3).random(PERSONS) * 0.01

    each, known = at_horizon(plan, before), at_horizon(plan, before, place)

    for name in NAMES:
        np.testing.assert_array_equal(each[name].view(np.int64), known[name].view(np.int64), err_msg=name)
    assert np.isnan(before["lost_s"][near]).all() and 10 < np.count_nonzero(~np.isnan(each["lost_s"][near])) < PERSONS
    assert 0 < len(never_came(plan, before, place)) <= np.count_nonzero(~some)


def test_bringing_to_the_horizon_changes_nothing_that_was_given_and_nothing_a_second_time():
    plan = plan_of()
    before = lived(plan)
    kept = {name: column.copy() for name, column in before.items()}
    once = at_horizon(plan, before)
    twice = at_horizon(plan, once)

    for name in before:
        np.testing.assert_array_equal(before[name], kept[name])
        np.testing.assert_array_equal(once[name], twice[name])


def test_the_mean_expected_is_the_mean_number_lost():
    """Over four years from the pool, nobody in touch: both estimate the same, the first with far less noise."""
    plan = plan_of(calendar={"days": 1460, "hours": {"counter": {"mon-fri": "9:00-17:00"}}})
    differences, noise = [], []
    for replication in range(8):
        people = start_people(plan, 11, replication)
        end = at_horizon(plan, {name: people[name] for name, _, _ in CUSTOMER_COLUMNS})
        differences.append(np.mean(end["expected"]) - np.mean(~np.isnan(end["lost_s"])))
        noise.append(np.std(end["expected"]) < np.std(~np.isnan(end["lost_s"])) / 2)

    # One step only, so the chance of the step is the chance to be lost: no bias at all.
    assert abs(np.mean(differences)) < 3.5 * math.sqrt(0.25 / (8 * 2 * PERSONS))
    assert all(noise)


# ---- calls ahead (R33)

COURSE = {"course": {"team": "executives", "agents": [1, 2], "on": ["2026-03-09", "2026-03-10"], "hours": "9:00-13:00", "notice": {"team": "executives", "share": "80 %", "at": "10:00"}}}


def calls(plan: Plan) -> list[Any]:
    """Return the calls ahead of a replication."""
    return calls_ahead(plan, Days(plan, 7, 0), make_roster(as_lists(plan), 7, 0))


def test_those_who_would_come_while_their_executive_is_away_are_called_on_the_open_day_before():
    """Monday the 9th is called on Friday the 6th (day 4), Tuesday the 10th on Monday; both at 10:00, four of five."""
    plan = plan_of(absences=COURSE)
    found = calls(plan)
    would = []
    for number in (7, 8):
        day = Days(plan, 7, 0).draw(number)
        hit = (day.owner >= 0) & (day.owner <= 1) & (day.arrived_s < number * DAY_S + 13 * 3600)
        would += day.root[hit].tolist()

    assert {call.due_s for call in found if call.day == 7} == {4 * DAY_S + 36_000.0}
    assert {call.due_s for call in found if call.day == 8} == {7 * DAY_S + 36_000.0}
    assert {call.root for call in found} <= set(would)
    assert len(found) / len(would) == pytest.approx(0.8, abs=0.25)
    assert found == sorted(found, key=lambda call: (call.due_s, call.root))


def test_a_call_knows_whom_it_is_about_and_when_he_would_come_instead():
    """Away on Monday and Tuesday mornings only, so present on both days by the plan: the next open day it is."""
    plan = plan_of(absences=COURSE)
    for call in calls(plan):
        day = Days(plan, 7, 0).draw(call.day)
        assert (day.root[call.number], day.owner[call.number], day.customer[call.number]) == (call.root, call.owner, call.customer)
        assert call.moved_s == call.arrived_s + DAY_S


def test_nobody_is_called_ahead_of_the_first_day_or_of_an_illness():
    first = {"course": {**COURSE["course"], "on": ["2026-03-02"]}}
    ill = {"flu": {"team": "executives", "chance": "50 %"}}

    assert calls(plan_of(absences=first)) == []
    assert calls(plan_of(absences=ill)) == []


def test_an_absence_till_the_end_moves_nobody_to_a_later_day():
    away = {"course": {**COURSE["course"], "on": [f"2026-03-{day:02}" for day in range(9, 30)], "hours": "9:00-17:00"}}

    assert {call.moved_s for call in calls(plan_of(absences=away))} == {math.inf}


# ---- other columns


def test_learning_begins_when_the_first_course_ends_and_stays_with_those_who_took_it():
    one = {"team": "executives", "agents": [1], "on": ["2026-03-04", "2026-03-05"], "hours": "9:00-12:00", "teaches": {"solved": 0.04, "speed": 1.1}}
    other = {"team": "executives", "agents": [1, 2], "on": ["2026-03-06"], "hours": "9:00-12:00", "teaches": {"solved": 0.5}}
    plan = plan_of(absences={"one": one, "other": other})

    assert plan.learnt_s.tolist() == [3 * DAY_S + 43_200.0, 4 * DAY_S + 43_200.0, math.inf]
    assert plan.learnt_solved.tolist() == [0.04, 0.5, 0.0]
    assert plan.learnt_speed.tolist() == [1.1, 1.0, 1.0]


def test_links_complaints_and_recovery_have_their_columns():
    reasons = {
        "visit": {"segments": "firms", "talk": "10 min", "asks_for": "own", "cover": "rules", "arrivals": {"per_day": 30}, "leads_to": {"fault": {"share": "30 %", "delay": "2 days"}, "buy": {}}},
        "fault": {"segments": "firms", "talk": "5 min", "problem": "yes", "major": "40 %", "claim": 100, "claim_spread": 0.5},
        "buy": {"segments": {"firms": 0.2, "private": 0.8}, "talk": "5 min"},
    }  # fmt: skip
    plan = plan_of(
        reasons=reasons, teams={"executives": {"agents": 3, "authority": 50, "courtesy": 2, "lacks": ["buy"]}, "clerks": {"agents": 1}},
        complaints={"team": "executives", "solved": "80 %"}, recovery={"team": "clerks", "goodwill": 10},
    )  # fmt: skip

    assert plan.link_offset.tolist() == [0, 0, 0, 2]
    assert plan.link_reason.tolist() == [0, 1] and plan.link_share.tolist() == [1.0, 0.3]
    assert plan.link_hash == (hash64("visit/buy"), hash64("visit/fault"))
    assert plan.problem.tolist() == [0, 1, 0] and plan.major.tolist() == [0.3, 0.4, 0.3]
    assert plan.claim_law[0] == plan.claim_law[2] == -1 and plan.claim_law[1] >= 0
    assert np.isnan(plan.authority[0]) and plan.authority[1] == 50.0 and plan.courtesy.tolist() == [0.0, 2.0]
    assert 0 <= plan.complaint_queue < plan.shared_queues and 0 <= plan.recovery_queue < plan.shared_queues
    sees = plan.sees_queue.reshape(4, plan.shared_queues)
    assert sees[:, plan.complaint_queue].tolist() == [0, 1, 1, 1] and sees[:, plan.recovery_queue].tolist() == [1, 0, 0, 0]
    assert (plan.complaint_solved, plan.goodwill, plan.recovery_solved, plan.friction.extra_visit) == (0.8, 10.0, 0.7, 20.0)
