"""One contact in plain sentences: how it came, whom it met, how long it waited, what came of it and what followed.

::

    arrival -> door (closed, busy, left at once) -> menu -> why not the own executive -> wait -> service -> leaving -> what next

Everything is read off the log; where the log does not say it, the sentence does not either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

from servsim.draws.name import parts_of
from servsim.engine.log import PRESENCE_OVERTIME
from servsim.report.names import Called, Chronicle
from servsim.report.sentence import (
    begun_large,
    clock_text,
    counted,
    date_text,
    duration_words,
    listed,
    number_word,
    ordinal_text,
    wait_words,
)
from servsim.report.whereabouts import Whereabouts
from servsim.rules.clock import DAY_S
from servsim.rules.codes import BY_FIRM, Cover, Entry, LegKind, NextStep, Outcome, OwnRule, Solved, StaffState

AT_THE_DOOR = (Outcome.CLOSED, Outcome.BLOCKED, Outcome.BALKED)
FORGOTTEN = (NextStep.COMES_BACK, NextStep.GIVES_UP, NextStep.COMPLAINS, NextStep.RECOVERS)
"""What follows a message on which nobody acts (R45); else a call does."""
THE_CUSTOMER = "The customer"
NEW_MATTERS = (Entry.FRESH, Entry.FOLLOW_UP)
AT_ONCE_S = 1.0
"""A wait shorter than this is no wait."""


class Telling:
    """Tells contacts of one replication in sentences; names the day only where it changes."""

    def __init__(self, chronicle: Chronicle) -> None:
        self.called = Called(chronicle.plan, chronicle.names, chronicle.scenario)
        self.where = Whereabouts(chronicle)
        self.plan = chronicle.plan
        self.contacts = chronicle.log.contacts
        self.customers = chronicle.log.customers
        self.today = -1

    # ---- whole contacts

    def alone(self, row: int) -> list[str]:
        """Tell one contact, with one clause on what followed."""
        return [*self._happened(row, begun_large(self.who(row))), *self._next_step(row)]

    def in_turn(self, rows: list[int]) -> list[list[str]]:
        """Tell the contacts of one case, one list of sentences each."""
        told = [self._happened(row, begun_large(self.who(row)) if k == 0 else THE_CUSTOMER) for k, row in enumerate(rows)]
        return [*told[:-1], [*told[-1], *self._next_step(rows[-1])]]

    def by_moment(self, rows: list[int]) -> list[tuple[float, int, str]]:
        """Tell the contacts of one case apart from each other: (moment, row, sentences), each as if its day were named already."""
        told = []
        for place, row in enumerate(rows):
            moment_s = self.moment_s(row)
            self.today = int(moment_s // DAY_S) if not math.isnan(moment_s) else -1
            sentences = self._happened(row, THE_CUSTOMER)
            told.append((moment_s, row, " ".join([*sentences, *self._next_step(row)] if place == len(rows) - 1 else sentences)))
        return told

    def moment_s(self, row: int) -> float:
        """Return when a contact happened: as the firm's call was made, or as the customer came."""
        answered_s = self._time("answered_s", row)
        return answered_s if self._number("entry", row) in BY_FIRM and not math.isnan(answered_s) else self._time("arrived_s", row)

    def who(self, row: int) -> str:
        """Name the person: ``customer owned/1204``."""
        return self.called.customer(self._number("customer", row), self._number("segment", row))

    def when(self, time_s: float) -> str:
        """Write a moment after its preposition; the day only where it is not the one last named."""
        day = int(time_s // DAY_S)
        if day == self.today:
            return f"at {clock_text(time_s)}"
        self.today = day
        return f"on {date_text(self.called.date(time_s))} at {clock_text(time_s)}"

    def _number(self, column: str, row: int) -> int:
        return int(self.contacts[column][row])

    def _time(self, column: str, row: int) -> float:
        return float(self.contacts[column][row])

    def _happened(self, row: int, who: str) -> list[str]:
        entry, outcome = self._number("entry", row), self._number("outcome", row)
        if outcome == Outcome.LOST_DEMAND:
            return [self._lost_demand(row, who)]
        if entry in BY_FIRM:
            return list(self._calls[Entry(entry)](row, "" if who == THE_CUSTOMER else self.who(row)))
        parts = [self._arrival(row, who), *self._door(row)]
        if outcome not in AT_THE_DOOR:
            parts += [*self._menu(row), *self._detour(row), *self._service(row), *self._forgotten(row)]
        return parts

    @cached_property
    def _calls(self) -> dict[Entry, Callable[[int, str], Iterator[str]]]:
        """How each kind of call by the firm is told."""
        return {Entry.CALL_BACK: self._call_back, Entry.RECOVERY: self._recovery, Entry.NOTICE: self._notice}

    def _lost_demand(self, row: int, who: str) -> str:
        """Tell a contact that was not made, because its customer had left for good."""
        when = self.when(self._time("arrived_s", row))
        left_s = self._lost_s(row)
        left = "had left the firm for good" + ("" if math.isnan(left_s) else f" {self.when(left_s)}")
        if self._number("entry", row) in BY_FIRM:
            return f"A call to {self.who(row) if who != THE_CUSTOMER else 'the customer'} was due {when}; it was not made, for the customer {left}."
        return f"{who} would have come {when} for {self.called.reason(self._number('reason', row))}, but {left}."

    def _lost_s(self, row: int) -> float:
        """Return when the customer of a contact was lost; NaN where he was not, or the log does not say."""
        lost_s, customer = self.customers.get("lost_s"), self._number("customer", row)
        return float(lost_s[customer]) if lost_s is not None and 0 <= customer < len(lost_s) else math.nan

    # ---- coming

    def _arrival(self, row: int, who: str) -> str:
        arrived_s, entry, channel = self._time("arrived_s", row), self._number("entry", row), self._number("channel", row)
        if math.isnan(arrived_s):
            return f"{who} was to come again, after the end of the run."
        place = self.called.place(channel)
        if self._is_complaint(row) and not self.called.is_phone(channel):
            return f"{who} went to complain {self.when(arrived_s)}."
        if self.called.is_phone(channel):
            verb = "called" if place == "the phone" else f"called {place}"
        else:
            verb = f"came to {place}"
        tries = self._number("try_number", row)
        again = "" if entry in NEW_MATTERS or (entry == Entry.COMPLAINT and not tries) else " again"
        note = f" ({ordinal_text(tries + 1)} try)" if tries else ""
        return f"{who} {verb}{again} {self.when(arrived_s)}{note}{self._about(row)}{self._asked_for(row)}."

    def _about(self, row: int) -> str:
        """Say why a contact came, where that is new."""
        if self._is_complaint(row):
            return " to complain"
        entry, reason = self._number("entry", row), self.called.reason(self._number("reason", row))
        after = " (grown out of an earlier matter)" if entry == Entry.FOLLOW_UP else ""
        return f" for {reason}{after}" if entry in NEW_MATTERS else ""

    def _is_complaint(self, row: int) -> bool:
        return self._number("leg_kind", row) == LegKind.COMPLAINT

    def _asked_for(self, row: int) -> str:
        owner = self._number("owner", row)
        if owner < 0 or self._is_complaint(row):
            return ""
        asked = f" and asked for {self.called.agent(owner)}"
        if self._number("outcome", row) in AT_THE_DOOR or math.isnan(self._time("queued_s", row)):
            return asked
        state = self._state_of(owner, self._time("queued_s", row), row)
        return f"{asked}, who {state}" if state else asked

    def _state_of(self, agent: int, time_s: float, row: int) -> str:
        """Say what kept an executive from serving at once; '' where nothing did."""
        state = self.where.state(agent, time_s)
        if state == StaffState.AWAY:
            return f"was away{self._until(agent, time_s)}{self._because(agent, time_s)}"
        if state == StaffState.BREAK:
            return f"was on a break{self._until(agent, time_s)}"
        if state in (StaffState.OFF, PRESENCE_OVERTIME):
            return "was off duty"
        return "was busy with another customer" if self.where.contact_in_hand(agent, time_s, row) >= 0 else ""

    def _until(self, agent: int, time_s: float) -> str:
        back_s = self.where.is_here_again_s(agent, time_s)
        if back_s // DAY_S == time_s // DAY_S:
            return f" until {clock_text(back_s)}"
        came_s = self.where.is_here_again_s(agent, time_s // DAY_S * DAY_S - 1.0)
        return " for the rest of the day" if came_s < time_s else " all day"

    def _because(self, agent: int, time_s: float) -> str:
        reason = self.where.absence(agent, time_s)
        return f" ({reason})" if reason else ""

    # ---- at the door and in the menu

    def _door(self, row: int) -> Iterator[str]:
        outcome, channel = self._number("outcome", row), self._number("channel", row)
        place = self.called.place(channel)
        if outcome == Outcome.CLOSED:
            yield f"{begun_large(place)} was closed."
        elif outcome == Outcome.BLOCKED:
            yield f"The line was busy: all {counted(int(self.plan.channel_capacity[channel]), 'line')} were in use."
        elif outcome == Outcome.BALKED:
            yield self._balked(row, channel)

    def _balked(self, row: int, channel: int) -> str:
        arrived_s, seats = self._time("arrived_s", row), int(self.plan.channel_capacity[channel])
        if 0 <= seats <= self.where.held(channel, arrived_s, row):
            return f"All {counted(seats, 'place')} in the room were taken, and the customer left at once."
        waiting = len(self.where.waiting_in_channel(channel, arrived_s))
        return f"The customer saw {counted(waiting, 'person', 'people')} waiting and left at once."

    def _menu(self, row: int) -> Iterator[str]:
        arrived_s, queued_s, ended_s = (self._time(name, row) for name in ("arrived_s", "queued_s", "ended_s"))
        name = "menu" if self.called.is_phone(self._number("channel", row)) else "reception"
        if self._number("outcome", row) == Outcome.CONTAINED:
            met = "met the need" if self._number("solved", row) == Solved.YES else "ended the contact without meeting the need"
            yield f"The {name} {met}."
        elif not math.isnan(queued_s) and queued_s - arrived_s >= AT_ONCE_S:
            yield f"The {name} took {duration_words(queued_s - arrived_s)}."
        elif math.isnan(queued_s) and self._number("outcome", row) == Outcome.DISCONNECTED:
            yield f"The {name} was still going on {self.when(ended_s)}, after closing time, and the contact was ended."

    # ---- why not the own executive

    def _detour(self, row: int) -> Iterator[str]:
        """Tell how the contact came to somebody else than its own executive."""
        owner, cover = self._number("owner", row), self._number("cover", row)
        if owner < 0 or self._is_complaint(row) or cover in (Cover.OWN, Cover.TEAM) or math.isnan(self._time("queued_s", row)):
            return
        moved_s = self._left_own_line_s(row)
        if not math.isnan(moved_s):
            name = self.called.agent(owner)
            yield f"The customer waited for {name} until {clock_text(moved_s)}, when {name} {self._went(owner, moved_s)}."
        tried = self._tried_in_vain(row, self._time("queued_s", row) if math.isnan(moved_s) else moved_s)
        if tried:
            yield f"{begun_large('; '.join(tried))}."

    def _left_own_line_s(self, row: int) -> float:
        """Return when the executive went while the contact waited in the executive's line; NaN where that did not happen."""
        owner = self._number("owner", row)
        if self._number("queue", row) < 0 or self._number("queue", row) != int(self.plan.own_queue[owner]):
            return math.nan
        until = self._time("answered_s", row)
        until = self._time("ended_s", row) if math.isnan(until) else until
        went_s = self.where.goes_s(owner, self._time("queued_s", row), self.plan.horizon_s if math.isnan(until) else until)
        return math.nan if math.isinf(went_s) else went_s

    def _went(self, agent: int, time_s: float) -> str:
        state = self.where.state(agent, time_s)
        if state == StaffState.AWAY:
            return f"went away{self._because(agent, time_s)}"
        return "went on a break" if state == StaffState.BREAK else "went off duty"

    def _followed(self, row: int) -> OwnRule | None:
        """Return the rule for own executives that the contact followed; ``None`` where the log does not say."""
        cover, outcome, queue = self._number("cover", row), self._number("outcome", row), self._number("queue", row)
        if cover in (Cover.BUDDY, Cover.SUBSTITUTE):
            return OwnRule.BUDDY if cover == Cover.BUDDY else OwnRule.SUBSTITUTE
        kind = int(self.plan.reason_cover[self._number("reason", row)])
        if outcome == Outcome.MESSAGE_LEFT or (kind >= 0 and queue >= 0 and queue == int(self.plan.message_queue[kind])):
            return OwnRule.MESSAGE
        return OwnRule.COME_BACK if outcome == Outcome.TOLD_TO_COME_BACK or cover == Cover.DESK else None

    def _tried_in_vain(self, row: int, time_s: float) -> list[str]:
        """Return why the rules before the one that was followed could not be."""
        followed, kind = self._followed(row), int(self.plan.reason_cover[self._number("reason", row)])
        if followed is None or kind < 0:
            return []
        owner = self._number("owner", row)
        which = 2 * kind + (0 if self.where.state(owner, time_s) == StaffState.ON else 1)
        rules = [int(rule) for rule in self.plan.rule[self.plan.rule_offset[which] : self.plan.rule_offset[which + 1]]]
        before = rules[: rules.index(followed)] if followed in rules else []
        reasons = {OwnRule.BUDDY: lambda: self._no_colleague(owner, time_s), OwnRule.SUBSTITUTE: lambda: self._no_substitute(kind, time_s, row)}
        return [text for rule in before if rule in reasons and (text := reasons[OwnRule(rule)]())]

    def _no_colleague(self, owner: int, time_s: float) -> str:
        team = int(self.plan.agent_team[owner])
        members = range(int(self.plan.team_first[team]), int(self.plan.team_first[team + 1]))
        others = [agent for agent in members if agent != owner]
        away = sum(not self.where.is_here(agent, time_s) for agent in others)
        full = len(others) - away
        if len(others) < 2:
            return ("the only colleague was away" if away else "the only colleague had a full line") if others else ""
        if not full or not away:
            return f"all {number_word(len(others))} colleagues {'were away' if away else 'had full lines'}"
        were = "was" if away == 1 else "were"
        had = "had a full line" if full == 1 else "had full lines"
        return f"{number_word(away)} of {number_word(len(others))} colleagues {were} away and the {'other' if full == 1 else 'others'} {had}"

    def _no_substitute(self, kind: int, time_s: float, row: int) -> str:
        queue = int(self.plan.substitute_queue[kind])
        if queue < 0:
            return ""
        team = self.called.names.teams[int(self.plan.step_team[self.plan.step_offset[queue]])]
        waiting, limit = self.where.waiting(queue, time_s), int(self.plan.substitute_longest_line[kind])
        if 0 <= limit <= int((waiting != row).sum()):
            return f"{counted(limit, 'other')} already waited for a substitute from {team}"
        return f"nobody of {team} was expected any more that day"

    # ---- waiting and service

    def _service(self, row: int) -> Iterator[str]:
        outcome = self._number("outcome", row)
        served = not math.isnan(self._time("answered_s", row))
        if served:
            yield self._served(row)
        if outcome == Outcome.OPEN:
            yield "The customer was still being served when the run ended." if served else "The customer was still waiting when the run ended."
        elif outcome == Outcome.ANSWERED or served:
            yield self._leaving(row)
        elif outcome != Outcome.CONTAINED and not math.isnan(self._time("queued_s", row)):
            yield self._unserved(row)

    def _wait_s(self, row: int) -> float:
        until_s = self._time("answered_s", row)
        return (self._time("ended_s", row) if math.isnan(until_s) else until_s) - self._time("queued_s", row)

    def _after_waiting(self, row: int) -> str:
        wait_s = self._wait_s(row)
        return "At once" if wait_s < AT_ONCE_S else f"After {wait_words(wait_s)}"

    def _served(self, row: int) -> str:
        agent, cover = self.called.agent(self._number("agent", row)), self._number("cover", row)
        lead = f"{self._after_waiting(row)} {agent}"
        if self._is_complaint(row):
            return f"{lead} {self._heard(row, agent)}."
        if cover == Cover.DESK:
            return f"{lead} {self._desk_did(row)}."
        how = {Cover.BUDDY: "took over as a colleague", Cover.SUBSTITUTE: "took over as a substitute"}
        return f"{lead} {listed([how.get(Cover(cover), 'served'), *self._work(row)])}."

    def _desk_did(self, row: int) -> str:
        what = "took a message" if self._followed(row) == OwnRule.MESSAGE else "could only ask the customer to come back another day"
        ended_s = self._time("ended_s", row)
        return what if math.isnan(ended_s) else f"{what}, which took {duration_words(ended_s - self._time('answered_s', row))}"

    def _heard(self, row: int, agent: str) -> str:
        """Say what came of a complaint, and why nothing could."""
        ended_s = self._time("ended_s", row)
        if math.isnan(ended_s):
            return "heard the complaint"
        heard = f"heard the complaint for {duration_words(ended_s - self._time('answered_s', row))}"
        if self._number("solved", row) == Solved.YES:
            return f"{heard} and settled it"
        has_authority = not math.isnan(float(self.plan.authority[int(self.plan.agent_team[self._number("agent", row)])]))
        return f"{heard} and could not settle it" if has_authority else f"{heard}, but had no authority to settle anything"

    def _work(self, row: int) -> Iterator[str]:
        """Yield what the agent did: searched, talked, and with what result; nothing of work that the end of the run cut off."""
        search_s, file, ended_s = self._time("search_s", row), self._number("has_file", row), self._time("ended_s", row)
        with_file = {0: " without the file", 1: " with the file at hand"}.get(file, "")
        if search_s >= AT_ONCE_S:
            yield f"searched for {duration_words(search_s)}{with_file}"
        elif file >= 0:
            yield "had the file" if file else "did not have the file"
        if math.isnan(ended_s):
            return
        talk_s = ended_s - self._time("answered_s", row) - search_s
        if talk_s >= AT_ONCE_S:
            yield f"talked for {duration_words(talk_s)}"
        solved = self._number("solved", row)
        if solved != Solved.NOT_SERVED:
            yield "settled the matter" if solved == Solved.YES else "could not settle the matter"

    def _leaving(self, row: int) -> str:
        ended_s = self._time("ended_s", row)
        verb = "hung up" if self.called.is_phone(self._number("channel", row)) else "left"
        if self._is_complaint(row):
            return f"The customer {verb} {self.when(ended_s)}."
        stay_s = ended_s - self._time("arrived_s", row)
        return f"The customer {verb} {self.when(ended_s)}, {duration_words(stay_s)} after {'the first ring' if verb == 'hung up' else 'coming in'}."

    def _unserved(self, row: int) -> str:
        outcome, ended_s = self._number("outcome", row), self._time("ended_s", row)
        after = self._after_waiting(row)
        phone = self.called.is_phone(self._number("channel", row))
        if outcome == Outcome.ABANDONED:
            return f"{after}{self._waited_for(row)} the customer gave up and {'hung up' if phone else 'left'} {self.when(ended_s)}."
        if outcome == Outcome.TOLD_TO_COME_BACK:
            return "A notice asked the customer to come back another day; nobody had time to."
        if outcome == Outcome.MESSAGE_LEFT:
            return "The customer left a message on the machine."
        if outcome == Outcome.DISCONNECTED:
            return f"{after} the line was cleared {self.when(ended_s)}, at closing time."
        return f"{after} the customer was sent away unserved {self.when(ended_s)}, because nobody was left to serve."

    def _waited_for(self, row: int) -> str:
        cover, owner = self._number("cover", row), self._number("owner", row)
        if cover == Cover.OWN:
            return f" for {self.called.agent(owner)}"
        if cover == Cover.SUBSTITUTE:
            return " for a substitute"
        if self._is_complaint(row):
            return " to complain"
        if cover == Cover.DESK:
            return " to leave a message" if self._followed(row) == OwnRule.MESSAGE else " to be told what to do"
        return " for a colleague" if cover == Cover.BUDDY else ""

    def _call_back(self, row: int, whom: str = "") -> Iterator[str]:
        """Tell a call that the firm made."""
        owner, answered_s = self.called.agent(self._number("owner", row)), self._time("answered_s", row)
        call = f"called {whom} back" if whom else "called back"
        if math.isnan(answered_s):
            yield f"When the run ended {owner} had not yet {call}."
            return
        gap_s = answered_s - self._time("arrived_s", row)
        after = f"{duration_words(gap_s)} after the message" if gap_s >= AT_ONCE_S else "right after the message"
        promise_s = self._promise_s(row)
        late = f" (promised within {duration_words(promise_s)})" if gap_s > promise_s else ""
        yield f"{begun_large(self.when(answered_s))}, {after}{late}, {owner} {listed([call, *self._work(row)])}."

    def _promise_s(self, row: int) -> float:
        """Return within what time a call was promised; inf where nothing was."""
        kind = int(self.plan.reason_cover[self._number("reason", row)])
        return float(self.plan.promise_s[kind]) if kind >= 0 else math.inf

    def _forgotten(self, row: int) -> Iterator[str]:
        """Tell that nobody acted on a message."""
        if self._number("outcome", row) == Outcome.MESSAGE_LEFT and self._number("next_step", row) in FORGOTTEN:
            yield "The message was forgotten: no call came."

    def _recovery(self, row: int, whom: str = "") -> Iterator[str]:
        """Tell a call that was to make up for a failure."""
        whom, answered_s = whom or "the customer", self._time("answered_s", row)
        if math.isnan(answered_s):
            due = f"due {self.when(self._time('arrived_s', row))}" if not math.isnan(self._time("queued_s", row)) else "still to come"
            yield f"A call to {whom} to make up for it was {due}; when the run ended it had not been made."
            return
        agent = self.called.agent(self._number("agent", row))
        yield f"{begun_large(self.when(answered_s))} {agent} {listed([f'called {whom} to make up for it', *self._work(row)])}."

    def _notice(self, row: int, whom: str = "") -> Iterator[str]:
        """Tell a call ahead of an absence."""
        whom, answered_s = whom or "the customer", self._time("answered_s", row)
        about = self._planned_day(row)
        if math.isnan(answered_s):
            yield f"{begun_large(whom)} was to be called ahead{about}; when the run ended that had not been done."
            return
        agent, ended_s = self.called.agent(self._number("agent", row)), self._time("ended_s", row)
        length = "" if math.isnan(ended_s) else f", which took {duration_words(ended_s - answered_s)}"
        agreed = self._number("next_step", row) == NextStep.COMES_OTHER_DAY
        result = "The customer agreed to come another day." if agreed else "The customer stayed with the planned day, or was reached too late."
        yield f"{begun_large(self.when(answered_s))} {agent} called {whom} ahead{about}{length}. {result}"

    def _planned_day(self, row: int) -> str:
        """Say for when the first contact was planned, and why the executive would not be there."""
        day, owner = parts_of(self._number("root", row))[1], self._number("owner", row)
        rows = np.flatnonzero((self.plan.away_agent == owner) & (self.plan.away_from_s < (day + 1) * DAY_S) & (self.plan.away_to_s > day * DAY_S))
        reason = self.where.absence(owner, max(float(self.plan.away_from_s[rows[0]]), day * DAY_S)) if rows.size else ""
        because = f" ({reason})" if reason else ""
        return f", because {self.called.agent(owner)} would be away on {date_text(self.called.date(day * DAY_S))}{because}"

    # ---- what followed

    def _next_step(self, row: int) -> Iterator[str]:
        step, following = self._number("next_step", row), self._number("next_row", row)
        phone = self.called.is_phone(self._number("channel", row))
        again = "called again" if phone else "was back"
        if self._number("outcome", row) == Outcome.LOST_DEMAND:
            return
        if step == NextStep.GIVES_UP:
            yield f"The customer did not {'call' if phone else 'come'} again; the matter was never settled."
        elif step == NextStep.CALL_BACK and following >= 0:
            yield from self._call_back(following)
        elif step == NextStep.COMPLAINS:
            yield self._and_then(following, "complained", "The run ended before the customer complained.")
        elif step == NextStep.RECOVERS:
            yield self._and_then(following, "was to be called to make up for it", "The run ended before anybody called to make up for it.")
        elif step == NextStep.COMES_OTHER_DAY:
            yield self._and_then(following, "came instead", "The other day lies beyond the end of the run.")
        elif step in (NextStep.REDIALS, NextStep.COMES_BACK, NextStep.TRIES_WHEN_OPEN):
            yield self._came_again(following, again)

    def _and_then(self, following: int, did: str, otherwise: str) -> str:
        """Tell what followed, and when; ``otherwise`` where the run ended first."""
        arrived_s = self._time("arrived_s", following) if following >= 0 else math.nan
        return otherwise if math.isnan(arrived_s) else f"The customer {did} {self.when(arrived_s)}."

    def _came_again(self, following: int, again: str) -> str:
        arrived_s = self._time("arrived_s", following) if following >= 0 else math.nan
        if np.isnan(arrived_s):
            return "The run ended before the customer came again."
        return f"The customer {again} {self.when(arrived_s)}."
