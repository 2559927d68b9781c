"""One customer's two lives on a page: six sentences for the box, and day by day what differed.

The lives are ``servsim.report.two_lives``'; here they are only shortened. Never invents.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from servsim.report.brief_words import plain_world
from servsim.report.names import Chronicle, find_customer
from servsim.report.remembered import Remembered
from servsim.report.sentence import date_text, share_text
from servsim.report.two_lives import LifeDay, Lived, TwoLives, Worlds, most_telling, two_lives
from servsim.study.brief import Brief

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
WITHOUT_SENTENCES, WITH_SENTENCES = 2, 3
LEAVING = re.compile(r"^The customer (left|did not come)")


class ToldDay(NamedTuple):
    """One day of both lives, in sentences."""

    date: str
    base: tuple[str, ...]
    other: tuple[str, ...]


class Life(NamedTuple):
    """One customer's two lives."""

    customer: str
    when: str
    paragraphs: tuple[str, ...]
    """Six sentences at most: without the decision, with it, and how it ends."""
    days_told: tuple[ToldDay, ...]
    """Days on which something differed."""
    lives: TwoLives


def life_of(brief: Brief) -> Life:
    """Return the two lives that tell most.

    Raises
    ------
    SettingError : nobody who is known by name lived differently.
    """
    worlds = _worlds(brief)
    lives = two_lives(worlds, most_telling(worlds))
    differing = [day for day in lives.days if _differs(day)]
    shown = brief.base.world.scenario.calendar.start + dt.timedelta(days=brief.closer.days[0])
    on_it = [day for day in differing if day.date == shown]
    first = next(iter(on_it or [day for day in differing if any(each.row >= 0 and not each.is_same for each in day.other)] or differing))
    return Life(lives.customer, date_text(first.date), tuple(_six(first, lives, worlds)), tuple(_told_day(day) for day in differing), lives)


def _worlds(brief: Brief) -> Worlds:
    base, other = brief.base.world, brief.decided.world
    here, there = brief.closer.logs
    return Worlds(
        Chronicle(here, base.plan, base.names, base.scenario), Chronicle(there, other.plan, other.names, other.scenario),
        "Without any decision" if brief.against == "nothing" else f"With {plain_world(brief.against)}", f"With {plain_world(brief.decision)}",
    )  # fmt: skip


def _differs(day: LifeDay) -> bool:
    return any(not each.is_same for each in (*day.base, *day.other))


def _told_day(day: LifeDay) -> ToldDay:
    return ToldDay(date_text(day.date), tuple(each.told for each in day.base), tuple(each.told for each in day.other))


def _six(day: LifeDay, lives: TwoLives, worlds: Worlds) -> list[str]:
    base = _sentences(day.base, WITHOUT_SENTENCES)
    other = _sentences(day.other, WITH_SENTENCES)
    own = f" ({lives.customer} belongs to {lives.executive})" if lives.executive else ""
    return [f"{lives.base_name}{own}: {' '.join(base) or 'nothing happened that day.'}", f"{lives.other_name}: {' '.join(other) or 'nothing happened that day.'}", _ending(lives, worlds)]


def _sentences(lived: Sequence[Lived], most: int) -> list[str]:
    """Return the sentences that tell most: of what differed, but the customer's leaving."""
    all_of = [sentence for each in lived if each.row >= 0 and not each.is_same for sentence in SENTENCE.split(each.text)]
    telling = [each for each in all_of if not LEAVING.match(each)] or all_of
    return telling[:most]


def _ending(lives: TwoLives, worlds: Worlds) -> str:
    """Say in one sentence how both lives end."""
    ends = [_end(chronicle, lives.customer) for chronicle in worlds[:2]]
    return f"In the end: {ends[0]} in the first life, {ends[1]} in the second."


def _end(chronicle: Chronicle, customer: str) -> str:
    number = find_customer(chronicle.plan, chronicle.names, customer)
    remembered = Remembered(chronicle, number)
    if not remembered.is_there:
        return "nothing is remembered"
    lost_s = float(chronicle.log.customers["lost_s"][number])
    if not math.isnan(lost_s):
        return f"lost for good on {date_text(remembered.called.date(lost_s))}"
    return f"satisfaction {remembered.satisfaction():.0f} of 100 and a chance of {share_text(remembered.leaves_within_year())} to leave within a year"
