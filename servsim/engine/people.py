"""The customers of one replication: what they remember, and whether they are still here (R11, R41, R42).

Scores stand in plain lists by customer's number and change only here: when a contact of the customer's own arrives and
when one of his cases closes. The formulas are those of ``servsim.rules.loyalty``. Never draws, never schedules.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from servsim.engine.contact import Case, Contact
from servsim.engine.log import CUSTOMER_COLUMNS, ClosingLog
from servsim.plan.people import at_horizon, places_in_pool, start_people
from servsim.plan.plan import Plan
from servsim.rules import loyalty
from servsim.rules.codes import BY_FIRM, ChannelKind, Cover, Entry
from servsim.rules.loyalty import Memory
from servsim.rules.portable import normal_quantile

CAME_AGAIN = (Entry.REDIAL, Entry.COMEBACK, Entry.RETRY_CLOSED)


class Person:
    """What one customer remembers now, and whether he is still here: ``CUSTOMER_COLUMNS`` of one row."""

    __slots__ = (*(name for name, _, _ in CUSTOMER_COLUMNS), "memory", "wants_human")

    account: float
    recovery: float
    mood: float
    seen_s: float
    failed_s: float
    hazard: float
    threshold: float
    expected: float
    lost_s: float
    memory: Memory
    wants_human: bool


class People:
    """State of all customers, none where nobody remembers; ``plan`` holds plain lists (``as_lists``).

    Only those who have something to do with the firm become a person: of 18 000 customers a day meets a few hundred.
    """

    def __init__(self, as_compiled: Plan, plan: Any, seed: int, replication: int) -> None:
        self.as_compiled = as_compiled
        self.plan, self.seed, self.replication = plan, seed, replication
        self.closings = ClosingLog()
        self.start = start_people(as_compiled, seed, replication)
        """Columns of all customers as the run began."""
        self.met: dict[int, Person] = {}
        """Those who have been asked for, by number."""

    def person(self, customer: int) -> Person:
        """Return a customer by number."""
        met = self.met.get(customer)
        if met is None:
            met = self.met[customer] = self._as_the_run_began(customer)
        return met

    def _as_the_run_began(self, customer: int) -> Person:
        person = Person()
        for name, _, _ in CUSTOMER_COLUMNS:
            setattr(person, name, float(self.start[name][customer]))
        person.memory = self.plan.memory[int(self.start["segment"][customer])]
        person.wants_human = bool(self.start["wants_human_u"][customer] < self.plan.friction.want_human)
        return person

    # ---- whether they are still here (R11) --------------------------------------------------------------------------

    def is_lost(self, customer: int) -> bool:
        """Whether the customer left, as far as was known when last brought up to date."""
        return not math.isnan(self.person(customer).lost_s)

    def bring_up_to_date(self, customer: int, now_s: float) -> None:
        """Add the hazard of the stretch since the customer was last seen, then let recovery and mood fade."""
        if self.is_lost(customer):
            return
        person = self.person(customer)
        stretch_s = now_s - person.seen_s
        self.add_hazard(person, loyalty.stretch_hazard(person.memory, person.account, person.recovery, person.mood, stretch_s), stretch_s)
        person.recovery, person.mood = loyalty.faded(person.memory, person.account, person.recovery, person.mood, stretch_s)
        person.seen_s = now_s

    def add_hazard(self, person: Person, hazard: float, stretch_s: float) -> None:
        """Add the hazard of a step that lasts so long; the customer is lost the moment the sum reaches the threshold."""
        before = person.hazard
        person.expected += loyalty.chance_of(hazard)
        person.hazard = before + hazard
        if person.hazard >= person.threshold:
            person.lost_s = person.seen_s + stretch_s * ((person.threshold - before) / hazard)

    # ---- friction (R41) -----------------------------------------------------------------------------------------------

    def comes(self, contact: Contact, case: Case, now_s: float) -> bool:
        """A contact of the customer's own is due: return whether he is still here; to come again costs points."""
        self.bring_up_to_date(contact.customer, now_s)
        if self.is_lost(contact.customer):
            return False
        if contact.entry in CAME_AGAIN:
            points, phone = self.plan.friction, self.plan.channel_kind[contact.channel] == ChannelKind.PHONE
            case.friction += points.extra_call if phone else points.extra_visit
        return True

    def enters_menu(self, contact: Contact, case: Case) -> None:
        """A telephone's menu costs points, to those who want a person."""
        if self.person(contact.customer).wants_human and self.plan.channel_kind[contact.channel] == ChannelKind.PHONE:
            case.friction += self.plan.friction.machine

    def ends(self, contact: Contact, case: Case, wait_s: float) -> None:
        """A contact has ended after a wait in line (NaN: it never got there): count what it cost the customer."""
        if contact.entry in BY_FIRM:
            if contact.entry == Entry.CALL_BACK and wait_s > self.plan.promise_s[self.plan.reason_cover[contact.reason]]:
                self.promise_is_broken(case)
            return
        plan, points = self.plan, self.plan.friction
        if wait_s > 0.0:
            felt, acceptable_s = plan.felt_wait[contact.channel], plan.acceptable_wait_s[contact.channel]
            case.friction += loyalty.wait_friction(self.person(contact.customer).memory, wait_s, felt, acceptable_s)
        if contact.found_away:
            case.friction += points.no_notice
        if contact.agent < 0:
            return
        case.courtesy = plan.courtesy[plan.agent_team[contact.agent]]
        if contact.cover in (Cover.BUDDY, Cover.SUBSTITUTE):
            case.friction += points.transfer
            if contact.has_file == 0:
                case.friction += points.re_explained

    def promise_is_broken(self, case: Case) -> None:
        """A promised call came late, or never: the firm has failed the case."""
        case.friction += self.plan.friction.broken_promise
        case.problem = 1

    # ---- a problem, and its case closes (R42, R43) ----------------------------------------------------------------------

    def is_major(self, contact: Contact, case: Case) -> bool:
        """Whether a problem is serious to the customer."""
        return bool(case.severity_u < self.plan.major[contact.reason])

    def complains(self, contact: Contact, case: Case) -> bool:
        """Whether the customer says that the firm has failed the case."""
        memory = self.person(contact.customer).memory
        return case.complains_u < (memory.complain_major if self.is_major(contact, case) else memory.complain_minor)

    def close(self, contact: Contact, case: Case, now_s: float, solved: int, claim: float) -> None:
        """A case closes, with its need met or not: the customer remembers it, once, and may leave on the spot."""
        customer = contact.customer
        self.bring_up_to_date(customer, now_s)
        if self.is_lost(customer):
            return
        person = self.person(customer)
        major = 1 if case.problem and self.is_major(contact, case) else 0
        before = satisfaction(person)
        friction = loyalty.case_friction(person.memory, case.friction, now_s - case.first_s, case.problem)
        if case.problem:
            quality = self.remember_problem(person, case, now_s, friction, solved, major, claim)
        else:
            quality = self.remember_ordinary(person, case, friction, solved)
        after = satisfaction(person)
        leaving = loyalty.leaves_at_close(person.memory, before, after)
        self.add_hazard(person, loyalty.hazard_of(leaving), 0.0)
        self.closings.append(
            contact.root, contact.lineage, contact.row, contact.reason, contact.segment, customer, now_s, now_s - case.first_s,
            case.problem, major, int(case.hit), solved, case.complained, friction, quality, before, after, person.account,
            person.recovery, person.mood, leaving, case.remedy, case.overpaid, int(self.is_lost(customer)),
        )  # fmt: skip

    def remember_ordinary(self, person: Person, case: Case, friction: float, solved: int) -> float:
        """Post an ordinary case to the account; return its quality."""
        memory = person.memory
        base = loyalty.ordinary_base(memory, normal_quantile(case.noise_u), case.courtesy)
        quality = loyalty.quality_solved(memory, base, friction) if solved else loyalty.quality_unsolved(memory, base, friction, 0)
        person.account = loyalty.account_after(memory, person.account, quality)
        return quality

    def remember_problem(self, person: Person, case: Case, now_s: float, friction: float, solved: int, major: int, claim: float) -> float:
        """Post a problem to the recovery account and the mood, to the mood only if nobody spoke; return its quality."""
        memory = person.memory
        base = loyalty.problem_base(memory, case.remedy, claim, case.courtesy)
        quality = loyalty.quality_solved(memory, base, friction) if solved else loyalty.quality_unsolved(memory, base, friction, major)
        second = loyalty.is_second(memory, now_s - person.failed_s)
        if second:
            quality = loyalty.clip(quality - memory.second_problem)
        if solved or case.complained:
            person.recovery = loyalty.recovery_after(memory, person.recovery, quality)
        person.mood = loyalty.mood_after(memory, person.mood, quality, solved, case.complained, major, second, case.surprise_u)
        person.failed_s = now_s
        return quality

    # ---- the log ----------------------------------------------------------------------------------------------------

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return what every customer remembers at the horizon, and who left when."""
        if not self.start:
            return {}
        rows, left = list(self.met), {name: self.start[name].copy() for name, _, _ in CUSTOMER_COLUMNS}
        for name, column in left.items():
            column[rows] = [getattr(person, name) for person in self.met.values()]
        return at_horizon(self.as_compiled, left, places_in_pool(self.as_compiled, self.seed, self.replication))


def satisfaction(person: Person) -> float:
    """Return S, what a customer thinks of the firm now."""
    return loyalty.satisfaction(person.memory, person.account, person.recovery, person.mood)
