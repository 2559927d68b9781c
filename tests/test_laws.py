"""The laws of the model, on every engine: what must hold of any log, and what must not change when something else does.

R numbers are those of docs/rules.md. Laws about errors (law 6) stand with the reader's tests, Erlang and the others
(law 2, second half) in ``test_reference_cases.py``.
"""

from __future__ import annotations

import copy
import importlib
import math
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import shuffled, valid_scenarios

from servsim.draws.name import strip_reason
from servsim.engine.log import CONTACT_COLUMNS, PRESENCE_OVERTIME, RunLog
from servsim.errors import ScenarioError
from servsim.plan.compile import Compiled, compile_plan
from servsim.plan.day import Days
from servsim.plan.plan import Plan, as_lists
from servsim.plan.roster import make_roster
from servsim.rules.codes import BY_FIRM, ChannelKind, Cover, Entry, NextStep, Outcome, Solved, StaffState
from servsim.scenario.check import refuse_bad
from servsim.scenario.reader import load, read

Data = dict[str, Any]
Engine = Callable[[Plan, int, int], RunLog]

DAY_S = 86_400.0
NEVER_IN = (Outcome.BALKED, Outcome.BLOCKED, Outcome.CLOSED, Outcome.LOST_DEMAND)
"""Outcomes of contacts that held no line and no place."""
ENGINES = ["simpy", "loop", "compiled"]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Every engine there is."""
    return engine_named(request.param)


def engine_named(name: str) -> Engine:
    module = importlib.import_module({"simpy": "servsim.engine.simpy_engine"}.get(name, f"servsim.engine.{name}"))
    return module.simulate  # type: ignore[no-any-return]


property_test = settings(max_examples=int(os.environ.get("LAW_EXAMPLES", "10")), deadline=None, suppress_health_check=list(HealthCheck))


# ---- worlds


def busier(data: Data) -> Data:
    """Return a world with many more people, more of whom come again, and with its executives away for some time."""
    more = copy.deepcopy(data)
    for reason in more["reasons"].values():
        reason["arrivals"] = scaled(reason["arrivals"], 8.0)
        if "unsolved" in reason:
            reason |= {"solved": 0.4, "unsolved": {**reason["unsolved"], "returns": "80 %"}}
    for segment in more["segments"].values():
        if "own_executive" in segment:
            more["absences"] = {"course": {"team": segment["own_executive"]["team"], "agents": "50 %", "hours": "9:30-11:00"}}
    return more


def scaled(arrivals: Data, share: float) -> Data:
    """Return arrivals with all rates multiplied."""
    rates = arrivals.get("per_hour", arrivals.get("per_day"))
    less = {at: rate * share for at, rate in rates.items()} if isinstance(rates, dict) else rates * share
    return {**arrivals, "per_hour" if "per_hour" in arrivals else "per_day": less}


any_world = st.one_of(valid_scenarios(), valid_scenarios().map(busier))
"""Quiet worlds and busy ones, over the whole language."""


@cache
def phone_shop(days: int = 5) -> Compiled:
    """The phone shop, shortened."""
    return world_with({}, days)


def world_with(change: Data, days: int = 5) -> Compiled:
    """The phone shop, shortened and changed."""
    return compile_plan(load("phone_shop", {"calendar.days": days, **change}))


@cache
def shop_log(name: str, days: int = 5, seed: int = 1) -> RunLog:
    return engine_named(name)(phone_shop(days).plan, seed, 0)


def compiled(data: Data, overrides: Any = ()) -> Compiled:
    """Compile plain data; a scenario that does not check is not tested."""
    scenario = read(copy.deepcopy(data), None, overrides)
    try:
        refuse_bad(scenario)
    except ScenarioError:
        assume(False)
    return compile_plan(scenario)


def traced(tmp_path: Path, rows: list[str], agents: int, **more: Any) -> Compiled:
    """One line with recorded arrivals: time, talk_s, patience_s."""
    (tmp_path / "calls.csv").write_text("date,time,talk_s,patience_s\n" + "".join(f"2026-03-02,{row}\n" for row in rows), encoding="utf-8")
    data = {
        "calendar": {"days": 1},
        "channels": {"phone": {}},
        "reasons": {"call": {"arrivals": {"trace": "calls.csv"}, "talk": "1 min"}},
        "teams": {"agents": {"agents": agents}},
        **more,
    }
    return compile_plan(read(data, tmp_path))


def log_bytes(log: RunLog) -> bytes:
    """Every column of a log as bytes, NaNs and all."""
    columns = [log.contacts[name] for name, *_ in CONTACT_COLUMNS] + [log.presence[name] for name in sorted(log.presence)]
    return b"".join(str(column.dtype).encode() + column.tobytes() for column in columns)


# ---- law 1: what holds of every log


def broken_laws(plan: Plan, log: RunLog) -> list[str]:
    """Return a sentence for each way in which a log breaks law 1."""
    rules = (times_in_order, outcomes_fit, nobody_vanishes, lines_suffice, busy_means_full, one_at_a_time, agents_are_there, patience_is_kept)
    return [f"{rule.__name__}: {count} rows" for rule in rules if (count := int(np.count_nonzero(rule(plan, log.contacts, log))))]


def times_in_order(plan: Plan, c: Data, log: RunLog) -> Any:
    """Nobody is queued before arriving, answered before queued, gone before answered, released before gone."""
    wrong = np.isnan(c["arrived_s"]) | (c["arrived_s"] < 0.0) | (c["arrived_s"] >= plan.horizon_s)
    names = ("arrived_s", "queued_s", "answered_s", "ended_s", "released_s")
    for at, earlier in enumerate(names):
        for later in names[at + 1 :]:
            wrong |= c[later] < c[earlier]
    return wrong


def outcomes_fit(plan: Plan, c: Data, log: RunLog) -> Any:
    """Each contact ended in exactly one of the ways of R40, and its times say the same."""
    outcome, is_open = c["outcome"], c["outcome"] == Outcome.OPEN
    wrong = ~np.isin(outcome, [int(each) for each in Outcome])
    wrong |= is_open != np.isnan(c["ended_s"])
    wrong |= (outcome == Outcome.ANSWERED) & (np.isnan(c["answered_s"]) | (c["agent"] < 0) | (c["solved"] == Solved.NOT_SERVED))
    unserved = (Outcome.ABANDONED, *NEVER_IN, Outcome.CONTAINED, Outcome.TURNED_AWAY, Outcome.DISCONNECTED)
    wrong |= np.isin(outcome, unserved) & (~np.isnan(c["answered_s"]) | (c["agent"] >= 0))
    wrong |= np.isin(outcome, NEVER_IN) & ((c["ended_s"] != c["arrived_s"]) | ~np.isnan(c["queued_s"]))
    wrong |= is_open != (c["next_step"] == NextStep.UNDECIDED)
    return wrong | ((c["agent"] >= 0) != ~np.isnan(c["answered_s"]))


def nobody_vanishes(plan: Plan, c: Data, log: RunLog) -> Any:
    """Every case of the plan comes once; every further contact follows exactly one other of the same case."""
    days = Days(plan, log.seed, log.replication)
    planned = np.sort(np.concatenate([days.draw(day).root for day in range(plan.days)]))
    fresh, notice = c["entry"] == Entry.FRESH, c["entry"] == Entry.NOTICE
    beyond = c["root"][notice & (c["next_step"] == NextStep.COMES_OTHER_DAY) & (c["next_row"] < 0)]  # moved past the end of the run (R33)
    if not np.array_equal(np.sort(np.concatenate((c["root"][fresh], beyond))), planned):
        return np.array([True])
    followed = c["next_row"][c["next_row"] >= 0]
    begins = (fresh & ~np.isin(c["root"], c["root"][notice & (c["next_row"] >= 0)])) | notice | (c["entry"] == Entry.FOLLOW_UP)
    if not np.array_equal(np.sort(followed), np.flatnonzero(~begins)):
        return np.array([True])
    before = np.flatnonzero(c["next_row"] >= 0)
    wrong = (c["root"][before] != c["root"][followed]) | (c["arrived_s"][followed] < c["ended_s"][before])
    closed = np.isin(c["next_step"], (NextStep.NONE, NextStep.GIVES_UP))
    return np.concatenate((wrong, closed & (c["next_row"] >= 0)))


def holds_line(c: Data) -> Any:
    return ~np.isin(c["outcome"], NEVER_IN) & ~np.isin(c["entry"], BY_FIRM)


def lines_suffice(plan: Plan, c: Data, log: RunLog) -> Any:
    """Lines and places never exceed their number; a line is held from arrival to hang-up."""
    found = []
    for channel, capacity in enumerate(plan.channel_capacity):
        rows = np.flatnonzero(holds_line(c) & (c["channel"] == channel))
        end_s = np.where(np.isnan(c["ended_s"][rows]), math.inf, c["ended_s"][rows])
        found.append(0 <= capacity < most_at_once(c["arrived_s"][rows], end_s))
    return np.array(found)


def most_at_once(from_s: Any, to_s: Any) -> int:
    """Return how many stretches there are at most at once; one that ends makes room for one that begins at that instant."""
    moments = np.concatenate((from_s, to_s))
    steps = np.repeat([1, -1], len(from_s))
    return int(np.cumsum(steps[np.lexsort((steps, moments))]).max(initial=0))


def busy_means_full(plan: Plan, c: Data, log: RunLog) -> Any:
    """Who met a busy line met one: as many others held lines then as there are."""
    wrong = []
    for row in np.flatnonzero(c["outcome"] == Outcome.BLOCKED):
        others = holds_line(c) & (c["channel"] == c["channel"][row]) & (c["arrived_s"] <= c["arrived_s"][row])
        held = others & ~(c["ended_s"] < c["arrived_s"][row])
        wrong.append(held.sum() < plan.channel_capacity[c["channel"][row]])
    return np.array(wrong)


def one_at_a_time(plan: Plan, c: Data, log: RunLog) -> Any:
    """No agent serves two at once, wrap-up included, and none serves what he lacks the skill for."""
    rows = np.flatnonzero(c["agent"] >= 0)
    rows = rows[np.lexsort((c["released_s"][rows], c["answered_s"][rows], c["agent"][rows]))]
    same = c["agent"][rows][1:] == c["agent"][rows][:-1]
    twice = same & ~(c["released_s"][rows][:-1] <= c["answered_s"][rows][1:])
    may = np.asarray(plan.may_serve)[c["agent"][rows] * len(plan.asks_own) + c["reason"][rows]]
    wanted = np.isin(c["cover"][rows], (Cover.TEAM,))
    return np.concatenate((twice, wanted & (may == 0)))


def agents_are_there(plan: Plan, c: Data, log: RunLog) -> Any:
    """A contact begins with an agent who is on duty or in overtime at that instant."""
    wrong = []
    presence = log.presence
    for agent in np.unique(c["agent"][c["agent"] >= 0]):
        mine = presence["agent"] == agent
        times, states = presence["time_s"][mine], presence["state"][mine]
        works = np.isin(states, (StaffState.ON, PRESENCE_OVERTIME))
        for at_s in c["answered_s"][c["agent"] == agent]:
            last = np.searchsorted(times, at_s, "right") - 1
            now = works[times == at_s]
            wrong.append(not ((last >= 0 and works[last]) or now.any()))
    return np.array(wrong)


def patience_is_kept(plan: Plan, c: Data, log: RunLog) -> Any:
    """Who gives up has waited as long as his patience, nobody waits longer, and all tries of a leg have the same (R6, R7)."""
    left = np.where(np.isnan(c["answered_s"]), c["ended_s"], c["answered_s"])
    waited = np.where(np.isnan(left), plan.horizon_s, left) - c["queued_s"]
    wrong = waited > c["patience_s"] + 1e-6
    wrong |= (c["outcome"] == Outcome.ABANDONED) & ~(abs(waited - c["patience_s"]) <= 1e-6)
    legs: dict[tuple[int, ...], float] = {}
    for row, name in enumerate(zip(c["root"].tolist(), c["lineage"].tolist(), c["leg_kind"].tolist(), c["leg"].tolist(), strict=True)):
        wrong[row] |= legs.setdefault(name, c["patience_s"][row]) != c["patience_s"][row]
    return wrong


def test_no_contact_is_lost_and_no_agent_serves_two_in_the_phone_shop(engine: Engine) -> None:
    for seed in (1, 2, 3):
        plan = phone_shop(5).plan
        log = engine(plan, seed, 0)
        assert len(log.contacts["root"]) > 1500
        assert not broken_laws(plan, log)


@pytest.mark.parametrize("name", ENGINES)
@property_test
@given(data=any_world, seed=st.integers(0, 1000))
def test_no_contact_is_lost_and_no_agent_serves_two_in_any_world(name: str, data: Data, seed: int) -> None:
    plan, _ = compiled(data)
    assert not broken_laws(plan, engine_named(name)(plan, seed, 0))


def test_a_broken_log_is_noticed() -> None:
    plan = phone_shop(5).plan
    for change, law in (
        (lambda c: c["answered_s"].__setitem__(first(c, Outcome.ANSWERED), -1.0), "times_in_order"),
        (lambda c: c["outcome"].__setitem__(first(c, Outcome.ANSWERED), Outcome.ABANDONED), "outcomes_fit"),
        (lambda c: c["root"].__setitem__(0, 7), "nobody_vanishes"),
        (lambda c: c["ended_s"].__setitem__(slice(None), math.inf), "lines_suffice"),
        (lambda c: c["agent"].__setitem__(np.flatnonzero(c["agent"] >= 0), 0), "one_at_a_time"),
        (lambda c: c["patience_s"].__setitem__(first(c, Outcome.ABANDONED), 1.0), "patience_is_kept"),
    ):
        log = copy.deepcopy(shop_log("simpy"))
        change(log.contacts)
        assert any(said.startswith(law) for said in broken_laws(plan, log)), law


def first(c: Data, outcome: Outcome) -> int:
    return int(np.flatnonzero(c["outcome"] == outcome)[0])


def test_the_counts_of_all_outcomes_add_up_to_the_contacts(engine: Engine) -> None:
    outcome = engine(phone_shop(5).plan, 4, 0).contacts["outcome"]
    counts = {each: int((outcome == each).sum()) for each in Outcome}
    assert sum(counts.values()) == len(outcome)
    assert counts[Outcome.CALLBACK_PROMISED] == 0, "call-back offers are not built yet"
    assert min(counts[each] for each in (Outcome.ANSWERED, Outcome.ABANDONED, Outcome.MESSAGE_LEFT)) > 0


# ---- law 2: Little


def test_every_line_keeps_littles_law(engine: Engine) -> None:
    """People in line, looked at on each full quarter of an hour, are rate of the plan x mean wait, in every line."""
    days, warm_up = 40, 2
    talk = {"exponential": "3 min"}
    data = {
        "calendar": {"days": days + warm_up, "warm_up": f"{warm_up} days", "interval": "24 h"},
        "channels": {"phone": {}, "counter": {}},
        "reasons": {
            "calls": {"channels": "phone", "arrivals": {"per_hour": 10}, "talk": talk, "patience": {"exponential": "20 min"}},
            "firms": {"channels": "phone", "arrivals": {"per_hour": 6}, "talk": talk},
            "visits": {"channels": "counter", "arrivals": {"per_hour": 14}, "talk": talk, "wrap_up": "30 s"},
        },
        "teams": {"phone_team": {"agents": 1}, "all": {"agents": 1}},
        "routes": {
            "calls": {"reasons": ["calls"], "teams": ["phone_team", "all"]},
            "firms": {"reasons": ["firms"], "teams": ["phone_team", "all"], "priority": 1},
            "visits": {"reasons": ["visits"], "teams": ["all"]},
        },
    }
    plan, names = compile_plan(read(data))
    c = engine(plan, 1, 0).contacts
    left = np.where(np.isnan(c["answered_s"]), c["ended_s"], c["answered_s"])
    left[np.isnan(left)] = plan.horizon_s
    looks_s = np.arange(warm_up * 96, plan.days * 96) * 900.0
    for reason, rate_per_h in (("calls", 10), ("firms", 6), ("visits", 14)):
        rows = c["reason"] == names.reasons.index(reason)
        joined, gone = np.sort(c["queued_s"][rows]), np.sort(left[rows])
        seen = (np.searchsorted(joined, looks_s, "right") - np.searchsorted(gone, looks_s, "right")).reshape(-1, 96).mean(axis=1)
        day = (c["arrived_s"] // DAY_S).astype(int)
        count = np.bincount(day[rows], minlength=plan.days)[warm_up:]
        waited_s = np.bincount(day[rows], (left - c["queued_s"])[rows], minlength=plan.days)[warm_up:]
        expected = rate_per_h / 3600.0 * waited_s.sum() / count.sum()
        gaps = seen - rate_per_h / 3600.0 * waited_s / count.mean()
        assert seen.mean() > 0.1
        assert abs(gaps.mean()) <= 4.5 * gaps.std(ddof=1) / math.sqrt(days)  # Student's t with 39 degrees: 1 in 16,000
        assert seen.mean() == pytest.approx(expected, rel=0.15)


# ---- law 3: the same again


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(engine: Engine) -> None:
    plan = phone_shop(5).plan
    assert log_bytes(engine(plan, 1, 0)) == log_bytes(engine(plan, 1, 0))
    others = {log_bytes(engine(plan, seed, replication)) for seed, replication in ((1, 0), (2, 0), (1, 1), (0, 1))}
    assert len(others) == 4


@pytest.mark.parametrize("name", ENGINES)
@property_test
@given(data=any_world, draw=st.data())
def test_the_order_of_keys_is_irrelevant(name: str, data: Data, draw: Any) -> None:
    simulate = engine_named(name)
    other = shuffled(draw.draw, data)
    assert log_bytes(simulate(compiled(data).plan, 1, 0)) == log_bytes(simulate(compiled(other).plan, 1, 0))


def scalars(data: Any, path: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    """Return every single value of plain data with its dotted path; values whose path holds a dot are left out."""
    if isinstance(data, dict):
        return [found for key, each in data.items() if "." not in str(key) for found in scalars(each, (*path, str(key)))]
    return [(".".join(path), data)] if not isinstance(data, (list, type(None))) else []


@pytest.mark.parametrize("name", ENGINES)
@property_test
@given(data=any_world, draw=st.data())
def test_a_decision_that_changes_nothing_gives_the_same_bytes(name: str, data: Data, draw: Any) -> None:
    simulate = engine_named(name)
    values = scalars(data)
    same = dict(draw.draw(st.lists(st.sampled_from(values), min_size=1, max_size=5, unique_by=lambda each: each[0])))
    assert log_bytes(simulate(compiled(data).plan, 1, 0)) == log_bytes(simulate(compiled(data, same).plan, 1, 0))


def test_the_phone_shop_with_its_own_values_is_the_phone_shop(engine: Engine) -> None:
    own = {"teams.clerks.agents": 4, "channels.phone.lines": 8, "reasons.complaint.talk": {"lognormal": {"mean": "480 s", "sd": "336 s"}}}
    same = compile_plan(load("phone_shop", {"calendar.days": 5, **own}))
    assert log_bytes(engine(same.plan, 1, 0)) == log_bytes(engine(phone_shop(5).plan, 1, 0))


# ---- law 4: the same draws for the same case


class Case(NamedTuple):
    """What is drawn of a case before anybody meets it; names in place of numbers."""

    arrived_s: float
    segment: str
    channel: str
    customer: int
    patience_s: float
    menu_s: float
    contained_u: float
    talk_s: float
    search_s: float
    wrap_up_s: float
    solved_u: float


Name = tuple[str, int]
"""Name of a case: its reason's name, and the root without the reason's number."""


def cases_of(world: Compiled, seed: int = 1) -> dict[Name, Case]:
    """Return all cases of a world by name."""
    plan, names = world
    found = {}
    days = Days(plan, seed, 0)
    for number in range(plan.days):
        day = days.draw(number)
        for row in zip(*(column.tolist() for column in day), strict=True):
            each = dict(zip(day._fields, row, strict=True))
            customer = each["customer"] - int(plan.segment_first[each["segment"]]) if each["customer"] >= 0 else -1
            found[names.reasons[each["reason"]], strip_reason(each["root"])] = Case(
                segment=names.segments[each["segment"]],
                channel=names.channels[each["channel"]],
                customer=customer,
                **{name: each[name] for name in Case._fields if name not in ("segment", "channel", "customer")},
            )
    return found


Contact = tuple[str, int, int, int, int, int]


def contacts_of(world: Compiled, log: RunLog) -> dict[Contact, dict[str, Any]]:
    """Return all contacts of a log by name: reason, root without reason, lineage, leg kind, leg, try."""
    c = {name: column.tolist() for name, column in log.contacts.items()}
    found = {}
    for row in range(len(c["root"])):
        each = {name: column[row] for name, column in c.items()}
        key = (world.names.reasons[each["reason"]], strip_reason(each["root"]), each["lineage"], each["leg_kind"], each["leg"], each["try_number"])
        assert key not in found, "two contacts have the same name"
        found[key] = each
    return found


def without_reason(data: Data, gone: str) -> Data:
    """Return data without a reason and without what names it."""
    left = copy.deepcopy(data)
    del left["reasons"][gone]
    for reason in left["reasons"].values():
        if gone in reason.get("leads_to", {}):
            del reason["leads_to"][gone]
    for team in left["teams"].values():
        for each in (team, *(team.get("members") or {}).values()):
            each.get("skills", {}).pop(gone, None)
            if "lacks" in each:
                each["lacks"] = [name for name in each["lacks"] if name != gone]
                if not each["lacks"]:
                    del each["lacks"]
    for name, route in list(left.get("routes", {}).items()):
        if gone in route.get("reasons", []):
            route["reasons"] = [each for each in route["reasons"] if each != gone]
            if not route["reasons"]:
                del left["routes"][name]
    return left


@property_test
@given(data=any_world, draw=st.data())
def test_a_reason_that_goes_leaves_the_draws_of_the_others(data: Data, draw: Any) -> None:
    assume(len(data["reasons"]) > 1)
    gone = draw.draw(st.sampled_from(sorted(data["reasons"])))
    before, after = cases_of(compiled(data)), cases_of(compiled(without_reason(data, gone)))
    assert after == {name: case for name, case in before.items() if name[0] != gone}


@property_test
@given(data=any_world, draw=st.data())
def test_a_team_changes_no_draw(data: Data, draw: Any) -> None:
    other = copy.deepcopy(data)
    team = other["teams"][draw.draw(st.sampled_from(sorted(data["teams"])))]
    if "agents" in team:
        team["agents"] += draw.draw(st.integers(1, 3))
    team["speed"] = 3
    other["teams"]["newcomers"] = {"agents": 2}
    other.setdefault("absences", {})["course"] = {"team": "newcomers", "agents": 1}
    assert cases_of(compiled(data)) == cases_of(compiled(other))


@property_test
@given(data=any_world, share=st.sampled_from((0.0, 0.3, 0.5, 0.99)), draw=st.data())
def test_a_lower_volume_keeps_a_part_of_the_same_cases(data: Data, share: float, draw: Any) -> None:
    name = draw.draw(st.sampled_from(sorted(data["reasons"])))
    other = copy.deepcopy(data)
    other["reasons"][name]["arrivals"] = scaled(other["reasons"][name]["arrivals"], share)
    before, after = cases_of(compiled(data)), cases_of(compiled(other))
    assert after.items() <= before.items()
    assert {each for each in before if each[0] != name} <= set(after)
    if share == 0.0:
        assert not [each for each in after if each[0] == name]


CHANGES: dict[str, Data] = {
    "an agent more": {"teams.phone_agents.head_count": {"9:00": 5, "18:00": 0}},
    "a course": {"absences.course": {"team": "executives", "agents": "80 %", "on": ["2026-03-03"], "hours": "9:00-17:00"}},
    "fewer lines": {"channels.phone.lines": 4},
    "half the walk-ins": {"reasons.walk_in.arrivals.per_day": 55},
    "slower clerks": {"teams.clerks.speed": 0.7},
    "an executive less": {"teams.executives.shifts.day.agents": 5},
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_contacts_have_the_same_draws_under_any_change(change: str, engine: Engine) -> None:
    """Redials and returns, too: whoever contacts in both worlds has the same patience, and the same talk with the same kind of agent."""
    base, other = phone_shop(5), world_with(CHANGES[change])
    a, b = (contacts_of(world, engine(world.plan, 1, 0)) for world in (base, other))
    both = a.keys() & b.keys()
    assert len(both) > 1000
    assert log_bytes(engine(base.plan, 1, 0)) != log_bytes(engine(other.plan, 1, 0))
    assert sum(a[name]["try_number"] > 0 or a[name]["leg"] > 0 for name in both) > 20
    for name in both:
        assert a[name]["patience_s"] == b[name]["patience_s"]
        assert a[name]["customer"] == b[name]["customer"]
        if a[name]["entry"] == Entry.FRESH:
            assert a[name]["arrived_s"] == b[name]["arrived_s"]
        if {a[name]["outcome"], b[name]["outcome"]} == {Outcome.ANSWERED} and "slower" not in change and a[name]["cover"] == b[name]["cover"] == Cover.TEAM:
            assert a[name]["ended_s"] - a[name]["answered_s"] == pytest.approx(b[name]["ended_s"] - b[name]["answered_s"], abs=1e-6)
            assert a[name]["solved"] == b[name]["solved"]


def test_an_executive_who_leaves_moves_only_his_customers() -> None:
    before, after = phone_shop(2), world_with({"teams.executives.shifts.day.agents": 5})
    owner = [np.array([*world.names.agents, ""])[world.plan.owner] for world in (before, after)]
    moved = owner[0] != owner[1]
    assert moved.any()
    assert set(owner[0][moved]) == {"executives/day-6"}
    shares = [np.mean(owner[1][moved] == name) for name in set(owner[1][moved])]
    assert len(shares) == 5 and min(shares) > 0.1, "his customers are spread over all colleagues"


def test_absences_move_no_customer() -> None:
    away = world_with({"absences.course": {"team": "executives", "on": ["2026-03-03"]}})
    assert np.array_equal(phone_shop(5).plan.owner, away.plan.owner)


def test_a_larger_absence_keeps_the_same_people() -> None:
    taken: set[int] = set()
    for share in ("0 %", "17 %", "34 %", "50 %", "67 %", "84 %", "100 %"):
        world = world_with({"absences.illness": {"team": "executives", "agents": share, "on": ["2026-03-03"]}})
        now = set(world.plan.away_agent.tolist())
        assert taken <= now
        assert len(now) == math.floor(float(share[:-2]) / 100.0 * 6 + 0.5)
        taken = now


def test_an_illness_is_the_agents_own() -> None:
    """Who is ill on which day does not depend on colleagues, on other absences or on the length of the run."""

    def ill(change: Data, days: int) -> set[tuple[str, float]]:
        world = world_with({"absences.illness.chance": 0.3, **change}, days)
        roster = make_roster(as_lists(world.plan), 1, 0)
        return {(world.names.agents[each.agent], each.time_s) for each in roster.changes if each.state == StaffState.AWAY}

    base = ill({}, 20)
    assert base
    assert {each for each in ill({"teams.executives.shifts.day.agents": 9}, 20) if int(each[0][-1]) <= 6} == base
    assert {each for each in ill({}, 28) if each[1] < 20 * DAY_S} == base
    more = ill({"absences.flu": {"team": "executives", "chance": 0.2}}, 20)
    assert base < more


# ---- law 5: one more agent


@pytest.mark.parametrize("name", ENGINES)
@property_test
@given(
    calls=st.lists(st.tuples(st.integers(0, 3600), st.sampled_from((30, 60, 90, 300, 1800)), st.sampled_from((0, 30, 60))), min_size=1, max_size=60),
    agents=st.integers(1, 5),
)
def test_one_more_agent_makes_nobody_wait_longer(name: str, calls: list[tuple[int, int, int]], agents: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Law 5: infinite patience, first come first served, one team of equal speed, static shifts, no redial, no follow-up."""
    folder = tmp_path_factory.mktemp("calls")
    rows = [f"2026-03-02,{at // 3600}:{at // 60 % 60:02d}:{at % 60:02d},{talk},{wrap_up}" for at, talk, wrap_up in calls]
    (folder / "calls.csv").write_text("\n".join(["date,time,talk_s,wrap_up_s", *rows]) + "\n", encoding="utf-8")

    def waits(count: int) -> dict[int, float]:
        data = {
            "calendar": {"days": 2},
            "channels": {"phone": {}},
            "reasons": {"call": {"arrivals": {"trace": "calls.csv"}, "talk": "1 min"}},
            "teams": {"agents": {"agents": count}},
        }
        c = engine_named(name)(compile_plan(read(data, folder)).plan, 1, 0).contacts
        return dict(zip(c["root"].tolist(), (c["answered_s"] - c["queued_s"]).tolist(), strict=True))

    few, more = waits(agents), waits(agents + 1)
    assert all(more[root] <= few[root] + 1e-6 for root in few)


def test_with_abandonment_one_more_agent_may_make_somebody_wait_longer(engine: Engine, tmp_path: Path) -> None:
    """Law 5 needs infinite patience. Here two callers with long calls give up when there is one agent; with two agents
    they are served, and the last caller waits for them: an effect, not a fault.

    One agent:  A 0-100, then H 100-105; J and K give up at 102; C (103) is served at 105.
    Two agents: H 91-96 and J 96-1096 on the second, K 100-1100 on the first; C waits until 1096.
    """
    rows = ["0:00:00,100,9999", "0:01:31,5,9999", "0:01:32,1000,10", "0:01:33,1000,9", "0:01:43,5,9999"]
    waits = []
    for agents in (1, 2):
        c = engine(traced(tmp_path, rows, agents).plan, 1, 0).contacts
        last = np.argmax(c["arrived_s"])
        waits.append(c["answered_s"][last] - c["arrived_s"][last])
        assert (c["outcome"] == Outcome.ABANDONED).sum() == (2 if agents == 1 else 0)
    assert waits == [2.0, 993.0]


def test_at_the_last_second_of_patience_the_agent_still_comes(engine: Engine, tmp_path: Path) -> None:
    """R13: ties are in the customer's favour."""
    c = engine(traced(tmp_path, ["0:00:00,10,9999", "0:00:01,10,9", "0:00:02,10,17"], 1).plan, 1, 0).contacts
    assert c["answered_s"].tolist() == [0.0, 10.0, pytest.approx(math.nan, nan_ok=True)]
    assert c["ended_s"][2] == 19.0


# ---- the horizon cuts, and changes nothing before


def settled_differences(short: Compiled, long: Compiled, simulate: Engine, seed: int) -> list[str]:
    """Return what a shorter run says otherwise than the first days of a longer one."""
    a, b = (contacts_of(world, simulate(world.plan, seed, 0)) for world in (short, long))
    found = [f"{name} is missing" for name in a.keys() - b.keys()]
    found += [f"{name} came in the short run's days" for name in b.keys() - a.keys() if b[name]["arrived_s"] < short.plan.horizon_s]
    for name in a.keys() & b.keys():
        for column, value in a[name].items():
            if column != "next_row" and not is_unsettled(column, a[name]) and value != b[name][column]:
                found.append(f"{name} {column}: {value} and {b[name][column]}")
    return found


def is_unsettled(column: str, row: dict[str, Any]) -> bool:
    """Return whether the end of the run came before a value was settled."""
    value = row[column]
    waits = row["outcome"] == Outcome.OPEN
    return (isinstance(value, float) and math.isnan(value)) or (waits and column in ("outcome", "next_step", "solved", "agent", "cover", "has_file", "queue", "search_s"))


def test_two_days_are_the_first_two_of_four(engine: Engine) -> None:
    assert not settled_differences(phone_shop(2), phone_shop(4), engine, 1)


@pytest.mark.parametrize("name", ENGINES)
@property_test
@given(data=any_world, seed=st.integers(0, 100))
def test_a_day_more_changes_nothing_before(name: str, data: Data, seed: int) -> None:
    days = data["calendar"]["days"]
    shorter, longer = compiled(data), compiled(data, {"calendar.days": days + 1})
    # A course that goes on for one more day has ended, and teaches, a day later (R46).
    assume(np.array_equal(shorter.plan.learnt_s, longer.plan.learnt_s))
    assert not settled_differences(shorter, longer, engine_named(name), seed)


# ---- the engines agree on what the other laws are about


def test_a_counter_has_no_busy_line_and_a_phone_no_full_room(engine: Engine) -> None:
    plan = phone_shop(5).plan
    c = engine(plan, 1, 0).contacts
    kind = np.asarray(plan.channel_kind)[c["channel"]]
    assert not ((c["outcome"] == Outcome.BLOCKED) & (kind == ChannelKind.COUNTER)).any()
    assert not ((c["outcome"] == Outcome.BALKED) & (kind == ChannelKind.PHONE)).any()
