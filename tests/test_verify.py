"""The verb ``verify``, the random worlds it compares on, and what it says where the engines differ."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import yaml
from crowded import crowded_plan

from servsim.cli.main import exit_code
from servsim.engine import compiled, loop, simpy_engine
from servsim.engine.difference import Difference, first_difference
from servsim.engine.log import RunLog
from servsim.engine.loop_room import run_through
from servsim.plan.plan import Plan
from servsim.rules.codes import Cover, Entry, Hit, NextStep, Outcome
from servsim.scenario.decision import NOTHING
from servsim.scenario.keys import paths
from servsim.study import verify
from servsim.study.random_scenario import Dice, RandomScenario
from servsim.study.random_world import write_random_world
from servsim.study.run import World

QUICK, SLOW_FROM, SLOW = range(32, 102), 1000, 500
"""Random scenarios of the quick suite, and of the slow one; in all more than 500."""
CAREFUL = 15
"""Random scenarios on which the quick suite looks for numbers outside of columns."""


class Careful(list[Any]):
    """A list that knows no numbers from the end."""

    def __getitem__(self, place: Any) -> Any:
        assert isinstance(place, slice) or place >= 0
        return super().__getitem__(place)

    def __setitem__(self, place: Any, value: Any) -> None:
        assert isinstance(place, slice) or place >= 0
        super().__setitem__(place, value)


def careful(value: Any) -> Any:
    """Return a state, or a part of it, with careful lists."""
    if isinstance(value, list):
        return Careful(careful(each) for each in value)
    return type(value)._make(map(careful, value)) if hasattr(value, "_fields") else value


class CarefulLoop:
    """The plain event loop on careful lists, as an engine."""

    class Store(loop.Lists):
        def __init__(self, plan: Plan, seed: int, replication: int) -> None:
            super().__init__(plan, seed, replication)
            self.state = careful(self.state)

    @classmethod
    def simulate(cls, plan: Plan, seed: int, replication: int) -> RunLog:
        return loop.record(run_through(lambda: cls.Store(plan, seed, replication)).state, plan, seed, replication)


class Ran(NamedTuple):
    """The worlds of a random scenario, and their logs."""

    number: int
    worlds: dict[str, World]
    logs: dict[str, RunLog]
    differences: list[str]
    """In what the other engines differ from the readable one."""


def ran(number: int, folder: Path, engines: tuple[Any, ...] = (compiled,)) -> Ran:
    """Run the engines on a random scenario without and with its decisions."""
    worlds = dict(verify.RandomJob(1, 1).worlds(number, folder / str(number)))
    logs = {name: simpy_engine.simulate(world.plan, 1, 0) for name, world in worlds.items()}
    found = []
    for name, world in worlds.items():
        for engine in engines:
            difference = first_difference(logs[name], engine.simulate(world.plan, 1, 0))
            found += [f"random scenario {number}, world {name}, {engine.__name__}: {difference}"] if difference else []
    return Ran(number, worlds, logs, found)


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    """The random scenarios of the quick suite."""
    folder = tmp_path_factory.mktemp("random")
    return [ran(number, folder) for number in QUICK]


def test_both_engines_agree_on_random_scenarios_and_decisions(met: list[Ran]) -> None:
    assert [each for found in met for each in found.differences] == []


def test_the_event_loop_never_reads_or_writes_outside_a_column(met: list[Ran]) -> None:
    """Compiled code checks nothing: what Python forgives, a number from the end, is memory of something else there."""
    for found in met[:CAREFUL]:
        assert first_difference(found.logs[NOTHING], CarefulLoop.simulate(found.worlds[NOTHING].plan, 1, 0)) is None


@pytest.mark.slow
@pytest.mark.parametrize("first", range(SLOW_FROM, SLOW_FROM + SLOW, 50))
def test_both_engines_agree_on_many_random_scenarios_and_decisions(first: int, tmp_path: Path) -> None:
    for number in range(first, first + 50):
        assert ran(number, tmp_path, (compiled, CarefulLoop)).differences == []


# ---- the random worlds say something


def test_random_scenarios_meet_every_outcome_cover_entry_and_next_step(met: list[Ran]) -> None:
    """Otherwise the engines' agreement on them would say little: each code in at least three logs."""
    logs = [log for each in met for log in each.logs.values()]
    never = {"outcome": {Outcome.CALLBACK_PROMISED}, "cover": set(), "entry": {Entry.TRANSFER, Entry.ESCALATION, Entry.DEFERRED}, "next_step": set()}
    for column, codes in {"outcome": Outcome, "cover": Cover, "entry": Entry, "next_step": NextStep}.items():
        seen = Counter(code for log in logs for code in np.unique(log.contacts[column]).tolist())
        rare = {code.name: seen[code] for code in codes if code not in never[column] and seen[code] < 3}
        assert not rare, (column, rare)
    hits = Counter(code for log in logs if log.closings for code in np.unique(log.closings["hit"]).tolist())
    assert min(hits[code] for code in Hit) >= 3, hits
    for column in ("problem", "solved", "complained", "lost"):
        shares = np.concatenate([log.closings[column] for log in logs if log.closings])
        assert 0.01 < shares.mean() < 0.99, column


def test_random_scenarios_are_not_empty_and_full_of_ties(met: list[Ran]) -> None:
    logs = [log for each in met for log in each.logs.values()]
    contacts = np.array([len(log.contacts["root"]) for log in logs])
    assert np.mean(contacts >= 5) > 0.75 and np.median(contacts) > 20
    moments = [np.concatenate([log.contacts[name] for name in ("arrived_s", "answered_s", "ended_s")]) for log in logs]
    times = np.concatenate([each[np.isfinite(each)] for each in moments])
    assert np.mean(times % 30.0 == 0.0) > 0.4
    tied = [len(each[np.isfinite(each)]) - len(np.unique(each[np.isfinite(each)])) for each in (log.contacts["arrived_s"] for log in logs)]
    assert np.mean(np.array(tied) > 0) > 0.4


def test_random_decisions_change_what_happens(met: list[Ran]) -> None:
    """Every random scenario has a decision; more than half of them leave another log, and some go with a second one."""
    assert np.mean([len(each.worlds) > 1 for each in met]) > 0.95
    assert np.mean([any("+" in name for name in each.worlds) for each in met]) > 0.1
    changed = [first_difference(each.logs["nothing"], log) is not None for each in met for name, log in each.logs.items() if name != "nothing"]
    assert np.mean(changed) > 0.4


def test_random_worlds_have_every_key_of_the_language(tmp_path: Path) -> None:
    """A key that no random scenario has is compared on by nobody: give it a place in ``servsim.study.random_scenario``."""
    missing = set(paths())
    for number in range(400):
        data = RandomScenario(Dice(str(number))).data
        missing = {path for path in missing if not has(data, path.split("."))}
    for number in range(20):
        write_random_world(Dice(f"1/{number}"), tmp_path / str(number))
        data = yaml.safe_load((tmp_path / str(number) / "scenario.yaml").read_text(encoding="utf-8"))
        missing = {path for path in missing if not has(data, path.split("."))}
    assert missing == set()


def has(data: Any, steps: list[str]) -> bool:
    """Whether plain data have a path, whatever stands for its placeholders."""
    if not steps:
        return True
    if not isinstance(data, dict):
        return False
    inner = data.values() if steps[0].startswith("<") else [data[steps[0]]] if steps[0] in data else []
    return any(has(each, steps[1:]) for each in inner)


def test_the_same_seed_and_number_write_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_random_world(Dice("1/7"), tmp_path / name)
    texts = [{path.relative_to(tmp_path / name).as_posix(): path.read_text(encoding="utf-8") for path in (tmp_path / name).rglob("*.*")} for name in ("one", "other")]
    assert texts[0] == texts[1] and len(texts[0]) > 1


# ---- the first difference


def small_log(plan_number: int = 0) -> RunLog:
    return loop.simulate(crowded_plan(plan_number), 1, 0)


def test_a_difference_is_told_by_the_first_contact_and_column() -> None:
    """The comparison itself can fail."""
    one, other = small_log(), small_log()
    assert first_difference(one, other) is None
    other.contacts["outcome"][5] += 1
    other.contacts["ended_s"][5] = np.nextafter(one.contacts["arrived_s"][5], -1.0)
    other.contacts["root"][9] += 1
    told = first_difference(one, other)
    assert told is not None and told[:3] == ("contacts", 5, "ended_s") and str(told).startswith("contacts 5, ended_s: ")


def test_a_zero_of_another_sign_and_a_missing_row_are_differences() -> None:
    one, other = small_log(), small_log()
    row = int(np.flatnonzero(one.contacts["search_s"] == 0.0)[0])
    other.contacts["search_s"][row] = -0.0
    assert first_difference(one, other) == Difference("contacts", row, "search_s", (0.0, -0.0))
    short = dataclasses.replace(one, contacts={name: column[:-1] for name, column in one.contacts.items()})
    last = len(short.contacts["root"])
    told = first_difference(one, short)
    assert told is not None and (told.row, told.column, told.values[1]) == (last, "root", None) and "no such row" in str(told)
    assert first_difference(one, dataclasses.replace(one, closings={})) == Difference("closings", -1, "", (None, None)) or not one.closings


# ---- the verb


SHORT = ("scenario=phone_shop", "calendar.days=2", "calendar.warm_up=0", "replications=2", "workers=1")


def spoilt(monkeypatch: pytest.MonkeyPatch, spoil: Callable[[RunLog], None]) -> None:
    """Let the compiled engine of ``verify`` make a mistake."""

    def broken(plan: Plan, seed: int, replication: int) -> RunLog:
        log = simpy_engine.simulate(plan, seed, replication)
        if replication == 1:
            spoil(log)
        return log

    monkeypatch.setattr(verify, "simulator", lambda engine: broken if engine == "compiled" else simpy_engine.simulate)


def test_verify_says_identical_and_how_much_was_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["verify", *SHORT]) == 0
    out = capsys.readouterr().out
    assert out.startswith("identical: ") and ", 2 replications\n" in out and "closed cases" in out


def test_verify_compares_the_worlds_of_decisions(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["verify", *SHORT, "decisions=buddies,announce_wait,buddies+announce_wait"]) == 0
    out = capsys.readouterr().out
    assert "worlds\n" in out and "buddies+announce_wait" in out and "nothing" in out


def test_verify_tells_the_first_contact_and_column_that_differ_with_the_story_from_both(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[int] = []

    def half_a_minute_late(log: RunLog) -> None:
        rows.append(int(np.flatnonzero(log.contacts["outcome"] == Outcome.ANSWERED)[10]))
        log.contacts["ended_s"][rows[0]] += 30.0

    spoilt(monkeypatch, half_a_minute_late)
    assert exit_code(["verify", *SHORT]) == 1
    out = capsys.readouterr().out
    assert f"first in contact {rows[0]}, column ended_s: " in out and "replication 1" in out
    assert "---- as simpy has it" in out and "---- as compiled has it" in out and out.count(f"The case of contact {rows[0]}") == 2


@pytest.mark.parametrize(
    ("part", "column", "words"),
    [("presence", "time_s", "change of presence 3, column time_s"), ("closings", "mood", "closed case 3, column mood"), ("customers", "account", "customer 3, column account")],
)
def test_verify_tells_differences_of_presence_closed_cases_and_customers_too(
    part: str, column: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def spoil(log: RunLog) -> None:
        getattr(log, part)[column][3] += 1.0

    spoilt(monkeypatch, spoil)
    assert exit_code(["verify", *SHORT]) == 1
    assert words in capsys.readouterr().out


def test_verify_runs_random_scenarios_and_says_what_happened_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["verify", "random=3", "from=5", "workers=1"]) == 0
    out = capsys.readouterr().out
    assert "3 random scenarios" in out and "contacts by outcome: answered" in out


def test_a_random_scenario_on_which_the_engines_differ_is_written_out_and_can_be_run_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    def spoil(log: RunLog) -> None:
        log.presence["time_s"][:] += 1.0

    spoilt(monkeypatch, spoil)
    assert exit_code(["verify", "random=3", "from=5", "replications=2", "workers=1"]) == 1
    out = capsys.readouterr().out
    command = next(line for line in out.splitlines() if line.strip().startswith("servsim verify scenario=random_1_5")).split()[1:]
    assert (tmp_path / "scenarios" / "random_1_5" / "scenario.yaml").exists()
    assert exit_code([*command, "workers=1"]) == 1
    assert "change of presence 0, column time_s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["scenario=phone_shop", "engine=compiled"], "engine: means nothing to servsim verify"),
        (["scenario=phone_shop", "precision=5 %"], "precision: means nothing"),
        (["random=5", "scenario=phone_shop"], "scenario: means nothing"),
        (["random=5", "teams.clerks.agents=3"], "teams.clerks.agents: random scenarios are made anew"),
        (["random=0"], "random: got 0; must be a whole number from 1"),
        (["from=5", "scenario=phone_shop"], "from: goes with random"),
        ([], "scenario: must be given"),
        (["scenario=phone_shop", "decisions=course_al_at_once"], "did you mean 'course_all_at_once'"),
    ],
)
def test_verify_refuses_what_it_cannot_do_with_a_sentence(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["verify", *words]) == 2
    assert told in capsys.readouterr().err
