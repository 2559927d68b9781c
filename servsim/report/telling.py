"""One contact in plain sentences: how it came, whom it met, how long it waited, what came of it and what followed.

::

    arrival -> door (closed, busy, left at once) -> menu -> why not the own executive -> wait -> service -> leaving -> what next

Everything is read off the log by :mod:`servsim.report.evidence`; where the log does not say it, the sentence does not either. English only:
:mod:`servsim.report.steps` tells the same in steps, for any language.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cached_property

from servsim.report.evidence import AT_ONCE_S, AT_THE_DOOR, Evidence, Kept, Until
from servsim.report.names import Chronicle
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
from servsim.rules.clock import DAY_S
from servsim.rules.codes import BY_FIRM, Cover, Entry, NextStep, Outcome, OwnRule, Solved, StaffState

THE_CUSTOMER = "The customer"
NEW_MATTERS = (Entry.FRESH, Entry.FOLLOW_UP)


class Telling:
    """Tells contacts of one replication in sentences; names the day only where it changes."""

    def __init__(self, chronicle: Chronicle) -> None:
        self.facts = Evidence(chronicle)
        self.called, self.where = self.facts.called, self.facts.where
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
            moment_s = self.facts.moment_s(row)
            self.today = int(moment_s // DAY_S) if not math.isnan(moment_s) else -1
            sentences = self._happened(row, THE_CUSTOMER)
            told.append((moment_s, row, " ".join([*sentences, *self._next_step(row)] if place == len(rows) - 1 else sentences)))
        return told

    def who(self, row: int) -> str:
        """Name the person: ``customer owned/1204``."""
        return self.called.customer(self.facts.number("customer", row), self.facts.number("segment", row))

    def when(self, time_s: float) -> str:
        """Write a moment after its preposition; the day only where it is not the one last named."""
        day = int(time_s // DAY_S)
        if day == self.today:
            return f"at {clock_text(time_s)}"
        self.today = day
        return f"on {date_text(self.called.date(time_s))} at {clock_text(time_s)}"

    def _happened(self, row: int, who: str) -> list[str]:
        entry, outcome = self.facts.number("entry", row), self.facts.number("outcome", row)
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
        when = self.when(self.facts.time_s("arrived_s", row))
        left_s = self.facts.lost_s(row)
        left = "had left the firm for good" + ("" if math.isnan(left_s) else f" {self.when(left_s)}")
        if self.facts.number("entry", row) in BY_FIRM:
            return f"A call to {self.who(row) if who != THE_CUSTOMER else 'the customer'} was due {when}; it was not made, for the customer {left}."
        return f"{who} would have come {when} for {self.called.reason(self.facts.number('reason', row))}, but {left}."

    # ---- coming

    def _arrival(self, row: int, who: str) -> str:
        arrived_s, entry, channel = self.facts.time_s("arrived_s", row), self.facts.number("entry", row), self.facts.number("channel", row)
        if math.isnan(arrived_s):
            return f"{who} was to come again, after the end of the run."
        place = self.called.place(channel)
        if self.facts.is_complaint(row) and not self.called.is_phone(channel):
            return f"{who} went to complain {self.when(arrived_s)}."
        if self.called.is_phone(channel):
            verb = "called" if place == "the phone" else f"called {place}"
        else:
            verb = f"came to {place}"
        tries = self.facts.number("try_number", row)
        again = "" if entry in NEW_MATTERS or (entry == Entry.COMPLAINT and not tries) else " again"
        note = f" ({ordinal_text(tries + 1)} try)" if tries else ""
        return f"{who} {verb}{again} {self.when(arrived_s)}{note}{self._about(row)}{self._asked_for(row)}."

    def _about(self, row: int) -> str:
        """Say why a contact came, where that is new."""
        if self.facts.is_complaint(row):
            return " to complain"
        entry, reason = self.facts.number("entry", row), self.called.reason(self.facts.number("reason", row))
        after = " (grown out of an earlier matter)" if entry == Entry.FOLLOW_UP else ""
        return f" for {reason}{after}" if entry in NEW_MATTERS else ""

    def _asked_for(self, row: int) -> str:
        owner = self.facts.number("owner", row)
        if owner < 0 or self.facts.is_complaint(row):
            return ""
        asked = f" and asked for {self.called.agent(owner)}"
        if self.facts.number("outcome", row) in AT_THE_DOOR or math.isnan(self.facts.time_s("queued_s", row)):
            return asked
        state = self._state_of(owner, self.facts.time_s("queued_s", row), row)
        return f"{asked}, who {state}" if state else asked

    def _state_of(self, agent: int, time_s: float, row: int) -> str:
        """Say what kept an executive from serving at once; '' where nothing did."""
        words: dict[Kept, Callable[[], str]] = {
            Kept.AWAY: lambda: f"was away{self._until(agent, time_s)}{self._because(agent, time_s)}",
            Kept.BREAK: lambda: f"was on a break{self._until(agent, time_s)}",
            Kept.OFF_DUTY: lambda: "was off duty",
            Kept.BUSY: lambda: "was busy with another customer",
            Kept.NOTHING: lambda: "",
        }
        return words[self.facts.kept(agent, time_s, row)]()

    def _until(self, agent: int, time_s: float) -> str:
        until, back_s = self.facts.until(agent, time_s)
        return f" until {clock_text(back_s)}" if until is Until.THAT_DAY else " for the rest of the day" if until is Until.REST_OF_DAY else " all day"

    def _because(self, agent: int, time_s: float) -> str:
        reason = self.where.absence(agent, time_s)
        return f" ({reason})" if reason else ""

    # ---- at the door and in the menu

    def _door(self, row: int) -> Iterator[str]:
        outcome, channel = self.facts.number("outcome", row), self.facts.number("channel", row)
        place = self.called.place(channel)
        if outcome == Outcome.CLOSED:
            yield f"{begun_large(place)} was closed."
        elif outcome == Outcome.BLOCKED:
            yield f"The line was busy: all {counted(self.facts.places(row), 'line')} were in use."
        elif outcome == Outcome.BALKED:
            yield self._balked(row)

    def _balked(self, row: int) -> str:
        if self.facts.is_room_full(row):
            return f"All {counted(self.facts.places(row), 'place')} in the room were taken, and the customer left at once."
        return f"The customer saw {counted(self.facts.in_line(row), 'person', 'people')} waiting and left at once."

    def _menu(self, row: int) -> Iterator[str]:
        arrived_s, queued_s, ended_s = (self.facts.time_s(name, row) for name in ("arrived_s", "queued_s", "ended_s"))
        name = "menu" if self.called.is_phone(self.facts.number("channel", row)) else "reception"
        if self.facts.number("outcome", row) == Outcome.CONTAINED:
            met = "met the need" if self.facts.number("solved", row) == Solved.YES else "ended the contact without meeting the need"
            yield f"The {name} {met}."
        elif not math.isnan(queued_s) and queued_s - arrived_s >= AT_ONCE_S:
            yield f"The {name} took {duration_words(queued_s - arrived_s)}."
        elif math.isnan(queued_s) and self.facts.number("outcome", row) == Outcome.DISCONNECTED:
            yield f"The {name} was still going on {self.when(ended_s)}, after closing time, and the contact was ended."

    # ---- why not the own executive

    def _detour(self, row: int) -> Iterator[str]:
        """Tell how the contact came to somebody else than its own executive."""
        owner = self.facts.number("owner", row)
        if not self.facts.is_elsewhere_asked(row):
            return
        moved_s = self.facts.left_own_line_s(row)
        if not math.isnan(moved_s):
            name = self.called.agent(owner)
            yield f"The customer waited for {name} until {clock_text(moved_s)}, when {name} {self._went(owner, moved_s)}."
        tried = self._tried_in_vain(row, self.facts.time_s("queued_s", row) if math.isnan(moved_s) else moved_s)
        if tried:
            yield f"{begun_large('; '.join(tried))}."

    def _went(self, agent: int, time_s: float) -> str:
        state = self.where.state(agent, time_s)
        if state == StaffState.AWAY:
            return f"went away{self._because(agent, time_s)}"
        return "went on a break" if state == StaffState.BREAK else "went off duty"

    def _tried_in_vain(self, row: int, time_s: float) -> list[str]:
        """Return why the rules before the one that was followed could not be."""
        owner = self.facts.number("owner", row)
        reasons = {OwnRule.BUDDY: lambda: self._no_colleague(owner, time_s), OwnRule.SUBSTITUTE: lambda: self._no_substitute(row, time_s)}
        return [text for rule in self.facts.rules_in_vain(row, time_s) if rule in reasons and (text := reasons[rule]())]

    def _no_colleague(self, owner: int, time_s: float) -> str:
        found = self.facts.colleagues(owner, time_s)
        if found.all_of < 2:
            return ("the only colleague was away" if found.away else "the only colleague had a full line") if found.all_of else ""
        if not found.full or not found.away:
            return f"all {number_word(found.all_of)} colleagues {'were away' if found.away else 'had full lines'}"
        were = "was" if found.away == 1 else "were"
        had = "had a full line" if found.full == 1 else "had full lines"
        return f"{number_word(found.away)} of {number_word(found.all_of)} colleagues {were} away and the {'other' if found.full == 1 else 'others'} {had}"

    def _no_substitute(self, row: int, time_s: float) -> str:
        found = self.facts.substitutes(row, time_s)
        if found is None:
            return ""
        full = f"{counted(found.limit, 'other')} already waited for a substitute from {found.team}"
        return full if found.is_full else f"nobody of {found.team} was expected any more that day"

    # ---- waiting and service

    def _service(self, row: int) -> Iterator[str]:
        outcome = self.facts.number("outcome", row)
        served = not math.isnan(self.facts.time_s("answered_s", row))
        if served:
            yield self._served(row)
        if outcome == Outcome.OPEN:
            yield "The customer was still being served when the run ended." if served else "The customer was still waiting when the run ended."
        elif outcome == Outcome.ANSWERED or served:
            yield self._leaving(row)
        elif outcome != Outcome.CONTAINED and not math.isnan(self.facts.time_s("queued_s", row)):
            yield self._unserved(row)

    def _after_waiting(self, row: int) -> str:
        wait_s = self.facts.wait_s(row)
        return "At once" if wait_s < AT_ONCE_S else f"After {wait_words(wait_s)}"

    def _served(self, row: int) -> str:
        agent, cover = self.called.agent(self.facts.number("agent", row)), self.facts.number("cover", row)
        lead = f"{self._after_waiting(row)} {agent}"
        if self.facts.is_complaint(row):
            return f"{lead} {self._heard(row, agent)}."
        if cover == Cover.DESK:
            return f"{lead} {self._desk_did(row)}."
        how = {Cover.BUDDY: "took over as a colleague", Cover.SUBSTITUTE: "took over as a substitute"}
        return f"{lead} {listed([how.get(Cover(cover), 'served'), *self._work(row)])}."

    def _desk_did(self, row: int) -> str:
        what = "took a message" if self.facts.followed(row) == OwnRule.MESSAGE else "could only ask the customer to come back another day"
        ended_s = self.facts.time_s("ended_s", row)
        return what if math.isnan(ended_s) else f"{what}, which took {duration_words(ended_s - self.facts.time_s('answered_s', row))}"

    def _heard(self, row: int, agent: str) -> str:
        """Say what came of a complaint, and why nothing could."""
        ended_s = self.facts.time_s("ended_s", row)
        if math.isnan(ended_s):
            return "heard the complaint"
        heard = f"heard the complaint for {duration_words(ended_s - self.facts.time_s('answered_s', row))}"
        if self.facts.number("solved", row) == Solved.YES:
            return f"{heard} and settled it"
        return f"{heard} and could not settle it" if self.facts.has_authority(row) else f"{heard}, but had no authority to settle anything"

    def _work(self, row: int) -> Iterator[str]:
        """Yield what the agent did: searched, talked, and with what result; nothing of work that the end of the run cut off."""
        search_s, file, ended_s = self.facts.time_s("search_s", row), self.facts.number("has_file", row), self.facts.time_s("ended_s", row)
        with_file = {0: " without the file", 1: " with the file at hand"}.get(file, "")
        if search_s >= AT_ONCE_S:
            yield f"searched for {duration_words(search_s)}{with_file}"
        elif file >= 0:
            yield "had the file" if file else "did not have the file"
        if math.isnan(ended_s):
            return
        talk_s = self.facts.talk_s(row)
        if talk_s >= AT_ONCE_S:
            yield f"talked for {duration_words(talk_s)}"
        solved = self.facts.number("solved", row)
        if solved != Solved.NOT_SERVED:
            yield "settled the matter" if solved == Solved.YES else "could not settle the matter"

    def _leaving(self, row: int) -> str:
        ended_s = self.facts.time_s("ended_s", row)
        verb = "hung up" if self.called.is_phone(self.facts.number("channel", row)) else "left"
        if self.facts.is_complaint(row):
            return f"The customer {verb} {self.when(ended_s)}."
        stay_s = ended_s - self.facts.time_s("arrived_s", row)
        return f"The customer {verb} {self.when(ended_s)}, {duration_words(stay_s)} after {'the first ring' if verb == 'hung up' else 'coming in'}."

    def _unserved(self, row: int) -> str:
        outcome, ended_s = self.facts.number("outcome", row), self.facts.time_s("ended_s", row)
        after = self._after_waiting(row)
        phone = self.called.is_phone(self.facts.number("channel", row))
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
        cover, owner = self.facts.number("cover", row), self.facts.number("owner", row)
        if cover == Cover.OWN:
            return f" for {self.called.agent(owner)}"
        if cover == Cover.SUBSTITUTE:
            return " for a substitute"
        if self.facts.is_complaint(row):
            return " to complain"
        if cover == Cover.DESK:
            return " to leave a message" if self.facts.followed(row) == OwnRule.MESSAGE else " to be told what to do"
        return " for a colleague" if cover == Cover.BUDDY else ""

    def _call_back(self, row: int, whom: str = "") -> Iterator[str]:
        """Tell a call that the firm made."""
        owner, answered_s = self.called.agent(self.facts.number("owner", row)), self.facts.time_s("answered_s", row)
        call = f"called {whom} back" if whom else "called back"
        if math.isnan(answered_s):
            yield f"When the run ended {owner} had not yet {call}."
            return
        gap_s = answered_s - self.facts.time_s("arrived_s", row)
        after = f"{duration_words(gap_s)} after the message" if gap_s >= AT_ONCE_S else "right after the message"
        promise_s = self.facts.promise_s(row)
        late = f" (promised within {duration_words(promise_s)})" if gap_s > promise_s else ""
        yield f"{begun_large(self.when(answered_s))}, {after}{late}, {owner} {listed([call, *self._work(row)])}."

    def _forgotten(self, row: int) -> Iterator[str]:
        """Tell that nobody acted on a message."""
        if self.facts.is_forgotten(row):
            yield "The message was forgotten: no call came."

    def _recovery(self, row: int, whom: str = "") -> Iterator[str]:
        """Tell a call that was to make up for a failure."""
        whom, answered_s = whom or "the customer", self.facts.time_s("answered_s", row)
        if math.isnan(answered_s):
            due = f"due {self.when(self.facts.time_s('arrived_s', row))}" if not math.isnan(self.facts.time_s("queued_s", row)) else "still to come"
            yield f"A call to {whom} to make up for it was {due}; when the run ended it had not been made."
            return
        agent = self.called.agent(self.facts.number("agent", row))
        yield f"{begun_large(self.when(answered_s))} {agent} {listed([f'called {whom} to make up for it', *self._work(row)])}."

    def _notice(self, row: int, whom: str = "") -> Iterator[str]:
        """Tell a call ahead of an absence."""
        whom, answered_s = whom or "the customer", self.facts.time_s("answered_s", row)
        about = self._planned_day(row)
        if math.isnan(answered_s):
            yield f"{begun_large(whom)} was to be called ahead{about}; when the run ended that had not been done."
            return
        agent, ended_s = self.called.agent(self.facts.number("agent", row)), self.facts.time_s("ended_s", row)
        length = "" if math.isnan(ended_s) else f", which took {duration_words(ended_s - answered_s)}"
        agreed = self.facts.number("next_step", row) == NextStep.COMES_OTHER_DAY
        result = "The customer agreed to come another day." if agreed else "The customer stayed with the planned day, or was reached too late."
        yield f"{begun_large(self.when(answered_s))} {agent} called {whom} ahead{about}{length}. {result}"

    def _planned_day(self, row: int) -> str:
        """Say for when the first contact was planned, and why the executive would not be there."""
        day_s, reason = self.facts.planned_absence(row)
        because = f" ({reason})" if reason else ""
        return f", because {self.called.agent(self.facts.number('owner', row))} would be away on {date_text(self.called.date(day_s))}{because}"

    # ---- what followed

    def _next_step(self, row: int) -> Iterator[str]:
        step, following = self.facts.number("next_step", row), self.facts.number("next_row", row)
        phone = self.called.is_phone(self.facts.number("channel", row))
        again = "called again" if phone else "was back"
        if self.facts.number("outcome", row) == Outcome.LOST_DEMAND:
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
        arrived_s = self.facts.follows_s(following)
        return otherwise if math.isnan(arrived_s) else f"The customer {did} {self.when(arrived_s)}."

    def _came_again(self, following: int, again: str) -> str:
        arrived_s = self.facts.follows_s(following)
        if math.isnan(arrived_s):
            return "The run ended before the customer came again."
        return f"The customer {again} {self.when(arrived_s)}."
