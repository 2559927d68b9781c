"""Two lives of one customer: hand-made logs put side by side, and the founding anecdote out of two real runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_story import (
    COURSE,
    DAY,
    EXECUTIVE,
    FIRST_OWNED,
    FIRST_PRIVATE,
    IN_VAIN,
    NAMES,
    PLAN,
    SECRETARY,
    T,
    gone,
    own,
    served,
    told_by,
)

from servsim.cli.story import story_and_print
from servsim.engine.log import CLOSING_COLUMNS, CUSTOMER_COLUMNS, RunLog
from servsim.errors import ScenarioError, SettingError
from servsim.report.names import Chronicle
from servsim.report.remembered import Remembered
from servsim.report.two_lives import ONLY_HERE, LifeSum, Worlds, most_telling, sum_words, two_lives
from servsim.rules.codes import Cover, Entry, Hit, LegKind, NextStep, Outcome, Solved
from servsim.rules.loyalty import leaving_rate, satisfaction

OWN_DAY = served(T, 0.0, 960.0, **own(T), agent=EXECUTIVE, cover=Cover.OWN)
FIRST = served(T, 900.0, 480.0, 540.0, **IN_VAIN) | {"next_step": NextStep.COMPLAINS}
COMPLAINT = served(T + 1920.0, 60.0, 420.0, **own(T), agent=SECRETARY, cover=Cover.DESK, entry=Entry.COMPLAINT, leg_kind=LegKind.COMPLAINT)
COMPLAINT |= {"solved": Solved.NO, "next_step": NextStep.COMES_BACK, "next_row": 2}
AGAIN = served(T + DAY, 0.0, 600.0, **own(T), agent=EXECUTIVE, cover=Cover.OWN, entry=Entry.COMEBACK, leg=1)
BILL = served(T + 2 * DAY, 30.0, 300.0, root=9, customer=FIRST_OWNED + 4)


def worlds(base: Chronicle, other: Chronicle) -> Worlds:
    return Worlds(base, other, "Without the decision", "With course")


ANECDOTE = worlds(told_by(OWN_DAY, BILL), told_by(FIRST, COMPLAINT, AGAIN, BILL, presence=COURSE))


def test_contacts_are_put_side_by_side_by_name_and_by_day() -> None:
    lives = two_lives(ANECDOTE, "owned/5")

    assert lives.title == f"Two lives of customer owned/5, whose executive is {NAMES.agents[int(PLAN.owner[FIRST_OWNED + 4])]}"
    assert [(day.date.day, len(day.base), len(day.other)) for day in lives.days] == [(5, 1, 2), (6, 0, 1), (7, 1, 1)]
    thursday, friday, saturday = lives.days
    assert (thursday.base[0].is_only_here, thursday.other[0].is_only_here, thursday.other[1].is_only_here) == (False, False, True)
    assert not thursday.base[0].is_same and friday.other[0].is_only_here and saturday.base[0].is_same
    assert thursday.base[0].text.startswith("The customer came to the counter at 10:00 for account_visit and asked for executives/1. At once executives/1 served")
    assert thursday.other[1].told.startswith(f"{ONLY_HERE}the customer went to complain at 10:32. After 1 minute's wait secretary/1 heard the complaint")
    assert friday.other[0].text.startswith("The customer came to the counter again at 10:00 and asked for executives/1. At once executives/1 served")


def test_each_life_is_summed_up() -> None:
    lives = two_lives(ANECDOTE, "owned/5")

    assert lives.base_sum == LifeSum(2, 30.0, 0, 0, 0, 2, 2)
    assert lives.other_sum == LifeSum(4, 990.0, 1, 1, 0, 2, 2)
    assert lives.in_short == ("2 contacts, 30 seconds waited; 2 of 2 needs met.", "4 contacts, 16 minutes waited, 1 in vain, 1 complaint; 2 of 2 needs met.")
    assert sum_words(LifeSum(0, 0, 0, 0, 0, 0, 0)) == "Nothing happened."
    assert sum_words(LifeSum(1, 0, 0, 0, 2, 0, 1)) == "1 contact, no wait, 2 calls from the firm; 0 of 1 need met."


def test_the_text_has_two_columns_that_fit_the_width() -> None:
    lives = two_lives(ANECDOTE, "owned/5")
    for width in (60, 80, 118, 150):
        lines = lives.text(width).splitlines()
        assert max(len(line) for line in lines) <= width
        bars = {line.index(" |") for line in lines if " |" in line}
        assert len(bars) == 1
    text = lives.text()
    assert "Fri 6 March: nothing" in text and "| The same." in text and "| Only in this world: the customer went to complain" in text


def test_two_equal_worlds_give_two_equal_lives() -> None:
    lives = two_lives(worlds(ANECDOTE.other, ANECDOTE.other), "owned/5")

    assert not lives.differs
    assert lives.base_sum == lives.other_sum
    with pytest.raises(SettingError, match="nobody who is known by name lived differently"):
        most_telling(worlds(ANECDOTE.other, ANECDOTE.other))


def test_a_customer_to_whom_nothing_happened_or_who_is_not_there_is_refused() -> None:
    with pytest.raises(SettingError, match="owned/6 made no contact in this replication, with or without the decision"):
        two_lives(ANECDOTE, "owned/6")
    with pytest.raises(SettingError, match="customer: got 'owned/21'; must be a number from 1 to 20"):
        two_lives(ANECDOTE, "owned/21")


def test_a_demand_that_is_lost_in_one_world_is_told_beside_the_visit_in_the_other() -> None:
    lost = gone(T + 2 * DAY, Outcome.LOST_DEMAND, root=9, customer=FIRST_OWNED + 4)
    lives = two_lives(worlds(told_by(OWN_DAY, BILL), told_by(OWN_DAY, lost)), "owned/5")

    saturday = lives.days[-1]
    assert saturday.base[0].is_only_here and not saturday.other[0].is_only_here and not saturday.other[0].is_same
    assert saturday.other[0].text == "The customer would have come at 10:00 for bill, but had left the firm for good."
    assert (lives.base_sum.contacts, lives.other_sum.contacts) == (2, 1)


# ---- whose lives


def test_the_anecdote_is_told_before_a_longer_wait() -> None:
    patient = served(T, 0.0, 60.0, root=20, customer=FIRST_PRIVATE + 1)
    waits = served(T, 7200.0, 60.0, root=20, customer=FIRST_PRIVATE + 1)

    assert most_telling(worlds(told_by(OWN_DAY, patient), told_by(FIRST, COMPLAINT, AGAIN, waits, presence=COURSE))) == "owned/5"
    assert most_telling(worlds(told_by(patient), told_by(waits))) == "private/2"


def test_among_those_served_without_the_file_the_one_who_complains_and_comes_back_is_told() -> None:
    silent = {"root": 30, "customer": FIRST_OWNED + 7}
    base = told_by(OWN_DAY, OWN_DAY | silent)
    other = told_by(FIRST, COMPLAINT, AGAIN, served(T, 900.0, 480.0, 560.0, **IN_VAIN) | silent | {"next_step": NextStep.GIVES_UP}, presence=COURSE)

    assert most_telling(worlds(base, other)) == "owned/5"


# ---- what is remembered


def remembering(chronicle: Chronicle, *closings: dict[str, Any], **people: float) -> Chronicle:
    """Return a chronicle whose customer owned/5 remembers."""
    customer = FIRST_OWNED + 4
    closed = {name: np.array([row.get(name, customer if name == "customer" else 0) for row in closings], dtype=np.dtype(code)) for name, code, _ in CLOSING_COLUMNS}
    columns = {name: np.full(int(PLAN.segment_size.sum()), people.get(name, np.nan)) for name, _, _ in CUSTOMER_COLUMNS}
    log = chronicle.log
    return chronicle._replace(log=RunLog(log.replication, log.seed, log.contacts, log.presence, closed, columns), plan=PLAN._replace(memory=MEMORY))


def memory() -> tuple[Any, ...]:
    from servsim.plan.compile import compile_plan
    from servsim.scenario.reader import load

    plan, names = compile_plan(load("phone_shop"))
    return tuple(plan.memory[names.segments.index("owned")] for _ in NAMES.segments)


MEMORY = memory()
BAD = {"closed_s": T + DAY + 600.0, "late_s": DAY, "problem": 1, "hit": Hit.NO_FILE, "complained": 1, "solved": 1, "quality": 41.4, "before": 76.0, "after": 58.2, "leaving": 0.021}
GOOD = {"closed_s": T + 960.0, "solved": 1, "quality": 83.0, "before": 76.0, "after": 76.2}


def test_what_is_remembered_stands_at_the_close_and_at_the_end() -> None:
    base = remembering(ANECDOTE.base, GOOD, account=76.0, mood=0.0, expected=0.004, recovery=np.nan)
    other = remembering(ANECDOTE.other, BAD, account=75.0, recovery=41.0, mood=-12.0, expected=0.03)
    lives = two_lives(worlds(base, other), "owned/5")

    assert lives.days[0].base[1].text == "The case closed: felt quality 83 of 100; satisfaction stayed at 76."
    assert lives.days[1].other[1].text == (
        "The case closed: felt quality 41 of 100 (a problem: nobody had the file and the customer complained); satisfaction went from 76 to 58,"
        " chance to leave on the spot 2.1 %."
    )
    assert lives.base_end[0] == "At the end: satisfaction 76 of 100 (ordinary service 76, no problem so far, mood 0)."
    assert "handling of problems 41, mood \u221212)" in lives.other_end[0]
    assert lives.other_end[1].startswith("Chance to have left within the run: 3.0 %; within a year from then, as things stand: ")


def test_the_chance_to_leave_within_a_year_is_that_of_the_rules() -> None:
    other = remembering(ANECDOTE.other, BAD, account=75.0, recovery=41.0, mood=-12.0, expected=0.03)
    found = Remembered(other, FIRST_OWNED + 4)
    rate = leaving_rate(MEMORY[0], satisfaction(MEMORY[0], 75.0, 41.0, -12.0))

    assert found.leaves_within_year() == pytest.approx(1.0 - np.exp(-rate * 365 * DAY))
    assert found.chance_to_have_left() == 0.03


def test_somebody_who_left_is_said_to_have_left() -> None:
    other = remembering(ANECDOTE.other, BAD | {"lost": 1}, account=75.0, recovery=41.0, mood=-12.0, expected=0.03, lost_s=T + DAY + 600.0)

    assert two_lives(worlds(ANECDOTE.base, other), "owned/5").other_end == ("The customer left for good on Fri 6 March.",)
    assert two_lives(worlds(ANECDOTE.base, other), "owned/5").base_end == ()


# ---- real runs


def verb(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert story_and_print(["scenario=phone_shop", "calendar.days=17", *words]) == 0
    return capsys.readouterr().out


def test_the_simulation_tells_the_founding_anecdote_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Model page, section 1: absent all day, a substitute without the file, a secretary who can do nothing, back another day."""
    told = [verb(capsys, "decision=course_all_at_once", f"replication={replication}") for replication in (1, 2)]
    columns = [" ".join(line.split(" | ")[-1].strip() for line in text.splitlines() if " | " in line) for text in told]

    for words in columns:
        assert "who was away all day (course)" in words and "took over as a substitute" in words and "without the file" in words
        assert "Only in this world: the customer went to complain" in words and "had no authority to settle anything" in words
    assert any("Only in this world: the customer came to the counter again" in words and "settled the matter" in words for words in columns)


def test_the_verb_tells_the_customer_who_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    found = verb(capsys, "decision=course_all_at_once", "customer=owned/1581", "replication=1")

    assert found.startswith("Two lives of customer owned/1581, whose executive is executives/")
    assert "Without the decision" in found and "| With course_all_at_once\n" in found


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("decision=course_all_at_once contact=3", "contact: with decision= the two lives of one customer are told"),
        ("decision=course_all_at_once study=x", "study: two lives are simulated anew"),
        ("decision=nothing", "decision: must be the name of a decision"),
        ("decision=course_all_at_onec", "did you mean 'course_all_at_once'"),
        ("decision=course_all_at_once customer=owned/0", "customer: got 'owned/0'; must be a number from 1 to 2400"),
    ],
)
def test_two_lives_that_cannot_be_told_are_refused(words: str, says: str) -> None:
    with pytest.raises((SettingError, ScenarioError), match=says):
        story_and_print(["scenario=phone_shop", "calendar.days=14", *words.split()])
