"""Checking decisions without running them, and listing them: nothing that a comparison would refuse is missed."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_shop import make_shop

from servsim.cli.main import exit_code
from servsim.errors import ScenarioError
from servsim.scenario.decision import decision_folders, list_decisions
from servsim.scenario.reader import load
from servsim.study.compare import comparison_job
from servsim.study.comparison import Samples
from servsim.study.decision_check import DecisionCheck, file_problems
from servsim.study.settings import make_settings
from servsim.study.worlds import decided_worlds

SOUND = {"scenario": "shop"}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return make_shop(tmp_path)


def write(shop: Path, name: str, text: str) -> None:
    (shop / "decisions" / f"{name}.yaml").write_text(text, encoding="utf-8")


def checks(*typed: tuple[str, str]) -> DecisionCheck:
    settings = make_settings(SOUND, typed)
    return DecisionCheck(settings, load("shop", settings.overrides), list_decisions(decision_folders("shop")))


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = exit_code(words)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


BAD = {
    "no_such_key": ("titel: A course\nset: {teams.clerks.agents: 3}", ["decision no_such_key, titel: unknown key", "decision no_such_key, title: must be given"]),
    "no_such_path": (
        "title: More\nset: {teams.clerks.agnets: 3, teams.clerks.wage: -4}",
        ["set.teams.clerks.agnets: unknown path", "did you mean 'teams.clerks.agents'", "set.teams.clerks.wage: got -4"],
    ),
    "no_such_measure": ("title: More\nset: {teams.clerks.agents: 3}\nexpects: [{measure: mean_wiat, sign: up}]", ["expects: got mean_wiat", "did you mean 'mean_wait_s'?"]),
    "another_aim": (
        "title: More\naim: quiet\nreference: staggered\nset: {teams.clerks.agents: 3}\nexpects: [{measure: mean_wiat, sign: up}]",
        ["another_aim, reference: got staggered; must have the same aim", "expects: got mean_wiat"],
    ),
    "nobody_serves": ("title: No route\nset: {routes.counter: null}", ["reasons.walk_in (in the world nobody_serves): has no route"]),
    "other_days": ("title: Longer\nset: {calendar.days: 5}", ["set.calendar.days: got 5; must be the same in every world"]),
}


@pytest.mark.parametrize("name", BAD)
def test_every_problem_of_a_file_is_told_with_its_path_and_what_is_allowed(shop, name):
    text, words = BAD[name]
    write(shop, name, text)

    found = [str(each) for each in checks().one(name).problems]
    assert [each for each in words if not any(each in problem for problem in found)] == [], found


@pytest.mark.parametrize("name", BAD)
def test_what_check_refuses_a_comparison_refuses_too(shop, name):
    write(shop, name, BAD[name][0])
    settings = make_settings({**SOUND, "decisions": [name]})

    with pytest.raises(ScenarioError):
        worlds = decided_worlds(settings)
        job = comparison_job(worlds, settings, Path("partial"), "key")
        Samples(worlds, job.measure_words, [(each.world, each.against) for each in job.pairs], job.paired_words).check_expectations()


def test_the_decisions_of_a_sound_shop_are_sound(shop):
    found = checks().every(lambda done, of: None)

    assert [each.name for each in found if each.problems or each.not_due] == []
    assert len(found) >= len(list_decisions(decision_folders("shop")))
    assert file_problems(list_decisions(decision_folders("shop"))) == []


def test_money_outside_the_simulated_days_is_told_apart_from_bad_files(shop):
    found = {each.name: each for each in checks(("calendar.days", "1")).every(lambda done, of: None)}

    assert next(str(each) for each in found["all_at_once"].not_due).startswith("decision all_at_once, costs.trainer: got 2026-03-03 to 2026-03-03; is due on no simulated day")
    assert found["all_at_once"].problems == []
    assert found["one_more_clerk"].not_due == []


ANYBODY = "title: Anybody serves\nset: {reasons.account_visit.asks_for: anyone, reasons.account_visit.cover: null, day_factors.busy: {cv: 10 %}}"
"""It leaves the rules of cover idle, and sets a factor that nothing uses."""


def test_a_decision_is_warned_of_what_it_sets_and_not_of_what_it_leaves_idle(shop):
    write(shop, "anybody", ANYBODY)

    assert [str(each) for each in checks().one("anybody").warnings] == ["day_factors.busy: is used by no reason"]


def test_a_comparison_warns_of_the_same(shop, capsys):
    write(shop, "anybody", ANYBODY)

    code, _, err = told(["compare", "scenario=shop", "decisions=anybody", "replications=2"], capsys)
    assert code == 0
    assert [line for line in err.splitlines() if line.startswith("warning")] == ["warning: with anybody, day_factors.busy: is used by no reason"]


def test_a_path_that_is_typed_and_decided_is_a_problem(shop):
    found = checks(("teams.clerks.agents", "4")).one("one_more_clerk").problems

    assert ["teams.clerks.agents already" in str(each) for each in found] == [True]


# ---- the command line


def test_check_reads_the_decisions_too(shop, capsys):
    code, out, err = told(["check", "scenario=shop"], capsys)

    assert (code, err) == (0, "")
    assert f"decisions: {len(list_decisions(decision_folders('shop')))} read, no problems" in out


def test_check_tells_every_problem_of_every_decision_at_once(shop, capsys):
    for name in ("no_such_key", "no_such_path", "nobody_serves"):
        write(shop, name, BAD[name][0])

    code, out, err = told(["check", "scenario=shop"], capsys)
    assert code == 2
    assert [word for name in ("no_such_key", "no_such_path", "nobody_serves") for word in BAD[name][1] if word not in err] == []
    assert "shop: no problems" in out


def test_check_tells_bad_files_also_where_the_scenario_is_bad(shop, capsys):
    write(shop, "no_such_key", BAD["no_such_key"][0])

    code, _, err = told(["check", "scenario=shop", "teams.clerks.agents=-1"], capsys)
    assert code == 2
    assert "teams.clerks.agents: got -1" in err and "titel: unknown key" in err


def test_check_of_one_decision_says_nothing_of_the_others(shop, capsys):
    write(shop, "no_such_key", BAD["no_such_key"][0])

    code, out, err = told(["check", "scenario=shop", "decision=all_at_once+half_day"], capsys)
    assert (code, err) == (0, "")
    assert "decision all_at_once+half_day: no problems" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["decision=al_at_once"], "did you mean 'all_at_once'?"),
        (["decisions=all_at_once"], "here it is decision=course_all_at_once"),
        (["decision=all_at_once", "calendar.days=1"], "is due on no simulated day"),
    ],
)
def test_what_is_wrong_with_the_words_of_check_is_told(shop, capsys, words, said):
    code, _, err = told(["check", "scenario=shop", *words], capsys)

    assert code == 2
    assert said in err


def test_a_scenario_without_decisions_is_checked_alone(shop, capsys):
    assert "decisions" not in told(["check", "scenario=erlang_a"], capsys)[1]


def test_list_shows_the_decisions_of_a_scenario_with_aim_charge_and_title(shop, capsys):
    code, out, err = told(["list", "scenario=shop"], capsys)

    lines = {line.split()[0]: line for line in out.splitlines() if line.startswith("  ")}
    assert (code, err) == (0, "")
    assert "\nAim trained\n" in out
    assert "1 030   All but one on a course on Tuesday (against staggered)" in lines["all_at_once"]
    assert "1 880   One executive a day on a course" in lines["staggered"]
    assert "answers all_at_once" in lines["half_day"]


def test_list_shows_files_that_cannot_be_read_and_says_so(shop, capsys):
    write(shop, "no_such_key", BAD["no_such_key"][0])

    code, out, _ = told(["list", "scenario=shop"], capsys)
    assert code == 0
    assert "no_such_key" in out and "cannot be read; servsim check tells why" in out


def test_list_of_a_scenario_without_decisions_says_how_to_write_one(shop, capsys):
    assert "erlang_a has no decisions; write one as decisions/NAME.yaml" in told(["list", "scenario=erlang_a"], capsys)[1]


def test_list_refuses_what_it_would_not_look_at(shop, capsys):
    code, _, err = told(["list", "scenario=shop", "calendar.days=2"], capsys)

    assert code == 2
    assert "calendar.days: means nothing to servsim list" in err


@pytest.mark.parametrize("name", ["", "+", "all_at_once+", "all_at_once+all_at_once"])
def test_a_bad_name_is_a_problem_and_no_defect(shop, name):
    assert checks().one(name).problems
