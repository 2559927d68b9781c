"""Journeys of users at the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from remembering_shop import make_remembering_shop

from servsim.cli.argument import plain_value, sort_arguments, split_choices, sweep_values, value_of
from servsim.cli.configuration import _composed_by_hydra as composed_by_hydra
from servsim.cli.configuration import composed
from servsim.cli.main import exit_code
from servsim.cli.number import PEOPLES_TIME, with_interval
from servsim.cli.table import CHANNEL_LINES
from servsim.engine.simpy_engine import simulate
from servsim.errors import SettingError
from servsim.study import run as study_run
from servsim.study.settings import SETTINGS, make_settings

ROOT = Path(__file__).resolve().parents[1]

TINY = """
title: A tiny line
description: "Numbers of nobody. Data: made up, by the tests."
calendar: {days: 1, hours: {phone: {daily: 9:00-10:00}}}
channels: {phone: {}}
segments: {callers: {patience: {exponential: 2 min}}}
reasons: {call: {arrivals: {per_day: 20}, talk: {exponential: 3 min}}}
teams: {agents: {agents: 2, wage: 20}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one tiny scenario."""
    place = tmp_path / "scenarios" / "tiny"
    place.mkdir(parents=True)
    (place / "scenario.yaml").write_text(TINY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def left_half_written(folder: Path) -> list[Path]:
    """Files and folders that no user should ever see."""
    found = (path for path in folder.rglob("*") if path.name.endswith((".tmp", ".ready", ".old")) or path.name.startswith(".new-"))
    return list(found)


# ---- run


def test_a_run_prints_measures_with_intervals_and_where_the_results_are(folder, capsys):
    assert exit_code(["run", "scenario=tiny", "replications=5", "figures=no"]) == 0

    printed = capsys.readouterr()
    assert "A tiny line" in printed.out
    assert "mean wait of all" in printed.out
    assert "[" in printed.out
    assert "results/tiny" in printed.out
    assert "Data: made up, by the tests." in printed.out
    assert "Traceback" not in printed.err


def test_the_shares_of_all_outcomes_in_the_table_add_up_to_all_offered_contacts(folder, capsys):
    exit_code(["run", "scenario=tiny", "replications=1", "figures=no", "reasons.call.arrivals.per_day=80", "channels.phone.lines=3"])

    lines = [line.rsplit(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    shares = {line[0].strip(): float(line[1]) for line in lines if len(line) == 3 and line[2] == "%"}
    ways = {line.says for line in CHANNEL_LINES} & shares.keys()
    assert ways == {"answered", "abandoned", "met a busy line"}
    assert all(shares[way] > 1.0 for way in ways)
    assert sum(shares[way] for way in ways) == pytest.approx(100.0, abs=0.21)


def test_a_run_tells_what_customers_who_remember_make_of_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make_remembering_shop(tmp_path)
    assert exit_code(["run", "scenario=shop", "replications=3", "figures=no"]) == 0
    table = capsys.readouterr().out

    assert exit_code(["run", "scenario=shop", "replications=3", "figures=no", "output=json"]) == 0
    rows = {row["measure"]: row for row in json.loads(capsys.readouterr().out) if not row["by"]}
    lines = {line[: line.find("  ")]: line for line in table[table.index("customers who remember") :].splitlines()}
    for says, measure in (("complaints", "complaints_made"), ("mean satisfaction, points of 100", "mean_satisfaction"), ("customers lost within a year, projected", "expected_lost_projected_year")):
        assert with_interval(rows[measure]) in lines[says]
    assert all(segment in lines["customers who remember"] for segment in ("all", "owned", "private"))
    assert "(USD)" in table[table.index("what these are worth") :]


def test_a_run_of_people_without_memory_tells_nothing_of_satisfaction(folder, capsys):
    exit_code(["run", "scenario=tiny", "replications=2", "figures=no"])

    assert "customers who remember" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("row", "unit", "text"),
    [
        ((-380_000.0, -460_000.0, -300_000.0), "s", "-4.4 d [-5.3, -3.5]"),
        ((-380_000.0, -460_000.0, -300_000.0), PEOPLES_TIME, "-105.6 h [-127.8, -83.3]"),
        ((-0.0002, -0.01, 0.01), "share", "0.0 % [-1.0, 1.0]"),
        ((47.0, -5911.8, 6005.8), "people", "47 [-5 912, 6 006]"),
        ((0.5, 0.49, 0.51), "share", "50.0 % [49.0, 51.0]"),
    ],
)
def test_numbers_have_a_unit_that_suits_them_and_zero_has_no_sign(row, unit, text):
    assert with_interval(dict(zip(("value", "low", "high"), row, strict=True), unit=unit)) == text


def test_the_same_command_again_shows_what_was_saved_unless_told_to_overwrite(folder, capsys, monkeypatch):
    words = ["run", "scenario=tiny", "replications=3", "figures=no"]
    exit_code(words)
    first = capsys.readouterr().out
    simulated: list[int] = []
    monkeypatch.setattr(study_run, "simulator", lambda engine, *policy: lambda plan, seed, replication: simulated.append(replication) or simulate(plan, seed, replication))

    assert exit_code(words) == 0
    printed = capsys.readouterr()
    assert printed.out == first
    assert "Nothing was simulated" in printed.err
    assert simulated == []
    exit_code([*words, "overwrite=yes"])
    assert capsys.readouterr().out == first
    assert simulated == [0, 1, 2]
    exit_code([*words, "csv=yes"])
    assert simulated == [0, 1, 2, 0, 1, 2]


def test_only_files_that_are_there_are_named(folder, capsys):
    exit_code(["run", "scenario=tiny", "replications=2", "figures=no"])

    assert "Results: results/tiny (summary.csv, measures.parquet ...)" in capsys.readouterr().out
    assert not (folder / "results" / "tiny" / "figures").exists()


def test_changes_are_repeated_as_they_were_typed(folder, capsys):
    exit_code(["run", "scenario=tiny", "replications=1", "figures=no", "absences.course={team: agents, agents: 1, hours: 9:00-9:30}", "teams.agents.wage=null"])

    printed = capsys.readouterr().out
    assert "\nabsences.course = {team: agents, agents: 1, hours: 9:00-9:30}\n" in printed
    assert "\nteams.agents.wage = null\n" in printed


def test_a_sweep_of_a_world_without_prices_shows_no_costs(folder, capsys):
    exit_code(["sweep", "scenario=tiny", "teams.agents.agents=1,2", "replications=2"])
    assert "cost per answered contact" in capsys.readouterr().out
    exit_code(["sweep", "scenario=tiny", "teams.agents.agents=1,2", "teams.agents.wage=0", "replications=2", "study=free"])
    assert "cost" not in capsys.readouterr().out


def test_json_is_documented_rows_and_nothing_else(folder, capsys):
    assert exit_code(["run", "scenario=tiny", "replications=3", "figures=no", "output=json"]) == 0

    rows = json.loads(capsys.readouterr().out)
    assert {"measure", "value", "low", "high", "level", "unit", "formula", "by", "replications"} == set(rows[0])
    offered = next(row for row in rows if row["measure"] == "offered" and row["by"] == {"channel": "phone"})
    assert offered["low"] <= offered["value"] <= offered["high"]
    assert offered["level"] == 0.95


def test_csv_has_a_column_per_noun(folder, capsys):
    assert exit_code(["run", "scenario=tiny", "replications=3", "figures=no", "output=csv"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("measure,formula,unit,channel,")
    assert all(line.count(",") >= lines[0].count(",") for line in lines)


def test_quiet_prints_nothing(folder, capsys):
    assert exit_code(["run", "scenario=tiny", "replications=2", "figures=no", "output=quiet"]) == 0

    assert capsys.readouterr().out == ""


def test_a_changed_path_changes_the_world(folder, capsys):
    exit_code(["run", "scenario=tiny", "replications=3", "figures=no", "output=json"])
    before = capsys.readouterr().out
    exit_code(["run", "scenario=tiny", "replications=3", "figures=no", "output=json", "study=slow", "reasons.call.talk=12 min"])

    after = capsys.readouterr().out
    assert _value(after, "mean_talk_s") == pytest.approx(720.0)
    assert _value(before, "mean_talk_s") != pytest.approx(720.0)


def _value(printed: str, measure: str) -> float:
    return next(row["value"] for row in json.loads(printed) if row["measure"] == measure and row["by"] == {})


@pytest.mark.parametrize(
    "typed",
    ["reasons.call.talk=12 min", 'reasons.call.talk="12 min"', "reasons.call.talk='12 min'", "reasons.call.talk={deterministic: 12 min}",
     "reasons.call.talk={deterministic:12 min}", "+reasons.call.talk=12 min", "reasons.call.talk = 12 min"],
)  # fmt: skip
def test_a_value_may_be_quoted_in_every_way_a_shell_user_would(folder, capsys, typed):
    exit_code(["run", "scenario=tiny", "replications=2", "figures=no", "output=json", typed])

    assert _value(capsys.readouterr().out, "mean_talk_s") == pytest.approx(720.0)


# ---- what is wrong is said in sentences


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], "Did you mean 'run'?"),
        (["run", "scenario=tinny"], "did you mean 'tiny'?"),
        (["run"], "scenario: must be given"),
        (["run", "scenario=tiny", "teams.agnets.agents=3"], "did you mean 'teams.agents.agents'?"),
        (["run", "scenario=tiny", "replication=3"], "did you mean 'replications'?"),
        (["story", "scenario=tiny", "agnt=x"], "did you mean 'agent'?"),
        (["run", "scenario=tiny", "--replications", "3"], "write replications=..."),
        (["run", "scenario=tiny", "replications=1,2"], "servsim sweep"),
        (["run", "scenario=tiny", "teams.agents.agents=1,2"], "servsim sweep"),
        (["run", "scenario=tiny", "replications=0"], "must be a whole number from 1"),
        (["run", "scenario=tiny", "seed=1", "seed=2"], "given twice"),
        (["run", "scenario=tiny", "study=../elsewhere"], "study"),
        (["run", "scenario=tiny", "output=jsno"], "did you mean 'json'?"),
        (["run", "scenario=tiny", "precision=5 %", "measure=mean_wiat"], "did you mean 'mean_wait_s'?"),
        (["run", "scenario=tiny", "replay=nothing.tsv"], "nothing.tsv"),
        (["run", "scenario=tiny", "replay_days=1999-05-02"], "needs replay"),
        (["run", "scenario=tiny", "replay=scenarios"], "a folder; must be a call file"),
        (["check", "scenario=tiny", "teams.agents.head_count=3", "teams.agents.shifts={a: {hours: 9:00-10:00, agents: 1}}"], "teams.agents.shifts=null removes one"),
        (["run", "tiny"], "did you mean scenario=tiny?"),
        (["run", "scenario=tiny", "hydra.searchpath=[file:///nowhere/at/all]"], "is not available"),
        (["sweep", "scenario=tiny", "replications=1,2", "teams.agents.agents=1,2"], "one value"),
        (["sweep", "scenario=tiny", "teams.agents.agents=interval(1,2)"], "one by one"),
        (["story", "scenario=tiny", "reason=cal"], "did you mean 'call'?"),
        (["story", "scenario=tiny", "agent=agents/9"], "agents/1"),
        (["story", "scenario=tiny", "day=7"], "number from 1 to 1"),
        (["story", "study=nothing"], "nothing"),
        (["check", "replications=3"], "scenario: must be given"),
        (["new", "a b"], "must be a name"),
        (["new"], "needs a name"),
        (["list", "seed=3"], "means nothing to servsim list"),
        (["bench", "contacts=many"], "must be a whole number"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(folder, capsys, words, said):
    code = exit_code(words)

    printed = capsys.readouterr()
    assert said in printed.err
    assert "Traceback" not in printed.err
    assert code == 2
    assert not left_half_written(folder)


def test_check_tells_every_problem_at_once(folder, capsys):
    code = exit_code(["check", "scenario=tiny", "teams.agents.agents=-1", "reasons.call.talk=4", "calendar.days=x"])

    told = capsys.readouterr().err
    assert code == 2
    assert [path in told for path in ("teams.agents.agents", "reasons.call.talk", "calendar.days")] == [True] * 3


def test_check_lets_a_sound_scenario_pass_and_tells_warnings_apart(folder, capsys):
    assert exit_code(["check", "scenario=tiny", "reasons.call.arrivals.per_day=2000"]) == 0

    printed = capsys.readouterr().out
    assert "warning: " in printed
    assert "tiny: no problems, 1 warning" in printed


def test_a_defect_is_one_sentence_and_says_how_to_see_more(folder, capsys, monkeypatch):
    def broken(words):
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("servsim.cli.run.run_and_print", broken)

    assert exit_code(["run", "scenario=tiny"]) == 70
    told = capsys.readouterr().err
    assert "ZeroDivisionError: of all things" in told
    assert "SERVSIM_DEBUG=1" in told
    assert "Traceback" not in told


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(folder, capsys):
    (folder / "results").write_text("a file, not a folder")

    assert exit_code(["run", "scenario=tiny", "replications=2", "figures=no"]) == 2
    assert "results" in capsys.readouterr().err


def test_the_version_is_printed(capsys):
    assert exit_code(["--version"]) == 0
    assert capsys.readouterr().out.startswith("servsim ")


def test_ctrl_c_ends_with_130(folder, capsys, monkeypatch):
    def interrupted(words):
        raise KeyboardInterrupt

    monkeypatch.setattr("servsim.cli.run.run_and_print", interrupted)

    assert exit_code(["run", "scenario=tiny"]) == 130


def test_a_reader_who_goes_away_hears_no_complaint(folder):
    program = f"{sys.executable} -c 'from servsim.cli.main import run; run()' schema | head -1"

    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, env=_environment())

    assert done.stdout.strip() == "{"
    assert done.stderr == ""


# ---- other verbs


def test_list_shows_names_and_titles(folder, capsys):
    assert exit_code(["list"]) == 0

    printed = capsys.readouterr().out
    assert "tiny" in printed
    assert "A tiny line" in printed
    assert "phone_shop" in printed


def test_new_copies_a_scenario_that_runs(folder, capsys):
    assert exit_code(["new", "mine", "from=tiny"]) == 0
    assert exit_code(["run", "scenario=mine", "replications=2", "figures=no"]) == 0
    assert exit_code(["new", "mine", "from=tiny"]) == 2
    capsys.readouterr()
    exit_code(["list"])
    assert "mine, copied from tiny: A tiny line" in capsys.readouterr().out
    assert (folder / "scenarios" / "mine" / "README.md").read_text().splitlines()[2].startswith("Copied from the scenario `tiny`")


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ("segments.callers.patience=3 min", "segments.callers.patience: everybody waits exactly 3 min before they give up; for a spread give {exponential: 3 min}"),
        ("teams.agents.head_count={9:00: 1, 10:00: 0}", "teams.agents.agents: the highest head count is 1: agent 2 works whenever the team does"),
    ],
)
def test_what_may_not_be_meant_is_a_warning_of_check_and_of_run(folder, capsys, change, warning):
    assert exit_code(["check", "scenario=tiny", change]) == 0
    assert f"warning: {warning}" in capsys.readouterr().out
    assert exit_code(["run", "scenario=tiny", "replications=1", "figures=no", change]) == 0
    assert f"warning: {warning}" in capsys.readouterr().err


def test_schema_is_json(capsys):
    assert exit_code(["schema"]) == 0

    assert "$schema" in json.loads(capsys.readouterr().out)


def test_describe_says_the_scenario_after_all_overrides(folder, capsys):
    pytest.importorskip("servsim.report.describe")
    assert exit_code(["describe", "scenario=tiny", "teams.agents.agents=3"]) == 0

    assert "3" in capsys.readouterr().out


def test_a_story_is_told_from_a_new_run_and_from_a_finished_study_alike(folder, capsys):
    exit_code(["run", "scenario=tiny", "replications=2", "figures=no", "output=quiet", "seed=5"])
    capsys.readouterr()
    for chosen in (["reason=call"], ["agent=agents/1"], ["contact=3"], ["day=1"], ["case=2"], []):
        assert exit_code(["story", "scenario=tiny", "seed=5", "replication=1", *chosen]) == 0
        anew = capsys.readouterr().out
        assert exit_code(["story", "study=tiny", "replication=1", *chosen]) == 0
        assert capsys.readouterr().out == anew
        assert "agents/" in anew or "call" in anew


def test_a_study_whose_scenario_has_changed_is_not_told(folder, capsys):
    exit_code(["run", "scenario=tiny", "replications=2", "figures=no", "output=quiet"])
    (folder / "scenarios" / "tiny" / "scenario.yaml").write_text(TINY.replace("agents: 2", "agents: 3"), encoding="utf-8")

    assert exit_code(["story", "study=tiny", "contact=1"]) == 2
    assert "has changed" in capsys.readouterr().err


# ---- values and settings


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4 min", "4 min"), ("15 %", "15 %"), ('"12 min"', "12 min"), ("null", None), ("9:00-18:00", "9:00-18:00"),
        ("{lognormal: {mean: 4 min, sd: 3 min}}", {"lognormal": {"mean": "4 min", "sd": "3 min"}}),
        ("{lognormal:{mean:4 min,sd:3 min}}", {"lognormal": {"mean": "4 min", "sd": "3 min"}}),
        ("{9:00: 3, 10:00: 4}", {"9:00": 3, "10:00": 4}), ("[mon, on, 9:00]", ["mon", "on", "9:00"]), ('"mon, wed"', "mon, wed"),
        ("Phone (city)", "Phone (city)"), ("it's", "it's"), ("Größe", "Größe"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_in_a_scenario_file(text, value):
    assert value_of(text) == value
    assert plain_value("key", text) == value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("3,4,5", ["3", "4", "5"]), ("range(100,140,10)", [100, 110, 120, 130]), ("choice(a,b)", ["a", "b"]),
        ("4 min, 5 min", ["4 min", "5 min"]), ("{a: 1, b: 2},{a: 3}", [{"a": 1, "b": 2}, {"a": 3}]),
        ("choice({9:00: 3},{9:00: 4})", [{"9:00": 3}, {"9:00": 4}]), ("'a,b',c", ["a,b", "c"]), ("5", None), ("[1,2]", None), ("{a: 1}", None),
    ],
)  # fmt: skip
def test_a_sweep_is_expanded_in_its_order(text, values):
    assert sweep_values("key", text) == values


@given(st.lists(st.text(st.characters(exclude_characters=",'\"\\{}[]()", exclude_categories=("Cs",)), min_size=1), min_size=1, max_size=5))
def test_plain_choices_are_split_at_their_commas(parts):
    assert split_choices(",".join(parts)) == parts


@given(st.lists(st.text(max_size=60), min_size=3, max_size=3))
@settings(deadline=None, max_examples=10)
def test_every_text_reaches_a_setting_through_hydra_as_it_was_typed(texts):
    typed = dict(zip(("replay_days", "replay", "study"), texts, strict=True))
    found = composed_by_hydra(typed, ())

    assert {name: found[name] for name in typed} == typed
    assert composed(typed) == found


def test_without_a_word_of_hydras_the_settings_are_those_that_hydra_composes():
    for typed in ({}, {"seed": None, "replay": ["a,b", "${c}"]}, {"precision": "5 %", "overwrite": "yes", "margin": "{mean_wait: 1 min}"}):
        found = composed_by_hydra(typed, ())

        assert composed(typed) == found and list(map(type, composed(typed).values())) == list(map(type, found.values()))


def test_conf_holds_the_defaults_of_the_settings():
    given = {**composed({}), "scenario": "x"}

    assert make_settings(given) == make_settings({"scenario": "x"})
    assert set(given) == set(SETTINGS)


def test_reserved_words_never_reach_the_scenario():
    found = sort_arguments(["seed=3", "teams.a.agents=2", "~channels.phone.menu", "++x.y=1", "hydra.verbose=true"])

    assert found.settings == {"seed": "3"}
    assert found.overrides == (("teams.a.agents", "2"), ("channels.phone.menu", "null"), ("x.y", "1"))
    assert found.hydra == ("hydra.verbose=true",)


# ---- fuzz

PIECES = st.sampled_from(
    ["scenario", "tiny", "teams.agents.agents", "reasons.call.talk", "calendar.days", "channels.phone", "seed", "study", "precision", "output",
     "replications", "=", "==", "{", "}", "[", "]", "(", ")", ",", ":", "'", '"', "\\", "~", "+", "-", "--", ".", "..", "/", "$", "${x}", "*", "%",
     "\n", "\x00", "\ud800", "é", "1", "-1", "1e999", "nan", "null", "true", "4 min", "range(1,3)", "glob(*)", "choice(", "hydra.x", "", " ", "@"]
)  # fmt: skip
WORD = st.one_of(
    st.lists(PIECES, max_size=6).map("".join),
    st.tuples(st.sampled_from(["teams.agents.agents", "reasons.call.talk", "seed", "study", "precision", "measure", "calendar.days", "confidence"]),
              st.lists(PIECES, max_size=4).map("".join)).map("=".join),
    st.text(max_size=20),
)  # fmt: skip
VERB = st.sampled_from(["run", "check", "story", "describe", "list", "new", "schema", "sweep", "rnu", ""])


@given(verb=VERB, words=st.lists(WORD, max_size=4), named=st.booleans())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_command_line_ends_in_a_traceback_or_leaves_anything_half_written(folder, capsys, verb, words, named):
    small = ["scenario=tiny", "figures=no", "workers=1", "max_replications=10"] if named and verb in ("run", "sweep", "check", "story", "describe") else []
    if any("calendar.days" in word or "replications" in word or "e999" in word for word in words):
        words = [word for word in words if "calendar.days" not in word and "replications" not in word]
    code = exit_code([verb, *small, *words])

    printed = capsys.readouterr()
    assert "Traceback" not in printed.err + printed.out
    assert code in (0, 2), printed.err
    assert not left_half_written(folder)


# ---- speed


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("words", ["import servsim", "from servsim.cli.main import exit_code; exit_code(['--help'])"])
def test_heavy_libraries_are_not_imported_for_servsim_itself_and_its_help(words):
    program = f"import sys; {words}; print(*sorted(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=_environment()).stdout.split()

    assert not {"scipy", "matplotlib", "duckdb", "hydra", "numpy", "simpy"} & set(loaded)


def test_a_run_imports_neither_hydra_nor_typer_nor_numba_nor_matplotlib(folder):
    words = ["run", "scenario=tiny", "replications=2", "figures=no", "workers=1"]
    program = f"import sys; from servsim.cli.main import exit_code; code = exit_code({words}); print(code, *sorted(sys.modules))"

    code, *loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=_environment(), cwd=folder).stdout.splitlines()[-1].split()

    assert code == "0" and not {"hydra", "omegaconf", "typer", "pydantic", "numba", "matplotlib"} & set(loaded)


def test_the_plain_hydra_app_runs_a_job_per_value(folder):
    words = ["-m", "scenario=tiny", "teams.agents.agents=1,2", "replications=2", "hydra.sweep.dir=jobs", "hydra/job_logging=none"]

    done = subprocess.run([sys.executable, "-m", "servsim", *words], capture_output=True, text=True, env=_environment())

    assert done.returncode == 0, done.stderr
    assert sorted(path.parent.name for path in folder.glob("jobs/*/tiny")) == ["0", "1"]


def test_the_plain_hydra_app_tells_what_is_wrong_without_a_traceback(folder):
    done = subprocess.run([sys.executable, "-m", "servsim", "scenario=tinny"], capture_output=True, text=True, env=_environment())

    assert done.returncode == 2
    assert "did you mean 'tiny'?" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("words", "code", "said"), [(["list"], 0, "tiny"), (["check", "scenario=tinny"], 2, "scenario: got tinny"), (["lst"], 2, "list")])
def test_the_package_run_as_a_module_takes_verbs_as_the_program_does(words, code, said, folder):
    done = subprocess.run([sys.executable, "-m", "servsim", *words], capture_output=True, text=True, env=_environment(), cwd=folder)

    assert done.returncode == code and said in done.stdout + done.stderr and "hydra" not in (done.stdout + done.stderr).lower()


def test_a_setting_error_carries_every_problem():
    with pytest.raises(SettingError) as caught:
        make_settings({"seed": "x", "output": "y"})

    assert len(str(caught.value).splitlines()) == 2
