"""The readable engine: one SimPy process per contact, read from top to bottom.

::

    arrives -> open? -> a line or a place free? -> menu -> received -> waits -> served -> wrapped up
                 | no        | no: busy, balks        | contained         | gives up
                 v           v                        v                   v
            tries when    tries again             (perhaps in vain)    tries again, or not at all
            it is open

A process sleeps, logs and schedules; who serves whom is decided by the floor, at once (R15). The plain event loop
(``servsim.engine.loop``) has the same steps under the same names and leaves the same record, ties included.
Never measures anything.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import numpy as np

from servsim.draws.purpose import (
    AGAIN,
    AGAIN_DELAY,
    BALK,
    CONTAINED,
    DESK_TIME,
    FALSE_CONTAINMENT,
    HAS_FILE,
    MENU,
    OPENING_SPREAD,
    PATIENCE,
    RETURN_DELAY,
    RETURNS,
    SEARCH,
    SOLVED,
    TALK,
    TRIES_WHEN_OPEN,
    WRAP_UP,
    Group,
)
from servsim.engine.contact import Contact
from servsim.engine.environment import RankedEnvironment
from servsim.engine.floor import Floor
from servsim.engine.log import ContactLog, RunLog
from servsim.plan.day import Day, Days
from servsim.plan.luck import Luck
from servsim.plan.plan import Plan, as_lists
from servsim.plan.roster import make_roster
from servsim.rules.clock import DAY_S
from servsim.rules.codes import ChannelKind, ClosingRule, Cover, Entry, LegKind, NextStep, Outcome, OwnRule, Solved
from servsim.rules.cover import handling_s, solved_share
from servsim.rules.order import EventKind
from servsim.rules.signal import DISCONNECTED, LOST_PATIENCE, MESSAGE_TAKEN, SENT_HOME, TURNED_AWAY, WAITS

Life = Generator[Any, Any, None]

NEW_ROWS = 4096
"""Rows by which the log grows."""

SERVICE_END, WRAP_UP_END, MENU_END = int(EventKind.SERVICE_END), int(EventKind.WRAP_UP_END), int(EventKind.MENU_END)
PATIENCE_LOST, ARRIVAL, RETURN = int(EventKind.PATIENCE_LOST), int(EventKind.PLANNED_ARRIVAL), int(EventKind.RETURNING_ARRIVAL)


def simulate(plan: Plan, seed: int, replication: int) -> RunLog:
    """Run one replication of a plan and return its log.

    Parameters
    ----------
    plan : what to run.
    seed, replication : name the draws; the same pair gives the same log on every machine.

    Raises
    ------
    InvariantError : the engine broke one of its own rules.
    """
    return SimpyEngine(plan, seed, replication).run()


class SimpyEngine:
    """One replication of a plan."""

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        self.seed, self.replication = seed, replication
        self.plan = as_lists(plan)
        self.days = Days(plan, seed, replication)
        self.luck = Luck(self.plan, seed, replication)
        self.roster = make_roster(self.plan, seed, replication)
        self.env = RankedEnvironment()
        self.floor = Floor(self.plan, self.env, self.roster)
        self.log = ContactLog()
        self.rows = 0

    def run(self) -> RunLog:
        """Run to the horizon and return the log."""
        self.env.process(self.arrivals())
        self.env.process(self.staff())
        self.env.process(self.closing_times())
        self.env.run_to(self.plan.horizon_s)
        return self.record()

    # ---- what comes from outside ----------------------------------------------------------------------------------

    def arrivals(self) -> Life:
        """Start a process for each case of each day, at the moment of its first contact."""
        for day_number in range(self.plan.days):
            day = Day(*(column.tolist() for column in self.days.draw(day_number)))
            for number, arrived_s in enumerate(day.arrived_s):
                yield self.env.at(arrived_s, ARRIVAL, number)
                self.env.process(self.contact(self.first_contact(day, number)))

    def staff(self) -> Life:
        """Let the roster change who is on duty."""
        for change in self.roster.changes:
            if change.time_s > 0.0:
                yield self.env.at(change.time_s, change.kind, change.agent)
            self.floor.staff_changes(change.agent, change.state, change.length_s)

    def closing_times(self) -> Life:
        """Close the channels."""
        plan = self.plan
        closings = sorted(
            (plan.window_to_s[place], channel)
            for channel in range(len(plan.channel_kind))
            for place in range(plan.window_offset[channel], plan.window_offset[channel + 1])
            if plan.window_to_s[place] < plan.horizon_s
        )
        for time_s, channel in closings:
            yield self.env.at(time_s, EventKind.HOURS_MARK, channel)
            self.floor.close(channel)

    # ---- a contact's life -----------------------------------------------------------------------------------------

    def contact(self, contact: Contact) -> Life:
        """Live one contact, from the first ring or the door to the end of the agent's wrap-up."""
        env, floor, log, row = self.env, self.floor, self.log, contact.row
        if contact.entry != Entry.FRESH:
            yield env.at(contact.arrived_s, RETURN, row)
        self.log_arrival(contact)
        if not floor.is_open(contact.channel, env.now):
            self.finish(contact, Outcome.CLOSED, self.tries_when_open)
            return
        if not floor.has_room(contact.channel):
            self.finish(contact, self.no_room(contact), self.tries_after_busy)
            return
        if self.balks(contact):
            self.finish(contact, Outcome.BALKED, self.tries_after_busy)
            return

        floor.enter(contact)
        if contact.menu_s >= 0.0:
            yield env.at(env.now + contact.menu_s, MENU_END, row)
            if self.is_contained(contact):
                floor.leave(contact)
                self.finish(contact, Outcome.CONTAINED, self.was_contained)
                return
            if self.is_cleared(contact):
                floor.leave(contact)
                self.finish(contact, Outcome.DISCONNECTED, self.tries_after_abandonment)
                return

        log.queued_s[row] = env.now
        who = floor.receive(contact)
        if who == WAITS:
            log.queue[row] = contact.queue
            contact.turn = self.until_patience_ends(contact)
            who = yield contact.turn
        if who < 0:
            self.goes_unserved(contact, who)
            return

        log.answered_s[row] = env.now
        yield env.at(env.now + self.handling_s(contact), SERVICE_END, row)
        floor.leave(contact)
        self.is_served(contact)
        if contact.wrap_up_s > 0.0:
            yield env.at(env.now + contact.wrap_up_s, WRAP_UP_END, row)
        log.released_s[row] = env.now
        floor.release(contact.agent)

    def call_back(self, contact: Contact, who: int) -> Life:
        """Live one promised call: work that waits for the executive without patience (R30)."""
        env, log, row = self.env, self.log, contact.row
        if who == WAITS:
            who = yield contact.turn
        log.answered_s[row] = env.now
        yield env.at(env.now + self.handling_s(contact), SERVICE_END, row)
        self.is_served(contact)
        if contact.wrap_up_s > 0.0:
            yield env.at(env.now + contact.wrap_up_s, WRAP_UP_END, row)
        log.released_s[row] = env.now
        self.floor.release(contact.agent)

    # ---- at the door ----------------------------------------------------------------------------------------------

    def no_room(self, contact: Contact) -> Outcome:
        """Return what a full channel is called: a busy line, or a full room."""
        return Outcome.BLOCKED if self.plan.channel_kind[contact.channel] == ChannelKind.PHONE else Outcome.BALKED

    def balks(self, contact: Contact) -> bool:
        """Whether the contact leaves at the sight of the line."""
        share = self.floor.balk_share(contact.channel)
        return share > 0.0 and self.luck.of_try(contact, Group.TRY_DOOR, BALK) < share

    def is_contained(self, contact: Contact) -> bool:
        """Whether the menu ends the contact."""
        return bool(contact.contained_u < self.plan.contained[self.place(contact)])

    def is_cleared(self, contact: Contact) -> bool:
        """Whether the channel has closed meanwhile and lets nobody into the line."""
        closing = self.plan.channel_closing[contact.channel]
        return closing == ClosingRule.CLEAR and not self.floor.is_open(contact.channel, self.env.now)

    def until_patience_ends(self, contact: Contact) -> Any:
        """Return the event a waiting contact sleeps on: its turn, or the end of its patience."""
        if math.isinf(contact.patience_s):
            return self.env.event()
        turn = self.env.at(contact.joined_s + contact.patience_s, PATIENCE_LOST, contact.row)
        turn._value = LOST_PATIENCE
        return turn

    # ---- service --------------------------------------------------------------------------------------------------

    def handling_s(self, contact: Contact) -> float:
        """Return the time from answer to hang-up, and settle search, wrap-up and who served in the log."""
        plan, log, row = self.plan, self.log, contact.row
        speed = plan.speed[contact.agent * self.floor.reasons + contact.reason]
        search_s, talk_s = self.search_and_talk_s(contact)
        contact.wrap_up_s = 0.0 if contact.desk >= 0 else contact.wrap_up_s * contact.scale / speed
        log.search_s[row] = search_s / speed
        log.agent[row] = contact.agent
        log.has_file[row] = contact.has_file
        return handling_s(search_s, talk_s, speed)

    def search_and_talk_s(self, contact: Contact) -> tuple[float, float]:
        """Return search and talk at speed 1, by who serves."""
        plan, luck = self.plan, self.luck
        if contact.desk >= 0:
            law = plan.desk_law[2 * plan.reason_cover[contact.reason] + (1 if contact.desk == OwnRule.MESSAGE else 0)]
            return 0.0, luck.time_of_leg(law, contact, Group.LEG_DESK, DESK_TIME)
        if contact.cover not in (Cover.BUDDY, Cover.SUBSTITUTE):
            return contact.search_s * contact.scale, contact.talk_s * contact.scale
        cover, stranger = plan.reason_cover[contact.reason], 1 if contact.cover == Cover.SUBSTITUTE else 0
        contact.has_file = 1 if luck.of_leg(contact, Group.LEG_AFTER, HAS_FILE) < plan.has_file[2 * cover + stranger] else 0
        search_law = plan.cover_search_law[4 * cover + 2 * stranger + (1 - contact.has_file)]
        talk_law = plan.cover_talk_law[2 * cover + stranger]
        talk_s = contact.talk_s if talk_law < 0 else luck.time_of_leg(talk_law, contact, Group.LEG, TALK)
        return luck.time_of_leg(search_law, contact, Group.LEG_AFTER, SEARCH) * contact.scale, talk_s * contact.scale

    def is_served(self, contact: Contact) -> None:
        """The talk is over: log how it went, and let the case go on."""
        if contact.desk == OwnRule.MESSAGE:
            self.finish(contact, Outcome.MESSAGE_LEFT, self.promises_call)
        elif contact.desk == OwnRule.COME_BACK:
            self.finish(contact, Outcome.TOLD_TO_COME_BACK, self.comes_when_told)
        elif contact.solved_u < self.solved_share(contact):
            self.log.solved[contact.row] = Solved.YES
            self.finish(contact, Outcome.ANSWERED, None)
        else:
            self.log.solved[contact.row] = Solved.NO
            self.finish(contact, Outcome.ANSWERED, self.comes_unsolved)

    def solved_share(self, contact: Contact) -> float:
        """Return the chance that this agent meets the need."""
        plan = self.plan
        own = plan.agent_solved[contact.agent * self.floor.reasons + contact.reason]
        if math.isnan(own):
            own = plan.solved[3 * contact.reason]
        return solved_share(own, plan.solved[3 * contact.reason + 1], plan.solved[3 * contact.reason + 2], contact.has_file)

    # ---- how it ends, and what follows -----------------------------------------------------------------------------

    def goes_unserved(self, contact: Contact, signal: int) -> None:
        """A waiting contact leaves: patience lost, sent home, turned away or cut off."""
        if signal == LOST_PATIENCE:
            self.floor.drop(contact)
        self.floor.leave(contact)
        if signal == LOST_PATIENCE:
            self.finish(contact, Outcome.ABANDONED, self.tries_after_abandonment)
        elif signal == DISCONNECTED:
            self.finish(contact, Outcome.DISCONNECTED, self.tries_after_abandonment)
        elif signal == TURNED_AWAY:
            self.finish(contact, Outcome.TURNED_AWAY, self.tries_when_open)
        elif signal == SENT_HOME:
            self.finish(contact, Outcome.TOLD_TO_COME_BACK, self.comes_when_told)
        elif signal == MESSAGE_TAKEN:
            self.finish(contact, Outcome.MESSAGE_LEFT, self.promises_call)

    def finish(self, contact: Contact, outcome: Outcome, what_follows: Any) -> None:
        """Log the outcome and what follows: ``what_follows`` returns the next step and its row; ``None``: solved."""
        log, row = self.log, contact.row
        log.ended_s[row] = self.env.now
        log.outcome[row] = outcome
        log.cover[row] = contact.cover
        if what_follows is None:
            log.next_step[row] = NextStep.NONE
        else:
            log.next_step[row], log.next_row[row] = what_follows(contact)

    def tries_after_abandonment(self, contact: Contact) -> tuple[int, int]:
        """Redial, or give up."""
        return self.tries_again(contact, self.plan.again_after_abandonment, self.plan.again_law)

    def tries_after_busy(self, contact: Contact) -> tuple[int, int]:
        """Redial after a busy line or a full room, or give up."""
        return self.tries_again(contact, self.plan.again_after_busy, self.plan.again_busy_law)

    def tries_again(self, contact: Contact, shares: list[float], laws: list[int]) -> tuple[int, int]:
        """The same person tries again, with the same patience and the same need (R6, R7)."""
        if self.is_last_try(contact, self.plan.again_tries[contact.channel]):
            return NextStep.GIVES_UP, -1
        share = shares[contact.channel]
        if share <= 0.0 or self.luck.of_try(contact, Group.TRY, AGAIN) >= share:
            return NextStep.GIVES_UP, -1
        delay_s = self.luck.time_of_try(laws[contact.channel], contact, Group.TRY, AGAIN_DELAY)
        return NextStep.REDIALS, self.next_try(contact, Entry.REDIAL, self.env.now + delay_s)

    def is_last_try(self, contact: Contact, limit: int) -> bool:
        """Whether the leg has had all its tries; -1: there is no limit."""
        return 0 <= limit <= contact.try_number + 1

    def tries_when_open(self, contact: Contact) -> tuple[int, int]:
        """Try again after the next opening, or give up (R28)."""
        plan, channel = self.plan, contact.channel
        if self.is_last_try(contact, plan.reopen_tries[channel]):
            return NextStep.GIVES_UP, -1
        if self.luck.of_try(contact, Group.TRY_DOOR, TRIES_WHEN_OPEN) >= plan.reopen_share[channel]:
            return NextStep.GIVES_UP, -1
        spread_s = self.luck.time_of_try(plan.reopen_law[channel], contact, Group.TRY_DOOR, OPENING_SPREAD)
        at_s = self.floor.next_opening_s(channel, self.env.now) + spread_s
        return NextStep.TRIES_WHEN_OPEN, self.next_try(contact, Entry.RETRY_CLOSED, at_s)

    def was_contained(self, contact: Contact) -> tuple[int, int]:
        """The menu met the need, or seemed to: then the same person contacts the firm again."""
        share = self.plan.false_containment[self.place(contact)]
        if share <= 0.0 or self.luck.of_try(contact, Group.TRY_DOOR, FALSE_CONTAINMENT) >= share:
            self.log.solved[contact.row] = Solved.YES
            return NextStep.NONE, -1
        self.log.solved[contact.row] = Solved.NO
        if self.is_last_try(contact, self.plan.again_tries[contact.channel]):
            return NextStep.GIVES_UP, -1
        delay_s = self.luck.time_of_try(self.plan.again_law[contact.channel], contact, Group.TRY, AGAIN_DELAY)
        return NextStep.REDIALS, self.next_try(contact, Entry.REDIAL, self.env.now + delay_s)

    def comes_unsolved(self, contact: Contact) -> tuple[int, int]:
        """Served, but not helped: come again, or give up."""
        plan, limit = self.plan, self.plan.return_contacts[contact.reason]
        if limit >= 0 and self.served_legs(contact) >= limit:
            return NextStep.GIVES_UP, -1
        share = plan.returns[contact.reason]
        if share <= 0.0 or self.luck.of_leg(contact, Group.LEG_AFTER, RETURNS) >= share:
            return NextStep.GIVES_UP, -1
        if contact.has_file == 0:
            return NextStep.COMES_BACK, self.next_leg(contact, self.when_executive_is_back_s(contact))
        delay_s = self.luck.time_of_leg(plan.return_law[contact.reason], contact, Group.LEG_AFTER, RETURN_DELAY)
        if plan.return_counts[contact.reason]:
            return NextStep.COMES_BACK, self.next_leg(contact, self.in_open_days_s(contact, delay_s))
        return NextStep.COMES_BACK, self.next_leg(contact, self.env.now + delay_s)

    def served_legs(self, contact: Contact) -> int:
        """Return how many attempts of the case there were, this one included."""
        return contact.leg + (2 if contact.leg_kind == LegKind.CALL_BACK else 1)

    def comes_when_told(self, contact: Contact) -> tuple[int, int]:
        """Told to come back: on the executive's next planned day, or not at all (R27)."""
        share = self.plan.come_back_share[self.plan.reason_cover[contact.reason]]
        if self.luck.of_leg(contact, Group.LEG_AFTER, RETURNS) >= share:
            return NextStep.GIVES_UP, -1
        return NextStep.COMES_BACK, self.next_leg(contact, self.when_executive_is_back_s(contact))

    def when_executive_is_back_s(self, contact: Contact) -> float:
        """Return the same time of day on the first open day on which the executive is planned present, plus a delay (R27)."""
        law = self.plan.come_back_law[self.plan.reason_cover[contact.reason]]
        delay_s = self.luck.time_of_leg(law, contact, Group.LEG_AFTER, RETURN_DELAY)
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
        """Return the time of day of a contact's arrival, on another day."""
        arrived_s = self.log.arrived_s[contact.row]
        return float(day * DAY_S + (arrived_s - arrived_s // DAY_S * DAY_S))

    def promises_call(self, contact: Contact) -> tuple[int, int]:
        """A message is taken: a call waits for the executive from now on (R30)."""
        plan, cover = self.plan, self.plan.reason_cover[contact.reason]
        call = self.another(contact, Entry.CALL_BACK, LegKind.CALL_BACK, contact.leg, 0)
        call.arrived_s = call.joined_s = self.env.now
        self.draw_leg(call)
        call.patience_s = math.inf
        if plan.call_back_law[cover] >= 0:
            call.talk_s = self.luck.time_of_leg(plan.call_back_law[cover], call, Group.LEG, TALK)
        call.row = self.new_row(call)
        self.log_arrival(call)
        self.log.queued_s[call.row] = self.env.now
        call.cover = Cover.OWN
        # It sleeps before it waits: the executive may be free, and take it, before its process begins.
        call.turn = self.env.event()
        who = self.floor.ask(call, plan.own_queue[call.owner])
        if who == WAITS:
            self.log.queue[call.row] = call.queue
        self.env.process(self.call_back(call, who))
        return NextStep.CALL_BACK, call.row

    # ---- new contacts ---------------------------------------------------------------------------------------------

    def first_contact(self, day: Day, number: int) -> Contact:
        """Return the first contact of a case, as its day has drawn it."""
        contact = Contact()
        (
            contact.arrived_s, contact.root, contact.reason, contact.segment, contact.channel, contact.customer, contact.owner,
            contact.patience_s, contact.menu_s, contact.contained_u, contact.talk_s, contact.search_s, contact.wrap_up_s,
            contact.solved_u, contact.scale,
        ) = (
            day.arrived_s[number], day.root[number], day.reason[number], day.segment[number], day.channel[number], day.customer[number],
            day.owner[number], day.patience_s[number], day.menu_s[number], day.contained_u[number], day.talk_s[number], day.search_s[number],
            day.wrap_up_s[number], day.solved_u[number], day.scale[number],
        )  # fmt: skip
        contact.row = self.new_row(contact)
        return contact

    def next_try(self, contact: Contact, entry: Entry, at_s: float) -> int:
        """Schedule the same attempt once more and return its row; -1 where the run ends before."""
        if not at_s < self.plan.horizon_s:
            return -1
        again = self.another(contact, entry, contact.leg_kind, contact.leg, contact.try_number + 1)
        again.patience_s, again.talk_s, again.search_s = contact.patience_s, contact.talk_s, contact.search_s
        again.wrap_up_s, again.solved_u = contact.wrap_up_s, contact.solved_u
        return self.start(again, at_s)

    def next_leg(self, contact: Contact, at_s: float) -> int:
        """Schedule a further attempt of the case and return its row; -1 where the run ends before."""
        if not at_s < self.plan.horizon_s:
            return -1
        again = self.another(contact, Entry.COMEBACK, LegKind.NEED, contact.leg + 1, 0)
        self.draw_leg(again)
        return self.start(again, at_s)

    def another(self, contact: Contact, entry: Entry, leg_kind: int, leg: int, try_number: int) -> Contact:
        """Return a further contact of the same case."""
        again = Contact()
        again.root, again.lineage = contact.root, contact.lineage
        again.reason, again.segment, again.channel = contact.reason, contact.segment, contact.channel
        again.customer, again.owner, again.scale = contact.customer, contact.owner, contact.scale
        again.entry, again.leg_kind, again.leg, again.try_number = entry, leg_kind, leg, try_number
        return again

    def draw_leg(self, contact: Contact) -> None:
        """Draw what all tries of a leg share."""
        plan, luck, place = self.plan, self.luck, self.place(contact)
        patience_law = plan.patience_law[contact.segment * len(plan.talk_law) + place]
        contact.patience_s = math.inf if patience_law < 0 else luck.time_of_leg(patience_law, contact, Group.LEG, PATIENCE)
        contact.talk_s = luck.time_of_leg(plan.talk_law[place], contact, Group.LEG, TALK)
        contact.wrap_up_s = luck.time_of_leg(plan.wrap_up_law[place], contact, Group.LEG, WRAP_UP)
        contact.search_s = luck.time_of_leg(plan.search_law[place], contact, Group.LEG_AFTER, SEARCH)
        contact.solved_u = luck.of_leg(contact, Group.LEG, SOLVED)

    def start(self, contact: Contact, at_s: float) -> int:
        """Reserve a row for a coming contact and let its process sleep until then."""
        contact.arrived_s = at_s
        menu_law = self.plan.menu_law[contact.channel]
        contact.menu_s, contact.contained_u = -1.0, 1.0
        if menu_law >= 0:
            contact.menu_s = self.luck.time_of_try(menu_law, contact, Group.TRY, MENU)
            contact.contained_u = self.luck.of_try(contact, Group.TRY, CONTAINED)
        contact.row = self.new_row(contact)
        self.env.process(self.contact(contact))
        return contact.row

    # ---- the log --------------------------------------------------------------------------------------------------

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

    def log_arrival(self, contact: Contact) -> None:
        """Write when the contact came."""
        self.log.arrived_s[contact.row] = self.env.now

    def place(self, contact: Contact) -> int:
        """Return where a reason and a channel stand in the plan's columns."""
        return contact.reason * self.floor.channels + contact.channel

    def record(self) -> RunLog:
        """Return the columns of the log, without rows that were never used."""
        presence = self.floor.presence
        return RunLog(
            replication=self.replication,
            seed=self.seed,
            contacts=self.log.columns(self.rows),
            presence={
                "agent": np.array([agent for agent, _, _ in presence], np.int32),
                "time_s": np.array([time_s for _, time_s, _ in presence], np.float64),
                "state": np.array([state for _, _, state in presence], np.int8),
            },
        )
