"""Makes the contacts of cases: who they are, what their leg has drawn, and their row of the log (R5, R6, R14).

A contact that would come at or after the horizon is not made. Whether and when there is a further one is decided
elsewhere (``servsim.engine.aftermath``). Never schedules.
"""

from __future__ import annotations

import math
from typing import Any

from servsim.draws.name import REASON_SHIFT, lineage_of, strip_reason
from servsim.draws.purpose import (
    CHANNEL,
    COMPLAINS,
    CONTAINED,
    DESK_TIME,
    MENU,
    NOISE,
    PATIENCE,
    SEARCH,
    SEVERITY,
    SOLVED,
    SURPRISE,
    TALK,
    WRAP_UP,
    Group,
)
from servsim.engine.contact import Case, Contact
from servsim.engine.log import ContactLog
from servsim.plan.day import Day
from servsim.plan.luck import Luck
from servsim.plan.notice import Call
from servsim.rules.codes import Entry, LegKind

NEW_ROWS = 4096
"""Rows by which the log grows."""


class Casebook:
    """The contacts of one replication; ``plan`` holds plain lists (``as_lists``)."""

    def __init__(self, plan: Any, luck: Luck, log: ContactLog) -> None:
        self.plan = plan
        self.luck = luck
        self.log = log
        self.channels = len(plan.channel_kind)
        self.rows = 0

    # ---- first contacts -----------------------------------------------------------------------------------------------

    def first_contact(self, day: Day, number: int, arrives_s: float) -> Contact:
        """Return the first contact of a case, as its day has drawn it."""
        contact = Contact()
        contact.arrived_s = arrives_s
        (
            contact.root, contact.reason, contact.segment, contact.channel, contact.customer, contact.owner, contact.patience_s, contact.menu_s,
            contact.contained_u, contact.talk_s, contact.search_s, contact.wrap_up_s, contact.solved_u, contact.scale,
        ) = (
            day.root[number], day.reason[number], day.segment[number], day.channel[number], day.customer[number], day.owner[number],
            day.patience_s[number], day.menu_s[number], day.contained_u[number], day.talk_s[number], day.search_s[number],
            day.wrap_up_s[number], day.solved_u[number], day.scale[number],
        )  # fmt: skip
        if self.plan.remembers and contact.customer >= 0:
            mind = (day.noise_u[number], day.severity_u[number], day.complains_u[number], day.surprise_u[number])
            contact.case = Case(arrives_s, self.plan.problem[contact.reason], mind)
        contact.row = self.new_row(contact)
        return contact

    def later_need(self, parent: Contact, link: int, at_s: float) -> Contact | None:
        """Return the first contact of a case that grows out of another one (R5)."""
        if not at_s < self.plan.horizon_s:
            return None
        plan, luck = self.plan, self.luck
        contact = Contact()
        contact.entry = Entry.FOLLOW_UP
        contact.reason = plan.link_reason[link]
        contact.root = strip_reason(parent.root) | (contact.reason << REASON_SHIFT)
        contact.lineage = lineage_of(parent.root, parent.lineage, plan.link_hash[link], 0)
        contact.segment, contact.customer, contact.scale = parent.segment, parent.customer, 1.0
        contact.channel = self.channel_of(contact)
        contact.owner = plan.owner[contact.customer] if plan.asks_own[contact.reason] and contact.customer >= 0 else -1
        if plan.remembers and contact.customer >= 0:
            noise_u, severity_u, complains_u, surprise_u = (luck.of_case(contact, Group.CASE_MIND, w) for w in (NOISE, SEVERITY, COMPLAINS, SURPRISE))
            contact.case = Case(at_s, plan.problem[contact.reason], (noise_u, severity_u, complains_u, surprise_u))
        self.draw_leg(contact)
        return self.coming(contact, at_s)

    def channel_of(self, contact: Contact) -> int:
        """Return the channel that a case's own name draws."""
        u = self.luck.of_case(contact, Group.CASE, CHANNEL)
        upto = self.plan.channel_upto[contact.reason * self.channels : (contact.reason + 1) * self.channels]
        return next(channel for channel, share in enumerate(upto) if u < share)

    # ---- further contacts of a case -------------------------------------------------------------------------------------

    def next_try(self, contact: Contact, entry: Entry, at_s: float) -> Contact | None:
        """Return the same attempt once more."""
        if not at_s < self.plan.horizon_s:
            return None
        again = self.another(contact, entry, contact.leg_kind, contact.leg, contact.try_number + 1)
        again.patience_s, again.talk_s, again.search_s = contact.patience_s, contact.talk_s, contact.search_s
        again.wrap_up_s, again.solved_u, again.line = contact.wrap_up_s, contact.solved_u, contact.line
        return self.coming(again, at_s)

    def next_leg(self, contact: Contact, at_s: float) -> Contact | None:
        """Return a further attempt of the case."""
        if not at_s < self.plan.horizon_s:
            return None
        again = self.another(contact, Entry.COMEBACK, LegKind.NEED, contact.leg + 1, 0)
        self.draw_leg(again)
        return self.coming(again, at_s)

    def complaint(self, contact: Contact, at_s: float) -> Contact | None:
        """Return the complaint about a contact that the firm has failed (R43)."""
        if not at_s < self.plan.horizon_s:
            return None
        complaint = self.another(contact, Entry.COMPLAINT, LegKind.COMPLAINT, contact.leg, 0)
        self.draw_leg(complaint)
        self.assign(complaint, self.plan.complaint_queue, self.plan.complaint_law)
        return self.coming(complaint, at_s)

    def promised_call(self, contact: Contact, now_s: float) -> Contact:
        """Return the call to a customer who has left a message; it waits for the executive from now on (R30)."""
        call = self.another(contact, Entry.CALL_BACK, LegKind.CALL_BACK, contact.leg, 0)
        call.arrived_s = now_s
        self.draw_leg(call)
        call.patience_s = math.inf
        law = self.plan.call_back_law[self.plan.reason_cover[contact.reason]]
        if law >= 0:
            call.talk_s = self.luck.time_of_leg(law, call, Group.LEG, TALK)
        call.row = self.new_row(call)
        return call

    def recovery_call(self, contact: Contact, at_s: float) -> Contact | None:
        """Return the call that is to make up for a failure (R44)."""
        if not at_s < self.plan.horizon_s:
            return None
        call = self.another(contact, Entry.RECOVERY, LegKind.RECOVERY, contact.leg, 0)
        call.solved_u = self.luck.of_leg(call, Group.LEG, SOLVED)
        return self.work(call, self.plan.recovery_queue, self.plan.recovery_law, at_s)

    def call_ahead(self, due: Call) -> Contact:
        """Return the call to a customer whose executive will be absent (R33)."""
        call = Contact()
        call.root, call.reason, call.segment, call.channel, call.customer, call.owner = due.root, due.reason, due.segment, due.channel, due.customer, due.owner
        call.entry, call.leg_kind, call.scale = Entry.NOTICE, LegKind.NOTICE, 1.0
        return self.work(call, self.plan.notice_queue[due.notice], self.plan.notice_law[due.notice], due.due_s)

    def another(self, contact: Contact, entry: Entry, leg_kind: int, leg: int, try_number: int) -> Contact:
        """Return a further contact of the same case."""
        again = Contact()
        again.root, again.lineage = contact.root, contact.lineage
        again.reason, again.segment, again.channel = contact.reason, contact.segment, contact.channel
        again.customer, again.owner, again.scale = contact.customer, contact.owner, contact.scale
        again.entry, again.leg_kind, again.leg, again.try_number = entry, leg_kind, leg, try_number
        again.case = contact.case
        return again

    # ---- what a contact has drawn ---------------------------------------------------------------------------------------

    def draw_leg(self, contact: Contact) -> None:
        """Draw what all tries of a leg share."""
        plan, luck, place = self.plan, self.luck, self.place(contact)
        patience_law = plan.patience_law[contact.segment * len(plan.talk_law) + place]
        contact.patience_s = math.inf if patience_law < 0 else luck.time_of_leg(patience_law, contact, Group.LEG, PATIENCE)
        contact.talk_s = luck.time_of_leg(plan.talk_law[place], contact, Group.LEG, TALK)
        contact.wrap_up_s = luck.time_of_leg(plan.wrap_up_law[place], contact, Group.LEG, WRAP_UP)
        contact.search_s = luck.time_of_leg(plan.search_law[place], contact, Group.LEG_AFTER, SEARCH)
        contact.solved_u = luck.of_leg(contact, Group.LEG, SOLVED)

    def assign(self, contact: Contact, line: int, law: int) -> None:
        """Give a contact to a team's line, with the time that its work takes there, and nothing before or after."""
        contact.line = line
        contact.talk_s = self.luck.time_of_leg(law, contact, Group.LEG_DESK, DESK_TIME)
        contact.search_s = contact.wrap_up_s = 0.0

    def work(self, call: Contact, line: int, law: int, at_s: float) -> Contact:
        """Return a call by the firm that falls due: no patience, no menu."""
        self.assign(call, line, law)
        call.patience_s, call.arrived_s = math.inf, at_s
        call.row = self.new_row(call)
        return call

    def coming(self, contact: Contact, at_s: float) -> Contact:
        """Return a contact with the time of its coming, its menu, and its row."""
        contact.arrived_s = at_s
        contact.menu_s, contact.contained_u = -1.0, 1.0
        menu_law = self.plan.menu_law[contact.channel]
        if menu_law >= 0 and contact.line < 0:
            contact.menu_s = self.luck.time_of_try(menu_law, contact, Group.TRY, MENU)
            contact.contained_u = self.luck.of_try(contact, Group.TRY, CONTAINED)
        contact.row = self.new_row(contact)
        return contact

    # ---- rows -----------------------------------------------------------------------------------------------------------

    def new_row(self, contact: Contact) -> int:
        """Reserve the next row and write who the contact is."""
        row, log = self.rows, self.log
        if row == len(log):
            log.grow(NEW_ROWS)
        self.rows += 1
        log.root[row] = contact.root
        log.reason[row] = contact.reason
        log.segment[row] = contact.segment
        log.channel[row] = contact.channel
        log.customer[row] = contact.customer
        log.owner[row] = contact.owner
        log.patience_s[row] = contact.patience_s
        if contact.entry != Entry.FRESH:
            log.lineage[row] = contact.lineage
            log.entry[row] = contact.entry
            log.leg_kind[row] = contact.leg_kind
            log.leg[row] = contact.leg
            log.try_number[row] = contact.try_number
        return row

    def place(self, contact: Contact) -> int:
        """Return where a reason and a channel stand in the plan's columns."""
        return contact.reason * self.channels + contact.channel
