"""The scenario in words: sentences made from the checked scenario, after overrides, word for word."""

from __future__ import annotations

from typing import Any

import pytest

from servsim.report.describe import describe, law_text, week_text
from servsim.scenario.language import Law
from servsim.scenario.library import list_scenarios
from servsim.scenario.reader import load, read

SMALL: dict[str, Any] = {
    "title": "A small office",
    "description": "Made up.",
    "calendar": {"start": "2026-03-02", "days": 5, "interval": "1 h", "closed": ["2026-03-06"], "hours": {"counter": {"mon-fri": "9:00-12:00"}}},
    "channels": {"counter": {"seats": 4, "balking": {3: "20 %"}, "try_again": {"after_abandonment": "10 %", "delay": "1 h", "tries": 2}}},
    "segments": {"people": {"customers": 100, "margin": 50, "patience": {"exponential": "10 min"}, "own_executive": {"team": "executives"}}},
    "reasons": {
        "buy": {"talk": {"lognormal": {"mean": "10 min", "sd": "5 min"}}, "wrap_up": "2 min", "arrivals": {"per_hour": {"9:00": 6, "11:00": 3}}},
        "advice": {
            "talk": "20 min", "asks_for": "own", "cover": "rules", "solved": "80 %", "arrivals": {"per_day": 4},
            "unsolved": {"returns": "50 %", "contacts": 2},
        },
    },
    "teams": {
        "clerks": {"head_count": {"9:00": 1, "10:00": 2}, "wage": 20, "at_closing": "leave"},
        "executives": {"agents": 2, "members": {"1": {"speed": 1.25, "buddy": "2"}}},
    },
    "routes": {"sales": {"reasons": ["buy"], "teams": ["clerks"], "overflow": {"help": {"team": "executives", "after": "5 min"}}}, "own": {"reasons": ["advice"], "teams": ["executives"]}},
    "cover": {"rules": {"busy": ["wait"], "away": ["buddy", "come_back"], "come_back": {"returns": "75 %"}}},
    "absences": {"course": {"team": "executives", "agents": 1, "on": ["2026-03-04"]}, "flu": {"team": "clerks", "chance": "5 %"}},
}  # fmt: skip


def parts() -> dict[str, str]:
    """Return the description of the small office by part, each as one line."""
    found: dict[str, str] = {}
    for block in describe(read(SMALL)).split("\n\n"):
        title, _, body = block.partition("\n")
        found[title] = " ".join(body.split())
    return found


def test_the_calendar_and_the_ways_in_are_told() -> None:
    told = parts()

    assert told["Calendar"] == "5 days from Mon 2 March 2026 to Fri 6 March 2026, in intervals of 1 h. Closed on Fri 6 March."
    assert told["Ways in"] == (
        "counter (counter): Open mon-fri 9:00-12:00. 4 places, each held until the talk ends."
        " Who sees 3 or more waiting leaves at once in 20 % of cases."
        " 10 % of those who give up and 0 % of those who find no room try again, after always 1 h, 2 tries in all."
        " Who is inside at closing time is served. Promise: 80 % within 10 min (answered_of_offered)."
    )


def test_who_comes_and_why_is_told() -> None:
    told = parts()

    assert told["Customers"] == (
        "people: 100 customers. Each with an own executive of executives, about 50 an agent."
        " They wait 10 min on average (exponential). A margin of 50 USD a year."
    )
    assert told["Why they come"].startswith(
        "advice: Customers by counter. They ask for their own executive (cover: rules). Talk always 20 min."
        " A contact settles the matter in 80 % of cases. Of the others 50 % come again, after always 1 day, 2 contacts at most."
        " buy: Customers by counter. Talk 10 min on average, sd 5 min (lognormal). Wrap-up always 2 min. Every contact settles the matter."
    )


def test_the_table_of_volumes_counts_open_days_only() -> None:
    """Four open days (Friday is closed): 6 + 6 + 3 = 15 a day."""
    lines = [" ".join(line.split()) for line in describe(read(SMALL)).splitlines()]

    assert "reason cases in all an open day busiest handling" in lines
    assert "buy 60 15 6 an hour at 9:00 12 min" in lines
    assert "advice 16 4 1.33 an hour at 9:00 20 min" in lines


def test_who_serves_and_by_which_route_is_told() -> None:
    told = parts()

    assert told["Who serves"] == (
        "clerks: 2 agents. On duty 1 from 9:00, 2 from 10:00. At the end of the shift they leave. 20 USD an hour, overtime 1.5 times that."
        " executives: 2 agents. They work while the channels they serve are open. Agent 1: speed 1.25, covered by 2 first."
        " At the end of the shift they stay while people wait inside."
    )
    assert told["Routes"] == (
        "own: reason advice goes to executives. sales: reason buy goes to clerks; executives may help after a wait of 5 min."
    )


def test_cover_and_absences_are_told_with_whom_they_leave_alone() -> None:
    told = parts()

    assert told["Own executives who are busy or away"] == (
        "rules, executive busy: the customer waits."
        " rules, executive away: a present colleague serves; else a notice tells the customer to come another day (75 % do)."
        " rules: a break of more than 30 min counts as away."
    )
    assert told["Absences"] == (
        "course: 1 of executives is away on Wed 4 March, all day. flu: all clerks: each with chance 5.0 % a day, every day, all day."
    )
    assert told["Customers of absent executives"] == "Wed 4 March: about 2 of 4 cases of advice ask for an executive who is away (first contacts)."


def test_reasons_that_only_follow_from_others_are_not_told_as_nobody_of_nobody() -> None:
    later = {**SMALL["reasons"]["advice"]}
    later.pop("arrivals")
    buy = {**SMALL["reasons"]["buy"], "leads_to": {"fitting": {"share": "20 %", "delay": "1 day"}}}
    told = describe(read({**SMALL, "reasons": {**SMALL["reasons"], "buy": buy, "fitting": later}}))

    assert "about 2 of 4 cases of advice ask for" in told
    assert "cases of fitting" not in told


def test_load_by_team_and_hour_is_offered_work_over_agents() -> None:
    """9:00: 6 an hour x 12 min = 1.2 Erlang for one clerk: 120 %; advice 4/3 an hour x 20 min x 1.1 contacts a case."""
    lines = [" ".join(line.split()) for line in describe(read(SMALL)).splitlines()]

    assert "mon-thu" in lines
    assert "9:00 1.20 1 120 % 0.49 2 24 %" in lines
    assert "11:00 0.60 2 30 % 0.49 2 24 %" in lines


def test_what_the_checks_find_is_told_at_the_end() -> None:
    told = parts()["Worth a look"]

    assert "warning: teams.clerks: on mon-thu: load 1.20 per agent at 9:00" in told


def test_overrides_are_described_not_the_file() -> None:
    scenario = load("phone_shop", ["teams.clerks.head_count=null", "teams.clerks.agents=7"])

    assert "clerks: 7 agents. They work while the channels they serve are open." in " ".join(describe(scenario).split())


@pytest.mark.parametrize("name", sorted(list_scenarios()))
def test_every_scenario_that_ships_can_be_described(name: str) -> None:
    text = describe(load(name))

    assert "cannot be told" not in text and "nan" not in text.split()
    assert max(len(line) for line in text.splitlines()) <= 150


def test_laws_and_weeks_are_written_as_people_say_them() -> None:
    assert law_text(Law("deterministic", (240.0,))) == "always 4 min"
    assert law_text(Law("deterministic", (float("inf"),))) == "for ever"
    assert law_text(Law("exponential", (90.0,))) == "90 s on average (exponential)"
    assert law_text(Law("uniform", (60.0, 180.0))) == "between 1 min and 3 min (uniform)"
    assert law_text(Law("weibull", (1800.0, 2.0))) == "30 min on average, sd 15.7 min (weibull)"
    nine = ((32400.0, 61200.0),)
    assert week_text((nine, nine, nine, nine, nine, (), ())) == "mon-fri 9:00-17:00"
    assert week_text(((),) * 7) == "never"


# ---- what customers remember

REMEMBERED: dict[str, Any] = {
    "segments": {"people": {**SMALL["segments"]["people"], "loyalty": {"churn": "15 %"}}},
    "loyalty": {"voice": 1.1},
    "complaints": {"team": "clerks", "compensation": "50 %", "passed_on": "20 %"},
    "recovery": {"team": "clerks", "delay": "1 day", "reaches": "30 %", "goodwill": 5},
    "teams": {**SMALL["teams"], "clerks": {**SMALL["teams"]["clerks"], "authority": 40}},
}
WAIT_ROWS = {
    "counter (acceptable: 10 min), points per 10 minutes 3.8 7.8 6.9 4.6",
    "counter, account afterwards 75.8 73.0 71.5 69.4",
    "counter, leave on the spot 0 % 0.45 % 0.86 % 1.5 %",
}


def remembered(**changes: Any) -> str:
    """Return what is told of memory, as one line."""
    block = next(block for block in describe(read({**SMALL, **REMEMBERED, **changes})).split("\n\n") if block.startswith("What customers remember"))
    return " ".join(block.split())


def test_a_scenario_without_loyalty_tells_nothing_of_memory() -> None:
    assert "What customers remember" not in parts()


def test_the_preset_and_what_overrides_it_are_told() -> None:
    assert "Preset evidence: the weaker of service and recovery counts, a disappointment counts 2 times a pleasure" in remembered()
    assert "Preset strict: the weaker of service and recovery counts 25 %, their mean the rest" in remembered(loyalty={"preset": "strict", "weaker_of_two": "25 %"})


def test_what_a_wait_costs_is_told_as_points_per_ten_minutes() -> None:
    """The design's table: 10 minutes still please (75.8), 20 give 73.0, 30 give 71.5 (0.9 % leave), 60 give 69.4 (1.5 %)."""
    told = remembered()

    for row in WAIT_ROWS:
        assert row in told


def test_who_complains_who_settles_and_who_makes_up_for_it_is_told() -> None:
    told = remembered()

    assert "33 % of those with a minor problem complain and 72 % of those with a serious one; 5.0 % of complaints reach the managers." in told
    assert "Complaints are taken by clerks (8 min on average, sd 5 min 36 s (lognormal)); with an authority of 40 USD they settle 90 % of what it reaches" in told
    assert "a settled one is paid 50 % of the claim; 20 % of what is not settled goes to the recovery team." in told
    assert "What is passed on is called about by clerks, after always 1 day" in told
    assert "so are 30 % of those whom the firm failed and who did not complain" in told
    assert "gives 5 USD" in told


def test_ordinary_churn_stands_beside_its_target_with_the_leaving_factor_that_meets_it() -> None:
    from servsim.plan.remember import churn_if_leaving, ordinary_churn
    from servsim.report.describe_loyalty import leaving_to_meet

    scenario = read({**SMALL, **REMEMBERED})
    factor = leaving_to_meet(scenario, "people", 0.15)

    assert factor is not None and factor > 0.45 and ordinary_churn(scenario, "people") < 0.15
    assert churn_if_leaving(scenario, "people", factor) == pytest.approx(0.15, rel=0.01)
    assert f"15 % 0.45 {factor:.3g}" in remembered()


def test_notice_teaching_later_needs_growth_and_promises_are_told() -> None:
    changes = {
        "absences": {"course": {**SMALL["absences"]["course"], "notice": {"team": "clerks"}, "teaches": {"solved": 0.042}}},
        "reasons": {**SMALL["reasons"], "buy": {**SMALL["reasons"]["buy"], "leads_to": {"advice": {"share": "20 %", "delay": "3 days"}}, "arrivals": {"per_day": 15, "growth": 0.02}}},
        "cover": {"rules": {"busy": ["wait"], "away": ["message"], "message": {"within": "4 h", "forgotten": "2 %"}}},
    }
    told = " ".join(describe(read({**SMALL, **changes})).split())

    assert "clerks call 80 % of those who would come, from 9:00 of the open day before (always 2 min a call), and 90 % of those reached come another day" in told
    assert "afterwards they solve +4.2 in a hundred" in told
    assert "They become 2.0 % more each month. A met need leads to advice in 20 % of cases, after always 3 days" in told
    assert "the executive calls back within 4 h, as promised (2.0 % are forgotten)" in told
