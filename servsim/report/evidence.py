"""What the log says of one contact, or of one agent's day, as answers to questions: who kept whom waiting, which rules were tried in vain.

::

    Chronicle -> Evidence (a contact), AgentEvidence (an agent's day) -> Telling (English prose), ContactSteps, agent_steps (any language)

Answers in numbers, codes and the scenario's names; never a word of any language, and nothing that the log does not say.
"""

from __future__ import annotations

import math
from collections import Counter
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.draws.name import parts_of
from servsim.engine.log import PRESENCE_OVERTIME
from servsim.measure.agent_day import AgentDay, agent_day
from servsim.report.names import Called, Chronicle
from servsim.report.whereabouts import Whereabouts
from servsim.rules.clock import DAY_S
from servsim.rules.codes import (
    BY_FIRM,
    AgentState,
    Cover,
    Entry,
    LegKind,
    NextStep,
    Outcome,
    OwnRule,
    Solved,
    StaffState,
)

AT_ONCE_S = 1.0
"""A wait shorter than this is no wait."""
WORK = (AgentState.TALK, AgentState.SEARCH, AgentState.WRAP_UP)
AT_THE_DOOR = (Outcome.CLOSED, Outcome.BLOCKED, Outcome.BALKED)
FORGOTTEN = (NextStep.COMES_BACK, NextStep.GIVES_UP, NextStep.COMPLAINS, NextStep.RECOVERS)
"""What follows a message on which nobody acts (R45); else a call does."""


class Kept(Enum):
    """What kept an executive from serving at once."""

    NOTHING = "nothing"
    AWAY = "away"
    BREAK = "break"
    OFF_DUTY = "off duty"
    BUSY = "busy"


class Until(Enum):
    """How long an absence lasted, seen from one moment of it."""

    THAT_DAY = "that day"
    REST_OF_DAY = "rest of the day"
    ALL_DAY = "all day"


class Colleagues(NamedTuple):
    """The others of an executive's team at a moment."""

    all_of: int
    away: int

    @property
    def full(self) -> int:
        """How many were there, with as many in line as the rule allows."""
        return self.all_of - self.away


class Substitutes(NamedTuple):
    """Who could stand in, and whether the line was too long."""

    team: str
    limit: int
    """Longest line that may be joined; -1: any."""
    waiting: int

    @property
    def is_full(self) -> bool:
        """Whether the line was too long."""
        return 0 <= self.limit <= self.waiting


class Evidence:
    """Questions about single contacts of one replication, by their rows in the log."""

    def __init__(self, chronicle: Chronicle) -> None:
        self.called = Called(chronicle.plan, chronicle.names, chronicle.scenario)
        self.where = Whereabouts(chronicle)
        self.plan = chronicle.plan
        self.contacts = chronicle.log.contacts
        self.customers = chronicle.log.customers

    # ---- the contact's own columns

    def number(self, column: str, row: int) -> int:
        """Return a whole number, or a code."""
        return int(self.contacts[column][row])

    def time_s(self, column: str, row: int) -> float:
        """Return a moment or a length of time; NaN where it did not come to that."""
        return float(self.contacts[column][row])

    def entry(self, row: int) -> Entry:
        """Return how the contact came about."""
        return Entry(self.number("entry", row))

    def outcome(self, row: int) -> Outcome:
        """Return how the contact ended."""
        return Outcome(self.number("outcome", row))

    def is_forgotten(self, row: int) -> bool:
        """Whether it is a message on which nobody acts."""
        return self.outcome(row) == Outcome.MESSAGE_LEFT and self.number("next_step", row) in FORGOTTEN

    def cover(self, row: int) -> Cover:
        """Return who served, seen from the contact."""
        return Cover(self.number("cover", row))

    def reason(self, row: int) -> str:
        """Return the reason as the scenario calls it."""
        return self.called.reason(self.number("reason", row))

    def is_complaint(self, row: int) -> bool:
        """Whether the customer came to complain."""
        return self.number("leg_kind", row) == LegKind.COMPLAINT

    def is_phone(self, row: int) -> bool:
        """Whether the customer called, or came in person."""
        return self.called.is_phone(self.number("channel", row))

    def is_served(self, row: int) -> bool:
        """Whether an agent answered."""
        return not math.isnan(self.time_s("answered_s", row))

    def is_received(self, row: int) -> bool:
        """Whether the contact got past the door and the menu."""
        return not math.isnan(self.time_s("queued_s", row))

    def moment_s(self, row: int) -> float:
        """Return when a contact happened: as the firm's call was made, or as the customer came."""
        answered_s = self.time_s("answered_s", row)
        return answered_s if self.entry(row) in BY_FIRM and not math.isnan(answered_s) else self.time_s("arrived_s", row)

    def wait_s(self, row: int) -> float:
        """Return the wait in line, until it was answered or ended."""
        until_s = self.time_s("answered_s", row)
        return (self.time_s("ended_s", row) if math.isnan(until_s) else until_s) - self.time_s("queued_s", row)

    def talk_s(self, row: int) -> float:
        """Return how long the agent talked, without the search; NaN where the end of the run cut it off."""
        return self.time_s("ended_s", row) - self.time_s("answered_s", row) - self.time_s("search_s", row)

    def lost_s(self, row: int) -> float:
        """Return when the customer of a contact was lost; NaN where he was not, or the log does not say."""
        lost_s, customer = self.customers.get("lost_s"), self.number("customer", row)
        return float(lost_s[customer]) if lost_s is not None and 0 <= customer < len(lost_s) else math.nan

    def follows_s(self, following: int) -> float:
        """Return when the contact that follows came; NaN where the run ended first."""
        return self.time_s("arrived_s", following) if following >= 0 else math.nan

    def promise_s(self, row: int) -> float:
        """Return within what time a call was promised; inf where nothing was."""
        kind = int(self.plan.reason_cover[self.number("reason", row)])
        return float(self.plan.promise_s[kind]) if kind >= 0 else math.inf

    def has_authority(self, row: int) -> bool:
        """Whether the agent who served may settle complaints."""
        return not math.isnan(float(self.plan.authority[int(self.plan.agent_team[self.number("agent", row)])]))

    # ---- the door

    def places(self, row: int) -> int:
        """Return how many lines or places the contact's channel has; -1: any number."""
        return int(self.plan.channel_capacity[self.number("channel", row)])

    def is_room_full(self, row: int) -> bool:
        """Whether others held every place as the contact came."""
        return 0 <= self.places(row) <= self.where.held(self.number("channel", row), self.time_s("arrived_s", row), row)

    def in_line(self, row: int) -> int:
        """Return how many waited in any line of the channel as the contact came."""
        return len(self.where.waiting_in_channel(self.number("channel", row), self.time_s("arrived_s", row)))

    # ---- the own executive

    def kept(self, agent: int, time_s: float, row: int) -> Kept:
        """Return what kept an executive from serving a contact at once."""
        state = self.where.state(agent, time_s)
        if state in KEPT_BY_STATE:
            return KEPT_BY_STATE[state]
        return Kept.BUSY if self.where.contact_in_hand(agent, time_s, row) >= 0 else Kept.NOTHING

    def until(self, agent: int, time_s: float) -> tuple[Until, float]:
        """Return how long an absence lasted, and when the executive was back (inf: not within the run)."""
        back_s = self.where.is_here_again_s(agent, time_s)
        if back_s // DAY_S == time_s // DAY_S:
            return Until.THAT_DAY, back_s
        came_s = self.where.is_here_again_s(agent, time_s // DAY_S * DAY_S - 1.0)
        return (Until.REST_OF_DAY if came_s < time_s else Until.ALL_DAY), back_s

    def is_elsewhere_asked(self, row: int) -> bool:
        """Whether a contact that asked for its own executive was received by somebody else."""
        elsewhere = self.number("owner", row) >= 0 and self.cover(row) not in (Cover.OWN, Cover.TEAM)
        return elsewhere and not self.is_complaint(row) and self.is_received(row)

    def left_own_line_s(self, row: int) -> float:
        """Return when the executive went while the contact waited in the executive's line; NaN where that did not happen."""
        owner = self.number("owner", row)
        if self.number("queue", row) < 0 or self.number("queue", row) != int(self.plan.own_queue[owner]):
            return math.nan
        until = self.time_s("answered_s", row)
        until = self.time_s("ended_s", row) if math.isnan(until) else until
        went_s = self.where.goes_s(owner, self.time_s("queued_s", row), self.plan.horizon_s if math.isnan(until) else until)
        return math.nan if math.isinf(went_s) else went_s

    def followed(self, row: int) -> OwnRule | None:
        """Return the rule for own executives that the contact followed; ``None`` where the log does not say."""
        cover, outcome, queue = self.cover(row), self.outcome(row), self.number("queue", row)
        if cover in (Cover.BUDDY, Cover.SUBSTITUTE):
            return OwnRule.BUDDY if cover == Cover.BUDDY else OwnRule.SUBSTITUTE
        kind = int(self.plan.reason_cover[self.number("reason", row)])
        if outcome == Outcome.MESSAGE_LEFT or (kind >= 0 and queue >= 0 and queue == int(self.plan.message_queue[kind])):
            return OwnRule.MESSAGE
        return OwnRule.COME_BACK if outcome == Outcome.TOLD_TO_COME_BACK or cover == Cover.DESK else None

    def rules_in_vain(self, row: int, time_s: float) -> list[OwnRule]:
        """Return the rules that stand before the one that was followed, in their order."""
        followed, kind = self.followed(row), int(self.plan.reason_cover[self.number("reason", row)])
        if followed is None or kind < 0:
            return []
        which = 2 * kind + (0 if self.where.state(self.number("owner", row), time_s) == StaffState.ON else 1)
        rules = [int(rule) for rule in self.plan.rule[self.plan.rule_offset[which] : self.plan.rule_offset[which + 1]]]
        return [OwnRule(rule) for rule in rules[: rules.index(followed)]] if followed in rules else []

    def colleagues(self, owner: int, time_s: float) -> Colleagues:
        """Return the others of an executive's team at a moment."""
        team = int(self.plan.agent_team[owner])
        members = range(int(self.plan.team_first[team]), int(self.plan.team_first[team + 1]))
        others = [agent for agent in members if agent != owner]
        return Colleagues(len(others), sum(not self.where.is_here(agent, time_s) for agent in others))

    def substitutes(self, row: int, time_s: float) -> Substitutes | None:
        """Return who could have stood in at a moment, ``None`` where nobody may."""
        kind = int(self.plan.reason_cover[self.number("reason", row)])
        queue = int(self.plan.substitute_queue[kind])
        if queue < 0:
            return None
        team = self.called.names.teams[int(self.plan.step_team[self.plan.step_offset[queue]])]
        waiting = int((self.where.waiting(queue, time_s) != row).sum())
        return Substitutes(team, int(self.plan.substitute_longest_line[kind]), waiting)

    def planned_absence(self, row: int) -> tuple[float, str]:
        """Return for which day a call ahead was made (its midnight), and the name of the executive's absence then; '': none."""
        day, owner = parts_of(self.number("root", row))[1], self.number("owner", row)
        rows = np.flatnonzero((self.plan.away_agent == owner) & (self.plan.away_from_s < (day + 1) * DAY_S) & (self.plan.away_to_s > day * DAY_S))
        reason = self.where.absence(owner, max(float(self.plan.away_from_s[rows[0]]), day * DAY_S)) if rows.size else ""
        return day * DAY_S, reason


KEPT_BY_STATE = {
    int(StaffState.AWAY): Kept.AWAY,
    int(StaffState.BREAK): Kept.BREAK,
    int(StaffState.OFF): Kept.OFF_DUTY,
    PRESENCE_OVERTIME: Kept.OFF_DUTY,
}


# ---- an agent's day


class Role(Enum):
    """As what an agent took a contact."""

    OWN_WORK = "own work"
    COMPLAINT = "complaint"
    CALL_BACK = "call back"
    RECOVERY = "recovery call"
    NOTICE = "call ahead"
    COLLEAGUE = "colleague"
    SUBSTITUTE = "substitute"
    MESSAGE = "message"
    COME_BACK = "told to come back"


ROLE_OF_ENTRY = {Entry.CALL_BACK: Role.CALL_BACK, Entry.RECOVERY: Role.RECOVERY, Entry.NOTICE: Role.NOTICE}
ROLE_OF_COVER = {Cover.BUDDY: Role.COLLEAGUE, Cover.SUBSTITUTE: Role.SUBSTITUTE}

Span = tuple[float, float]


class AgentEvidence:
    """Questions about one day of one agent."""

    def __init__(self, chronicle: Chronicle, agent: int, day: int) -> None:
        self.agent, self.contacts = agent, chronicle.log.contacts
        self.called = Called(chronicle.plan, chronicle.names, chronicle.scenario)
        self.where = Whereabouts(chronicle)
        self.from_s, self.to_s = day * DAY_S, (day + 1) * DAY_S
        whole = agent_day(chronicle.log, chronicle.plan)
        mine = (whole.agent == agent) & (whole.to_s > self.from_s) & (whole.from_s < self.to_s)
        self.day = AgentDay(*(column[mine] for column in whole))
        self._here = np.isin(self.day.presence, (StaffState.ON, PRESENCE_OVERTIME))

    @property
    def name(self) -> str:
        """The agent's name."""
        return self.called.agent(self.agent)

    def rows(self) -> list[int]:
        """Return the contacts that the agent answered, in order."""
        answered_s = self.contacts["answered_s"]
        rows = np.flatnonzero((self.contacts["agent"] == self.agent) & (answered_s >= self.from_s) & (answered_s < self.to_s))
        return [int(row) for row in rows[np.argsort(answered_s[rows], kind="stable")]]

    def on_duty(self) -> list[Span]:
        """Return when the agent was on the floor."""
        return _joined(self.day, self._here, self.from_s, self.to_s)

    def in_presence(self, state: StaffState) -> list[Span]:
        """Return when the agent was away, or on a break."""
        return _joined(self.day, self.day.presence == state, self.from_s, self.to_s)

    def absence(self, time_s: float) -> str:
        """Return why the agent was away; '' where the log does not say."""
        return self.where.absence(self.agent, time_s)

    def overtime_s(self) -> float:
        """Return the time worked after the shift."""
        return self._within(self.day.presence == PRESENCE_OVERTIME)

    def here_s(self) -> float:
        """Return the time on the floor."""
        return self._within(self._here)

    def seconds(self, *states: int) -> float:
        """Return the time spent in some states."""
        return self._within(np.isin(self.day.state, states))

    def _within(self, which: NDArray[np.bool_]) -> float:
        spans = np.minimum(self.day.to_s, self.to_s) - np.maximum(self.day.from_s, self.from_s)
        return float(spans[which].sum())

    def role(self, row: int) -> Role:
        """Return as what the agent took a contact."""
        contacts = self.contacts
        if int(contacts["leg_kind"][row]) == LegKind.COMPLAINT:
            return Role.COMPLAINT
        entry, cover = Entry(int(contacts["entry"][row])), Cover(int(contacts["cover"][row]))
        if entry in ROLE_OF_ENTRY:
            return ROLE_OF_ENTRY[entry]
        if cover == Cover.DESK:
            return Role.MESSAGE if int(contacts["outcome"][row]) == Outcome.MESSAGE_LEFT else Role.COME_BACK
        return ROLE_OF_COVER.get(cover, Role.OWN_WORK)

    def reason(self, row: int) -> str:
        """Return the reason of a contact."""
        return self.called.reason(int(self.contacts["reason"][row]))

    def kinds(self) -> Counter[tuple[Role, str]]:
        """Return how many contacts of which role and reason there were; the desk's have no reason."""
        return Counter((self.role(row), "" if self.role(row) in (Role.MESSAGE, Role.COME_BACK) else self.reason(row)) for row in self.rows())

    def unsolved(self) -> int:
        """Return how many left without a solution."""
        return sum(int(self.contacts["solved"][row]) == Solved.NO for row in self.rows())


def _joined(day: AgentDay, which: NDArray[np.bool_], from_s: float, to_s: float) -> list[Span]:
    """Return the stretches that a mask chooses, neighbours joined, cut to a day."""
    spans: list[Span] = []
    for place in np.flatnonzero(which):
        begin, end = max(float(day.from_s[place]), from_s), min(float(day.to_s[place]), to_s)
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        elif end > begin:
            spans.append((begin, end))
    return spans
