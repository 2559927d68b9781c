"""Users' policies (R36): the standing rule written as one leaves the same log, others change waits as theory says, and bad ones are refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crowded import crowded_plan

import servsim
from servsim.engine.choice import COMPILED, SIMPY, chosen, needs_of, simulator
from servsim.engine.difference import first_difference
from servsim.engine.policy import Agent, Chance, Waiting
from servsim.errors import SettingError
from servsim.plan.plan import Plan
from servsim.study.results import load_results


class FirstOfAll(servsim.Policy):
    """Takes the first candidate, as a policy that overrides nothing does."""

    name = "first of all"


class Standing(servsim.Policy):
    """The standing rules in a user's words, for teams that pick by priority and lines that have one priority each (R16, R17)."""

    name = "standing"
    asked = 0

    def next_contact(self, agent: Agent, waiting: Sequence[Waiting], u: Chance) -> int:
        Standing.asked += 1
        return min(range(len(waiting)), key=lambda place: (-waiting[place].priority, -(waiting[place].waited_s + waiting[place].credit_s)))

    def next_agent(self, contact: Waiting, idle: Sequence[Agent], u: Chance) -> int:
        return min(range(len(idle)), key=lambda place: (-idle[place].idle_s, idle[place].agent))


class NewestFirst(servsim.Policy):
    name = "newest first"

    def next_contact(self, agent: Agent, waiting: Sequence[Waiting], u: Chance) -> int:
        return min(range(len(waiting)), key=lambda place: waiting[place].waited_s)


class ShortestFirst(servsim.Policy):
    name = "shortest talk first"

    def next_contact(self, agent: Agent, waiting: Sequence[Waiting], u: Chance) -> int:
        return min(range(len(waiting)), key=lambda place: waiting[place].talk_s)


class ByLot(servsim.Policy):
    name = "by lot"

    def next_contact(self, agent: Agent, waiting: Sequence[Waiting], u: Chance) -> int:
        return int(u("who") * len(waiting))

    def next_agent(self, contact: Waiting, idle: Sequence[Agent], u: Chance) -> int:
        return int(u("whom") * len(idle))


class Says(servsim.Policy):
    """Says the same whatever it is asked."""

    name = "says"

    def __init__(self, told: Any) -> None:
        self.told = told

    def next_contact(self, agent: Agent, waiting: Sequence[Waiting], u: Chance) -> Any:
        return self.told

    def next_agent(self, contact: Waiting, idle: Sequence[Agent], u: Chance) -> Any:
        return self.told


MM1 = {
    "calendar": {"days": 12, "hours": {"desk": "24 h"}},
    "channels": {"desk": {"kind": "counter"}},
    "reasons": {"visit": {"talk": {"exponential": "4 min"}, "arrivals": {"per_hour": 10.5}}},
    "teams": {"clerks": {"agents": 1}},
}
LOAD, TALK_S = 0.7, 240.0


def plan_of(data: dict[str, Any]) -> Plan:
    from servsim.scenario.reader import read

    return servsim.compile_plan(read(data)).plan


def waits_of(plan: Plan, policy: servsim.Policy | None, replications: int) -> list[Any]:
    """Return the waits of each replication, without its first day."""
    found = []
    for replication in range(replications):
        contacts = servsim.simulate(plan, 3, replication, policy=policy).contacts
        meant = (contacts["arrived_s"] > 86_400.0) & ~np.isnan(contacts["answered_s"])
        found.append(contacts["answered_s"][meant] - contacts["queued_s"][meant])
    return found


# ---- the standing rule


@pytest.mark.parametrize("first", range(0, 20, 10))
def test_a_policy_that_takes_the_first_candidate_leaves_the_same_log(first: int) -> None:
    for number in range(first, first + 10):
        plan = crowded_plan(number)
        assert first_difference(servsim.simulate(plan, 1, number), servsim.simulate(plan, 1, number, policy=FirstOfAll())) is None, f"crowded world {number}"


@pytest.mark.parametrize("scenario", ["phone_shop", "town_hall"])
def test_the_standing_rule_written_as_a_policy_leaves_the_same_log(scenario: str) -> None:
    plan = servsim.compile_plan(servsim.load(scenario, {"calendar.days": 3, "calendar.warm_up": 0})).plan
    before = Standing.asked
    assert first_difference(servsim.simulate(plan, 1, 0, "simpy"), servsim.simulate(plan, 1, 0, policy=Standing())) is None
    assert Standing.asked > before + 20


def test_a_policy_that_chooses_otherwise_leaves_another_log_in_which_every_law_of_the_line_holds() -> None:
    for number in range(10):
        plan = crowded_plan(number)
        log = servsim.simulate(plan, 1, number, policy=ByLot())
        served = ~np.isnan(log.contacts["answered_s"])
        assert (log.contacts["answered_s"][served] >= log.contacts["queued_s"][served]).all() and (log.contacts["agent"][served] >= 0).all()
        order = np.lexsort((log.contacts["answered_s"][served], log.contacts["agent"][served]))
        agent, begin, end = (log.contacts[name][served][order] for name in ("agent", "answered_s", "released_s"))
        same = agent[1:] == agent[:-1]
        assert (begin[1:][same] >= end[:-1][same]).all(), "nobody serves two at a time"
    changed = [first_difference(servsim.simulate(crowded_plan(k), 1, k), servsim.simulate(crowded_plan(k), 1, k, policy=ByLot())) for k in range(10)]
    assert sum(each is not None for each in changed) > 7


# ---- theory


@pytest.mark.slow
def test_newest_first_and_by_lot_have_the_mean_wait_of_first_come_and_a_larger_spread() -> None:
    """M/M/1: E W is the same for every order that does not know the talk; E W^2 is that of FCFS over (1 - rho) for LCFS, over (1 - rho/2) for lots."""
    plan = plan_of(MM1)
    fcfs, lcfs, lots = (waits_of(plan, policy, 7) for policy in (None, NewestFirst(), ByLot()))
    mean_s, second = LOAD * TALK_S / (1 - LOAD), 2 * LOAD * (TALK_S / (1 - LOAD)) ** 2
    for name, found, factor in (("fcfs", fcfs, 1.0), ("lcfs", lcfs, 1 / (1 - LOAD)), ("lots", lots, 1 / (1 - LOAD / 2))):
        means, squares = (np.array([np.mean(each**power) for each in found]) for power in (1, 2))
        assert abs(means.mean() - mean_s) < 4 * means.std(ddof=1) / np.sqrt(len(means)), (name, means.mean(), mean_s)
        assert abs(squares.mean() - second * factor) < 4 * squares.std(ddof=1) / np.sqrt(len(squares)), (name, squares.mean(), second * factor)
    assert np.var(np.concatenate(lcfs)) > 1.5 * np.var(np.concatenate(fcfs))


def test_shortest_talk_first_has_the_mean_wait_of_theory() -> None:
    """M/G/1 with two lengths of talk, 1 and 10 min: short ones wait W0/(1-rho1), long ones W0/((1-rho1)(1-rho)), W0 the work in hand."""
    data = {**MM1, "reasons": {"visit": {"talk": {"empirical": ["1 min"] * 3 + ["10 min"]}, "arrivals": {"per_hour": 14.4}}}}
    rate, short, long = 14.4 / 3600, (0.75, 60.0), (0.25, 600.0)
    rho_1, rho = rate * short[0] * short[1], rate * (short[0] * short[1] + long[0] * long[1])
    left_s = rate * (short[0] * short[1] ** 2 + long[0] * long[1] ** 2) / 2
    mean_s = short[0] * left_s / (1 - rho_1) + long[0] * left_s / ((1 - rho_1) * (1 - rho))
    means = np.array([each.mean() for each in waits_of(plan_of(data), ShortestFirst(), 7)])
    assert abs(means.mean() - mean_s) < 4 * means.std(ddof=1) / np.sqrt(len(means))
    assert mean_s < 0.8 * left_s / (1 - rho)


# ---- luck


def test_the_luck_of_a_policy_is_named_and_shifts_no_other_draw() -> None:
    plan = plan_of({**MM1, "calendar": {"days": 3, "hours": {"desk": "24 h"}}})
    one, again = (servsim.simulate(plan, 3, 0, policy=ByLot()) for _ in range(2))
    assert first_difference(one, again) is None
    standing = servsim.simulate(plan, 3, 0)
    assert (one.contacts["arrived_s"][:200] == standing.contacts["arrived_s"][:200]).all()
    talks = [log.contacts["ended_s"][:200] - log.contacts["answered_s"][:200] for log in (one, standing)]
    assert np.allclose(*talks, atol=1e-6)


def test_what_a_policy_notes_does_not_go_from_one_replication_to_another() -> None:
    class Forgetful(servsim.Policy):
        name = "notes"

        def __init__(self) -> None:
            self.seen: list[float] = []

        def next_contact(self, agent: Agent, waiting: Sequence[Waiting], u: Chance) -> int:
            self.seen.append(u("x"))
            return len(self.seen) % len(waiting)

    plan, policy = crowded_plan(3), Forgetful()
    logs = [servsim.simulate(plan, 1, replication, policy=policy) for replication in (0, 1, 0)]
    assert policy.seen == [] and first_difference(logs[0], logs[2]) is None


# ---- one replication from Python


def test_a_log_of_one_replication_comes_from_what_compile_plan_returns_on_either_engine() -> None:
    compiled = servsim.compile_plan(servsim.load("erlang_a", {"reasons.call.arrivals.per_hour": 60}))

    logs = [servsim.simulate(compiled, 1, 0, engine=engine) for engine in ("auto", "simpy", "compiled")] + [servsim.simulate(compiled.plan, 1, 0)]

    assert logs[0].contacts["root"].size > 1000
    assert all(first_difference(logs[0], log) is None for log in logs[1:])


def test_an_engine_that_is_none_or_cannot_ask_a_policy_is_refused() -> None:
    with pytest.raises(SettingError, match="engine: got numba; must be one of auto, simpy, compiled"):
        servsim.simulate(crowded_plan(3), 1, 0, engine="numba")
    with pytest.raises(SettingError, match="engine: got compiled; it lacks users' policies"):
        servsim.simulate(crowded_plan(3), 1, 0, engine="compiled", policy=FirstOfAll())


# ---- what is refused


@pytest.mark.parametrize("told", [-1, 10**6, 1.0, "0", None, True, float("nan")])
def test_a_place_that_is_none_is_refused_with_what_is_allowed(told: Any) -> None:
    with pytest.raises(SettingError, match=r"policy 'says': next_(contact|agent) returned .*; must be a whole number from 0 to \d+, the place of one of the"):
        servsim.simulate(crowded_plan(3), 1, 0, policy=Says(told))


def test_a_place_of_numpy_is_a_place() -> None:
    assert servsim.simulate(crowded_plan(3), 1, 0, policy=Says(np.int64(1))).contacts["root"].size > 0


@pytest.mark.parametrize(("policy", "words"), [("lifo", "must be an object of a class made from servsim.Policy"), (servsim.Policy(), "policy: got a name ")])
def test_what_is_no_policy_is_refused(policy: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        servsim.simulate(crowded_plan(3), 1, 0, policy=policy)


def test_the_compiled_engine_refuses_a_policy_by_name_and_auto_runs_on_the_readable_one() -> None:
    plan = crowded_plan(3)
    needs = needs_of(plan, NewestFirst())
    assert [feature.name for feature in needs] == ["users' policies"] and needs_of(plan) == ()
    with pytest.raises(SettingError, match="engine: got compiled; it lacks users' policies; say engine=simpy, or auto"):
        chosen(COMPILED, 10, needs)
    with pytest.raises(SettingError, match="lacks users' policies"):
        simulator(COMPILED, NewestFirst())(plan, 1, 0)
    assert chosen("auto", 1e12, needs) == SIMPY


# ---- studies


SHORT: dict[str, Any] = {"replications": 2, "figures": False, "workers": 1}
DAYS = {"calendar.days": 2, "calendar.warm_up": 0}


def test_a_study_with_a_policy_says_so_and_is_another_study(tmp_path: Path) -> None:
    from servsim.errors import ResultsError

    plain = servsim.run("phone_shop", DAYS, results_dir=str(tmp_path), **SHORT)
    with pytest.raises(ResultsError):
        servsim.run("phone_shop", DAYS, policy=NewestFirst(), results_dir=str(tmp_path), **SHORT)
    found = servsim.run("phone_shop", DAYS, policy=NewestFirst(), study="newest", results_dir=str(tmp_path), **SHORT)
    manifest = load_results("newest", str(tmp_path)).manifest
    assert manifest["policy"]["name"] == "newest first" and manifest["engine"] == "simpy" and manifest["key"] != load_results("phone_shop", str(tmp_path)).manifest["key"]
    assert any("runs on simpy, because of the policy 'newest first'" in str(each) for each in found.world.warnings)
    assert not any("policy" in str(each) for each in plain.world.warnings)
    from servsim.study.run import world_of_study

    assert world_of_study(load_results("newest", str(tmp_path))).plan.days == 2
    with pytest.raises(SettingError, match="engine: got compiled; it lacks users' policies"):
        servsim.run("phone_shop", DAYS, policy=NewestFirst(), study="other", engine="compiled", results_dir=str(tmp_path), **SHORT)


SCRIPT = """
import servsim

class Newest(servsim.Policy):
    name = "newest"

    def next_contact(self, agent, waiting, u):
        return len(waiting) - 1

found = servsim.run("phone_shop", {"calendar.days": 2, "calendar.warm_up": 0}, policy=Newest(), replications=3, figures=False)
print(found.replications, found.world.warnings[-1])
"""


def test_a_policy_of_a_script_runs_without_the_script_being_imported_again(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run([sys.executable, "mine.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3 engine: got auto; runs on simpy, because of the policy 'newest'")
