"""The readable engine: one SimPy process per contact, read from top to bottom.

::

    arrives -> open? -> a line or a place free? -> menu -> received -> waits -> served -> wrapped up
                 | no        | no: busy, balks        | contained         | gives up
                 v           v                        v                   v
            tries when    tries again             (perhaps in vain)    tries again, or not at all
            it is open

A process sleeps, logs and schedules; who serves whom is decided by the floor, at once (R15). Around it: ``casebook`` makes
the contacts, ``aftermath`` decides what follows one, ``people`` keeps what customers remember. The plain event loop
(``servsim.engine.loop``) has the same steps under the same names and leaves the same record, ties included.
Never measures anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from servsim.draws.purpose import BALK, DESK_TIME, HAS_FILE, SEARCH, TALK, Group
from servsim.engine.aftermath import GIVES_UP, NOTHING, Aftermath, Follows
from servsim.engine.casebook import Casebook
from servsim.engine.contact import Contact
from servsim.engine.environment import RankedEnvironment
from servsim.engine.floor import Floor
from servsim.engine.log import ContactLog, RunLog
from servsim.engine.people import People
from servsim.engine.policy import Policy, PolicyLuck, check_policy
from servsim.engine.policy_floor import PolicyFloor
from servsim.plan.day import Day, Days
from servsim.plan.luck import Luck
from servsim.plan.notice import Call, calls_ahead
from servsim.plan.plan import Plan
from servsim.plan.shared import shared_by
from servsim.rules.codes import (
    BY_FIRM,
    ChannelKind,
    ClosingRule,
    Cover,
    Entry,
    LegKind,
    NextStep,
    Outcome,
    OwnRule,
    Solved,
)
from servsim.rules.cover import handling_s, solved_share
from servsim.rules.order import EventKind
from servsim.rules.signal import DISCONNECTED, LOST_PATIENCE, MESSAGE_TAKEN, SENT_HOME, TURNED_AWAY, WAITS

Life = Generator[Any, Any, None]

SERVICE_END, WRAP_UP_END, MENU_END = int(EventKind.SERVICE_END), int(EventKind.WRAP_UP_END), int(EventKind.MENU_END)
PATIENCE_LOST, ARRIVAL, RETURN = int(EventKind.PATIENCE_LOST), int(EventKind.PLANNED_ARRIVAL), int(EventKind.RETURNING_ARRIVAL)


def simulate(plan: Plan, seed: int, replication: int, policy: Policy | None = None) -> RunLog:
    """Run one replication of a plan and return its log.

    Parameters
    ----------
    plan : what to run.
    seed, replication : name the draws; the same pair gives the same log on every machine.
    policy : a user's choice of who is next (R36); ``None``: the standing rules.

    Raises
    ------
    InvariantError : the engine broke one of its own rules.
    SettingError : the policy is none, or named nobody of its candidates.
    """
    return SimpyEngine(plan, seed, replication, policy).run()


def nothing(_contact: Contact) -> Follows:
    """The need is met: nothing follows."""
    return NOTHING


def gives_up(_contact: Contact) -> Follows:
    """Nobody comes any more."""
    return GIVES_UP


class SimpyEngine:
    """One replication of a plan."""

    def __init__(self, plan: Plan, seed: int, replication: int, policy: Policy | None = None) -> None:
        self.seed, self.replication = seed, replication
        shared = shared_by(plan)
        self.plan = shared.lists
        self.days = Days(plan, seed, replication)
        self.luck = Luck(self.plan, seed, replication)
        self.roster = shared.duties.roster(seed, replication)
        self.env = RankedEnvironment()
        self.floor = self._floor(policy)
        self.log = ContactLog()
        self.book = Casebook(self.plan, self.luck, self.log)
        self.people = People(plan, self.plan, seed, replication)
        self.after = Aftermath(self.plan, self.luck, self.roster, self.env, self.floor, self.book, self.people)
        self.awaited: dict[int, tuple[Call, Contact]] = {}
        """Calls ahead by the name of the case, until its planned arrival (R33)."""

    def _floor(self, policy: Policy | None) -> Floor:
        """Return the floor, on which the standing rules choose or a user's policy does."""
        if policy is None:
            return Floor(self.plan, self.env, self.roster)
        check_policy(policy)
        return PolicyFloor(self.plan, self.env, self.roster, policy, PolicyLuck(self.seed, self.replication))

    def run(self) -> RunLog:
        """Run to the horizon and return the log."""
        self.plan_calls_ahead()
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
                if self.awaited and day.root[number] in self.awaited:
                    self.comes_as_agreed(day, number)
                else:
                    self.env.process(self.contact(self.book.first_contact(day, number, arrived_s)))

    def plan_calls_ahead(self) -> None:
        """Reserve the calls to customers whose executive will be absent, in the order in which they fall due (R33)."""
        for due in calls_ahead(self.plan, self.days, self.roster):
            call = self.book.call_ahead(due)
            self.awaited[due.root] = due, call
            self.begin(call)

    def comes_as_agreed(self, day: Day, number: int) -> None:
        """The planned moment of somebody who was to be called ahead: he comes now, or another day."""
        due, call = self.awaited.pop(day.root[number])
        comes_s = due.moved_s if self.log.next_step[call.row] == NextStep.COMES_OTHER_DAY else due.arrived_s
        if comes_s < self.plan.horizon_s:
            contact = self.book.first_contact(day, number, comes_s)
            if comes_s > due.arrived_s:
                self.log.next_row[call.row] = contact.row
            self.begin(contact)

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

    # ---- a contact's life-----------------------------------------------------------------------------------------

    def contact(self, contact: Contact) -> Life:
        """Live one contact, from the first ring or the door to the end of the agent's wrap-up."""
        env, floor, log, after, row = self.env, self.floor, self.log, self.after, contact.row
        if contact.entry != Entry.FRESH or contact.arrived_s > env.now:  # who comes again, or was asked to come another day
            yield env.at(contact.arrived_s, RETURN, row)
        self.log_arrival(contact)
        if contact.case is not None and not self.people.comes(contact, contact.case, env.now):
            self.finish(contact, Outcome.LOST_DEMAND, gives_up)
            return
        if not floor.is_open(contact.channel, env.now):
            self.finish(contact, Outcome.CLOSED, after.tries_when_open)
            return
        if not floor.has_room(contact.channel):
            self.finish(contact, self.no_room(contact), after.tries_after_busy)
            return
        if self.balks(contact):
            self.finish(contact, Outcome.BALKED, after.tries_after_busy)
            return

        floor.enter(contact)
        if contact.menu_s >= 0.0:
            if contact.case is not None:
                self.people.enters_menu(contact, contact.case)
            yield env.at(env.now + contact.menu_s, MENU_END, row)
            if self.is_contained(contact):
                floor.leave(contact)
                self.finish(contact, Outcome.CONTAINED, after.was_contained)
                return
            if self.is_cleared(contact):
                floor.leave(contact)
                self.finish(contact, Outcome.DISCONNECTED, after.tries_after_abandonment)
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

    def call_when_due(self, call: Contact) -> Life:
        """Live one recovery call or call ahead, from the moment it is due (R33, R44)."""
        yield self.env.at(call.arrived_s, RETURN, call.row)
        if self.is_worth_making(call):
            yield from self.call(call, self.ask_for(call, Cover.DESK, call.line))

    def call(self, call: Contact, who: int) -> Life:
        """Live one call by the firm: work that waits for an agent without patience (R30)."""
        env, log, row = self.env, self.log, call.row
        if who == WAITS:
            who = yield call.turn
        log.answered_s[row] = env.now
        yield env.at(env.now + self.handling_s(call), SERVICE_END, row)
        self.is_served(call)
        if call.wrap_up_s > 0.0:
            yield env.at(env.now + call.wrap_up_s, WRAP_UP_END, row)
        log.released_s[row] = env.now
        self.floor.release(call.agent)

    def begin(self, contact: Contact) -> None:
        """Let a contact that follows another one live."""
        if contact.entry == Entry.CALL_BACK:
            if self.is_worth_making(contact):
                who = self.ask_for(contact, Cover.OWN, self.plan.own_queue[contact.owner])
                self.env.process(self.call(contact, who))
        elif contact.entry in BY_FIRM:
            self.env.process(self.call_when_due(contact))
        else:
            self.env.process(self.contact(contact))

    def is_worth_making(self, call: Contact) -> bool:
        """A call by the firm is due: return whether its customer is still here, as far as is known (R34)."""
        self.log_arrival(call)
        if call.case is not None and self.people.is_lost(call.customer):
            self.finish(call, Outcome.LOST_DEMAND, gives_up)
            return False
        return True

    def ask_for(self, call: Contact, cover: Cover, queue: int) -> int:
        """Let a call by the firm join its line, or be taken at once."""
        self.log.queued_s[call.row] = call.joined_s = self.env.now
        call.cover = cover
        # It sleeps before it waits: an agent may be free, and take it, before its process goes on.
        call.turn = self.env.event()
        who = self.floor.ask(call, queue)
        if who == WAITS:
            self.log.queue[call.row] = call.queue
        return who

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
        return bool(contact.contained_u < self.plan.contained[self.book.place(contact)])

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
        log, row = self.log, contact.row
        speed = self.speed(contact)
        search_s, talk_s = self.search_and_talk_s(contact)
        contact.wrap_up_s = 0.0 if contact.desk >= 0 else contact.wrap_up_s * contact.scale / speed
        log.search_s[row] = search_s / speed
        log.agent[row] = contact.agent
        log.has_file[row] = contact.has_file
        return handling_s(search_s, talk_s, speed)

    def speed(self, contact: Contact) -> float:
        """Return the agent's speed for the reason, and by what he has learnt (R46)."""
        plan, agent = self.plan, contact.agent
        speed: float = plan.speed[agent * self.floor.reasons + contact.reason]
        return speed * plan.learnt_speed[agent] if plan.learnt_s[agent] <= self.env.now else speed

    def search_and_talk_s(self, contact: Contact) -> tuple[float, float]:
        """Return search and talk at speed 1, by who serves."""
        plan, luck = self.plan, self.luck
        if contact.line >= 0:
            return 0.0, contact.talk_s
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
        if contact.leg_kind == LegKind.NOTICE:
            self.finish(contact, Outcome.ANSWERED, self.is_reached)
        elif contact.desk == OwnRule.MESSAGE:
            self.finish(contact, Outcome.MESSAGE_LEFT, self.after.leaves_message)
        elif contact.desk == OwnRule.COME_BACK:
            self.finish(contact, Outcome.TOLD_TO_COME_BACK, self.after.is_sent_home)
        elif contact.line >= 0:
            settled = self.after.settles(contact)
            self.is_answered(contact, nothing if settled else self.after.is_not_settled)
        else:
            helped = contact.solved_u < self.solved_share(contact)
            self.is_answered(contact, nothing if helped else self.after.is_not_helped)

    def is_answered(self, contact: Contact, what_follows: Callable[[Contact], Follows]) -> None:
        """An agent has met the need, or has not: then something follows."""
        self.log.solved[contact.row] = Solved.YES if what_follows is nothing else Solved.NO
        self.finish(contact, Outcome.ANSWERED, what_follows)

    def solved_share(self, contact: Contact) -> float:
        """Return the chance that this agent meets the need, by what he has learnt (R46)."""
        plan, agent = self.plan, contact.agent
        own = plan.agent_solved[agent * self.floor.reasons + contact.reason]
        if math.isnan(own):
            own = plan.solved[3 * contact.reason]
        share = solved_share(own, plan.solved[3 * contact.reason + 1], plan.solved[3 * contact.reason + 2], contact.has_file)
        return min(1.0, share + plan.learnt_solved[agent]) if plan.learnt_s[agent] <= self.env.now else share

    def is_reached(self, call: Contact) -> Follows:
        """A call ahead has ended: it was in time if the customer has not come yet (R33)."""
        if call.root not in self.awaited:
            return NOTHING
        return self.after.is_told_ahead(call, self.awaited[call.root][0].notice)

    # ---- how it ends ----------------------------------------------------------------------------------------------

    def goes_unserved(self, contact: Contact, signal: int) -> None:
        """A waiting contact leaves: patience lost, sent home, turned away or cut off."""
        if signal == LOST_PATIENCE:
            self.floor.drop(contact)
        self.floor.leave(contact)
        if signal == LOST_PATIENCE:
            self.finish(contact, Outcome.ABANDONED, self.after.tries_after_abandonment)
        elif signal == DISCONNECTED:
            self.finish(contact, Outcome.DISCONNECTED, self.after.tries_after_abandonment)
        elif signal == TURNED_AWAY:
            self.finish(contact, Outcome.TURNED_AWAY, self.after.tries_when_open)
        elif signal == SENT_HOME:
            self.finish(contact, Outcome.TOLD_TO_COME_BACK, self.after.is_sent_home)
        elif signal == MESSAGE_TAKEN:
            self.finish(contact, Outcome.MESSAGE_LEFT, self.after.leaves_message)

    def finish(self, contact: Contact, outcome: Outcome, what_follows: Callable[[Contact], Follows]) -> None:
        """Log the outcome, let the customer feel it, and do what follows: the next contact, or the case closes."""
        log, row = self.log, contact.row
        log.ended_s[row] = self.env.now
        log.outcome[row] = outcome
        log.cover[row] = contact.cover
        if contact.case is not None:
            self.people.ends(contact, contact.case, self.wait_s(contact))
        step, following = what_follows(contact)
        log.next_step[row] = step
        if following is not None:
            log.next_row[row] = following.row
            self.begin(following)
        elif contact.leg_kind != LegKind.NOTICE and step in (NextStep.NONE, NextStep.GIVES_UP):
            self.close(contact, step)

    def wait_s(self, contact: Contact) -> float:
        """Return how long a contact that ends now has waited in line; NaN if it never got there."""
        answered_s: float = self.log.answered_s[contact.row]
        return (self.env.now if math.isnan(answered_s) else answered_s) - float(self.log.queued_s[contact.row])

    def close(self, contact: Contact, step: NextStep) -> None:
        """The case closes: its customer remembers it (R42), and later needs may grow out of it (R5)."""
        solved = 1 if step == NextStep.NONE else 0
        if contact.case is not None:
            claim = self.after.claim(contact) if contact.case.problem else 0.0
            self.people.close(contact, contact.case, self.env.now, solved, claim)
        if solved:
            for later in self.after.later_needs(contact):
                self.begin(later)

    # ---- the log --------------------------------------------------------------------------------------------------

    def log_arrival(self, contact: Contact) -> None:
        """Write when the contact came."""
        self.log.arrived_s[contact.row] = self.env.now

    def record(self) -> RunLog:
        """Return the columns of the log, without rows that were never used."""
        presence = self.floor.presence
        return RunLog(
            replication=self.replication,
            seed=self.seed,
            contacts=self.log.columns(self.book.rows),
            presence={
                "agent": np.array([agent for agent, _, _ in presence], np.int32),
                "time_s": np.array([time_s for _, time_s, _ in presence], np.float64),
                "state": np.array([state for _, _, state in presence], np.int8),
            },
            closings=self.people.closings.columns() if self.plan.remembers else {},
            customers=self.people.columns() if self.plan.remembers else {},
        )
