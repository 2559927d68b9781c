"""Sweeps: every combination once, one tidy table, nothing repeated after a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import servsim
from servsim.cli.argument import whole_number
from servsim.cli.main import exit_code
from servsim.errors import ResultsError, ScenarioError, SettingError
from servsim.study import run as study_run
from servsim.study import sweep as study_sweep
from servsim.study.finished import Finished, FinishedFile, RowWords
from servsim.study.parquet import read_parquet
from servsim.study.run import Ending
from servsim.study.settings import make_settings
from servsim.study.sweep import make_points, run_sweep

ROOT = Path(__file__).resolve().parents[1]
LINE = (("calendar.days", 1), ("reasons.call.arrivals.per_hour", 60))
AGENTS = {"teams.agents.agents": [2, 3]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings_for(**given):
    return make_settings({"scenario": "erlang_a", "study": "agents", "replications": 3, **given}, LINE)


def table_of(name: str):
    return read_parquet(Path("results") / name / "sweep.parquet")


def test_points_are_all_combinations_in_the_order_of_the_axes():
    points = make_points(settings_for(), {"teams.agents.agents": [2, 3], "seed": [7, 8]})

    assert [tuple(point.values.values()) for point in points] == [(2, 7), (2, 8), (3, 7), (3, 8)]
    assert [point.seed for point in points] == [7, 8, 7, 8]


def test_the_table_is_tidy(folder):
    result = run_sweep(settings_for(), {**AGENTS, "seed": [1, 2]})

    table = table_of("agents")
    offered = (table["measure"] == "offered") & (table["by"] == "overall")
    assert result.ending is Ending.COMPLETE
    assert sorted(set(zip(table["teams.agents.agents"].tolist(), table["seed"].tolist(), strict=True))) == [(2, 1), (2, 2), (3, 1), (3, 2)]
    assert offered.sum() == 4 * 3
    assert (folder / "results" / "agents" / "sweep.csv").exists()
    assert (folder / "results" / "agents" / "summary.csv").exists()


def test_a_point_has_the_same_numbers_as_a_study_of_it(folder):
    run_sweep(settings_for(), AGENTS)
    alone = servsim.run("erlang_a", {**dict(LINE), "teams.agents.agents": 3}, replications=3, study="alone")

    summary = json.loads((folder / "results" / "agents" / "summary.json").read_text())
    swept = {(row["measure"], row["formula"], str(row["by"])): row["value"] for row in summary if row["at"] == {"teams.agents.agents": 3}}
    of_alone = {(row["measure"], row["formula"], str(row["by"])): row["value"] for row in alone.rows}
    assert swept
    assert swept == {key: of_alone[key] for key in swept}


def test_two_workers_leave_the_same_table_as_one(folder, monkeypatch):
    monkeypatch.setattr(study_run, "POOL_PAYS_S", -1.0)
    run_sweep(settings_for(study="one", workers=1), AGENTS)
    run_sweep(settings_for(study="two", workers=2), AGENTS)

    one, two = table_of("one"), table_of("two")
    assert all(np.array_equal(one[name], two[name], equal_nan=one[name].dtype.kind == "f") for name in one)


def test_every_bad_point_is_told_before_anything_runs(folder):
    with pytest.raises(ScenarioError) as caught:
        run_sweep(settings_for(), {"teams.agents.agents": [2, -1, "x"], "calendar.interval": ["30 min", "7 min"]})

    told = str(caught.value)
    assert "got -1" in told
    assert "got x" in told
    assert "calendar.interval" in told
    assert not (folder / "results").exists()


@pytest.mark.parametrize("axes", [{"replications": [1, 2]}, {"workers": [1, 2]}])
def test_run_settings_but_seed_and_scenario_cannot_vary(folder, axes):
    with pytest.raises(SettingError, match="same at every point"):
        run_sweep(settings_for(), axes)


def test_scenarios_can_vary_though_their_measures_have_other_groups(folder, capsys):
    assert exit_code(["sweep", "scenario=erlang_a,phone_shop", "calendar.days=1", "replications=1", "study=both"]) == 0

    table = table_of("both")
    assert set(table["scenario"].tolist()) == {"erlang_a", "phone_shop"}
    assert "counter" in table["channel"].tolist()
    assert "erlang_a" in capsys.readouterr().out


def test_the_largest_seeds_are_read_and_kept_exactly(folder):
    seeds = [1, 2**53 + 1, 2**63 - 1]

    words = ["scenario=erlang_a", f"seed={','.join(map(str, seeds))}", *(f"{path}={value}" for path, value in LINE), "replications=1", "output=quiet"]
    assert exit_code(["sweep", *words]) == 0

    table = table_of("erlang_a_sweep")
    summary = json.loads((folder / "results" / "erlang_a_sweep" / "summary.json").read_text())
    last = servsim.run("erlang_a", LINE, replications=1, seed=seeds[2], study="alone", logs="measures", figures=False)
    offered = (table["seed"] == seeds[2]) & (table["measure"] == "offered") & (table["by"] == "overall")
    assert table["seed"].dtype == np.int64
    assert set(table["seed"].tolist()) == set(seeds) == {row["at"]["seed"] for row in summary}
    assert table["value"][offered].tolist() == [row["value"] for row in last.rows if row["measure"] == "offered" and not row["by"]]


def test_a_typed_seed_is_read_exactly_and_refused_beyond_what_is_said():
    assert make_settings({"scenario": "erlang_a", "seed": "9223372036854775807"}).seed == 2**63 - 1
    assert make_settings({"scenario": "erlang_a", "seed": "9007199254740993"}).seed == 2**53 + 1
    assert whole_number("seed", "9223372036854775807", 0, 2**63 - 1) == 2**63 - 1
    with pytest.raises(SettingError, match=r"seed: got 9223372036854775808; must be a whole number from 0 to 2\^63 - 1"):
        make_settings({"scenario": "erlang_a", "seed": "9223372036854775808"})


def test_a_sweep_refuses_logs_where_they_are_asked_for(folder, capsys):
    assert exit_code(["sweep", "scenario=erlang_a", "seed=1,2", "logs=full"]) == 2
    assert "logs: got full; a sweep keeps measures only" in capsys.readouterr().err
    assert not (folder / "results").exists()


def test_the_manifest_says_which_engines_simulated_also_what_an_earlier_start_had_finished(folder, monkeypatch):
    def stops(done, of):
        if done == 1:
            raise KeyboardInterrupt

    run_sweep(settings_for(engine="simpy", workers=1), AGENTS, stops)
    run_sweep(settings_for(engine="compiled", workers=1), AGENTS)

    manifest = json.loads((folder / "results" / "agents" / "manifest.json").read_text())
    assert manifest["engines"] == {"compiled": 5, "simpy": 1}
    assert {"numba", "llvmlite"} <= set(manifest["versions"])


def test_another_sweep_is_not_overwritten_and_the_same_one_may_be_run_again(folder):
    run_sweep(settings_for(), AGENTS)
    run_sweep(settings_for(), AGENTS)

    with pytest.raises(ResultsError, match="overwrite"):
        run_sweep(settings_for(), {"teams.agents.agents": [2, 3, 4]})


# ---- killed


def _start(folder: Path, *words: str) -> subprocess.Popen[str]:
    program = "from servsim.cli.main import run; run()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", program, *words], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


SWEEP = ("sweep", "scenario=erlang_a", "calendar.days=1", "reasons.call.arrivals.per_hour=60", "teams.agents.agents=2,3", "replications=200", "study=agents", "engine=simpy")


def _size(folder: Path) -> int:
    file = folder / "results" / ".agents.partial" / "finished.bin"
    return file.stat().st_size if file.exists() else 0


def _kill_when_some_is_finished(folder: Path, *more: str) -> None:
    running = _start(folder, *SWEEP, *more)
    until_s = time.monotonic() + 60.0
    while _size(folder) < 10_000:
        assert time.monotonic() < until_s, "waited too long"
        time.sleep(0.02)
    running.kill()
    running.wait()


@pytest.mark.parametrize("processes", [1, 2])
def test_a_killed_sweep_goes_on_without_repeating_finished_work(folder, monkeypatch, processes):
    _kill_when_some_is_finished(folder, f"workers={processes}")
    with FinishedFile(folder / "results" / ".agents.partial") as finished:
        had = set(finished.places)
    run_again: list[tuple[int, int]] = []
    ran = study_sweep.PointJob._record
    monkeypatch.setattr(study_sweep.PointJob, "_record", lambda self, point, number, *rest: run_again.append((point, number)) or ran(self, point, number, *rest))

    replications = max(number for _, number in had) + 2
    result = run_sweep(settings_for(replications=replications, workers=1), AGENTS)

    assert had
    assert not had & set(run_again)
    assert had | set(run_again) >= {(point, number) for point in (0, 1) for number in range(replications)}
    assert result.ending is Ending.COMPLETE


def test_a_sweep_that_went_on_after_a_kill_leaves_the_same_table(folder):
    run_sweep(settings_for(replications=8, study="fresh", workers=1), AGENTS)
    _kill_when_some_is_finished(folder)
    run_sweep(settings_for(replications=8, workers=1), AGENTS)

    fresh, again = table_of("fresh"), table_of("agents")
    assert all(np.array_equal(fresh[name], again[name], equal_nan=fresh[name].dtype.kind == "f") for name in fresh)


def test_two_sweeps_into_one_study_at_once_are_refused(folder):
    running = _start(folder, *SWEEP)
    until_s = time.monotonic() + 60.0
    while not _size(folder) and time.monotonic() < until_s:
        time.sleep(0.02)
    try:
        with pytest.raises(ResultsError, match="is writing this study"):
            run_sweep(settings_for(), AGENTS)
    finally:
        running.kill()
        running.wait()


# ---- the file of what is finished


WORDS = RowWords("a" * 32, {name: np.array(["x", "y"], object) for name in ("measure", "formula", "unit", "by", "channel", "reason", "segment", "team", "interval", "day")})


def _record(replication: int) -> Finished:
    return Finished(0, replication, WORDS.digest, np.array([1.0, float(replication)]), np.array([1.0, 2.0]))


@pytest.mark.parametrize("cut", range(1, 80, 13))
def test_a_record_cut_short_is_dropped_and_the_others_stay(tmp_path, cut):
    with FinishedFile(tmp_path) as finished:
        finished.keep_words(WORDS)
        finished.add([_record(0), _record(1)])
    path = tmp_path / "finished.bin"
    path.write_bytes(path.read_bytes()[:-cut])

    with FinishedFile(tmp_path) as finished:
        assert sorted(finished.places) == [(0, 0)]
        finished.add([_record(2)])
    with FinishedFile(tmp_path) as finished:
        assert sorted(finished.places) == [(0, 0), (0, 2)]
        assert finished.table(0, 2)["numerator"].tolist() == [1.0, 2.0]


def test_a_record_with_a_flipped_bit_is_not_believed(tmp_path):
    with FinishedFile(tmp_path) as finished:
        finished.keep_words(WORDS)
        finished.add([_record(0)])
    path = tmp_path / "finished.bin"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(bytes(content))

    with FinishedFile(tmp_path) as finished:
        assert not finished.places


@pytest.mark.slow
def test_a_thousand_points_leave_as_many_files_as_two(folder):
    run_sweep(settings_for(replications=1), AGENTS)
    few = sorted(file.name for file in (folder / "results" / "agents").rglob("*"))
    run_sweep(settings_for(replications=1, study="many"), {"teams.agents.agents": list(range(2, 12)), "seed": list(range(100))})

    table = table_of("many")
    assert sorted(file.name for file in (folder / "results" / "many").rglob("*")) == few
    assert len(set(zip(table["teams.agents.agents"].tolist(), table["seed"].tolist(), strict=True))) == 1000
