"""The decision brief: its first page has what a manager needs, its numbers are the comparison's, and it asks no network."""

from __future__ import annotations

import csv
import json
import re
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from remembering_shop import make_remembering_shop
from small_shop import make_shop

from servsim.cli.main import exit_code
from servsim.errors import ScenarioError, SettingError
from servsim.report.brief import break_even_words, brief_page
from servsim.report.brief_actions import actions
from servsim.report.brief_rows import FIELDS
from servsim.report.brief_words import badges, digits, headline, lost_sentence, lost_words, money
from servsim.study import run as study_run
from servsim.study import sensitivity
from servsim.study.brief import Asked, facts_of, rough_duration
from servsim.study.options import is_dominated
from servsim.study.sensitivity import Net, Verdict
from servsim.study.settings import make_settings
from servsim.study.told import Told, ratio_of, told

DECISIONS = ["all_at_once", "after_hours", "all_at_once+ask_first", "all_at_once+call_afterwards"]


class Silent:
    """Tells nobody."""

    @contextmanager
    def stage(self, says, of_what):
        yield lambda done, of: None


def at_once(job, tasks, processes):
    return ((task, job(task)) for task in tasks)


def facts(decisions=DECISIONS, replications=3, study="shop_brief", **asked):
    settings = make_settings({"scenario": "shop", "decisions": decisions, "replications": replications, "logs": "measures", "study": study})
    wanted = Asked(**{"presets": False, "tornado": False, **asked})
    return list(facts_of(settings, wanted, Silent()))[-1]


@pytest.fixture(scope="module")
def brief(tmp_path_factory):
    """One brief for all tests that only read it."""
    patch = pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("brief")
    patch.chdir(folder)
    patch.setattr(study_run, "POOL_PAYS_S", 1e9)
    patch.setattr(sensitivity.workers, "results", at_once)
    make_remembering_shop(folder)
    yield facts()
    patch.undo()


@pytest.fixture(scope="module")
def page(brief):
    return brief_page(brief)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(study_run, "POOL_PAYS_S", 1e9)
    monkeypatch.setattr(sensitivity.workers, "results", at_once)
    return make_remembering_shop(tmp_path)


class Outline(HTMLParser):
    """Collects words, names and links of a page, and notices tags that are not closed."""

    VOID = frozenset({"meta", "br", "use", "path", "rect", "image", "line", "circle", "wbr"})

    def __init__(self, page):
        super().__init__()
        self.open, self.ids, self.links, self.words, self.classes = [], [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if tag == "a" else []
        self.classes += found.get("class", "").split()
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


# ---- the page


def first_page(page):
    return page[: page.index("</section>")]


def test_the_first_page_has_everything_a_manager_needs(page):
    first = Outline(first_page(page) + "</section></body></html>")
    words = " ".join(first.words)

    assert first.classes.count("card") == 5
    assert first_page(page).count("<svg") == 3
    assert first.classes.count("badge") >= 4
    assert "One customer" in words and "What to do" in words and "In this model, not in your shop" in words
    assert re.search(r"95 %", words)


def test_behind_it_stand_the_four_answers_the_ledger_and_the_parameters(page):
    heads = re.findall(r"<h2[^>]*>(.*?)</h2>", page)

    assert [head[:2] for head in heads[:4]] == ["1.", "2.", "3.", "4."]
    assert {"The ledger", "Does the verdict hold?", "How this was made", "What the numbers hang on"} <= set(heads)


def test_the_page_asks_no_network_and_runs_no_script(page):
    assert "http" not in page
    assert "<script" not in page and "<link" not in page and "@import" not in page and "src=" not in page


def test_every_tag_is_closed_and_every_link_leads_somewhere(page):
    outline = Outline(page)

    assert outline.open == []
    assert len(outline.links) > 15
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)


def test_no_number_is_missing_a_value(page):
    words = " ".join(Outline(page).words)

    assert not re.search(r"\bnan\b|\binf\b|\bNone\b|no value", words)


def test_no_index_stands_on_the_first_page(page):
    words = " ".join(Outline(first_page(page) + "</section></body></html>").words)

    assert "external effectiveness" not in words.lower() and "index" not in words.lower()


def test_horizons_are_told_apart_wherever_money_is_lost(page):
    words = " ".join(Outline(page).words)

    assert words.count("projected") > 8 and words.count("simulated") > 20


def test_what_others_wrote_is_escaped(shop):
    text = (shop / "decisions" / "all_at_once.yaml").read_text().replace("All but one on a course on Tuesday", '"<b>All</b> & more"')
    (shop / "decisions" / "all_at_once.yaml").write_text(text)

    assert "&lt;b&gt;All&lt;/b&gt; &amp; more" in brief_page(facts(["all_at_once"], 2))


# ---- the facts


def test_the_numbers_are_those_of_the_comparison(brief):
    rows = {(row["measure"], row["against"]): row for row in csv.DictReader((brief.comparison.folder / "compare.csv").open(encoding="utf-8-sig"))
            if row["decision"] == "all_at_once" and row["by"] == "overall" and not row["formula"]}  # fmt: skip
    numbers = brief.numbers

    assert brief.against == "staggered"
    assert numbers.saving.value == pytest.approx(-float(rows["cost_with_invoices", "staggered"]["difference"]))
    assert numbers.lost.value == pytest.approx(float(rows["expected_lost_projected_year", "staggered"]["difference"]))
    assert numbers.net.value == pytest.approx(-float(rows["cost_and_lost_margin", "staggered"]["difference"]))
    assert brief.beside_nothing.net.value == pytest.approx(-float(rows["cost_and_lost_margin", "nothing"]["difference"]))


def test_net_money_is_what_is_saved_less_what_is_lost(brief):
    for each in (brief.numbers, brief.beside_nothing, *brief.options):
        assert each.net.value == pytest.approx(each.saving.value - each.loss.value)


def test_the_decision_pays_exactly_where_its_customers_are_worth_less_than_the_break_even(brief):
    numbers = brief.numbers
    if numbers.break_even is None or numbers.worth is None or numbers.lost.value <= 0.0:
        pytest.skip("no bounded break-even in three replications of this shop")
    assert (numbers.net.value > 0.0) == (numbers.worth.value < numbers.break_even.value)


def test_accounts_add_up_to_payroll_and_invoices(brief):
    for world, place in (("staggered", "base"), ("all_at_once", "value")):
        accounts = sum(getattr(line, place) for line in brief.ledger if not line.says)
        lines = sum(getattr(line, place) for line in brief.ledger if line.says)
        paid = brief.comparison.sample(world, "cost_with_invoices").above.mean()
        assert accounts == pytest.approx(paid, abs=0.005)
        assert lines == pytest.approx(paid, abs=0.005)


def test_segments_add_up_to_the_whole(brief):
    for name in ("worse", "better", "minutes", "lost"):
        assert sum(getattr(each, name).value for each in brief.segments) == pytest.approx(getattr(brief.numbers, name).value)


def test_ways_to_the_same_aim_are_compared_with_the_decision_itself(brief):
    assert [each.name for each in brief.options][:2] == ["all_at_once", "staggered"]
    assert {"after_hours", "all_at_once+ask_first"} <= {each.name for each in brief.options}
    assert brief.own.gain == Told(0.0, 0.0, 0.0)
    assert brief.options[1].saving.value == 0.0
    for each in brief.options:
        assert each.gain.value == pytest.approx(each.net.value - brief.own.net.value)


def test_an_answer_is_judged_against_the_decision_alone(brief):
    before = next(each for each in brief.answers if each.name == "all_at_once+ask_first")
    after = next(each for each in brief.answers if each.name == "all_at_once+call_afterwards")

    assert {each.alone for each in brief.answers} == {"all_at_once"}
    assert (before.phase.value, after.phase.value) == ("before or during", "afterwards")
    row = brief.comparison.row("all_at_once+ask_first", "margin_lost_projected_year", "all_at_once")
    assert before.avoided.value == pytest.approx(-row.difference)
    assert before.cost.value == pytest.approx(brief.comparison.row("all_at_once+ask_first", "cost_with_invoices", "all_at_once").difference)


def test_people_to_call_stand_dearest_first(brief):
    losses = [each.loss for each in brief.classes]

    assert losses == sorted(losses, reverse=True)
    assert sum(each.people for each in brief.classes) == pytest.approx(len(brief.closer.people.customer) / len(brief.closer.looked))


def test_the_list_of_actions_says_who_calls_whom_by_when_and_when_to_stop(brief):
    lines = " ".join(actions(brief))

    assert "Mon 2 March" in lines and "call ahead" in lines
    assert "executives/3 covers" in lines or "executives/1 covers" in lines
    assert "Stop calling" in lines and "USD" in lines


def test_the_days_shown_are_the_worst_and_what_follows(brief):
    assert brief.closer.days == (1, 2)


def test_a_decision_that_changes_nothing_has_zeros_and_a_page(shop):
    found = facts(["as_it_is"], 2)
    numbers = found.numbers

    assert {numbers.worse.value, numbers.better.value, numbers.minutes.value, numbers.lost.value, numbers.net.value} == {0.0}
    assert found.kinds["lost_because"].value == found.kinds["kept_because"].value == 0.0
    assert not re.search(r"\bnan\b", " ".join(Outline(brief_page(found)).words))


@pytest.mark.slow
def test_presets_and_parameter_worlds_come_with_the_page(shop, monkeypatch):
    monkeypatch.setattr(sensitivity, "parameters_of", lambda scenario, taken=(), known=sensitivity.parameters_of: known(scenario, taken)[:2])
    found = facts(["all_at_once"], 2, presets=True, tornado=True, worlds=2)
    words = " ".join(Outline(brief_page(found)).words)

    assert found.verdict is not None and len(found.verdict.nets) == 3
    assert len(found.bars) == 2 and found.share is not None and found.share.of == 2
    assert "2 parameter worlds" in words and "Does the verdict hold?" in words


def test_a_search_estimates_what_it_shows_anew_on_fresh_seeds(shop):
    for name in ("half_day", "call_afterwards", "a_tenth_of_a_day", "as_it_is", "one_more_clerk"):
        (shop / "decisions" / f"{name}.yaml").unlink()
    found = facts(["all_at_once"], 2, search=True)

    assert found.searched is not None
    assert found.searched.front.settings.seed != found.settings.seed
    assert {"all_at_once", "staggered"} <= {each.name for each in found.options}
    assert found.searched.tried == 4  # three ways alone, and one of them with its answer
    assert "winner's curse" in " ".join(Outline(brief_page(found)).words)


def test_a_decision_that_does_not_exist_is_refused_before_anything_is_simulated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_remembering_shop(tmp_path)
    begun = []
    monkeypatch.setattr(Silent, "stage", lambda self, says, of_what: begun.append(says) or nullcontext(lambda done, of: None))

    with pytest.raises(ScenarioError, match="got nonsense"):
        facts(["nonsense"], 2)
    assert not begun


def test_a_brief_is_refused_where_nobody_remembers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_shop(tmp_path)

    with pytest.raises(SettingError, match="loyalty"):
        facts(["all_at_once"], 2)


# ---- the words


def with_verdict(brief, *nets):
    return replace(brief, verdict=Verdict(dict(zip(("evidence", "story", "strict"), nets, strict=True))))


PAYS, LOSES, OPEN = Net(5.0, 1.0, 9.0), Net(-5.0, -9.0, -1.0), Net(1.0, -3.0, 5.0)


def test_the_verdict_says_in_how_many_presets_it_holds(brief):
    assert badges(with_verdict(brief, PAYS, PAYS, PAYS))[-1].text == "holds in 3 of 3 presets"
    assert badges(with_verdict(brief, PAYS, OPEN, PAYS))[-1].text == "holds in 2 of 3 presets"
    assert badges(with_verdict(brief, OPEN, OPEN, OPEN))[-1].text == "net money cannot be told in three of three presets"


def test_a_verdict_that_flips_says_on_which_claim_it_depends(brief):
    assert badges(with_verdict(brief, PAYS, PAYS, LOSES))[-1].text.startswith("depends on an unproven claim: that service and recovery count by their mean")


def test_the_badges_follow_the_intervals(brief):
    def first_two(saving, loss):
        return [each.text for each in badges(replace(brief, numbers=brief.numbers._replace(saving=saving, loss=loss)))[:2]]

    assert first_two(Told(5.0, 1.0, 9.0), Told(5.0, 1.0, 9.0)) == ["saves inside", "costs outside"]
    assert first_two(Told(-5.0, -9.0, -1.0), Told(-5.0, -9.0, -1.0)) == ["costs inside", "gains outside"]
    assert first_two(Told(5.0, -1.0, 11.0), Told(5.0, -1.0, 11.0)) == ["inside: no difference told", "outside: cannot be told yet"]


def test_the_headline_says_what_to_do_instead(brief):
    other = brief.options[2]._replace(net=Told(1e6, 1.0, 2e6), gain=Told(1e6, 1.0, 2e6))
    told_better = replace(brief, options=(*brief.options[:2], other))
    best = replace(brief, options=(brief.own._replace(net=Told(1e6, 1.0, 2e6)), *brief.options[1:]))

    assert headline(told_better).instead.startswith("Rather do \u201c")
    assert "cannot tell" in headline(replace(told_better, options=(*brief.options[:2], other._replace(gain=Told(1e6, -1.0, 2e6))))).instead
    assert headline(best).instead.startswith("Do it")
    assert "All but one on a course on Tuesday" in headline(brief).facts


def test_customers_lost_have_two_digits_at_most_and_words_below_one():
    assert [lost_words(each) for each in (0.0, 0.4, -0.4, 1.24, 36.4, 1234.0, -4.2)] == ["none", "less than one", "less than one fewer", "1.2", "36", "1,200", "4.2 fewer"]
    assert lost_sentence(0.75) == "less than one (per year if done monthly: about 9.0)"


def test_money_and_numbers_are_short_and_have_a_true_minus():
    assert [money(each, "USD") for each in (1234.5, 996.4, 58.3, 2.5, 0.0, -1674.0)] == ["USD 1,230", "USD 996", "USD 58", "USD 2.50", "USD 0", "\u2212USD 1,670"]
    assert [digits(each, 2) for each in (139.7, 0.0, -0.123, 12345.0, 1.0)] == ["140", "0", "\u22120.12", "12,000", "1.0"]


def test_break_even_is_said_in_words_where_there_is_none(brief):
    numbers = brief.numbers
    saves, costs = Told(5.0, 1.0, 9.0), Told(-5.0, -9.0, -1.0)

    assert break_even_words(numbers._replace(saving=costs, lost=saves), "USD")[0] == "loses at any"
    assert break_even_words(numbers._replace(saving=saves, lost=costs), "USD")[0] == "pays at any"
    assert break_even_words(numbers._replace(saving=saves, lost=saves, break_even=None), "USD")[0] == "cannot be told"
    assert break_even_words(numbers._replace(saving=saves, lost=saves, break_even=Told(234.0, 191.0, 307.0)), "USD") == ("above USD 234", "95 %: USD 191 to USD 307")


# ---- statistics


def test_fiellers_interval_holds_the_true_ratio_as_often_as_it_says():
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(2000):
        below = rng.normal(5.0, 2.0, 12)
        found = ratio_of(2.0 * below + rng.normal(0.0, 3.0, 12), below)
        held += found is not None and found.low <= 2.0 <= found.high

    assert abs(held / 2000 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 2000)


def test_a_ratio_over_what_may_be_zero_has_no_interval():
    assert ratio_of(np.array([1.0, 2.0, 3.0]), np.array([-1.0, 1.0, 0.5])) is None


def test_a_mean_has_students_interval():
    assert told(np.array([1.0, 2.0, 3.0])) == pytest.approx((2.0, 2.0 - 4.3027 / np.sqrt(3.0), 2.0 + 4.3027 / np.sqrt(3.0)), rel=1e-4)


def test_a_way_is_dominated_by_one_that_saves_more_and_loses_less():
    assert is_dominated((1.0, 1.0), [(2.0, 1.0)])
    assert not is_dominated((1.0, 1.0), [(1.0, 1.0), (2.0, 2.0), (0.0, 0.0)])


# ---- the command


def test_the_command_writes_one_file_and_says_where(shop, capsys):
    code = exit_code(["brief", "scenario=shop", "decisions=[all_at_once,after_hours]", "replications=2", "presets=no", "tornado=no", "workers=1"])
    out = capsys.readouterr()

    assert code == 0
    assert Path("results/shop_brief/report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "report.html" in out.out and "Simulating every world" in out.err and "done after" in out.err


def test_what_would_take_long_is_left_out_unless_asked_for_and_the_user_is_told_how_long(shop, capsys, monkeypatch):
    monkeypatch.setattr("servsim.study.brief.MOST_UNASKED", 1000)
    words = ["brief", "scenario=shop", "decisions=all_at_once", "replications=2", "presets=no", "workers=1"]
    code = exit_code(words)
    told = capsys.readouterr().err

    assert code == 0
    assert "Moving each" not in told
    assert re.search(r"left out: moving each of \d+ parameters to both ends of its range \(\d+ parameter worlds, about .*\); say tornado=yes\.", told)
    assert "tornado=yes ranks them" in Path("results/shop_brief/report.html").read_text(encoding="utf-8")


def test_every_step_says_beforehand_how_many_worlds_it_takes_and_how_long(shop, capsys, monkeypatch):
    monkeypatch.setattr(sensitivity, "parameters_of", lambda scenario, taken=(), known=sensitivity.parameters_of: known(scenario, taken)[:2])
    exit_code(["brief", "scenario=shop", "decisions=all_at_once", "replications=2", "workers=1"])
    told = capsys.readouterr().err

    assert "Judging in the other presets (2 parameter worlds, about a few seconds; presets=no leaves them out) ..." in told
    assert "Moving each of 2 parameters to both ends of its range (4 parameter worlds, about a few seconds; tornado=no leaves them out) ..." in told
    assert "Does the verdict hold?" in Path("results/shop_brief/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("seconds", "words"), [(2.0, "a few seconds"), (40.0, "half a minute"), (70.0, "a minute"), (250.0, "4 minutes"), (9000.0, "2 hours")])
def test_a_time_that_nobody_knows_well_is_told_roughly(seconds, words):
    assert rough_duration(seconds) == words


def test_the_brief_for_programs_is_rows_of_the_same_numbers_and_nothing_else(shop, capsys):
    words = ["brief", "scenario=shop", "decisions=all_at_once,after_hours,all_at_once+ask_first", "replications=2", "tornado=no", "workers=1"]
    assert exit_code([*words, "output=json"]) == 0
    printed = capsys.readouterr()
    rows = json.loads(printed.out)
    found = facts(["all_at_once", "after_hours", "all_at_once+ask_first"], 2)

    def row(part, measure, **also):
        return next(each for each in rows if (each["part"], each["measure"]) == (part, measure) and also.items() <= each.items())

    net, lost = row("first_page", "net_money"), row("first_page", "customers_lost_in_a_year")
    assert (net["value"], net["low"], net["high"], net["level"], net["unit"]) == (*found.numbers.net, 0.95, "USD")
    assert (lost["value"], lost["horizon"], lost["against"], lost["replications"]) == (found.numbers.lost.value, "projected", "staggered", 2)
    assert row("way", "gain", decision="after_hours")["value"] == next(each.gain.value for each in found.options if each.name == "after_hours")
    assert row("answer", "loss_avoided")["against"] == "all_at_once"
    assert sum(row("segment", "lost_outside", name=name)["value"] for name in ("owned", "private")) == pytest.approx(row("first_page", "lost_outside")["value"])
    assert {each["name"] for each in rows if each["part"] == "preset"} == {"evidence", "story", "strict"}
    assert "Written: " in printed.err


@pytest.mark.parametrize(("output", "printed"), [("csv", ",".join(FIELDS)), ("quiet", "")])
def test_the_brief_prints_rows_or_nothing_where_asked(shop, capsys, output, printed):
    assert exit_code(["brief", "scenario=shop", "decisions=all_at_once", "replications=2", "presets=no", "tornado=no", "workers=1", f"output={output}"]) == 0
    assert capsys.readouterr().out.partition("\n")[0].rstrip("\r") == printed


def test_ctrl_c_in_the_presets_leaves_the_page_that_was_written(shop, capsys, monkeypatch):
    def interrupted(job, tasks, processes):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(sensitivity.workers, "results", interrupted)
    code = exit_code(["brief", "scenario=shop", "decisions=[all_at_once]", "replications=2", "tornado=no", "workers=1"])

    assert code == 130
    assert "presets not judged yet" in Path("results/shop_brief/report.html").read_text(encoding="utf-8")
    assert "report.html holds what was known" in capsys.readouterr().err


def test_words_that_are_neither_yes_nor_no_are_refused(shop, capsys):
    assert exit_code(["brief", "scenario=shop", "decisions=[all_at_once]", "search=perhaps"]) == 2
    assert "search: got perhaps; must be yes or no" in capsys.readouterr().err.replace("'", "")
