"""Decision files: what they may say, how they combine, and the worlds that they make."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shop import make_shop

from servsim.errors import ScenarioError
from servsim.scenario.decision import (
    decision_folders,
    list_decisions,
    load_decisions,
    merged,
    read_decision,
    read_margin,
)
from servsim.scenario.decision_language import Charge, Decision
from servsim.scenario.decision_reference import decision_markdown
from servsim.scenario.invoice import invoices_of
from servsim.scenario.reader import load
from servsim.scenario.units import Refused
from servsim.scenario.yaml_text import parse_yaml
from servsim.study.settings import make_settings
from servsim.study.worlds import decided_worlds, same_customers, specs_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "decision_files.md"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return make_shop(tmp_path)


def decide(shop: Path, *names: str, **settings: object):
    return decided_worlds(make_settings({"scenario": "shop", "decisions": list(names), **settings}))


def problems_of(shop: Path, *names: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        decide(shop, *names)
    return [str(each) for each in caught.value.problems]


def write(shop: Path, name: str, text: str) -> None:
    (shop / "decisions" / f"{name}.yaml").write_text(text, encoding="utf-8")


# ---- one file


def test_a_decision_says_what_changes_what_it_costs_and_what_is_expected(shop):
    found = load_decisions(["all_at_once"], list_decisions(decision_folders("shop")))[0].parts[0]

    assert found.set == (("absences.course", {"team": "executives", "agents": 2, "on": ["2026-03-03"]}),)
    assert found.costs["lunch"] == Charge(amount=15.0, per="person", persons=2, first_day=dt.date(2026, 3, 3))
    assert [each.sign for each in found.expects] == ["up", "same", "down", "same"]


def test_every_problem_of_a_file_is_told_at_once_with_its_place():
    text = """
titel: x
aim: a
set: [teams.clerks.agents]
costs: {fee: {amunt: 3, per: weak}, lunch: {amount: -1, per: person}}
expects: [{measure: a, sign: upp}]
counters: [al_at_once]
"""
    with pytest.raises(ScenarioError) as caught:
        read_decision(parse_yaml(text, "x"), "mine", ["all_at_once"])

    told = str(caught.value)
    assert "decision mine, titel: unknown key" in told and "did you mean 'title'?" in told
    assert "decision mine, title: must be given" in told
    assert "decision mine, set: got [teams.clerks.agents]; must be a mapping" in told
    assert "decision mine, costs.fee.amunt: unknown key" in told
    assert "decision mine, costs.fee.per: got weak; must be one of once, day, person" in told
    assert "decision mine, costs.lunch.amount: got -1" in told
    assert "decision mine, expects.1.sign: got upp" in told
    assert "did you mean 'all_at_once'?" in told


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("costs: {lunch: {amount: 15, per: person}}", "costs.lunch.persons: must be given"),
        ("costs: {lunch: {amount: 15, persons: 3}}", "costs.lunch.persons: got 3; has no effect"),
        ("costs: {lunch: {amount: 15, last_day: 2026-03-03}}", "costs.lunch.last_day: got 2026-03-03; has no effect"),
        ("costs: {lunch: {amount: 15, per: day, first_day: 2026-03-04, last_day: 2026-03-03}}", "must not be before first_day"),
        ("reference: other", "aim: must be given where there is a reference"),
        ("aim: a\nreference: mine", "reference: got mine; must be another decision"),
        ("expects: [{measure: wages, sign: up, against: reference}]", "expects.1.against: got reference; needs a reference"),
        ("expects: [{measure: wages, sign: up, margin: 5 %}]", "expects.1.margin: got 5 %; has no effect"),
        ("expects: [{measure: wages, sign: same, margin: much}]", "expects.1.margin: got much; must be a share"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(keys, said):
    with pytest.raises(ScenarioError, match=said.replace("[", r"\[").replace(".", r"\.")):
        read_decision(parse_yaml(f"title: x\n{keys}", "x"), "mine", ["mine", "other"])


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["title", "aim", "set", "costs", "savings", "expects", "measure", "sign", "amount", "per", "persons", "reference", "x", "teams.clerks.agents"]), inner, max_size=5), max_leaves=12))
@settings(deadline=None, max_examples=150)
def test_whatever_a_file_holds_it_is_read_or_refused_in_sentences(data):
    try:
        assert isinstance(read_decision(data, "mine", ["mine"]), Decision)
    except ScenarioError as error:
        assert error.problems


def test_a_margin_is_a_share_of_the_comparator_or_an_amount():
    assert (read_margin("5 %").amount, read_margin("5 %").is_share) == (0.05, True)
    assert (read_margin("1 min").amount, read_margin("1 min").is_share) == (60.0, False)
    assert (read_margin("0.02").amount, read_margin("0.02").is_share) == (0.02, False)
    for text in ("0 %", "-1", "much", ""):
        with pytest.raises(Refused):
            read_margin(text)


# ---- where decisions are


def test_decisions_of_the_scenario_that_another_is_like_serve_that_one_too(shop):
    child = shop.parent / "winter"
    (child / "decisions").mkdir(parents=True)
    (child / "scenario.yaml").write_text("like: shop\nchanges: {teams.clerks.wage: 21}\n")
    (child / "decisions" / "as_it_is.yaml").write_text("title: Winter's own\n")

    files = list_decisions(decision_folders("winter"))

    assert files["all_at_once"].parent.parent.name == "shop"
    assert files["as_it_is"].parent.parent.name == "winter"


def test_an_unknown_decision_names_the_nearest(shop):
    assert "did you mean 'staggered'?" in problems_of(shop, "stagered")[0]


def test_a_scenario_without_decisions_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match="the scenario has no folder decisions/"):
        decided_worlds(make_settings({"scenario": "erlang_a", "decisions": ["anything"]}))


# ---- worlds


def test_a_decision_brings_its_reference_and_doing_nothing_as_worlds(shop):
    worlds = {each.spec.name: each for each in decide(shop, "all_at_once")}

    assert list(worlds) == ["nothing", "all_at_once", "staggered"]
    assert worlds["all_at_once"].spec.against == ("staggered", "nothing")
    assert (worlds["all_at_once"].spec.is_asked, worlds["staggered"].spec.is_asked) == (True, False)
    assert "course" in worlds["all_at_once"].world.scenario.absences
    assert worlds["nothing"].world.scenario == load("shop")


def test_typed_paths_hold_in_every_world(shop):
    worlds = decided_worlds(make_settings({"scenario": "shop", "decisions": ["staggered"]}, [("teams.clerks.agents", "4")]))

    assert [each.world.scenario.teams["clerks"].agents for each in worlds] == [4, 4]


def test_a_path_that_is_typed_and_decided_is_refused(shop):
    with pytest.raises(ScenarioError, match=r"decision one_more_clerk, set\.teams\.clerks\.agents: got 3; the command line sets"):
        decided_worlds(make_settings({"scenario": "shop", "decisions": ["one_more_clerk"]}, [("teams.clerks.agents", "4")]))


def test_decisions_combine_and_their_costs_add_up(shop):
    worlds = {each.spec.name: each for each in decide(shop, "one_more_clerk+all_at_once")}
    both = worlds["one_more_clerk+all_at_once"]

    assert both.world.scenario.teams["clerks"].agents == 3
    assert both.invoiced == 1030.0
    assert both.spec.against == ("staggered", "nothing")
    assert worlds["staggered"].invoiced == 2 * 1000.0 - 120.0


def test_two_decisions_that_set_one_path_are_refused(shop):
    write(shop, "two_clerks_off", "title: x\nset: {teams.clerks.agents: 1}\n")
    write(shop, "another_course", "title: y\nset: {absences.course: {team: clerks}}\n")

    assert "decision one_more_clerk sets teams.clerks.agents already" in problems_of(shop, "one_more_clerk+two_clerks_off")[0]
    assert "sets absences.course already" in problems_of(shop, "all_at_once+another_course")[0]


def test_a_decision_may_add_to_a_section_what_the_other_does_not_say(shop):
    assert merged([("a", "absences.x", {"team": "t"}), ("b", "absences.x.on", ["d"])]) == ((("absences.x", {"team": "t", "on": ["d"]}),), [])
    assert merged([("a", "absences.x", {"team": "t"}), ("b", "absences.x.team", "u")])[1][0].path == "decision b, set.absences.x.team"
    worlds = {each.spec.name: each for each in decide(shop, "all_at_once+half_day")}

    assert worlds["all_at_once+half_day"].world.scenario.absences["course"].hours == ((32_400.0, 36_000.0),)


def test_an_answer_that_changes_a_part_of_a_decision_is_taken_with_it_and_compared_with_it_alone(shop):
    worlds = {each.spec.name: each for each in decide(shop, "half_day")}

    assert list(worlds) == ["nothing", "all_at_once+half_day", "staggered", "all_at_once"]
    spec = worlds["all_at_once+half_day"].spec
    assert spec.against == ("staggered", "all_at_once", "nothing")
    assert [(each.measure, against) for each, against in spec.expects] == [("told_to_come_back", "all_at_once")]


def test_decisions_with_different_aims_do_not_combine(shop):
    write(shop, "sell_more", "title: x\naim: sales\n")

    assert any("must be the same aim" in each for each in problems_of(shop, "all_at_once+sell_more"))


def test_a_reference_must_have_the_same_aim_and_exist(shop):
    write(shop, "a", "title: x\naim: sales\nreference: staggered\n")
    write(shop, "b", "title: x\naim: sales\nreference: stagered\n")

    assert "must have the same aim: a serves sales, staggered serves trained" in problems_of(shop, "a")[0]
    assert "decision b, reference: got stagered" in problems_of(shop, "b")[0]


def test_unknown_paths_of_all_decisions_are_told_at_once(shop):
    write(shop, "a", "title: x\nset: {teams.clerks.agnets: 3}\n")
    write(shop, "b", "title: x\nset: {teams.clarks.agents: 3, channels.counter.seats: -2}\n")

    told = problems_of(shop, "a", "b")

    assert any(each.startswith("decision a, set.teams.clerks.agnets") and "did you mean 'teams.clerks.agents'" in each for each in told)
    assert any(each.startswith("decision b, set.teams.clarks.agents") for each in told)


def test_asking_twice_is_refused(shop):
    assert "asked for twice" in problems_of(shop, "staggered", "staggered")[0]
    assert "asked for twice" in problems_of(shop, "one_more_clerk+all_at_once", "all_at_once+one_more_clerk")[0]
    assert "must name each decision once" in problems_of(shop, "staggered+staggered")[0]


@pytest.mark.parametrize("path", ["calendar.interval: 15 min", "calendar.days: 2", "calendar.start: 2026-03-09", "currency: EUR"])
def test_a_decision_that_renames_cases_or_moves_the_measured_time_is_refused(shop, path):
    write(shop, "a", f"title: x\nset: {{{path}}}\n")

    assert f"decision a, set.{path.partition(':')[0]}" in problems_of(shop, "a")[0]
    assert "must be the same in every world" in problems_of(shop, "a")[0]


def test_specs_name_what_each_world_sets(shop):
    specs = specs_of(make_settings({"scenario": "shop", "decisions": ["staggered"]}))

    assert [each.name for each in specs] == ["nothing", "staggered"]
    assert [path for path, _ in specs[1].overrides] == ["absences.course_1", "absences.course_2"]


def test_customers_begin_every_world_as_they_begin_the_first(shop):
    base, other = (each.world.plan for each in decide(shop, "one_more_clerk"))
    starts = [name for name in other._fields if name.startswith("start_")]

    changed = other._replace(**dict.fromkeys(starts))
    grown = other._replace(segment_size=other.segment_size + 1)

    assert all(getattr(same_customers(changed, base), name) is getattr(base, name) for name in starts)
    assert same_customers(grown, base) is grown


# ---- invoices


def test_invoices_are_due_once_each_open_day_or_for_each_person(shop):
    scenario = load("shop", {"calendar.start": "2026-03-06", "calendar.days": 5})
    text = """
title: x
costs:
  fee: {amount: 100}
  rent: {amount: 10, per: day}
  lunch: {amount: 15, per: person, persons: 4, first_day: 2026-03-09}
savings: {paper: {amount: 2.5, per: day, first_day: 2026-03-09, last_day: 2026-03-31, account: appraisal}}
"""
    found = invoices_of([read_decision(parse_yaml(text, "x"), "mine")], scenario)

    told = [(each.name, each.date.day, each.amount) for each in found]
    assert told == [("fee", 6, 100.0), ("rent", 6, 10.0), ("rent", 9, 10.0), ("rent", 10, 10.0), ("lunch", 9, 60.0), ("paper", 9, -2.5), ("paper", 10, -2.5)]
    assert found[-1].account == "appraisal"


def test_money_that_would_be_due_on_no_simulated_day_is_refused(shop):
    write(shop, "a", "title: x\ncosts: {fee: {amount: 5, first_day: 2027-01-01}, rent: {amount: 5, per: day, first_day: 2026-03-07}}\n")

    told = problems_of(shop, "a")

    assert len(told) == 2
    assert told[0].startswith("decision a, costs.fee: got 2027-01-01; is due on no simulated day (these are 2026-03-02 to 2026-03-04)")


# ---- the reference page


def test_the_page_of_decision_files_is_that_of_the_program():
    assert PAGE.read_text(encoding="utf-8") == decision_markdown(), "run: python -m servsim.scenario.decision_reference > docs/reference/decision_files.md"
