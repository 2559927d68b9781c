"""Stories: one contact's, one case's, one customer's or one agent's day in plain sentences, out of a run's log.

::

    Chronicle (log, plan, names, scenario) -> Telling (one contact) -> Story (title, paragraphs)
                                                 ^
                                  find_anecdote (which contact tells it best)

Tells what the log says and nothing else; never simulates and never judges.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.errors import SettingError
from servsim.measure.facts import wait_in_line_s
from servsim.report.evidence import WORK, AgentEvidence, Role
from servsim.report.names import Called, Chronicle
from servsim.report.remembered import Remembered
from servsim.report.sentence import (
    begun_large,
    clock_text,
    counted,
    date_text,
    duration_words,
    listed,
    moment_text,
    share_text,
)
from servsim.report.telling import Telling
from servsim.report.whereabouts import Whereabouts
from servsim.rules.clock import DAY_S
from servsim.rules.codes import BY_FIRM, AgentState, Cover, Entry, LegKind, NextStep, Outcome, Solved, StaffState

Rows = NDArray[np.intp]

LINE_LETTERS = 100
MOST_CANDIDATES = 40
"""Contacts that are compared in full when the best anecdote is looked for."""
MUCH_LONGER = 1.2
"""Bystanders are told of where they waited this many times as long as on other days."""


class Story(NamedTuple):
    """A told piece of a run."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """The story as plain text, in lines of a readable length."""
        return "\n\n".join((self.title, *(_wrapped(paragraph) for paragraph in self.paragraphs))) + "\n"


def _wrapped(paragraph: str) -> str:
    """Break a paragraph into lines; a list keeps its own lines."""
    from textwrap import fill

    return paragraph if "\n" in paragraph else fill(paragraph, LINE_LETTERS, break_on_hyphens=False)


# ---- contacts, cases, customers


def story_of_contact(chronicle: Chronicle, row: int) -> Story:
    """Tell one contact; ``row`` is its number in the log, as messages of broken laws give it.

    Raises
    ------
    SettingError
        There is no such contact.
    """
    _check_row(chronicle, row)
    return Story(f"Contact {row}, {_first_moment(chronicle, row)}", (" ".join(Telling(chronicle).alone(row)),))


def story_of_case(chronicle: Chronicle, row: int) -> Story:
    """Tell every contact of the case that a contact belongs to, in order of time.

    Raises
    ------
    SettingError
        There is no such contact.
    """
    _check_row(chronicle, row)
    rows = rows_of_case(chronicle, row)
    title = f"The case of contact {row}, {_first_moment(chronicle, rows[0])}"
    return Story(title, tuple(" ".join(told) for told in Telling(chronicle).in_turn(rows)))


def story_of_customer(chronicle: Chronicle, customer: int) -> Story:
    """Tell everything one customer went through; ``customer`` is the number of the log.

    Raises
    ------
    SettingError
        The customer made no contact in this replication.
    """
    rows = np.flatnonzero((chronicle.log.contacts["customer"] == customer) & (customer >= 0))
    called = Called(chronicle.plan, chronicle.names, chronicle.scenario)
    if not len(rows):
        some = np.unique(chronicle.log.contacts["customer"])
        known = [called.customer_name(int(number)) for number in some[some >= 0][:3]]
        raise SettingError(f"customer: {customer} made no contact in this replication{'; these did: ' + ', '.join(known) + ' ...' if known else ''}")
    telling, paragraphs = Telling(chronicle), []
    for case in cases_of_rows(chronicle, rows):
        paragraphs += [" ".join(told) for told in telling.in_turn(case)]
    remembered = Remembered(chronicle, customer)
    felt = [" ".join(part) for part in ([each for _, each in remembered.closings()], remembered.at_the_end()) if part]
    return Story(begun_large(called.customer(customer, 0)), (_customer_in_short(chronicle, called, customer, rows), *paragraphs, *felt))


def _customer_in_short(chronicle: Chronicle, called: Called, customer: int, rows: Rows) -> str:
    contacts, owner = chronicle.log.contacts, int(chronicle.plan.owner[customer]) if len(chronicle.plan.owner) > customer else -1
    wait_s = np.nan_to_num(wait_in_line_s({name: column[rows] for name, column in contacts.items()}))
    whose = f" has {called.agent(owner)} as own executive," if owner >= 0 else ""
    made = ~np.isin(contacts["entry"][rows], BY_FIRM) & (contacts["outcome"][rows] != Outcome.LOST_DEMAND)
    total_s = float(wait_s[made].sum())
    waited = f"waited {duration_words(total_s)} in all" if total_s >= 1.0 else "never waited"
    return f"{begun_large(called.customer(customer, 0))}{whose} made {counted(int(made.sum()), 'contact')} and {waited}."


def rows_of_case(chronicle: Chronicle, row: int) -> list[int]:
    """Return the contacts of a contact's case, in order of arrival."""
    contacts = chronicle.log.contacts
    same = (contacts["root"] == contacts["root"][row]) & (contacts["lineage"] == contacts["lineage"][row])
    rows = np.flatnonzero(same & ~np.isnan(contacts["arrived_s"]))
    rows = rows if len(rows) else np.array([row])
    return [int(each) for each in rows[np.argsort(contacts["arrived_s"][rows], kind="stable")]]


def cases_of_rows(chronicle: Chronicle, rows: Iterable[int]) -> list[list[int]]:
    """Return the cases that contacts belong to, each as its rows, by their first arrival."""
    cases = {tuple(rows_of_case(chronicle, int(row))) for row in rows}
    return [list(case) for case in sorted(cases, key=lambda case: (chronicle.log.contacts["arrived_s"][case[0]], case))]


def _check_row(chronicle: Chronicle, row: int) -> None:
    count = len(chronicle.log.contacts["root"])
    if not 0 <= row < count:
        raise SettingError(f"contact: got {row}; must be a number from 0 to {count - 1}" if count else f"contact: got {row}; the run has no contacts")


def _first_moment(chronicle: Chronicle, row: int) -> str:
    arrived_s = float(chronicle.log.contacts["arrived_s"][row])
    return "not yet come" if math.isnan(arrived_s) else moment_text(chronicle.scenario.calendar.start, arrived_s)


# ---- agents


def story_of_agent(chronicle: Chronicle, agent: int, day: int) -> Story:
    """Tell one agent's day: presence, work in sum, and every contact in hand, in order.

    Raises
    ------
    SettingError
        There is no such agent or day.
    """
    check_agent_day(chronicle, agent, day)
    return AgentTelling(chronicle, agent, day).story()


def check_agent_day(chronicle: Chronicle, agent: int, day: int) -> None:
    """Refuse an agent or a day that there is not.

    Raises
    ------
    SettingError
        There is no such agent or day.
    """
    if not 0 <= agent < len(chronicle.names.agents):
        raise SettingError(f"agent: got {agent}; must be a number from 0 to {len(chronicle.names.agents) - 1}")
    if not 0 <= day < chronicle.plan.days:
        raise SettingError(f"day: got {day}; must be a day from 0 to {chronicle.plan.days - 1}")


class AgentTelling:
    """Tells one day of one agent."""

    def __init__(self, chronicle: Chronicle, agent: int, day: int) -> None:
        self.facts = AgentEvidence(chronicle, agent, day)
        self.contacts, self.called = self.facts.contacts, self.facts.called

    def story(self) -> Story:
        """Return the day."""
        title = f"{self.facts.name} on {date_text(self.called.date(self.facts.from_s))}"
        rows = self.facts.rows()
        parts = [" ".join(self._presence()), self._work(len(rows)), "\n".join(self._line(row) for row in rows)]
        return Story(title, tuple(part for part in parts if part))

    def _presence(self) -> list[str]:
        """Say when the agent was on duty, away, on a break or in overtime."""
        told = [f"{self.facts.name} was {self._on_duty()}."]
        told += [f"{begun_large(each)}." for each in self._gaps()]
        overtime_s = self.facts.overtime_s()
        return [*told, f"Overtime: {duration_words(overtime_s)}."] if overtime_s >= 1.0 else told

    def _on_duty(self) -> str:
        times = [f"from {clock_text(a)} to {_end_text(b, self.facts.to_s)}" for a, b in self.facts.on_duty()]
        return f"on duty {listed(times)}" if times else "not on duty"

    def _gaps(self) -> list[str]:
        away, breaks = self.facts.in_presence(StaffState.AWAY), self.facts.in_presence(StaffState.BREAK)
        told = [f"away from {clock_text(a)} to {_end_text(b, self.facts.to_s)}{self._because(a)}" for a, b in away]
        return [*told, *(f"on a break from {clock_text(a)} to {_end_text(b, self.facts.to_s)}" for a, b in breaks)]

    def _because(self, time_s: float) -> str:
        reason = self.facts.absence(time_s)
        return f" ({reason})" if reason else ""

    def _work(self, taken: int) -> str:
        here_s = self.facts.here_s()
        if here_s <= 0.0:
            return ""
        parts = [f"{WORK_WORDS[state]} for {duration_words(s)}" for state in WORK if (s := self.facts.seconds(state)) >= 1.0]
        share = f"{begun_large(listed(parts))}: busy {share_text(self.facts.seconds(*WORK) / here_s)} of the time on duty." if parts else ""
        return " ".join(part for part in (self._served(taken), share) if part)

    def _served(self, taken: int) -> str:
        if not taken:
            return "Served nobody."
        counts = {_kind(*each): number for each, number in self.facts.kinds().items()}
        kinds = [f"{number} {kind}" for kind, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
        in_vain = f"; {self.facts.unsolved()} of them left without a solution" if self.facts.unsolved() else ""
        return f"Took {counted(taken, 'contact')}: {listed(kinds)}{in_vain}."

    def _line(self, row: int) -> str:
        contacts, answered_s = self.contacts, float(self.contacts["answered_s"][row])
        ended_s, search_s = float(contacts["ended_s"][row]), float(contacts["search_s"][row])
        who = self.called.customer(int(contacts["customer"][row]), int(contacts["segment"][row]))
        end = "not over when the run ended" if math.isnan(ended_s) else f"until {clock_text(ended_s)}"
        search = f", searched {duration_words(search_s)}" if search_s >= 1.0 else ""
        solved = {Solved.YES: ", settled", Solved.NO: ", not settled"}.get(Solved(int(contacts["solved"][row])), "")
        kind = _kind(self.facts.role(row), self.facts.reason(row))
        return f"{clock_text(answered_s):>5}  {who}, {kind}{search}, {end}{solved} (contact {row})"


WORK_WORDS = {AgentState.TALK: "talked", AgentState.SEARCH: "searched", AgentState.WRAP_UP: "wrapped up"}


def _kind(role: Role, reason: str) -> str:
    if role is Role.OWN_WORK:
        return reason
    if role in (Role.MESSAGE, Role.COME_BACK):
        return str(role.value)
    return f"{reason} ({'as ' if role in (Role.COLLEAGUE, Role.SUBSTITUTE) else ''}{role.value})"


def _end_text(time_s: float, midnight_s: float) -> str:
    return "midnight" if time_s >= midnight_s else clock_text(time_s)


# ---- the anecdote


class Anecdote(NamedTuple):
    """The contacts that tell best what an absent executive does to customers."""

    row: int
    """A customer whose own executive was away: best one who met a substitute without the file, in vain."""
    behind: int
    """The next in line behind, a customer of another absent executive if there is one; or -1."""
    desk: int
    """The agent who could only send people home or take messages that day, or -1."""


def find_anecdote(chronicle: Chronicle) -> Anecdote | None:
    """Return the contact that best tells the story of an absent executive, and its neighbours; ``None`` if none does."""
    contacts, where = chronicle.log.contacts, Whereabouts(chronicle)
    told = _tellable(chronicle)
    best = told[np.argsort(-_promise(contacts, told), kind="stable")][:MOST_CANDIDATES]
    scored = [(_strength(chronicle, where, int(row)), -int(row)) for row in best]
    if not scored:
        return None
    row = -max(scored)[1]
    return Anecdote(row, _next_behind(chronicle, where, row), _busiest_desk(chronicle, int(contacts["arrived_s"][row] // DAY_S)))


def _tellable(chronicle: Chronicle) -> Rows:
    """Return the contacts among which the anecdote is looked for.

    A planned absence, of a whole day or of some hours, is told before a drawn one, and a substitute's vain search before anything else.
    """
    contacts = chronicle.log.contacts
    owned = (contacts["owner"] >= 0) & (contacts["leg_kind"] == LegKind.NEED) & (contacts["outcome"] != Outcome.LOST_DEMAND)
    owned &= ~np.isnan(contacts["ended_s"])
    in_vain = owned & (contacts["outcome"] == Outcome.ANSWERED) & (contacts["cover"] == Cover.SUBSTITUTE)
    in_vain &= (contacts["has_file"] == 0) & (contacts["solved"] == Solved.NO)
    planned = _owner_away_as_planned(chronicle)
    not_served = ~np.isin(contacts["cover"], (Cover.OWN, Cover.BUDDY)) | (contacts["solved"] == Solved.NO)
    groups = (in_vain & planned, owned & planned & not_served, in_vain)
    return next((np.flatnonzero(group) for group in groups if group.any()), np.flatnonzero(in_vain))


def _owner_away_as_planned(chronicle: Chronicle) -> NDArray[np.bool_]:
    """(contacts,) the own executive was away by a planned absence as the contact joined a line or met somebody."""
    contacts, plan = chronicle.log.contacts, chronicle.plan
    found = np.zeros(len(contacts["owner"]), bool)
    for row in np.flatnonzero(np.isnan(plan.away_chance)):
        during = (contacts["queued_s"] >= plan.away_from_s[row]) & (contacts["queued_s"] < plan.away_to_s[row])
        found |= during & (contacts["owner"] == plan.away_agent[row])
    return found


def _promise(contacts: dict[str, NDArray[Any]], rows: Rows) -> NDArray[np.float64]:
    """Weigh contacts by themselves: a first visit, a second one that followed, a long wait, a long search."""
    answered_s, search_s = contacts["answered_s"][rows], np.nan_to_num(contacts["search_s"][rows])
    wait_s = np.nan_to_num(np.where(np.isnan(answered_s), contacts["ended_s"][rows], answered_s) - contacts["queued_s"][rows])
    followed = np.isin(contacts["next_step"][rows], (NextStep.COMES_BACK, NextStep.COMPLAINS)) & (contacts["next_row"][rows] >= 0)
    own = 2.0 * (contacts["entry"][rows] == Entry.FRESH) + 2.0 * followed
    return np.asarray(own + np.minimum(wait_s, 900.0) / 900.0 + np.minimum(search_s, 600.0) / 600.0)


def _strength(chronicle: Chronicle, where: Whereabouts, row: int) -> float:
    """Weigh how well a contact tells the story: away for a named reason, another of the same fate behind."""
    contacts = chronicle.log.contacts
    absence = where.absence(int(contacts["owner"][row]), float(contacts["queued_s"][row]))
    behind = _next_behind(chronicle, where, row)
    same_fate = behind >= 0 and _owner_is_absent(chronicle, where, behind)
    in_vain = same_fate and int(contacts["solved"][behind]) != Solved.YES
    return 4.0 * bool(absence) + 1.0 * (behind >= 0) + 2.0 * same_fate + 2.0 * in_vain + float(_promise(contacts, np.array([row]))[0])


def _next_behind(chronicle: Chronicle, where: Whereabouts, row: int) -> int:
    """Return who came next and waited while this contact waited or was served; one whose executive is away too goes first."""
    contacts = chronicle.log.contacts
    queued_s, answered_s, owner = contacts["queued_s"], contacts["answered_s"], contacts["owner"]
    left_s = np.where(np.isnan(answered_s), contacts["ended_s"], answered_s)
    later = (contacts["channel"] == contacts["channel"][row]) & (queued_s > queued_s[row]) & (queued_s < contacts["ended_s"][row])
    rows = np.flatnonzero(later & (left_s - queued_s >= 60.0) & (contacts["outcome"] != Outcome.OPEN))
    rows = rows[np.argsort(queued_s[rows], kind="stable")]
    others = [int(each) for each in rows if owner[each] >= 0 and owner[each] != owner[row] and _owner_is_absent(chronicle, where, int(each))]
    in_vain = [each for each in others if contacts["solved"][each] != Solved.YES]
    return (in_vain or others or [int(each) for each in rows[:1]] or [-1])[0]


def _owner_is_absent(chronicle: Chronicle, where: Whereabouts, row: int) -> bool:
    contacts = chronicle.log.contacts
    owner = int(contacts["owner"][row])
    return owner >= 0 and where.state(owner, float(contacts["queued_s"][row])) == StaffState.AWAY


def _busiest_desk(chronicle: Chronicle, day: int) -> int:
    contacts = chronicle.log.contacts
    today = (contacts["answered_s"] >= day * DAY_S) & (contacts["answered_s"] < (day + 1) * DAY_S)
    agents = contacts["agent"][today & (contacts["cover"] == Cover.DESK)]
    return int(np.bincount(agents).argmax()) if len(agents) else -1


def story_of_run(chronicle: Chronicle) -> Story:
    """Tell the anecdote of an absent executive if the run has one, else a typical contact with a long wait.

    Raises
    ------
    SettingError
        The run has no contacts.
    """
    found = find_anecdote(chronicle)
    return story_of_anecdote(chronicle, found) if found is not None else story_of_case(chronicle, typical_long_wait(chronicle))


def story_of_anecdote(chronicle: Chronicle, found: Anecdote) -> Story:
    """Tell the anecdote: the customer's case, the next in line, whoever had to send people home, and the executive's return."""
    contacts, telling = chronicle.log.contacts, Telling(chronicle)
    owner, arrived_s = int(contacts["owner"][found.row]), float(contacts["arrived_s"][found.row])
    rows = rows_of_case(chronicle, found.row)
    case = [" ".join(told) for told in telling.in_turn(rows)]
    parts = [
        *case,
        _behind(telling, found.behind),
        _bystanders(chronicle, found.row),
        _desk_day(chronicle, found.desk, arrived_s),
        _first_day_back(chronicle, owner, arrived_s),
    ]
    title = f"A customer of an absent executive, {moment_text(chronicle.scenario.calendar.start, float(contacts['arrived_s'][rows[0]]))}"
    return Story(title, tuple(part for part in parts if part))


def _bystanders(chronicle: Chronicle, row: int) -> str:
    """Compare the waits of those who asked for nobody in particular: that day, and the other days of the run."""
    contacts, called = chronicle.log.contacts, Called(chronicle.plan, chronicle.names, chronicle.scenario)
    channel = int(contacts["channel"][row])
    anyone = (contacts["channel"] == channel) & (contacts["owner"] < 0)
    wait_s = np.where(anyone, wait_in_line_s(contacts), np.nan)
    today = contacts["arrived_s"] // DAY_S == contacts["arrived_s"][row] // DAY_S
    then, else_s = wait_s[today & ~np.isnan(wait_s)], wait_s[~today & ~np.isnan(wait_s)]
    if not len(then) or not len(else_s) or then.mean() < MUCH_LONGER * else_s.mean():
        return ""
    where = "on the phone" if called.is_phone(channel) else f"at {called.place(channel)}"
    return (
        f"Those {where} who asked for nobody in particular waited {duration_words(float(then.mean()))} on average that day, "
        f"{duration_words(float(else_s.mean()))} on the other days."
    )


def _behind(telling: Telling, row: int) -> str:
    if row < 0:
        return ""
    telling.today = -1
    return f"Next in line: {' '.join(telling.alone(row))}"


def _desk_day(chronicle: Chronicle, agent: int, time_s: float) -> str:
    """Tell what the agent who could only send people home did on the day."""
    if agent < 0:
        return ""
    contacts, called = chronicle.log.contacts, Called(chronicle.plan, chronicle.names, chronicle.scenario)
    day_s = time_s // DAY_S * DAY_S
    mine = (contacts["agent"] == agent) & (contacts["answered_s"] >= day_s) & (contacts["answered_s"] < day_s + DAY_S)
    sent = int((mine & (contacts["outcome"] == Outcome.TOLD_TO_COME_BACK)).sum())
    messages = int((mine & (contacts["outcome"] == Outcome.MESSAGE_LEFT)).sum())
    did = [f"told {counted(sent, 'customer')} to come back another day"] if sent else []
    did += [f"took {counted(messages, 'message')}"] if messages else []
    complaints = mine & (contacts["leg_kind"] == LegKind.COMPLAINT)
    heard, settled = int(complaints.sum()), int((complaints & (contacts["solved"] == Solved.YES)).sum())
    did += [f"heard {counted(heard, 'complaint')}"] if heard else []
    if not did:
        return ""
    all_of = sent + messages + heard
    result = f"{settled} of these {counted(all_of, 'contact')} settled" if settled else f"none of these {counted(all_of, 'contact')} settled"
    return f"On that day {called.agent(agent)} {listed(did)}; {result} a matter."


def _first_day_back(chronicle: Chronicle, owner: int, time_s: float) -> str:
    """Tell what met the executive on the first day back: calls that waited, visitors who had come before."""
    contacts, called = chronicle.log.contacts, Called(chronicle.plan, chronicle.names, chronicle.scenario)
    back_s = Whereabouts(chronicle).is_here_again_s(owner, time_s)
    if math.isinf(back_s):
        return ""
    to_s = back_s // DAY_S * DAY_S + DAY_S
    mine = contacts["owner"] == owner
    calls = int((mine & (contacts["entry"] == Entry.CALL_BACK) & (contacts["arrived_s"] < back_s) & ~(contacts["answered_s"] < back_s)).sum())
    came = mine & ~np.isin(contacts["entry"], BY_FIRM) & (contacts["outcome"] != Outcome.LOST_DEMAND) & (contacts["arrived_s"] >= back_s) & (contacts["arrived_s"] < to_s)
    again = int((came & (contacts["entry"] == Entry.COMEBACK)).sum())
    return (
        f"When {called.agent(owner)} was back on {date_text(called.date(back_s))}, {counted(calls, 'promised call')} waited; "
        f"the executive's customers made {counted(int(came.sum()), 'contact')} that day, {again} of them not for the first time."
    )


def typical_long_wait(chronicle: Chronicle) -> int:
    """Return the contact whose wait is longer than nine of ten waits; the first contact where nobody waited.

    Raises
    ------
    SettingError
        The run has no contacts.
    """
    contacts = chronicle.log.contacts
    if not len(contacts["root"]):
        raise SettingError("story: the run has no contacts")
    wait_s = np.where(np.isin(contacts["entry"], BY_FIRM), np.nan, wait_in_line_s(contacts))
    rows = np.flatnonzero(wait_s > 0.0)
    if not len(rows):
        return 0
    order = rows[np.argsort(wait_s[rows], kind="stable")]
    return int(order[int(0.9 * (len(order) - 1))])
