"""Comparing decisions: the same people in every world, and no more said than can be told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from small_shop import make_shop

import servsim
from servsim.cli.main import exit_code
from servsim.engine.simpy_engine import simulate
from servsim.errors import ResultsError, ScenarioError, SettingError, TooFewReplications
from servsim.study import compare as study_compare
from servsim.study import run as study_run
from servsim.study.compare import run_comparison
from servsim.study.parquet import read_parquet
from servsim.study.run import Again, Ending, make_world
from servsim.study.settings import make_settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(study_run, "POOL_PAYS_S", 1e9)  # starting processes would take longer than the work
    return make_shop(tmp_path)


# ---- a decision that changes nothing


def test_a_decision_that_changes_nothing_gives_differences_of_exactly_0_everywhere(shop):
    found = servsim.compare("shop", ["as_it_is"], replications=3)

    assert len(found.rows) > 100
    assert {(each.difference, each.low, each.high) for each in (*found.rows, *found.broken_down("day"), *found.broken_down("interval"))} == {(0.0, 0.0, 0.0)}
    assert {each.measure for each in found.paired if each.difference} == {"contacts_paired", "cases_paired"}
    assert {each.verdict for each in found.rows} == {"the same"}


@pytest.mark.slow
def test_a_decision_that_changes_nothing_in_the_telephone_shop_gives_differences_of_exactly_0(shop):
    folder = shop.parent / "same"
    (folder / "decisions").mkdir(parents=True)
    (folder / "scenario.yaml").write_text("like: phone_shop\nchanges: {calendar.days: 7}\n")
    (folder / "decisions" / "same.yaml").write_text("title: As it is\nset: {teams.clerks.agents: 4, reasons.walk_in.solved: 85 %}\n")

    found = servsim.compare("same", ["same"], replications=2)

    assert {(each.difference, each.low, each.high) for each in found.rows} == {(0.0, 0.0, 0.0)}
    assert {each.measure for each in found.paired if each.difference} == {"contacts_paired", "cases_paired", "lost_anyway"}


# ---- the numbers


def test_every_world_is_simulated_as_a_run_of_its_own_would_be(shop):
    found = servsim.compare("shop", ["one_more_clerk"], replications=3)
    plain = servsim.run("shop", replications=3, figures=False, study="plain")
    changed = servsim.run("shop", {"teams.clerks.agents": 3}, replications=3, figures=False, study="changed")

    def value(result, measure):
        return next(row["value"] for row in result.rows if row["measure"] == measure and not row["by"])

    for measure in ("mean_wait_s", "offered", "solved_share", "wages"):
        row = found.row("one_more_clerk", measure)
        assert (row.value_base, row.value) == (value(plain, measure), value(changed, measure))
        assert row.difference == row.value - row.value_base


def test_costs_of_a_decision_join_the_wages(shop):
    found = servsim.compare("shop", ["all_at_once"], replications=2)

    assert found.row("all_at_once", "invoices").difference == 1030.0
    cost, wages = (found.row("all_at_once", name) for name in ("cost_with_invoices", "wages"))
    assert cost.difference == pytest.approx(wages.difference + 1030.0)
    assert found.row("all_at_once", "invoices", "staggered").difference == pytest.approx(1030.0 - 1880.0)


def test_an_absence_touches_those_whose_executive_is_away_and_nobody_else(shop):
    found = servsim.compare("shop", ["all_at_once"], replications=5)

    def mean(measure, **by):
        return found.row("all_at_once", measure, **by).difference

    assert mean("people_worse_off", segment="owned") > 1.0
    assert mean("people_worse_off", segment="private") == 0.0
    assert mean("contacts_only_with", day="2026-03-02") == mean("waits_longer", day="2026-03-02") == 0.0
    assert found.row("all_at_once", "mean_wait_s", reason="walk_in").difference == 0.0


def test_the_sample_of_a_row_gives_its_value(shop):
    found = servsim.compare("shop", ["one_more_clerk"], replications=4)
    sample, row = found.sample("one_more_clerk", "mean_wait_s"), found.row("one_more_clerk", "mean_wait_s")

    assert sample.above.shape == (4,)
    assert sample.value == row.value
    assert found.paired_sample("one_more_clerk", "waits_shorter").mean() == found.row("one_more_clerk", "waits_shorter").difference


def test_headline_intervals_are_wide_enough_to_hold_together(shop):
    found = servsim.compare("shop", ["one_more_clerk", "staggered"], replications=4)
    rows = [each for each in (*found.rows, *found.paired) if each.is_headline]

    assert found.statements == len(rows)
    assert all(each.level == pytest.approx(1 - 0.05 / len(rows)) for each in rows)
    assert {each.level for each in found.rows if not each.is_headline} == {0.95}


def test_two_workers_leave_the_same_bits_as_one(shop, monkeypatch):
    one = servsim.compare("shop", ["all_at_once"], replications=4, workers=1, study="one", logs="full")
    monkeypatch.setattr(study_run, "POOL_PAYS_S", -1.0)
    two = servsim.compare("shop", ["all_at_once"], replications=4, workers=2, study="two", logs="full")

    assert (one.rows, one.paired) == (two.rows, two.paired)
    for table in ("measures", "pairs", "contacts", "changed_contacts", "changed_cases"):
        first, second = (read_parquet(each.folder / f"{table}.parquet") for each in (one, two))
        assert all(np.array_equal(first[name], second[name], equal_nan=first[name].dtype.kind == "f") for name in first)


def test_pairing_gains_where_a_decision_touches_little_of_the_capacity(shop):
    found = servsim.compare("shop", ["a_tenth_of_a_day"], replications=12)

    assert found.gains[0].gain.factor > 5.0


def test_paired_differences_are_those_between_two_plain_logs(shop):
    found = servsim.compare("shop", ["one_more_clerk"], replications=2, logs="full")
    settings = make_settings({"scenario": "shop"})
    base = simulate(make_world(settings).plan, 1, 1).contacts
    kept = read_parquet(found.folder / "contacts.parquet")
    mine = (kept["replication"] == 1) & (kept["world"] == "nothing")

    assert np.array_equal(kept["arrived_s"][mine], base["arrived_s"])
    changed = read_parquet(found.folder / "changed_contacts.parquet")
    both = (changed["contact"] >= 0) & (changed["contact_against"] >= 0)
    longer = both & (changed["wait_s"] - changed["wait_against_s"] > 1.0)
    assert longer.sum() / 2 == found.row("one_more_clerk", "waits_longer").difference


# ---- what can be told


def test_one_replication_is_refused_with_the_arithmetic(shop):
    with pytest.raises(TooFewReplications, match=r"at least 2 are needed.*12\.7 with 2"):
        servsim.compare("shop", ["one_more_clerk"], replications=1)


def test_where_nothing_can_be_told_it_says_so_and_how_many_replications_would(shop):
    row = servsim.compare("shop", ["all_at_once"], replications=2).row("all_at_once", "mean_wait_s", "staggered")

    assert row.verdict == "cannot tell"
    assert row.low < 0 < row.high
    assert row.needed > 2


def test_no_harm_is_said_only_of_a_difference_within_a_stated_margin(shop):
    free = servsim.compare("shop", ["a_tenth_of_a_day"], replications=6).row("a_tenth_of_a_day", "solved_share")
    wide = servsim.compare("shop", ["a_tenth_of_a_day"], replications=6, margin="50 %", overwrite=True)
    narrow = servsim.compare("shop", ["a_tenth_of_a_day"], replications=6, margin={"solved_share": "0.0001 %"}, overwrite=True)

    assert "margin" not in free.verdict
    assert "within the margin" in wide.row("a_tenth_of_a_day", "solved_share").verdict
    assert "margin" not in narrow.row("a_tenth_of_a_day", "solved_share").verdict
    assert "margin" not in wide.row("a_tenth_of_a_day", "cost_with_invoices").verdict


@pytest.mark.parametrize(
    ("margin", "says"),
    [
        ({"mean_weit": "1 min"}, "no measure called mean_weit.*did you mean 'mean_wait_s'"),
        ({"counter.mean_weit": "1 min"}, "no measure called mean_weit"),
        ({"mean_wait": "5"}, "must have a unit, such as 5 s or 5 min"),
        ({"solved_share": "5"}, "must be a share of 1, such as 0.02"),
        ({"solved_share": "1 min"}, "must be a share of 1"),
        ({"told_to_come_back": "1 min"}, "must be a number of contacts"),
        ("5", "for all measures, whose units differ, it is a share of the comparator, as 5 % would be"),
        ("1 min", "for all measures"),
    ],
)
def test_a_margin_of_an_unknown_measure_or_in_another_unit_is_refused_before_anything_is_simulated(shop, margin, says, monkeypatch):
    monkeypatch.setattr(study_compare, "_Study", None)
    with pytest.raises(SettingError, match=says):
        servsim.compare("shop", ["one_more_clerk"], replications=2, margin=margin)


def test_margins_in_the_units_of_their_measures_are_taken(shop):
    margins = {"mean_wait": "0.5 min", "counter.mean_wait": "5 %", "solved_share": "0.02", "people_worse_off": "3", "cost_with_invoices": "10"}
    assert servsim.compare("shop", ["one_more_clerk"], replications=2, margin=margins, overwrite=True).rows


def test_expectations_are_published_whichever_way_they_fall(shop):
    found = servsim.compare("shop", ["all_at_once", "one_more_clerk"], replications=8)

    told = {(each.decision, each.expectation.measure): each for each in found.expectations}
    assert told["all_at_once", "cost_with_invoices"].outcome == "held"
    assert told["all_at_once", "wages"].outcome == "held"
    assert told["all_at_once", "wages"].against == "nothing"
    assert told["all_at_once", "told_to_come_back"].against == "staggered"
    assert told["one_more_clerk", "clerks.occupancy"].outcome == "held"
    assert told["one_more_clerk", "clerks.occupancy"].row.by == {"team": "clerks"}


def test_an_expectation_that_fails_says_so(shop):
    (shop / "decisions" / "wrong.yaml").write_text(
        "title: x\nset: {teams.clerks.agents: 3}\nexpects: [{measure: clerks.occupancy, sign: up}, {measure: wages, sign: same}, {measure: wages, sign: same, margin: 90 %}]\n"
    )
    assert [each.outcome for each in servsim.compare("shop", ["wrong"], replications=4).expectations] == ["failed", "failed", "held"]


def test_expectations_about_unknown_measures_are_refused_before_anything_runs(shop):
    (shop / "decisions" / "wrong.yaml").write_text("title: x\nexpects: [{measure: mean_weit, sign: up}, {measure: tills.occupancy, sign: up}]\n")

    with pytest.raises(ScenarioError) as caught:
        servsim.compare("shop", ["wrong"], replications=2)

    assert len(caught.value.problems) == 2
    assert "did you mean 'mean_wait_s'?" in str(caught.value)
    assert not (shop.parents[1] / "results").exists()


# ---- what does not go with it


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"decisions": []}, "decisions: must be given"), ({"decisions": ["nothing"]}, "decisions: got nothing, which every decision is compared with anyway; another must be given"), ({"precision": "5 %"}, "precision"), ({"replay": "calls.tsv"}, "replay")],
)
def test_settings_that_do_not_go_with_a_comparison_are_refused(shop, settings, said):
    with pytest.raises(SettingError, match=said):
        run_comparison(make_settings({"scenario": "shop", "decisions": ["staggered"], **settings}))


def test_run_and_sweep_send_decisions_to_compare(shop, capsys):
    assert exit_code(["run", "scenario=shop", "decisions=[staggered]"]) == 2
    assert "servsim compare" in capsys.readouterr().err
    assert exit_code(["sweep", "scenario=shop", "teams.clerks.agents=2,3", "decisions=[staggered]"]) == 2
    assert "servsim compare" in capsys.readouterr().err


# ---- kept, killed, taken up again


def test_results_are_kept_with_one_manifest_and_rows_for_a_spreadsheet(shop):
    found = servsim.compare("shop", ["all_at_once"], replications=2)

    results = servsim.load_results(found.folder)
    results.check()
    assert [each["name"] for each in results.manifest["worlds"]] == ["nothing", "all_at_once", "staggered"]
    assert results.manifest["worlds"][1]["invoices"][0]["amount"] == 1000.0
    head = (found.folder / "compare.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert head.startswith("decision,against,measure,formula,unit,by,channel")
    assert set(read_parquet(found.folder / "measures.parquet")["world"]) == {"nothing", "all_at_once", "staggered"}
    assert not list(found.folder.glob("contacts*"))


def test_the_same_comparison_is_read_not_run_again(shop, monkeypatch):
    settings = make_settings({"scenario": "shop", "decisions": ["one_more_clerk"], "replications": 3, "logs": "measures"})
    first = run_comparison(settings)
    monkeypatch.setattr(study_compare, "simulator", None)

    again = run_comparison(settings, again=Again.SHOW_SAVED)

    assert again.ending is Ending.SAVED
    assert (again.rows, again.paired) == (first.rows, first.paired)


def test_more_replications_and_another_study_follow_the_rules_of_runs(shop):
    servsim.compare("shop", ["one_more_clerk"], replications=3)

    with pytest.raises(ResultsError, match="3 replications"):
        servsim.compare("shop", ["one_more_clerk"], replications=2)
    with pytest.raises(ResultsError, match="overwrite"):
        servsim.compare("shop", ["staggered"], replications=3)
    assert servsim.compare("shop", ["one_more_clerk"], replications=4).replications == 4


LONG = ("compare", "scenario=shop", "decisions=all_at_once", "replications=400", "study=long", "workers=1", "engine=simpy")


def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on_from_there(shop, monkeypatch):
    folder = shop.parents[1]
    program = "from servsim.cli.main import run; run()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen([sys.executable, "-c", program, *LONG], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until_s = time.monotonic() + 60
    while len(list(folder.glob("results/.long.partial/done/*.json"))) < 3:
        assert time.monotonic() < until_s and running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    had = len(list(folder.glob("results/.long.partial/done/*.json")))
    run_again: list[int] = []
    monkeypatch.setattr(study_compare, "simulator", lambda engine: lambda plan, seed, replication: run_again.append(replication) or simulate(plan, seed, replication))

    found = servsim.compare("shop", ["all_at_once"], replications=had + 1, study="long", workers=1)
    fresh = servsim.compare("shop", ["all_at_once"], replications=had + 1, study="fresh", workers=1)

    assert running.returncode == 130
    assert "finished and kept" in told and "Traceback" not in told
    assert run_again[:3] == [had, had, had]
    assert (found.rows, found.paired) == (fresh.rows, fresh.paired)


# ---- the command line


def test_compare_prints_a_table_for_each_decision_and_comparator(shop, capsys):
    assert exit_code(["compare", "scenario=shop", "decisions=all_at_once,half_day", "replications=4"]) == 0

    printed = capsys.readouterr().out
    assert "all_at_once: All but one on a course on Tuesday (aim: trained)\nagainst staggered" in printed
    assert "all_at_once+half_day" in printed and "against all_at_once: " in printed
    assert "mean wait of all" in printed and "points" in printed
    assert "hold together with 95 %" in printed
    assert "less than it would between independent runs" in printed
    assert "told_to_come_back up" in printed
    assert "cannot tell (about" in printed
    assert "Results: results/shop_compare" in printed


def test_compare_for_programs_prints_rows_and_nothing_else(shop, capsys):
    assert exit_code(["compare", "scenario=shop", "decisions=[one_more_clerk]", "replications=2", "output=json"]) == 0

    rows = json.loads(capsys.readouterr().out)
    assert {"decision", "against", "measure", "difference", "low", "high", "level", "verdict"} <= set(rows[0])
    exit_code(["compare", "scenario=shop", "decisions=[one_more_clerk]", "replications=2", "output=csv"])
    assert capsys.readouterr().out.startswith("decision,against,measure")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scenario=shop"], "decisions: must be given"),
        (["scenario=shop", "decisions=stagered"], "did you mean 'staggered'?"),
        (["scenario=shop", "decisions=staggered", "replications=1"], "at least 2 are needed"),
        (["scenario=shop", "decisions=staggered", "margin=much"], "must be a margin such as 5 %"),
        (["scenario=shop", "decision=staggered"], "did you mean 'decisions'?"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(shop, capsys, words, said):
    assert exit_code(["compare", *words]) == 2

    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


def test_a_margin_may_be_typed_for_one_measure(shop, capsys):
    assert exit_code(["compare", "scenario=shop", "decisions=one_more_clerk", "replications=3", "margin={mean_wait: 2 h}"]) == 0
    assert "within the margin" in capsys.readouterr().out
