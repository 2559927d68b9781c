"""One customer's two lives side by side: the same person, the same needs, in the world without a decision and in the one with it.

::

    Chronicle (without), Chronicle (with) -> pair by name -> TwoLives: day by day, what happened here and there -> text, or a page

Contacts are put beside each other by name and by nothing else; one that exists in one world only says so. The log of
each world is told as it is; nothing is simulated and nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.errors import SettingError
from servsim.measure.facts import wait_in_line_s
from servsim.report.names import Called, Chronicle, find_customer
from servsim.report.remembered import Remembered
from servsim.report.sentence import counted, date_text, duration_words
from servsim.report.steps import ContactSteps, Step, length, step
from servsim.report.story import cases_of_rows
from servsim.report.telling import Telling
from servsim.report.whereabouts import Whereabouts
from servsim.rules.clock import DAY_S
from servsim.rules.codes import BY_FIRM, Cover, LegKind, Outcome, Solved
from servsim.study.pairing import PairedLogs, pair_logs

ONLY_HERE = "Only in this world: "
THE_SAME = "The same."
RULE = " | "
NARROWEST, WIDEST = 60, 160
READABLE_CONTACTS = 5
"""A life of more contacts is too long to be told at once."""


class Worlds(NamedTuple):
    """Two worlds of one replication, and what they are called."""

    base: Chronicle
    other: Chronicle
    base_name: str
    """``Without the decision``."""
    other_name: str
    """``With course_all_at_once``."""


class Lived(NamedTuple):
    """Something that happened to the customer in one world."""

    time_s: float
    row: int
    """Contact of that world's log; -1: a case closed."""
    text: str
    """Sentences, with the times of the day; without the date."""
    is_only_here: bool
    """The contact does not exist in the other world."""
    is_same: bool
    """The other world has the same contact, and it went the same way in every respect."""
    steps: tuple[Step, ...] = ()
    """The same in steps, for pages in any language."""

    @property
    def told(self) -> str:
        """The sentences as a column shows them."""
        return f"{ONLY_HERE}{self.text[:1].lower()}{self.text[1:]}" if self.is_only_here else self.text


class LifeDay(NamedTuple):
    """One day of both lives; days on which nothing happened in either are left out."""

    date: dt.date
    base: tuple[Lived, ...]
    other: tuple[Lived, ...]


class LifeSum(NamedTuple):
    """A life in numbers."""

    contacts: int
    """Made by the customer."""
    waited_s: float
    in_vain: int
    """Told to come back, or served without the file and not helped."""
    complaints: int
    calls: int
    """Made by the firm."""
    solved: int
    """Cases whose need was met."""
    cases: int


@dataclass(frozen=True)
class TwoLives:
    """The two lives of one customer, to be printed or shown on a page."""

    customer: str
    """``owned/12``."""
    executive: str
    """The own executive in the world without the decision; empty: none."""
    base_name: str
    other_name: str
    days: tuple[LifeDay, ...]
    base_sum: LifeSum
    other_sum: LifeSum
    base_end: tuple[str, ...]
    """What the customer remembers at the end, in sentences; empty where nobody remembers."""
    other_end: tuple[str, ...]
    end_steps: tuple[tuple[Step, ...], tuple[Step, ...]] = ((), ())
    """The same in steps, of both lives."""

    @property
    def title(self) -> str:
        """``Two lives of customer owned/12, whose executive is executives/1``."""
        return f"Two lives of customer {self.customer}{f', whose executive is {self.executive}' if self.executive else ''}"

    @property
    def title_step(self) -> Step:
        """The title as a step."""
        return step("lives_of_owned", customer=self.customer, agent=self.executive) if self.executive else step("lives_of", customer=self.customer)

    @property
    def in_short(self) -> tuple[str, str]:
        """Each life in one sentence."""
        return sum_words(self.base_sum), sum_words(self.other_sum)

    @property
    def differs(self) -> bool:
        """Whether anything went differently."""
        return any(not lived.is_same for day in self.days for lived in (*day.base, *day.other))

    def text(self, width: int = 118) -> str:
        """Return both lives in two columns of text; one below the other where the width is too small for that."""
        wide = min(max(width, NARROWEST), WIDEST)
        return "\n".join(_columns(self, wide)) + "\n"


def sum_words(found: LifeSum) -> str:
    """Write a life in one sentence."""
    if not found.cases:
        return "Nothing happened."
    waited = f"{duration_words(found.waited_s)} waited" if found.waited_s >= 1.0 else "no wait"
    parts = [counted(found.contacts, "contact"), waited]
    parts += [f"{found.in_vain} in vain"] if found.in_vain else []
    parts += [counted(found.complaints, "complaint")] if found.complaints else []
    parts += [f"{counted(found.calls, 'call')} from the firm"] if found.calls else []
    return f"{', '.join(parts)}; {found.solved} of {counted(found.cases, 'need')} met."


def sum_steps(found: LifeSum) -> Iterator[Step]:
    """Tell a life in a few steps."""
    if not found.cases:
        yield step("sum_nothing")
        return
    yield step("sum_contacts", n=found.contacts)
    yield step("sum_waited", wait_s=length(found.waited_s)) if found.waited_s >= 1.0 else step("sum_no_wait")
    counts = {"sum_in_vain": found.in_vain, "sum_complaints": found.complaints, "sum_calls": found.calls}
    yield from (step(key, n=number) for key, number in counts.items() if number)
    yield step("sum_met", met_n=found.solved, n=found.cases)


# ---- making them


def two_lives(worlds: Worlds, customer: str) -> TwoLives:
    """Tell the two lives of a customer.

    Parameters
    ----------
    customer : as the command line names one: ``owned/12``.

    Raises
    ------
    SettingError
        There is no such customer in one of the worlds, or nothing happened to him in either.
    """
    sides = [_Side(each, find_customer(each.plan, each.names, customer)) for each in worlds[:2]]
    if not any(len(side.rows) for side in sides):
        raise SettingError(f"customer: {customer} made no contact in this replication, with or without the decision; leave customer out for a telling one")
    paired = _paired(worlds)
    here, there = _partners(paired, worlds)
    base = sides[0].lived(here, sides[1])
    other = sides[1].lived(there, sides[0])
    called, owner = sides[0].called, sides[0].owner
    return TwoLives(
        customer, called.agent(owner) if owner >= 0 else "", worlds.base_name, worlds.other_name, tuple(_days(base, other, called)),
        sides[0].sum(), sides[1].sum(), tuple(sides[0].end()), tuple(sides[1].end()),
        (tuple(sides[0].remembered.end_steps()), tuple(sides[1].remembered.end_steps())),
    )  # fmt: skip


def _paired(worlds: Worlds) -> PairedLogs:
    return pair_logs(worlds.base.log, worlds.base.names, worlds.other.log, worlds.other.names)


def _partners(paired: PairedLogs, worlds: Worlds) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, by row of each log, the row of the same contact in the other one; -1: it has none."""
    here = np.full(len(worlds.base.log.contacts["root"]), -1, np.int64)
    there = np.full(len(worlds.other.log.contacts["root"]), -1, np.int64)
    here[paired.contacts.base], there[paired.contacts.other] = paired.contacts.other, paired.contacts.base
    return here, there


SAME_COLUMNS = ("arrived_s", "queued_s", "answered_s", "ended_s", "search_s", "outcome", "next_step", "solved", "cover", "has_file")


class _Side:
    """One customer in one world."""

    def __init__(self, chronicle: Chronicle, customer: int) -> None:
        self.chronicle, self.customer = chronicle, customer
        self.contacts = chronicle.log.contacts
        self.called = Called(chronicle.plan, chronicle.names, chronicle.scenario)
        self.remembered = Remembered(chronicle, customer)
        self.rows = np.flatnonzero((self.contacts["customer"] == customer) & ~np.isnan(self.contacts["arrived_s"]))

    @property
    def owner(self) -> int:
        owners = self.chronicle.plan.owner
        return int(owners[self.customer]) if self.customer < len(owners) else -1

    def lived(self, partner: NDArray[np.int64], other: _Side) -> list[Lived]:
        """Return everything that happened, in order of time."""
        telling, found = Telling(self.chronicle), []
        stepping = ContactSteps(self.chronicle, telling.facts)
        for case in cases_of_rows(self.chronicle, self.rows):
            for (moment_s, row, text), steps in zip(telling.by_moment(case), stepping.of_case(case), strict=True):
                found.append(Lived(moment_s, row, text, *self._beside(row, int(partner[row]), other), tuple(steps)))
        found += self._closings(other)
        return sorted(found, key=lambda lived: (lived.time_s, lived.row < 0, lived.row))

    def _beside(self, row: int, mate: int, other: _Side) -> tuple[bool, bool]:
        """Return whether a contact is only here, and whether it is the same in the other world.

        A demand that was lost is no contact: it has no mate, and is the same if it was lost there too.
        """
        if int(self.contacts["outcome"][row]) != Outcome.LOST_DEMAND:
            return mate < 0, mate >= 0 and self._is_same(row, other, mate)
        theirs = other.rows[other.contacts["outcome"][other.rows] == Outcome.LOST_DEMAND]
        return False, bool(np.isin(self.contacts["arrived_s"][row], other.contacts["arrived_s"][theirs]))

    def _is_same(self, row: int, other: _Side, mate: int) -> bool:
        mine = [float(self.contacts[name][row]) for name in SAME_COLUMNS]
        theirs = [float(other.contacts[name][mate]) for name in SAME_COLUMNS]
        return bool(np.array_equal(mine, theirs, equal_nan=True)) and self._agent(row) == other._agent(mate)

    def _agent(self, row: int) -> str:
        agent = int(self.contacts["agent"][row])
        return self.called.agent(agent) if agent >= 0 else ""

    def _closings(self, other: _Side) -> list[Lived]:
        felt = other.remembered.felt
        theirs = {(float(other.remembered.closed["closed_s"][row]), felt(row)) for row in other.remembered.rows()}
        found = []
        for row in self.remembered.rows():
            time_s, text = float(self.remembered.closed["closed_s"][row]), self.remembered.felt(row)
            found.append(Lived(time_s, -1, f"The case closed: {text}", False, (time_s, text) in theirs, tuple(self.remembered.felt_steps(row))))
        return found

    def end(self) -> list[str]:
        """Return what is remembered at the end."""
        return self.remembered.at_the_end()

    def sum(self) -> LifeSum:
        """Return the life in numbers."""
        contacts, rows = self.contacts, self.rows
        own = rows[~np.isin(contacts["entry"][rows], BY_FIRM) & (contacts["outcome"][rows] != Outcome.LOST_DEMAND)]
        wait_s = np.nan_to_num(wait_in_line_s({name: column[own] for name, column in contacts.items()}))
        no_help = (contacts["has_file"][own] == 0) & (contacts["solved"][own] == Solved.NO)
        calls = rows[np.isin(contacts["entry"][rows], BY_FIRM) & ~np.isnan(contacts["answered_s"][rows])]
        cases = cases_of_rows(self.chronicle, rows)
        return LifeSum(
            contacts=len(own), waited_s=float(wait_s.sum()), in_vain=int(((contacts["outcome"][own] == Outcome.TOLD_TO_COME_BACK) | no_help).sum()),
            complaints=int((contacts["leg_kind"][own] == LegKind.COMPLAINT).sum()), calls=len(calls),
            solved=sum(any(contacts["solved"][row] == Solved.YES for row in case) for case in cases), cases=len(cases),
        )  # fmt: skip


def _days(base: Sequence[Lived], other: Sequence[Lived], called: Called) -> Iterator[LifeDay]:
    for day in sorted({int(lived.time_s // DAY_S) for lived in (*base, *other)}):
        mine, theirs = (tuple(each for each in side if int(each.time_s // DAY_S) == day) for side in (base, other))
        yield LifeDay(called.date(day * DAY_S), mine, theirs)


# ---- whose lives tell most


def most_telling(worlds: Worlds) -> str:
    """Return the customer whose two lives tell best what the decision does.

    The founding anecdote first: own executive away, a substitute without the file, in vain, back another day, and a
    complaint to somebody who can do nothing, where without the decision the executive would have settled it at once.

    Raises
    ------
    SettingError
        Nobody who is known by name lived differently.
    """
    paired = _paired(worlds)
    here, there = _partners(paired, worlds)
    scored = [(_strength(worlds, row, there), -row) for row in _candidates(worlds, here, there)]
    if not scored:
        raise SettingError("story: nobody who is known by name lived differently in this replication; the decision changes nothing for them")
    row = -max(scored)[1]
    called = Called(worlds.other.plan, worlds.other.names, worlds.other.scenario)
    return called.customer_name(int(worlds.other.log.contacts["customer"][row]))


MOST_CANDIDATES = 60


def _candidates(worlds: Worlds, here: NDArray[np.int64], there: NDArray[np.int64]) -> list[int]:
    """Return contacts of the other world that were worse there, the most promising kind only."""
    contacts, base = worlds.other.log.contacts, worlds.base.log.contacts
    mate = np.where(there >= 0, there, 0)
    known = (contacts["customer"] >= 0) & (contacts["leg_kind"] == LegKind.NEED) & ~np.isnan(contacts["ended_s"]) & (there >= 0)
    better_before = known & (base["solved"][mate] == Solved.YES) & (contacts["solved"] != Solved.YES)
    without_file = better_before & (contacts["cover"] == Cover.SUBSTITUTE) & (contacts["has_file"] == 0)
    sent_home = better_before & np.isin(contacts["outcome"], (Outcome.TOLD_TO_COME_BACK, Outcome.MESSAGE_LEFT))
    differs = known & ((contacts["outcome"] != base["outcome"][mate]) | (np.abs(_waits(contacts) - _waits(base)[mate]) > 1.0))
    groups = (without_file, sent_home, better_before, differs)
    rows = next((np.flatnonzero(group) for group in groups if group.any()), np.zeros(0, np.intp))
    promise = np.nan_to_num(_waits(contacts)[rows]) + contacts["search_s"][rows]
    return [int(row) for row in rows[np.argsort(-promise, kind="stable")][:MOST_CANDIDATES]]


def _waits(contacts: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.nan_to_num(wait_in_line_s(contacts))


def _strength(worlds: Worlds, row: int, there: NDArray[np.int64]) -> float:
    """Weigh how well the lives of a contact's customer tell the story."""
    contacts, base, plan = worlds.other.log.contacts, worlds.base.log.contacts, worlds.other.plan
    case = cases_of_rows(worlds.other, [row])[0]
    complaints = [each for each in case if contacts["leg_kind"][each] == LegKind.COMPLAINT]
    heard = [each for each in complaints if contacts["outcome"][each] == Outcome.ANSWERED]
    later = [each for each in case if contacts["arrived_s"][each] > contacts["arrived_s"][row] and contacts["leg_kind"][each] == LegKind.NEED]
    life = int((contacts["customer"] == contacts["customer"][row]).sum())
    wait_s = float(_waits({name: column[row : row + 1] for name, column in contacts.items()})[0])
    owner = int(contacts["owner"][row])
    away = owner >= 0 and bool(Whereabouts(worlds.other).absence(owner, float(contacts["arrived_s"][row])))
    weight = (
        4.0 * bool(heard and not any(contacts["solved"][each] == Solved.YES for each in heard))
        + 3.0 * bool(later and contacts["solved"][later[-1]] == Solved.YES and contacts["cover"][later[-1]] == Cover.OWN)
        + 2.0 * bool(plan.problem[int(contacts["reason"][row])])
        + 2.0 * bool(base["cover"][there[row]] == Cover.OWN)
        + 1.5 * (contacts["leg"][row] == 0)
        + 1.0 * away
        + min(wait_s, 900.0) / 900.0
        + min(float(contacts["search_s"][row]), 600.0) / 600.0
        - 1.0 * max(life - READABLE_CONTACTS, 0)
    )
    return float(weight)


# ---- two columns of text


def _columns(lives: TwoLives, width: int) -> Iterator[str]:
    column = (width - len(RULE)) // 2
    yield from wrap(lives.title, width)
    yield ""
    yield from _row(lives.base_name, lives.other_name, column)
    yield from _row("=" * column, "=" * column, column)
    for day in lives.days:
        yield from _row(_dated(day.date, day.base), _dated(day.date, day.other), column)
        yield from _day_rows(day, column)
        yield from _row("", "", column)
    yield from _row(f"In all: {lives.in_short[0]}", f"In all: {lives.in_short[1]}", column)
    for mine, theirs in zip_longest(lives.base_end, lives.other_end, fillvalue=""):
        yield from _row(mine, theirs, column)


def _dated(date: dt.date, lived: Sequence[Lived]) -> str:
    return f"{date_text(date)}{'' if lived else ': nothing'}"


def _day_rows(day: LifeDay, column: int) -> Iterator[str]:
    """Put what happened on a day side by side; what went the same way is told once."""
    for mine, theirs in zip_longest(day.base, day.other):
        same = mine is not None and theirs is not None and mine.is_same and theirs.is_same and mine.text == theirs.text
        yield from _row(mine.told if mine else "", THE_SAME if same else theirs.told if theirs else "", column)


def _row(left: str, right: str, column: int) -> Iterator[str]:
    for mine, theirs in zip_longest(wrap(left, column) or [""], wrap(right, column) or [""], fillvalue=""):
        yield f"{mine.ljust(column)}{RULE}{theirs}".rstrip()
