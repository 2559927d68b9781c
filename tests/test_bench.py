"""The benchmark measures what it says: the same lines in every simulator, ratios within rounds, and nothing left out silently."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from servsim.cli.bench import bench_and_print
from servsim.engine import machine_code
from servsim.errors import SettingError
from servsim.peers import simpy_by_hand
from servsim.peers.line import LINES
from servsim.plan.compile import compile_plan
from servsim.report.bench_picture import bench_picture
from servsim.scenario.reader import load
from servsim.study import bench
from servsim.study.bench import PEERS, Bench, Measured, Peer, exact, line_overrides, peer_named


def test_the_exact_values_are_those_of_the_books() -> None:
    """M/M/1 with rho 0.9 waits rho / (1 - rho) = 9 talks; M/M/20+M as in the reference cases."""
    assert exact("M/M/1") == (pytest.approx(9.0), 0.0)
    assert exact("M/M/20+M") == (pytest.approx(0.147375, abs=1e-6), pytest.approx(0.073687, abs=1e-6))


@pytest.mark.parametrize("contacts", [1000, 9000, 28_800, 100_000])
@pytest.mark.parametrize("model", list(LINES))
def test_the_scenario_is_the_line_that_the_peers_simulate(model: str, contacts: int) -> None:
    """Arrivals a mean talk, agents and expected contacts of the compiled plan are those of the line."""
    plan = compile_plan(load("erlang_a", line_overrides(model, contacts))).plan
    line = LINES[model]
    assert len(plan.agent_team) == line.agents
    assert float(plan.cell_mean.sum()) == pytest.approx(contacts, rel=0.2)


def test_a_peer_comes_near_to_the_exact_values() -> None:
    """Within 5 standard errors, of batches of 2 000 customers each begun empty (whose bias is below 1 % of the wait of this line)."""
    runs = [simpy_by_hand.run(LINES["M/M/20+M"], 2000, seed) for seed in range(25)]
    shares = [run.abandoned for run in runs]
    mean = sum(shares) / len(shares)
    error = math.sqrt(sum((share - mean) ** 2 for share in shares) / (len(shares) - 1) / len(shares))
    assert abs(mean - exact("M/M/20+M")[1]) < 5.0 * error


def measured(us: dict[str, list[float]], contacts: int = 1000) -> dict[str, list[Measured]]:
    return {peer: [Measured(peer, contacts, one * contacts / 1e6, 50.0, 0.1, 0.05) for one in each] for peer, each in us.items()}


def test_ratios_are_taken_within_a_round_so_that_a_machine_that_slows_down_changes_none() -> None:
    found = measured({"servsim, compiled": [1.0, 2.0, 4.0], bench.REFERENCE: [50.0, 100.0, 200.0]})
    rows = {row.peer: row for row in bench._rows("M/M/1", found)}
    assert rows["servsim, compiled"].times_quicker == pytest.approx(50.0)
    assert rows["servsim, compiled"].us_per_contact == pytest.approx(2.0)
    assert rows[bench.REFERENCE].times_quicker == pytest.approx(1.0)


def test_what_is_missing_or_would_take_too_long_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "in_fresh_process", lambda peer, model, contacts: Measured(peer, contacts, contacts * 1e-3, 50.0, 0.1, 0.05))
    absent = Peer("absent", "absent", "no_such_package_anywhere", "absent", ("M/M/1",))
    told: list[str] = []
    run = Bench((peer_named(bench.REFERENCE), absent), 2, 5.0, told.append)
    run.run(["M/M/1"], [9600, 1200, 86_400])
    assert [(row.peer, row.contacts) for row in run.rows] == [(bench.REFERENCE, 1200)]
    assert [left.reason for left in run.skipped if left.peer == "absent"] == ["not installed"] * 3
    slow = [left.reason for left in run.skipped if left.peer == bench.REFERENCE]
    assert slow == ["would take about 10 s a run (longest=5)", "too slow at a smaller size already"]
    assert len(told) == 2


def test_all_peers_are_asked_for_the_size_that_servsim_can_simulate_and_for_each_size_and_model_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(bench, "in_fresh_process", lambda peer, model, contacts: asked.append((model, contacts)) or Measured(peer, contacts, 0.1, 50.0, 0.1, 0.05))
    told: list[str] = []
    run = Bench((peer_named("servsim, SimPy"), peer_named(bench.REFERENCE)), 1, 60.0, told.append)
    run.run(["M/M/1", "M/M/1"], [10, 1000, 1200, 43_000])
    assert asked == [("M/M/1", 1200)] * 2 + [("M/M/1", 28_800)] * 2
    assert [line for line in told if "instead" in line] == [
        "M/M/1: 1,200 contacts instead of 10: a run is whole hours or days",
        "M/M/1: 28,800 contacts instead of 43,000: a run is whole hours or days",
    ]


def test_a_peer_that_does_not_simulate_a_model_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_and_print(["peers=by_hand", "models=phone_shop,phone_shop"]) == 0
    said = capsys.readouterr().out
    assert said.count("not measured: typical SimPy, phone shop: it does not simulate this model") == 1 and "nothing was measured" in said


@pytest.mark.parametrize(("is_kept", "measured_peers"), [(True, ["servsim, compiled", bench.REFERENCE]), (False, [bench.REFERENCE])])
def test_code_is_compiled_ahead_once_and_not_in_every_measured_process(is_kept: bool, measured_peers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    monkeypatch.setattr(bench, "compiled_ahead", lambda tell: steps.append("ahead") or is_kept)
    monkeypatch.setattr(bench, "in_fresh_process", lambda peer, model, contacts: steps.append(peer) or Measured(peer, contacts, 0.1, 50.0, 0.1, 0.05))
    run = Bench((peer_named("servsim, compiled"), peer_named(bench.REFERENCE)), 1, 60.0, lambda line: None)
    run.run(["M/M/1"], [1200, 2400])
    assert steps == ["ahead", *measured_peers, *measured_peers]
    assert [left.reason for left in run.skipped][:1] == ([] if is_kept else ["its code cannot be kept, so that every run would compile it anew"])


def test_what_the_process_that_compiles_ahead_says_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(bench, "COMPILE", f"import sys; print({bench.TOLD!r} + 'half a minute', file=sys.stderr); print('a warning', file=sys.stderr); print('kept')")
    assert bench.compiled_ahead(told.append) and told == ["half a minute"]
    monkeypatch.setattr(bench, "COMPILE", "raise SystemExit('no memory')")
    with pytest.raises(SettingError, match=r"compiling failed.*no memory"):
        bench.compiled_ahead(told.append)


def test_the_process_that_compiles_ahead_leaves_code_that_others_read() -> None:
    assert bench.compiled_ahead(lambda line: None) == machine_code.is_kept()


def test_the_verb_prints_a_table_and_writes_it_with_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["contacts=1200,2400,1200", "rounds=1", "models=mm20m", "peers=simpy,by_hand", f"out={tmp_path / 'speed'}"]
    assert bench_and_print(words) == 0
    said = capsys.readouterr().out
    assert "exact, in the long run" in said and "0.0737" in said and "typical SimPy" in said
    rows = list(csv.DictReader((tmp_path / "speed" / "bench.csv").open(encoding="utf-8")))
    assert [row["peer"] for row in rows] == ["servsim, SimPy", bench.REFERENCE] * 2
    assert all(float(row["us_per_contact"]) > 0.0 and float(row["peak_mb"]) > 10.0 for row in rows)
    assert (tmp_path / "speed" / "bench.png").stat().st_size > 10_000
    with pytest.raises(SettingError, match="exists already"):
        bench_and_print(words)


def test_a_picture_shows_every_simulator_of_every_model() -> None:
    rows = [row for model in LINES for row in bench._rows(model, measured({peer.name: [10.0 * (k + 1)] for k, peer in enumerate(PEERS)}))]
    figure = bench_picture(rows, "this machine")
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(LINES)
    assert [[label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes] == [[peer.name for peer in PEERS]] * 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["peers=simpi"], "peers: there is no 'simpi'.*did you mean 'simpy'"),
        (["models=mm2"], "models: there is no 'mm2'"),
        (["rounds=0"], "rounds"),
        (["start=perhaps"], "start: must be yes or no"),
        (["scenario=phone_shop"], "scenario: means nothing to servsim bench"),
    ],
)
def test_words_that_mean_nothing_are_refused(words: list[str], says: str) -> None:
    with pytest.raises(SettingError, match=says):
        bench_and_print(words)
