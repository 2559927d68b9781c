"""Studies: the same numbers whoever computes them, and nothing lost or half written whatever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import servsim
from servsim.engine import choice
from servsim.engine.choice import Ready
from servsim.engine.simpy_engine import simulate
from servsim.errors import ResultsError, ScenarioError, SettingError
from servsim.study import run as study_run
from servsim.study import workers
from servsim.study.log_file import read_log
from servsim.study.run import Ending, make_world
from servsim.study.settings import make_settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
LINE = {
    "calendar.days": 1,
    "reasons.call.arrivals.per_hour": 60,
    "teams.agents.agents": 2,
}
"""An erlang_a scenario that takes a few hundredths of a second."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def processes_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes however small the work."""
    monkeypatch.setattr(study_run, "POOL_PAYS_S", -1.0)


class Slow:
    """A job that takes half a minute by a clock that tests turn, all of it for compiling if wanted."""

    def __init__(self, now_s: list[float], ready: list[Ready], compiled: Ready | None) -> None:
        self.now_s, self.ready, self.compiled = now_s, ready, compiled

    def __call__(self, replication: int) -> Any:
        if replication == 0:
            self.now_s[0] += 30.0
            self.ready += [self.compiled] if self.compiled else []
        return types.SimpleNamespace(replication=replication)


@pytest.mark.parametrize(
    ("compiled", "in_processes"),
    [(None, True), (Ready(is_kept=True, seconds=29.9), False), (Ready(is_kept=True, seconds=20.0), True), (Ready(is_kept=False, seconds=20.0), False)],
    ids=["30 s of work", "work is quick, compiling was not", "both", "each process would compile anew"],
)
def test_compiling_is_no_reason_to_start_processes_and_code_that_is_not_kept_one_against_it(compiled, in_processes, monkeypatch):
    now_s: list[float] = [0.0]
    ready: list[Ready] = []
    spread: list[int] = []
    monkeypatch.setattr(choice, "READY", ready)
    monkeypatch.setattr(study_run, "time", types.SimpleNamespace(monotonic=lambda: now_s[0]))
    monkeypatch.setattr(study_run, "_in_order", lambda job, todo, processes: (spread.append(task) or job(task) for task in todo))

    done = list(study_run.replicate(Slow(now_s, ready, compiled), range(4), 4, 2))

    assert [each.replication for each in done] == [0, 1, 2, 3]
    assert bool(spread) == in_processes


# ---- the same numbers, whoever computes them


def test_two_workers_leave_the_same_bits_as_one(folder, processes_always):
    one = servsim.run("erlang_a", LINE, replications=5, workers=1, study="one")
    two = servsim.run("erlang_a", LINE, replications=5, workers=2, study="two")

    assert one.rows == two.rows
    for table in ("measures", "contacts", "agents"):
        first, second = (getattr(servsim.load_results(name), table) for name in ("one", "two"))
        assert all(np.array_equal(first[name], second[name], equal_nan=first[name].dtype.kind == "f") for name in first)


def test_a_replication_is_the_same_alone_and_in_a_study(folder):
    servsim.run("erlang_a", LINE, replications=3, study="three")
    world = make_world(make_settings({"scenario": "erlang_a"}, LINE.items()))

    alone, kept = simulate(world.plan, 1, 2), read_log(folder / "results" / "three", 2, world.names, 1)

    assert all(np.array_equal(alone.contacts[name], kept.contacts[name], equal_nan=column.dtype.kind == "f") for name, column in alone.contacts.items())


def test_measures_kept_without_their_logs_are_those_of_the_full_log(folder):
    full = servsim.run("erlang_a", LINE, replications=3, study="full")
    sums = servsim.run("erlang_a", LINE, replications=3, study="sums", logs="measures")

    assert not (sums.folder / "contacts.parquet").exists() and (full.folder / "contacts.parquet").exists()
    first, second = (servsim.load_results(name).measures for name in ("full", "sums"))
    assert all(np.array_equal(first[name], second[name], equal_nan=first[name].dtype.kind == "f") for name in first)


def test_more_replications_go_on_from_the_same_ones(folder):
    few = servsim.run("erlang_a", LINE, replications=3)
    more = servsim.run("erlang_a", LINE, replications=5)

    measures = servsim.load_results(more.folder).measures
    assert few.replications == 3
    assert sorted(set(measures["replication"].tolist())) == [0, 1, 2, 3, 4]


# ---- never overwriting


def test_another_study_is_never_overwritten_without_being_told_to(folder):
    servsim.run("erlang_a", LINE, replications=2)
    before = servsim.load_results("erlang_a").row("mean_wait_s")

    with pytest.raises(ResultsError, match="overwrite"):
        servsim.run("erlang_a", {**LINE, "teams.agents.agents": 3}, replications=2)
    with pytest.raises(ResultsError, match="overwrite"):
        servsim.run("erlang_a", LINE, replications=2, seed=2)

    assert servsim.load_results("erlang_a").row("mean_wait_s") == before
    servsim.run("erlang_a", LINE, replications=2, seed=2, overwrite=True)
    assert servsim.load_results("erlang_a").row("mean_wait_s") != before


def test_fewer_replications_of_the_same_study_do_not_replace_more(folder):
    servsim.run("erlang_a", LINE, replications=3)

    with pytest.raises(ResultsError, match="3 replications"):
        servsim.run("erlang_a", LINE, replications=2)


def test_a_folder_of_somebody_else_is_left_alone(folder):
    (folder / "results" / "erlang_a").mkdir(parents=True)
    (folder / "results" / "erlang_a" / "holiday.txt").write_text("photos")

    with pytest.raises(ResultsError, match="not a results folder"):
        servsim.run("erlang_a", LINE, replications=2, overwrite=True)

    assert (folder / "results" / "erlang_a" / "holiday.txt").read_text() == "photos"


def test_every_problem_is_told_before_anything_is_written(folder):
    with pytest.raises(ScenarioError) as caught:
        servsim.run("erlang_a", {"teams.agents.agents": -1, "calendar.days": 0})

    assert len(caught.value.problems) == 2
    assert not (folder / "results").exists()


# ---- precision


def test_precision_adds_replications_until_the_interval_is_narrow_enough(folder):
    result = servsim.run("erlang_a", LINE, precision="15 %", measure="phone.average_speed_of_answer")

    row = servsim.load_results("erlang_a").row("average_speed_of_answer_s", channel="phone")
    assert result.ending is Ending.PRECISE
    assert (row["high"] - row["low"]) / 2 <= 0.15 * row["value"]
    assert result.replications >= 10


def test_precision_does_not_depend_on_the_number_of_workers(folder, processes_always):
    one = servsim.run("erlang_a", LINE, precision="20 %", workers=1, study="one")
    two = servsim.run("erlang_a", LINE, precision="20 %", workers=2, study="two")

    assert (one.replications, one.rows) == (two.replications, two.rows)


def test_precision_gives_up_at_max_replications_and_says_so(folder):
    result = servsim.run("erlang_a", LINE, precision="0.1 %", max_replications=10)

    assert result.ending is Ending.NOT_PRECISE
    assert result.replications == 10
    assert result.precision_width > 0.001


def test_an_unknown_measure_of_precision_names_the_nearest(folder):
    with pytest.raises(SettingError, match=r"did you mean 'phone\.mean_wait_s'"):
        servsim.run("erlang_a", LINE, precision="5 %", measure="phone.mean_weit_s")


# ---- killed


def _start(folder: Path, *words: str) -> subprocess.Popen[str]:
    program = "from servsim.cli.main import run; run()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", program, *words], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _wait_for(condition, most_s: float = 60.0) -> None:
    until_s = time.monotonic() + most_s
    while not condition():
        assert time.monotonic() < until_s, "waited too long"
        time.sleep(0.02)


def _finished(folder: Path) -> int:
    return len(list(folder.glob("results/.erlang_a.partial/done/*.json")))


LONG = ("run", "scenario=erlang_a", "calendar.days=1", "reasons.call.arrivals.per_hour=120", "teams.agents.agents=3", "figures=no", "replications=400", "engine=simpy")
"""A run that is killed long before its end; so many replications would else be worth compiling first."""
LONG_LINE = {"calendar.days": 1, "reasons.call.arrivals.per_hour": 120, "teams.agents.agents": 3}


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_killed_at_any_moment_goes_on_from_what_was_finished(folder, processes):
    fresh = servsim.run("erlang_a", LONG_LINE, replications=6, study="fresh")
    running = _start(folder, *LONG, f"workers={processes}")
    _wait_for(lambda: _finished(folder) >= 3)
    running.kill()
    running.wait()
    had = _finished(folder)

    again = servsim.run("erlang_a", LONG_LINE, replications=6)

    assert had >= 3
    assert again.rows == fresh.rows
    assert not list(folder.glob("results/.erlang_a.*"))


def test_finished_work_is_not_repeated_after_a_kill(folder, monkeypatch):
    running = _start(folder, *LONG, "workers=1")
    _wait_for(lambda: _finished(folder) >= 4)
    running.kill()
    running.wait()
    had = _finished(folder)
    run_again: list[int] = []
    monkeypatch.setattr(study_run, "simulator", lambda engine, *policy: lambda plan, seed, replication: run_again.append(replication) or simulate(plan, seed, replication))

    servsim.run("erlang_a", LONG_LINE, replications=had + 2, workers=1)

    assert run_again == [had, had + 1]


def test_a_killed_run_leaves_the_earlier_study_readable(folder):
    servsim.run("erlang_a", LINE, replications=2)
    before = servsim.load_results("erlang_a").summary
    running = _start(folder, *LONG, "overwrite=yes", "workers=1")
    _wait_for(lambda: _finished(folder) >= 1)
    running.kill()
    running.wait()

    results = servsim.load_results("erlang_a")
    results.check()
    assert results.summary == before


def test_ctrl_c_keeps_what_is_finished_and_says_so(folder):
    running = _start(folder, *LONG, "workers=2")
    _wait_for(lambda: _finished(folder) >= 3)
    running.send_signal(signal.SIGINT)
    printed, told = running.communicate(timeout=300)

    assert running.returncode == 130
    assert "finished and kept" in told
    assert "Traceback" not in told
    assert "mean wait of all" in printed
    assert _finished(folder) >= 3


def test_two_runs_of_one_study_at_once_are_refused(folder):
    running = _start(folder, *LONG, "workers=1")
    try:
        _wait_for(lambda: _finished(folder) >= 1)
        with pytest.raises(ResultsError, match="is writing this study"):
            servsim.run("erlang_a", LONG_LINE, replications=2)
    finally:
        running.kill()
        running.wait()


# ---- worker processes


class Doubles:
    """A job."""

    def __call__(self, task: int) -> int:
        return 2 * task


class DiesOnce:
    """A job whose process is killed the first time it meets task 3."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __call__(self, task: int) -> int:
        if task == 3 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 2 * task


class AlwaysDies:
    """A job whose process is killed whenever it meets task 3."""

    def __call__(self, task: int) -> int:
        if task == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return 2 * task


class Refuses:
    """A job that refuses task 1 with a sentence, or fails at task 2."""

    def __call__(self, task: int) -> int:
        if task == 1:
            raise SettingError("task: got 1; must be another")
        return 1 // (task - 2)


def test_every_task_is_done_once():
    assert sorted(workers.results(Doubles(), range(20), 2)) == [(task, 2 * task) for task in range(20)]


def test_the_work_of_a_killed_process_is_done_by_another(tmp_path):
    assert sorted(workers.results(DiesOnce(tmp_path / "died"), range(8), 2)) == [(task, 2 * task) for task in range(8)]


def test_a_task_that_always_kills_its_process_is_given_up_in_a_sentence():
    with pytest.raises(workers.WorkerLost, match=r"task 3: .* killed 3 times"):
        list(workers.results(AlwaysDies(), range(8), 2))


def test_a_refusal_in_a_worker_arrives_as_it_was_said():
    with pytest.raises(SettingError, match="must be another"):
        list(workers.results(Refuses(), [1], 1))
    with pytest.raises(workers.UnexpectedFailure, match="ZeroDivisionError"):
        list(workers.results(Refuses(), [2], 1))


def test_workers_end_when_nobody_listens_any_more():
    results = workers.results(Doubles(), range(10**9), 2)
    next(results)
    results.close()

    import multiprocessing

    assert not multiprocessing.active_children()


# ---- replaying a record

LOG = """date\tarrived\tmenu\twait\ttalk\toutcome\treason
990503\t09:00:10\t5\t0\t60\tAGENT\tcall
990503\t09:00:20\t5\t30\t0\tHANG\tcall
990503\t09:10:00\t5\t0\t120\tAGENT\tcall
990503\t09:20:00\t5\t0\t0\tHANG\tcall
990504\t10:00:00\t5\t10\t60\tAGENT\tcall
"""
LAYOUT = """
title: a call file of the tests
separator: tab
header: present
date_format: "%y%m%d"
time_format: "%H:%M:%S"
record:
  date: {column: date}
  arrived: {column: arrived}
  menu: {column: menu}
  wait: {column: wait}
  talk: {column: talk}
  outcome: {column: outcome, answered: [AGENT], abandoned: [HANG]}
  reason: {column: reason, names: {call: call}}
rules: {abandoned_without_wait: left_in_menu}
"""


def test_a_replay_simulates_exactly_the_recorded_arrivals_that_sought_an_agent(folder):
    (folder / "calls.tsv").write_text(LOG)
    (folder / "layout.yaml").write_text(LAYOUT)

    result = servsim.run("erlang_a", {"teams.agents.agents": 9}, replay="calls.tsv", replay_layout="layout.yaml", replications=2)

    world = result.world
    log = read_log(result.folder, 0, world.names, 1)
    assert log.contacts["arrived_s"].tolist() == [9 * 3600 + 10, 9 * 3600 + 20, 9 * 3600 + 600, 86_400 + 10 * 3600]
    assert (log.contacts["queued_s"] - log.contacts["arrived_s"]).tolist() == [5.0, 5.0, 5.0, 5.0]
    assert str(world.scenario.calendar.start) == "1999-05-03"
    assert world.plan.days == 2
    rows = {(row.hour, row.measure): row for row in result.replayed.rows}
    assert rows["09:00", "offered"].observed == rows["09:00", "offered"].simulated == 1.5
    assert rows["09:00", "abandoned"].observed == 0.5
    assert rows["09:00", "mean_wait_s"].observed == 10.0
    assert rows["all", "service_level"].observed == 0.75
    assert (result.folder / "replay.csv").exists()


@pytest.mark.parametrize(("day", "warned"), [("1999-05-03", ["replay: 2 of 6 lines (33 %) could not be used and are left out, most because outcome 'LOST' is not in the layout (first: calls.tsv line 6)"]), ("1999-05-04", [])])
def test_a_replay_of_days_that_lose_many_lines_warns(folder, day, warned):
    spoilt = "990503\t11:00:00\t5\t0\t60\tLOST\tcall\n" * 2
    (folder / "calls.tsv").write_text(LOG.replace("990504", f"{spoilt}990504"))
    (folder / "layout.yaml").write_text(LAYOUT)

    result = servsim.run("erlang_a", {"teams.agents.agents": 9}, replay="calls.tsv", replay_layout="layout.yaml", replay_days=day, replications=2, figures=False)

    assert [str(each).partition(";")[0] for each in result.world.warnings] == warned


def test_a_replay_of_days_without_calls_says_which_days_there_are(folder):
    (folder / "calls.tsv").write_text(LOG)
    (folder / "layout.yaml").write_text(LAYOUT)

    with pytest.raises(SettingError, match="1999-05-03 to 1999-05-04"):
        servsim.run("erlang_a", replay="calls.tsv", replay_layout="layout.yaml", replay_days="1999-06-01..1999-06-03")


def test_a_recorded_reason_that_the_scenario_lacks_is_named(folder):
    (folder / "calls.tsv").write_text(LOG.replace("call\n", "loan\n"))
    (folder / "layout.yaml").write_text(LAYOUT.replace("{call: call}", "{loan: loan}"))

    with pytest.raises(SettingError, match="loan"):
        servsim.run("erlang_a", replay="calls.tsv", replay_layout="layout.yaml")


@pytest.mark.slow
def test_real_days_of_the_bank_are_replayed_beside_what_was_observed(folder):
    calls = SHARED / "data" / "anonymous_bank_1999" / "calls_1999_05.tsv.gz"
    if not calls.exists():
        pytest.skip("the bank's call files are not beside the checkout")

    result = servsim.run("anonymous_bank", replay=str(calls), replay_days="1999-05-03..1999-05-04", replications=2, logs="measures")

    rows = [row for row in result.replayed.rows if row.measure == "offered"]
    assert all(row.observed == pytest.approx(row.simulated) for row in rows)
    assert set(result.replayed.errors) == {"offered", "answered", "abandoned", "mean_wait_s", "service_level"}


def test_the_manifest_says_which_engines_simulated_and_neither_key_nor_results_depend_on_it(folder):
    studies = {engine: servsim.run("erlang_a", LINE, replications=2, engine=engine, study=engine, figures=False) for engine in ("simpy", "compiled")}

    simpy, compiled = (servsim.load_results(name).manifest for name in studies)
    assert (simpy["engines"], compiled["engines"]) == ({"simpy": 2}, {"compiled": 2})
    assert simpy["key"] == compiled["key"]
    assert {"numba", "llvmlite"} == set(compiled["versions"]) - set(simpy["versions"])
    assert studies["simpy"].rows == studies["compiled"].rows
