"""What follows a contact: try again, complain, come again, be called, give up; and what grows out of a case (R5, R27, R28, R43 to R45).

::

    not served -> tries again, or gives up
    not helped -> failed by the firm? -> complains -> not settled -> passed on -> is called -> not settled
    told       -> failed by the firm     | no                        | no                      |
                                         v                           v                         v
                                      is called all the same, or comes again, or gives up  <----

Decides and draws, and asks the casebook for the contact that follows. Never touches the floor, never schedules.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from servsim.draws.purpose import (
    AGAIN,
    AGAIN_DELAY,
    AGREES,
    CLAIM,
    FALSE_CONTAINMENT,
    FORGOTTEN,
    OPENING_SPREAD,
    PASSED_ON,
    REACHED,
    RETURN_DELAY,
    RETURNS,
    TRIES_WHEN_OPEN,
    Group,
)
from servsim.engine.casebook import Casebook
from servsim.engine.contact import Case, Contact
from servsim.engine.environment import RankedEnvironment
from servsim.engine.floor import Floor
from servsim.engine.people import People
from servsim.plan.luck import Luck
from servsim.plan.roster import Roster
from servsim.rules.clock import DAY_S
from servsim.rules.codes import Entry, Hit, LegKind, NextStep, Solved

Follows = tuple[NextStep, Contact | None]
"""The next step of a case and its contact; ``None`` where there is none within the run."""

NOTHING: Follows = (NextStep.NONE, None)
GIVES_UP: Follows = (NextStep.GIVES_UP, None)


def the_case(contact: Contact) -> Case:
    """Return the case of a complaint or recovery call: only of persons who remember there are any."""
    assert contact.case is not None
    return contact.case


class Aftermath:
    """What follows the contacts of one replication; ``plan`` holds plain lists (``as_lists``)."""

    def __init__(self, plan: Any, luck: Luck, roster: Roster, env: RankedEnvironment, floor: Floor, book: Casebook, people: People) -> None:
        self.plan, self.luck, self.roster = plan, luck, roster
        self.env, self.floor, self.book, self.people = env, floor, book, people
        self.log = book.log

    # ---- not served: the same attempt again (R6, R7, R28) ---------------------------------------------------------------

    def tries_after_abandonment(self, contact: Contact) -> Follows:
        """Redial, or give up."""
        return self.tries_again(contact, self.plan.again_after_abandonment, self.plan.again_law)

    def tries_after_busy(self, contact: Contact) -> Follows:
        """Redial after a busy line or a full room, or give up."""
        return self.tries_again(contact, self.plan.again_after_busy, self.plan.again_busy_law)

    def tries_again(self, contact: Contact, shares: list[float], laws: list[int]) -> Follows:
        """The same person tries again, with the same patience and the same need."""
        if self.is_last_try(contact, self.plan.again_tries[contact.channel]):
            return self.is_not_heard(contact)
        share = shares[contact.channel]
        if share <= 0.0 or self.luck.of_try(contact, Group.TRY, AGAIN) >= share:
            return self.is_not_heard(contact)
        delay_s = self.luck.time_of_try(laws[contact.channel], contact, Group.TRY, AGAIN_DELAY)
        return NextStep.REDIALS, self.book.next_try(contact, Entry.REDIAL, self.env.now + delay_s)

    def is_last_try(self, contact: Contact, limit: int) -> bool:
        """Whether the leg has had all its tries; -1: there is no limit."""
        return 0 <= limit <= contact.try_number + 1

    def tries_when_open(self, contact: Contact) -> Follows:
        """Try again after the next opening, or give up."""
        plan, channel = self.plan, contact.channel
        if self.is_last_try(contact, plan.reopen_tries[channel]):
            return self.is_not_heard(contact)
        if self.luck.of_try(contact, Group.TRY_DOOR, TRIES_WHEN_OPEN) >= plan.reopen_share[channel]:
            return self.is_not_heard(contact)
        spread_s = self.luck.time_of_try(plan.reopen_law[channel], contact, Group.TRY_DOOR, OPENING_SPREAD)
        at_s = self.floor.next_opening_s(channel, self.env.now) + spread_s
        return NextStep.TRIES_WHEN_OPEN, self.book.next_try(contact, Entry.RETRY_CLOSED, at_s)

    def is_not_heard(self, contact: Contact) -> Follows:
        """Try no more: give the case up, but after a complaint that nobody heard the case goes on (R43)."""
        if contact.leg_kind == LegKind.COMPLAINT:
            return self.goes_on(contact, the_case(contact))
        return GIVES_UP

    def was_contained(self, contact: Contact) -> Follows:
        """The menu met the need, or seemed to: then the same person contacts the firm again."""
        share = self.plan.false_containment[self.book.place(contact)]
        if share <= 0.0 or self.luck.of_try(contact, Group.TRY_DOOR, FALSE_CONTAINMENT) >= share:
            self.log.solved[contact.row] = Solved.YES
            return NOTHING
        self.log.solved[contact.row] = Solved.NO
        if self.is_last_try(contact, self.plan.again_tries[contact.channel]):
            return GIVES_UP
        delay_s = self.luck.time_of_try(self.plan.again_law[contact.channel], contact, Group.TRY, AGAIN_DELAY)
        return NextStep.REDIALS, self.book.next_try(contact, Entry.REDIAL, self.env.now + delay_s)

    # ---- served, but not helped; or sent home: a further attempt (R27) --------------------------------------------------

    def is_not_helped(self, contact: Contact) -> Follows:
        """Served, but not helped: a failure if the file was missing, or the need is itself a problem."""
        if contact.has_file == 0:
            return self.fails(contact, Hit.NO_FILE) or self.comes_unsolved(contact)
        if self.plan.problem[contact.reason]:
            return self.fails(contact, Hit.UNSOLVED) or self.comes_unsolved(contact)
        return self.comes_unsolved(contact)

    def is_sent_home(self, contact: Contact) -> Follows:
        """Told to come back: a failure in any case."""
        return self.fails(contact, Hit.TOLD) or self.comes_when_told(contact)

    def leaves_message(self, contact: Contact) -> Follows:
        """A message is taken: a call is promised (R30); if nobody acts on it, the firm has failed (R45)."""
        if contact.case is not None:
            forgotten = self.plan.forgotten[self.plan.reason_cover[contact.reason]]
            if forgotten > 0.0 and self.luck.of_case(contact, Group.CASE_AFTER, FORGOTTEN) < forgotten:
                self.people.promise_is_broken(contact.case)
                return self.is_sent_home(contact)
        return NextStep.CALL_BACK, self.book.promised_call(contact, self.env.now)

    def comes_unsolved(self, contact: Contact) -> Follows:
        """Come again after the reason's own delay, without the file when the executive is back; or give up."""
        plan, limit = self.plan, self.plan.return_contacts[contact.reason]
        if 0 <= limit <= self.attempts(contact):
            return GIVES_UP
        share = plan.returns[contact.reason]
        if share <= 0.0 or self.luck.of_leg(contact, Group.LEG_AFTER, RETURNS) >= share:
            return GIVES_UP
        if self.lacked_file(contact):
            return NextStep.COMES_BACK, self.book.next_leg(contact, self.when_executive_is_back_s(contact))
        delay_s = self.delay_s(plan.return_law[contact.reason], contact)
        if plan.return_counts[contact.reason]:
            return NextStep.COMES_BACK, self.book.next_leg(contact, self.in_open_days_s(contact, delay_s))
        return NextStep.COMES_BACK, self.book.next_leg(contact, self.env.now + delay_s)

    def attempts(self, contact: Contact) -> int:
        """Return how many attempts of the case there were, this one included; a complaint or recovery call is none."""
        if contact.line >= 0:
            return the_case(contact).legs
        return contact.leg + (2 if contact.leg_kind == LegKind.CALL_BACK else 1)

    def lacked_file(self, contact: Contact) -> bool:
        """Whether the customer was served without the file; after a complaint or recovery call, in the failed contact."""
        if contact.line >= 0:
            return the_case(contact).hit == Hit.NO_FILE
        return contact.has_file == 0

    def comes_when_told(self, contact: Contact) -> Follows:
        """Come back on the executive's next planned day, or not at all."""
        share = self.plan.come_back_share[self.plan.reason_cover[contact.reason]]
        if self.luck.of_leg(contact, Group.LEG_AFTER, RETURNS) >= share:
            return GIVES_UP
        return NextStep.COMES_BACK, self.book.next_leg(contact, self.when_executive_is_back_s(contact))

    def delay_s(self, law: int, contact: Contact) -> float:
        """Return after what time that which follows a contact happens."""
        return self.luck.time_of_leg(law, contact, Group.LEG_AFTER, RETURN_DELAY)

    def when_executive_is_back_s(self, contact: Contact) -> float:
        """Return the same time of day on the first open day on which the executive is planned present, plus a delay."""
        delay_s = self.delay_s(self.plan.come_back_law[self.plan.reason_cover[contact.reason]], contact)
        for day in range(int(self.env.now // DAY_S) + 1, self.plan.days):
            if self.roster.is_planned_on(contact.owner, day) and self.floor.opens_on(contact.channel, day):
                return self.same_time_on_s(contact, day) + delay_s
        return math.inf

    def in_open_days_s(self, contact: Contact, delay_s: float) -> float:
        """Return the same time of day so many open days later: the delay rounded to days, at least one."""
        days_left = max(1, int(delay_s / DAY_S + 0.5))
        for day in range(int(self.env.now // DAY_S) + 1, self.plan.days):
            days_left -= self.floor.opens_on(contact.channel, day)
            if days_left == 0:
                return self.same_time_on_s(contact, day)
        return math.inf

    def same_time_on_s(self, contact: Contact, day: int) -> float:
        """Return the time of day of a contact's arrival, on another day; after a recovery call that of the case's first contact."""
        arrived_s = the_case(contact).first_s if contact.leg_kind == LegKind.RECOVERY else self.log.arrived_s[contact.row]
        return float(day * DAY_S + (arrived_s - arrived_s // DAY_S * DAY_S))

    # ---- failed by the firm: complaints and recovery calls (R43, R44) ---------------------------------------------------

    def fails(self, contact: Contact, hit: Hit) -> Follows | None:
        """Note that the firm failed a contact; return the complaint or the recovery call, or ``None``: the case goes on."""
        case = contact.case
        if case is None:
            return None
        case.problem, case.hit, case.legs = 1, hit, self.attempts(contact)
        if case.complained:
            return None
        if self.people.complains(contact, case):
            case.complained = 1
            return self.complains(contact)
        return self.is_called(contact, case, REACHED, self.plan.recovery_reaches)

    def complains(self, contact: Contact) -> Follows | None:
        """Complain to the team that takes complaints; ``None`` where there is none."""
        if self.plan.complaint_queue < 0:
            return None
        at_s = self.env.now + self.delay_s(self.plan.complaint_delay_law, contact)
        return NextStep.COMPLAINS, self.book.complaint(contact, at_s)

    def is_called(self, contact: Contact, case: Case, word: int, share: float) -> Follows | None:
        """Be called by those who make up for failures, once a case, with some chance; ``None``: nobody calls."""
        if self.plan.recovery_queue < 0 or case.called or share <= 0.0 or self.luck.of_case(contact, Group.CASE_AFTER, word) >= share:
            return None
        case.called = 1
        at_s = self.env.now + self.delay_s(self.plan.recovery_delay_law, contact)
        return NextStep.RECOVERS, self.book.recovery_call(contact, at_s)

    def settles(self, contact: Contact) -> bool:
        """Whether a complaint or recovery call that was answered settles the problem; pay what is paid."""
        plan, chance, case = self.plan, self.plan.complaint_solved, the_case(contact)
        if contact.leg_kind == LegKind.RECOVERY:
            chance = plan.recovery_solved
            case.remedy += plan.goodwill
            case.friction = max(0.0, case.friction - plan.eases)
        claim, authority = self.claim(contact), plan.authority[plan.agent_team[contact.agent]]
        if not (authority >= claim and contact.solved_u < chance):
            return False
        case.remedy += plan.compensation * claim
        case.overpaid += plan.overuse * authority
        return True

    def claim(self, contact: Contact) -> float:
        """Return what the problem is worth: one draw for the case."""
        return self.luck.draw_of_case(self.plan.claim_law[contact.reason], contact, Group.CASE_AFTER, CLAIM)

    def is_not_settled(self, contact: Contact) -> Follows:
        """A complaint that is not settled may be passed on; else the case goes on."""
        case = the_case(contact)
        passed_on = self.is_called(contact, case, PASSED_ON, self.plan.passed_on) if contact.leg_kind == LegKind.COMPLAINT else None
        return passed_on or self.goes_on(contact, case)

    def goes_on(self, contact: Contact, case: Case) -> Follows:
        """The case goes on as it would have after the contact that failed, with the luck of this leg."""
        return self.comes_when_told(contact) if case.hit == Hit.TOLD else self.comes_unsolved(contact)

    # ---- calls ahead, lost customers, later needs (R33, R34, R5) --------------------------------------------------------

    def is_told_ahead(self, call: Contact, notice: int) -> Follows:
        """Reached ahead of an absence, in time: come another day, or as planned."""
        agrees = self.luck.of_case(call, Group.CASE_NOTICE, AGREES) < self.plan.notice_agrees[notice]
        return (NextStep.COMES_OTHER_DAY if agrees else NextStep.NONE), None

    def later_needs(self, contact: Contact) -> Iterator[Contact]:
        """Yield the first contacts of the needs that grow out of a case whose need was met."""
        plan, first = self.plan, self.plan.link_offset[contact.reason]
        for link in range(first, plan.link_offset[contact.reason + 1]):
            number = link - first
            if self.luck.of_link(contact, number) < plan.link_share[link]:
                later = self.book.later_need(contact, link, self.env.now + self.luck.time_of_link(plan.link_law[link], contact, number))
                if later is not None:
                    yield later
