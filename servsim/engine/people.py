"""The customers of one replication: what they remember, and whether they are still here (R11, R41, R42).

Scores stand in plain lists by customer's number and change only here: when a contact of the customer's own arrives and
when one of his cases closes. The formulas are those of ``servsim.rules.loyalty``. Never draws, never schedules.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.engine.contact import Case, Contact
from servsim.engine.log import CUSTOMER_COLUMNS, ClosingLog
from servsim.plan.people import at_horizon, start_people
from servsim.plan.plan import Plan
from servsim.rules import loyalty
from servsim.rules.codes import BY_FIRM, ChannelKind, Cover, Entry
from servsim.rules.loyalty import Memory
from servsim.rules.portable import normal_quantile

CAME_AGAIN = (Entry.REDIAL, Entry.COMEBACK, Entry.RETRY_CLOSED)


class People:
    """State of all customers, none where nobody remembers; ``plan`` holds plain lists (``as_lists``)."""

    account: list[float]
    recovery: list[float]
    mood: list[float]
    seen_s: list[float]
    failed_s: list[float]
    hazard: list[float]
    threshold: list[float]
    expected: list[float]
    lost_s: list[float]

    def __init__(self, as_compiled: Plan, plan: Any, seed: int, replication: int) -> None:
        self.as_compiled = as_compiled
        self.plan = plan
        self.closings = ClosingLog()
        if plan.remembers:
            start = start_people(as_compiled, seed, replication)
            for name, _, _ in CUSTOMER_COLUMNS:
                setattr(self, name, start[name].tolist())
            self.memory: list[Memory] = [plan.memory[segment] for segment in start["segment"].tolist()]
            self.wants_human = [u < plan.friction.want_human for u in start["wants_human_u"].tolist()]

    # ---- whether they are still here (R11) --------------------------------------------------------------------------

    def is_lost(self, customer: int) -> bool:
        """Whether the customer left, as far as was known when last brought up to date."""
        return not math.isnan(self.lost_s[customer])

    def bring_up_to_date(self, customer: int, now_s: float) -> None:
        """Add the hazard of the stretch since the customer was last seen, then let recovery and mood fade."""
        if self.is_lost(customer):
            return
        memory, account, recovery, mood = self.memory[customer], self.account[customer], self.recovery[customer], self.mood[customer]
        stretch_s = now_s - self.seen_s[customer]
        self.add_hazard(customer, loyalty.stretch_hazard(memory, account, recovery, mood, stretch_s), stretch_s)
        self.recovery[customer], self.mood[customer] = loyalty.faded(memory, account, recovery, mood, stretch_s)
        self.seen_s[customer] = now_s

    def add_hazard(self, customer: int, hazard: float, stretch_s: float) -> None:
        """Add the hazard of a step that lasts so long; the customer is lost the moment the sum reaches the threshold."""
        before, threshold = self.hazard[customer], self.threshold[customer]
        self.expected[customer] += loyalty.chance_of(hazard)
        self.hazard[customer] = before + hazard
        if self.hazard[customer] >= threshold:
            self.lost_s[customer] = self.seen_s[customer] + stretch_s * ((threshold - before) / hazard)

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
        if self.wants_human[contact.customer] and self.plan.channel_kind[contact.channel] == ChannelKind.PHONE:
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
            case.friction += loyalty.wait_friction(self.memory[contact.customer], wait_s, felt, acceptable_s)
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
        memory = self.memory[contact.customer]
        return case.complains_u < (memory.complain_major if self.is_major(contact, case) else memory.complain_minor)

    def close(self, contact: Contact, case: Case, now_s: float, solved: int, claim: float) -> None:
        """A case closes, with its need met or not: the customer remembers it, once, and may leave on the spot."""
        customer = contact.customer
        self.bring_up_to_date(customer, now_s)
        if self.is_lost(customer):
            return
        memory = self.memory[customer]
        major = 1 if case.problem and self.is_major(contact, case) else 0
        before = self.satisfaction(customer)
        friction = loyalty.case_friction(memory, case.friction, now_s - case.first_s, case.problem)
        if case.problem:
            quality = self.remember_problem(customer, case, now_s, friction, solved, major, claim)
        else:
            quality = self.remember_ordinary(customer, case, friction, solved)
        after = self.satisfaction(customer)
        leaving = loyalty.leaves_at_close(memory, before, after)
        self.add_hazard(customer, loyalty.hazard_of(leaving), 0.0)
        self.closings.append(
            contact.root, contact.lineage, contact.row, contact.reason, contact.segment, customer, now_s, now_s - case.first_s,
            case.problem, major, int(case.hit), solved, case.complained, friction, quality, before, after, self.account[customer],
            self.recovery[customer], self.mood[customer], leaving, case.remedy, case.overpaid, int(self.is_lost(customer)),
        )  # fmt: skip

    def satisfaction(self, customer: int) -> float:
        """Return S, what the customer thinks of the firm now."""
        return loyalty.satisfaction(self.memory[customer], self.account[customer], self.recovery[customer], self.mood[customer])

    def remember_ordinary(self, customer: int, case: Case, friction: float, solved: int) -> float:
        """Post an ordinary case to the account; return its quality."""
        memory = self.memory[customer]
        base = loyalty.ordinary_base(memory, normal_quantile(case.noise_u), case.courtesy)
        quality = loyalty.quality_solved(memory, base, friction) if solved else loyalty.quality_unsolved(memory, base, friction, 0)
        self.account[customer] = loyalty.account_after(memory, self.account[customer], quality)
        return quality

    def remember_problem(self, customer: int, case: Case, now_s: float, friction: float, solved: int, major: int, claim: float) -> float:
        """Post a problem to the recovery account and the mood, to the mood only if nobody spoke; return its quality."""
        memory, mood = self.memory[customer], self.mood[customer]
        base = loyalty.problem_base(memory, case.remedy, claim, case.courtesy)
        quality = loyalty.quality_solved(memory, base, friction) if solved else loyalty.quality_unsolved(memory, base, friction, major)
        second = loyalty.is_second(memory, now_s - self.failed_s[customer])
        if second:
            quality = loyalty.clip(quality - memory.second_problem)
        if solved or case.complained:
            self.recovery[customer] = loyalty.recovery_after(memory, self.recovery[customer], quality)
        self.mood[customer] = loyalty.mood_after(memory, mood, quality, solved, case.complained, major, second, case.surprise_u)
        self.failed_s[customer] = now_s
        return quality

    # ---- the log ----------------------------------------------------------------------------------------------------

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return what every customer remembers at the horizon, and who left when."""
        return at_horizon(self.as_compiled, {name: np.array(getattr(self, name), np.float64) for name, _, _ in CUSTOMER_COLUMNS})
