"""One contact as a list of steps, for pages in any language: what happened, and the numbers, moments and names that go with it.

::

    Evidence (of the log) -> Step("waited", {"wait_s": 840}), Step("served_substitute", {"agent": "clerks/1"}), ...
    language file         -> told_waited: "The customer waited {wait_s}.", ...

A step has no words. Its values are numbers, moments and the scenario's own names; how each is written shows its name's ending (:data:`ENDINGS`).
Every step that there is stands in :data:`VALUES_OF`; a language file has one sentence for each, with exactly these names in braces.
:mod:`servsim.report.telling` tells the same in English prose.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from servsim.report.evidence import AT_ONCE_S, AT_THE_DOOR, Evidence, Kept, Until
from servsim.report.names import Called, Chronicle
from servsim.rules.clock import DAY_S
from servsim.rules.codes import BY_FIRM, Cover, Entry, NextStep, Outcome, OwnRule, Solved, StaffState

Value = int | float | str

ENDINGS = {
    "s": "a length of time in whole seconds",
    "at": "a moment, such as 2026-03-05T10:12",
    "date": "a day, such as 2026-03-05",
    "share": "a share, 0 to 1",
    "money": "an amount of the scenario's currency",
    "n": "a number",
}
"""What a value is, by what follows the last ``_`` of its name (or by the whole name); any other is a name of the scenario."""

CONTACT_STEPS: dict[str, tuple[str, ...]] = {
    # who, and how the contact came
    "who_customer": ("customer",), "who_segment": ("segment",),
    "came": ("channel", "at"), "called": ("at",), "called_line": ("channel", "at"), "went_to_complain": ("at",), "called_to_complain": ("at",),
    "was_to_come_again": (), "would_have_come": ("at",), "firm_s_call_not_made": ("at",), "had_left_for_good": (), "had_left_for_good_at": ("at",),
    "matter": ("reason",), "matter_grown": ("reason",), "same_matter": (), "try": ("n",), "had_been_closed": (), "asked_for": ("agent",),
    # the own executive
    "own_away_until": ("agent", "back_at"), "own_away_rest_of_day": ("agent",), "own_away_all_day": ("agent",), "absence": ("absence",),
    "own_break_until": ("agent", "back_at"), "own_break": ("agent",), "own_off_duty": ("agent",), "own_busy": ("agent",),
    # door and menu
    "closed": ("channel",), "lines_busy": ("n",), "room_full": ("n",), "left_at_once": ("n",),
    "menu_solved": (), "menu_unsolved": (), "menu_took": ("menu_s",), "menu_cut_off": ("at",),
    "reception_solved": (), "reception_unsolved": (), "reception_took": ("menu_s",), "reception_cut_off": ("at",),
    # why somebody else
    "own_went_away": ("agent", "at"), "own_went_on_break": ("agent", "at"), "own_went_off_duty": ("agent", "at"),
    "colleague_away": (), "colleague_full": (), "colleagues_away": ("n",), "colleagues_full": ("n",), "colleagues_away_or_full": ("n", "away_n", "full_n"),
    "substitutes_full": ("team", "n"), "substitutes_gone": ("team",),
    # wait
    "no_wait": (), "waited": ("wait_s",), "waited_for_own": ("agent", "wait_s"), "waited_for_colleague": ("wait_s",), "waited_for_substitute": ("wait_s",),
    "waited_to_complain": ("wait_s",), "waited_to_leave_message": ("wait_s",), "waited_to_be_told": ("wait_s",),
    # service
    "served": ("agent",), "served_own": ("agent",), "served_colleague": ("agent",), "served_substitute": ("agent",),
    "desk_message": ("agent",), "desk_come_back": ("agent",), "complaint_heard": ("agent",), "that_took": ("talk_s",),
    "complaint_settled": (), "complaint_not_settled": (), "complaint_no_authority": ("agent",),
    "searched": ("search_s",), "searched_with_file": ("search_s",), "searched_without_file": ("search_s",), "had_file": (), "had_no_file": (),
    "talked": ("talk_s",), "settled": (), "not_settled": (),
    # how the contact ended
    "left": ("at", "stay_s"), "hung_up": ("at", "stay_s"), "left_after_complaint": ("at",), "hung_up_after_complaint": ("at",),
    "gave_up": ("at",), "gave_up_on_phone": ("at",), "told_by_notice": (), "message_on_machine": (), "message_forgotten": (),
    "line_cleared": ("at",), "sent_away": ("at",), "run_ended_in_service": (), "run_ended_in_line": (),
    # the firm calls
    "called_back": ("agent", "at", "gap_s"), "called_back_at_once": ("agent", "at"), "promised_within": ("promise_s",), "call_back_open": ("agent",),
    "recovery_call": ("agent", "at"), "recovery_open": ("at",), "recovery_to_come": (),
    "notice_call": ("agent", "at"), "notice_open": (), "own_will_be_away": ("agent", "date"), "agreed_other_day": (), "kept_planned_day": (),
    # what followed
    "never_came_again": (), "never_called_again": (), "came_again": ("at",), "called_again": ("at",), "run_ended_before_again": (),
    "complained": ("at",), "run_ended_before_complaint": (), "recovery_due": ("at",), "run_ended_before_recovery": (),
    "came_other_day": ("at",), "other_day_after_run": (),
}  # fmt: skip
LIFE_STEPS: dict[str, tuple[str, ...]] = {
    "lives_of": ("customer",), "lives_of_owned": ("customer", "agent"),
    "sum_nothing": (), "sum_contacts": ("n",), "sum_waited": ("wait_s",), "sum_no_wait": (), "sum_in_vain": ("n",), "sum_complaints": ("n",),
    "sum_calls": ("n",), "sum_met": ("met_n", "n"),
    "case_closed": ("quality_n",), "problem": (), "problem_serious": (), "hit_unsolved": (), "hit_no_file": (), "hit_told": (), "hit_spoken": (),
    "satisfaction_stayed": ("n",), "satisfaction_moved": ("before_n", "after_n"), "left_for_good": (), "may_leave": ("leaving_share",),
    "paid": ("paid_money",),
    "lost_for_good": ("date",), "end_satisfaction": ("n",), "end_ordinary": ("n",), "end_handled": ("n",), "end_no_problem": (), "end_mood": ("n",),
    "end_left_by_now": ("share",), "end_leaves_within_year": ("share",),
}  # fmt: skip
AGENT_STEPS: dict[str, tuple[str, ...]] = {
    "agent_day": ("agent", "date"), "agent_not_on_duty": (), "agent_on_duty": ("from_at", "to_at"), "agent_away": ("from_at", "to_at"),
    "agent_break": ("from_at", "to_at"), "agent_overtime": ("overtime_s",),
    "agent_served_nobody": (), "agent_took": ("n",), "agent_unsolved": ("n",),
    "agent_took_own_work": ("reason", "n"), "agent_took_complaint": ("reason", "n"), "agent_took_call_back": ("reason", "n"),
    "agent_took_recovery": ("reason", "n"), "agent_took_notice": ("reason", "n"), "agent_took_colleague": ("reason", "n"),
    "agent_took_substitute": ("reason", "n"), "agent_took_message": ("n",), "agent_took_come_back": ("n",),
    "agent_talked": ("talk_s",), "agent_searched": ("search_s",), "agent_wrapped_up": ("wrap_up_s",), "agent_busy": ("busy_share",),
}  # fmt: skip
VALUES_OF: dict[str, tuple[str, ...]] = CONTACT_STEPS | LIFE_STEPS | AGENT_STEPS
"""Every step, and the names of its values."""


class Step(NamedTuple):
    """Something that happened; told by the sentence that a language has for its key."""

    key: str
    values: dict[str, Value]


def step(key: str, **values: Value) -> Step:
    """Return a step of the list, with exactly its values.

    Raises
    ------
    KeyError, ValueError : a defect of servsim: there is no such step, or it has other values.
    """
    if set(VALUES_OF[key]) != set(values):
        raise ValueError(f"step {key}: has the values {', '.join(values)}; must have {', '.join(VALUES_OF[key])}")
    return Step(key, values)


def length(seconds: float) -> int:
    """Return a length of time as a step's value has it."""
    return round(seconds)


def moment(called: Called, time_s: float) -> str:
    """Return a moment as a step's value has it: ``2026-03-05T10:12``; minutes that have begun are not yet over."""
    minutes = int(time_s % DAY_S // 60)
    return f"{day(called, time_s)}T{minutes // 60:02d}:{minutes % 60:02d}"


def day(called: Called, time_s: float) -> str:
    """Return the day of a moment as a step's value has it: ``2026-03-05``."""
    found: dt.date = called.date(time_s)
    return found.isoformat()


RESERVED_ENTRIES = (Entry.TRANSFER, Entry.ESCALATION, Entry.DEFERRED)
RESERVED_OUTCOMES = (Outcome.CALLBACK_PROMISED,)
"""Codes that no run has yet, and no step tells."""
FILE_WORDS = {0: "searched_without_file", 1: "searched_with_file"}
WENT_STEPS = {StaffState.AWAY: "own_went_away", StaffState.BREAK: "own_went_on_break"}

Steps = Iterator[Step]
TellsRow = Callable[[int], Steps]


class ContactSteps:
    """Tells contacts of one replication in steps; evidence that another teller has collected may be shared."""

    def __init__(self, chronicle: Chronicle, facts: Evidence | None = None) -> None:
        self.facts = facts or Evidence(chronicle)
        self.called, self.where = self.facts.called, self.facts.where

    # ---- whole contacts

    def alone(self, row: int) -> list[Step]:
        """Tell one contact: who it was, what happened, and what followed."""
        return [self._who(row), *self._happened(row), *self._next_step(row)]

    def of_case(self, rows: list[int]) -> list[list[Step]]:
        """Tell the contacts of one case, one list of steps each; what followed the last one is told with it."""
        return [[*self._happened(row), *(self._next_step(row) if place == len(rows) - 1 else ())] for place, row in enumerate(rows)]

    def _who(self, row: int) -> Step:
        customer = self.facts.number("customer", row)
        if customer < 0:
            return step("who_segment", segment=self.called.names.segments[self.facts.number("segment", row)])
        return step("who_customer", customer=self.called.customer_name(customer))

    def _happened(self, row: int) -> Steps:
        outcome = self.facts.outcome(row)
        if outcome == Outcome.LOST_DEMAND:
            yield from self.outcomes[outcome](row)
            return
        yield from self.entries[self.facts.entry(row)](row)
        if self.facts.entry(row) in BY_FIRM or math.isnan(self.facts.time_s("arrived_s", row)):
            return
        yield from self._asked_for(row)
        if outcome not in AT_THE_DOOR:
            yield from self._menu(row)
            yield from self._detour(row)
            yield from self._service(row)
        yield from self.outcomes[outcome](row)
        if outcome not in AT_THE_DOOR:
            yield from self._forgotten(row)

    @cached_property
    def entries(self) -> dict[Entry, TellsRow]:
        """How each way to come about is told."""
        return {
            Entry.FRESH: lambda row: self._arrival(row, [step("matter", reason=self.facts.reason(row))]),
            Entry.FOLLOW_UP: lambda row: self._arrival(row, [step("matter_grown", reason=self.facts.reason(row))]),
            Entry.REDIAL: lambda row: self._arrival(row, []),
            Entry.COMEBACK: lambda row: self._arrival(row, [step("same_matter")]),
            Entry.RETRY_CLOSED: lambda row: self._arrival(row, [step("had_been_closed")]),
            Entry.COMPLAINT: lambda row: self._arrival(row, []),
            Entry.CALL_BACK: self._call_back,
            Entry.RECOVERY: self._recovery,
            Entry.NOTICE: self._notice,
        }

    @cached_property
    def outcomes(self) -> dict[Outcome, TellsRow]:
        """How each way to end is told."""
        return {
            Outcome.OPEN: self._open,
            Outcome.ANSWERED: self._leaving,
            Outcome.ABANDONED: lambda row: self._unserved(row, self._gave_up),
            Outcome.BALKED: self._balked,
            Outcome.BLOCKED: lambda row: iter([step("lines_busy", n=self.facts.places(row))]),
            Outcome.CONTAINED: self._contained,
            Outcome.CLOSED: lambda row: iter([step("closed", channel=self._channel(row))]),
            Outcome.TURNED_AWAY: lambda row: self._unserved(row, self._sent_away),
            Outcome.DISCONNECTED: lambda row: self._unserved(row, self._line_cleared),
            Outcome.MESSAGE_LEFT: lambda row: self._unserved(row, lambda _: [step("message_on_machine")]),
            Outcome.TOLD_TO_COME_BACK: lambda row: self._unserved(row, lambda _: [step("told_by_notice")]),
            Outcome.LOST_DEMAND: self._lost_demand,
        }

    def _at(self, column: str, row: int) -> str:
        return moment(self.called, self.facts.time_s(column, row))

    def _channel(self, row: int) -> str:
        return self.called.names.channels[self.facts.number("channel", row)]

    def _agent(self, column: str, row: int) -> str:
        return self.called.agent(self.facts.number(column, row))

    def _lost_demand(self, row: int) -> Steps:
        """Tell a contact that was not made, because its customer had left for good."""
        at, left_s = self._at("arrived_s", row), self.facts.lost_s(row)
        if self.facts.entry(row) in BY_FIRM:
            yield step("firm_s_call_not_made", at=at)
        else:
            yield step("would_have_come", at=at)
            yield step("matter", reason=self.facts.reason(row))
        yield step("had_left_for_good") if math.isnan(left_s) else step("had_left_for_good_at", at=moment(self.called, left_s))

    # ---- coming

    def _arrival(self, row: int, about: list[Step]) -> Steps:
        if math.isnan(self.facts.time_s("arrived_s", row)):
            yield step("was_to_come_again")
            return
        yield self._coming(row)
        yield from [] if self.facts.is_complaint(row) else about
        if self.facts.number("try_number", row):
            yield step("try", n=self.facts.number("try_number", row) + 1)

    def _coming(self, row: int) -> Step:
        at, is_phone = self._at("arrived_s", row), self.facts.is_phone(row)
        if self.facts.is_complaint(row):
            return step("called_to_complain", at=at) if is_phone else step("went_to_complain", at=at)
        if not is_phone:
            return step("came", channel=self._channel(row), at=at)
        return step("called", at=at) if self._channel(row) == "phone" else step("called_line", channel=self._channel(row), at=at)

    def _asked_for(self, row: int) -> Steps:
        owner = self.facts.number("owner", row)
        if owner < 0 or self.facts.is_complaint(row):
            return
        yield step("asked_for", agent=self.called.agent(owner))
        if self.facts.outcome(row) not in AT_THE_DOOR and self.facts.is_received(row):
            queued_s = self.facts.time_s("queued_s", row)
            yield from self.states[self.facts.kept(owner, queued_s, row)](owner, queued_s)

    @cached_property
    def states(self) -> dict[Kept, Callable[[int, float], Steps]]:
        """How it is told what kept an executive from serving at once."""
        return {
            Kept.NOTHING: lambda agent, time_s: iter(()),
            Kept.AWAY: self._own_away,
            Kept.BREAK: self._own_break,
            Kept.OFF_DUTY: lambda agent, time_s: iter([step("own_off_duty", agent=self.called.agent(agent))]),
            Kept.BUSY: lambda agent, time_s: iter([step("own_busy", agent=self.called.agent(agent))]),
        }

    def _own_away(self, agent: int, time_s: float) -> Steps:
        until, back_s = self.facts.until(agent, time_s)
        name = self.called.agent(agent)
        if until is Until.THAT_DAY:
            yield step("own_away_until", agent=name, back_at=moment(self.called, back_s))
        else:
            yield step("own_away_rest_of_day" if until is Until.REST_OF_DAY else "own_away_all_day", agent=name)
        yield from self._absence(agent, time_s)

    def _own_break(self, agent: int, time_s: float) -> Steps:
        until, back_s = self.facts.until(agent, time_s)
        name = self.called.agent(agent)
        yield step("own_break_until", agent=name, back_at=moment(self.called, back_s)) if until is Until.THAT_DAY else step("own_break", agent=name)

    def _absence(self, agent: int, time_s: float) -> Steps:
        """Say why an executive was away, where the scenario has a name for it."""
        name = self.where.absence(agent, time_s)
        if name:
            yield step("absence", absence=name)

    # ---- at the door and in the menu

    def _balked(self, row: int) -> Steps:
        yield step("room_full", n=self.facts.places(row)) if self.facts.is_room_full(row) else step("left_at_once", n=self.facts.in_line(row))

    def _menu(self, row: int) -> Steps:
        menu_s, is_phone = self.facts.time_s("queued_s", row) - self.facts.time_s("arrived_s", row), self.facts.is_phone(row)
        if self.facts.outcome(row) == Outcome.CONTAINED:
            return
        if menu_s >= AT_ONCE_S:
            yield step("menu_took" if is_phone else "reception_took", menu_s=length(menu_s))
        elif math.isnan(menu_s) and self.facts.outcome(row) == Outcome.DISCONNECTED:
            yield step("menu_cut_off" if is_phone else "reception_cut_off", at=self._at("ended_s", row))

    def _contained(self, row: int) -> Steps:
        is_met = self.facts.number("solved", row) == Solved.YES
        if self.facts.is_phone(row):
            yield step("menu_solved" if is_met else "menu_unsolved")
        else:
            yield step("reception_solved" if is_met else "reception_unsolved")

    # ---- why not the own executive

    def _detour(self, row: int) -> Steps:
        """Tell how the contact came to somebody else than its own executive."""
        if not self.facts.is_elsewhere_asked(row):
            return
        moved_s, owner = self.facts.left_own_line_s(row), self.facts.number("owner", row)
        if not math.isnan(moved_s):
            state = StaffState(self.where.state(owner, moved_s)) if self.where.state(owner, moved_s) in WENT_STEPS else StaffState.OFF
            yield step(WENT_STEPS.get(state, "own_went_off_duty"), agent=self.called.agent(owner), at=moment(self.called, moved_s))
            yield from self._absence(owner, moved_s) if state == StaffState.AWAY else ()
        time_s = self.facts.time_s("queued_s", row) if math.isnan(moved_s) else moved_s
        for rule in self.facts.rules_in_vain(row, time_s):
            if rule == OwnRule.BUDDY:
                yield from self._no_colleague(owner, time_s)
            elif rule == OwnRule.SUBSTITUTE:
                yield from self._no_substitute(row, time_s)

    def _no_colleague(self, owner: int, time_s: float) -> Steps:
        found = self.facts.colleagues(owner, time_s)
        if found.all_of == 1:
            yield step("colleague_away" if found.away else "colleague_full")
        elif found.away and found.full:
            yield step("colleagues_away_or_full", n=found.all_of, away_n=found.away, full_n=found.full)
        elif found.all_of:
            yield step("colleagues_away" if found.away else "colleagues_full", n=found.all_of)

    def _no_substitute(self, row: int, time_s: float) -> Steps:
        found = self.facts.substitutes(row, time_s)
        if found is not None:
            yield step("substitutes_full", team=found.team, n=found.waiting) if found.is_full else step("substitutes_gone", team=found.team)

    # ---- waiting and service

    def _service(self, row: int) -> Steps:
        if not self.facts.is_served(row):
            return
        yield self._waited(row)
        if self.facts.is_complaint(row):
            yield from self._heard(row)
        else:
            yield from self.covers[self.facts.cover(row)](row)

    def _waited(self, row: int) -> Step:
        wait_s = self.facts.wait_s(row)
        return step("no_wait") if wait_s < AT_ONCE_S else step("waited", wait_s=length(wait_s))

    @cached_property
    def covers(self) -> dict[Cover, TellsRow]:
        """How it is told who served."""

        def tells(key: str) -> TellsRow:
            return lambda row: iter([step(key, agent=self._agent("agent", row)), *self._work(row)])

        return {
            Cover.NOBODY: tells("served"),
            Cover.TEAM: tells("served"),
            Cover.OWN: tells("served_own"),
            Cover.BUDDY: tells("served_colleague"),
            Cover.SUBSTITUTE: tells("served_substitute"),
            Cover.DESK: self._desk,
        }

    def _desk(self, row: int) -> Steps:
        yield step("desk_message" if self.facts.followed(row) == OwnRule.MESSAGE else "desk_come_back", agent=self._agent("agent", row))
        yield from self._that_took(row)

    def _that_took(self, row: int) -> Steps:
        took_s = self.facts.time_s("ended_s", row) - self.facts.time_s("answered_s", row)
        if not math.isnan(took_s):
            yield step("that_took", talk_s=length(took_s))

    def _heard(self, row: int) -> Steps:
        """Say what came of a complaint, and why nothing could."""
        agent = self._agent("agent", row)
        yield step("complaint_heard", agent=agent)
        if math.isnan(self.facts.time_s("ended_s", row)):
            return
        yield from self._that_took(row)
        if self.facts.number("solved", row) == Solved.YES:
            yield step("complaint_settled")
        else:
            yield step("complaint_not_settled") if self.facts.has_authority(row) else step("complaint_no_authority", agent=agent)

    def _work(self, row: int) -> Steps:
        """Tell what the agent did: searched, talked, and with what result; nothing of work that the end of the run cut off."""
        search_s, file, talk_s = self.facts.time_s("search_s", row), self.facts.number("has_file", row), self.facts.talk_s(row)
        if search_s >= AT_ONCE_S:
            yield step(FILE_WORDS.get(file, "searched"), search_s=length(search_s))
        elif file >= 0:
            yield step("had_file" if file else "had_no_file")
        if math.isnan(talk_s):
            return
        if talk_s >= AT_ONCE_S:
            yield step("talked", talk_s=length(talk_s))
        solved = self.facts.number("solved", row)
        if solved != Solved.NOT_SERVED:
            yield step("settled" if solved == Solved.YES else "not_settled")

    # ---- how it ended

    def _open(self, row: int) -> Steps:
        yield step("run_ended_in_service" if self.facts.is_served(row) else "run_ended_in_line")

    def _leaving(self, row: int) -> Steps:
        at, is_phone = self._at("ended_s", row), self.facts.is_phone(row)
        if self.facts.is_complaint(row):
            yield step("hung_up_after_complaint" if is_phone else "left_after_complaint", at=at)
        else:
            stay_s = self.facts.time_s("ended_s", row) - self.facts.time_s("arrived_s", row)
            yield step("hung_up" if is_phone else "left", at=at, stay_s=length(stay_s))

    def _unserved(self, row: int, tells: Callable[[int], list[Step]]) -> Steps:
        """Tell how a contact ended that nobody served; who was served leaves as others do."""
        if self.facts.is_served(row):
            yield from self._leaving(row)
        elif self.facts.is_received(row):
            yield from tells(row)

    def _gave_up(self, row: int) -> list[Step]:
        gave_up = step("gave_up_on_phone" if self.facts.is_phone(row) else "gave_up", at=self._at("ended_s", row))
        return [self._waited_for(row), gave_up]

    def _sent_away(self, row: int) -> list[Step]:
        return [self._waited(row), step("sent_away", at=self._at("ended_s", row))]

    def _line_cleared(self, row: int) -> list[Step]:
        return [self._waited(row), step("line_cleared", at=self._at("ended_s", row))]

    def _waited_for(self, row: int) -> Step:
        """Tell for whom somebody waited who then gave up."""
        wait_s, cover = length(self.facts.wait_s(row)), self.facts.cover(row)
        if self.facts.wait_s(row) < AT_ONCE_S:
            return step("no_wait")
        if self.facts.is_complaint(row):
            return step("waited_to_complain", wait_s=wait_s)
        if cover == Cover.OWN:
            return step("waited_for_own", wait_s=wait_s, agent=self._agent("owner", row))
        if cover == Cover.DESK:
            return step("waited_to_leave_message" if self.facts.followed(row) == OwnRule.MESSAGE else "waited_to_be_told", wait_s=wait_s)
        return step({Cover.BUDDY: "waited_for_colleague", Cover.SUBSTITUTE: "waited_for_substitute"}.get(cover, "waited"), wait_s=wait_s)

    def _forgotten(self, row: int) -> Steps:
        """Tell that nobody acted on a message."""
        if self.facts.is_forgotten(row):
            yield step("message_forgotten")

    # ---- the firm calls

    def _call_back(self, row: int) -> Steps:
        agent = self._agent("owner", row)
        if not self.facts.is_served(row):
            yield step("call_back_open", agent=agent)
            return
        gap_s, at = self.facts.time_s("answered_s", row) - self.facts.time_s("arrived_s", row), self._at("answered_s", row)
        yield step("called_back", agent=agent, at=at, gap_s=length(gap_s)) if gap_s >= AT_ONCE_S else step("called_back_at_once", agent=agent, at=at)
        if gap_s > self.facts.promise_s(row):
            yield step("promised_within", promise_s=length(self.facts.promise_s(row)))
        yield from self._work(row)

    def _recovery(self, row: int) -> Steps:
        """Tell a call that was to make up for a failure."""
        if not self.facts.is_served(row):
            yield step("recovery_open", at=self._at("arrived_s", row)) if self.facts.is_received(row) else step("recovery_to_come")
            return
        yield step("recovery_call", agent=self._agent("agent", row), at=self._at("answered_s", row))
        yield from self._work(row)

    def _notice(self, row: int) -> Steps:
        """Tell a call ahead of an absence."""
        is_made = self.facts.is_served(row)
        yield step("notice_call", agent=self._agent("agent", row), at=self._at("answered_s", row)) if is_made else step("notice_open")
        day_s, absence = self.facts.planned_absence(row)
        yield step("own_will_be_away", agent=self._agent("owner", row), date=day(self.called, day_s))
        if absence:
            yield step("absence", absence=absence)
        if is_made:
            yield from self._that_took(row)
            yield step("agreed_other_day" if self.facts.number("next_step", row) == NextStep.COMES_OTHER_DAY else "kept_planned_day")

    # ---- what followed

    def _next_step(self, row: int) -> Steps:
        if self.facts.outcome(row) != Outcome.LOST_DEMAND:
            yield from self.next_steps[NextStep(self.facts.number("next_step", row))](row)

    @cached_property
    def next_steps(self) -> dict[NextStep, TellsRow]:
        """How it is told what followed."""

        def nothing(row: int) -> Steps:
            return iter(())

        def again(row: int) -> Steps:
            return self._followed_by(row, "called_again" if self.facts.is_phone(row) else "came_again", "run_ended_before_again")

        return {
            NextStep.NONE: nothing,
            NextStep.UNDECIDED: nothing,
            NextStep.GIVES_UP: lambda row: iter([step("never_called_again" if self.facts.is_phone(row) else "never_came_again")]),
            NextStep.REDIALS: again,
            NextStep.COMES_BACK: again,
            NextStep.TRIES_WHEN_OPEN: again,
            NextStep.CALL_BACK: self._called_back_next,
            NextStep.COMPLAINS: lambda row: self._followed_by(row, "complained", "run_ended_before_complaint"),
            NextStep.RECOVERS: lambda row: self._followed_by(row, "recovery_due", "run_ended_before_recovery"),
            NextStep.COMES_OTHER_DAY: lambda row: self._followed_by(row, "came_other_day", "other_day_after_run"),
        }

    def _called_back_next(self, row: int) -> Steps:
        if self.facts.number("next_row", row) >= 0:
            yield from self._call_back(self.facts.number("next_row", row))

    def _followed_by(self, row: int, key: str, otherwise: str) -> Steps:
        """Tell what followed, and when; ``otherwise`` where the run ended first."""
        at_s = self.facts.follows_s(self.facts.number("next_row", row))
        yield step(otherwise) if math.isnan(at_s) else step(key, at=moment(self.called, at_s))
