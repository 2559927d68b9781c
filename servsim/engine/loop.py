"""The plain event loop: one heap of events, one handler for each kind, flat columns as state.

::

    heap of (time, rank) -> handler of the kind -> work list, first in first out -> next event
                            (state is true here)   (contacts that were told something: answered, or gone)

This is the later compiled engine, uncompiled, and the second witness beside ``servsim.engine.simpy_engine``: the steps
have the same names and both leave the same record of every contact, ties included. Consequences of one event are put on
the work list in the order in which the SimPy engine signals them, and the list is emptied before the next event of the
instant (R15). Never measures anything.
"""

from __future__ import annotations

import math
from heapq import heappop
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from servsim.engine.log import CONTACT_COLUMNS, RunLog
from servsim.engine.loop_floor import (
    BY_BUDDY,
    BY_OWN,
    BY_SUBSTITUTE,
    CLEAR,
    COME_BACK,
    INFINITY,
    LATE_BREAK,
    MESSAGE,
    PLANNED,
    ask,
    at,
    balk_share,
    close,
    drop,
    enter,
    has_room,
    is_open,
    is_planned_on,
    late_break_over,
    leave,
    next_opening_s,
    opens_on,
    overflow_due,
    receive,
    release,
    staff_changes,
)
from servsim.engine.loop_luck import of_leg, of_try, time_of_leg, time_of_try
from servsim.engine.loop_state import State, grow, make_state
from servsim.plan.day import Day, Days
from servsim.plan.plan import Plan
from servsim.rules.clock import DAY_S
from servsim.rules.codes import ChannelKind, Entry, LegKind, NextStep, Outcome, Solved
from servsim.rules.cover import handling_s as time_with_agent_s
from servsim.rules.cover import solved_share as share_solved
from servsim.rules.order import NUMBER_BITS, EventKind, rank
from servsim.rules.signal import DISCONNECTED, LOST_PATIENCE, MESSAGE_TAKEN, SENT_HOME, TURNED_AWAY, WAITS

STAFF_OFF, STAFF_ON = int(EventKind.STAFF_OFF), int(EventKind.STAFF_ON)
SERVICE_END, WRAP_UP_END, MENU_END = int(EventKind.SERVICE_END), int(EventKind.WRAP_UP_END), int(EventKind.MENU_END)
OVERFLOW_DUE, PATIENCE_LOST = int(EventKind.OVERFLOW_DUE), int(EventKind.PATIENCE_LOST)
PLANNED_ARRIVAL, RETURNING_ARRIVAL = int(EventKind.PLANNED_ARRIVAL), int(EventKind.RETURNING_ARRIVAL)
HOURS_MARK = int(EventKind.HOURS_MARK)
NUMBER_MASK = (1 << NUMBER_BITS) - 1
NO_FURTHER = 0

FRESH, REDIAL, COMEBACK = int(Entry.FRESH), int(Entry.REDIAL), int(Entry.COMEBACK)
RETRY_CLOSED, CALL_BACK = int(Entry.RETRY_CLOSED), int(Entry.CALL_BACK)
NEED_LEG, CALL_BACK_LEG = int(LegKind.NEED), int(LegKind.CALL_BACK)


def simulate(plan: Plan, seed: int, replication: int) -> RunLog:
    """Run one replication of a plan and return its log.

    Parameters
    ----------
    plan : what to run.
    seed, replication : name the draws; the same pair gives the same log on every machine and on every engine.
    """
    s = make_state(plan, seed, replication)
    days = Days(plan, seed, replication)
    staff_before_the_first_event(s)
    plan_closing_times(s)
    for number in range(s.plan.days):
        run_day(s, Day(*(column.tolist() for column in days.draw(number))))
    run_to(s, s.plan.horizon_s, rank(STAFF_OFF, 0))
    return record(s, seed, replication)


# ---- what comes from outside ----------------------------------------------------------------------------------------


def run_day(s: State, day: Day) -> None:
    """Take the first contacts of a day in their turn among all events."""
    for number in range(len(day.arrived_s)):
        if day.arrived_s[number] >= s.plan.horizon_s:
            return
        run_to(s, float(day.arrived_s[number]), rank(PLANNED_ARRIVAL, number))
        s.clock[0] = float(day.arrived_s[number])
        arrives(s, first_contact(s, day, number))
        finish_work(s)


def run_to(s: State, time_s: float, place: int) -> None:
    """Take every event before a time and a place among the events of that instant (its rank)."""
    while s.calendar and (s.calendar[0][0], s.calendar[0][1]) < (time_s, place):
        now_s, rank_, further = heappop(s.calendar)
        s.clock[0] = now_s
        handle(s, rank_ >> NUMBER_BITS, rank_ & NUMBER_MASK, further)
        finish_work(s)


def handle(s: State, kind: int, number: int, further: int) -> None:
    """Let one event of the calendar happen."""
    if kind == SERVICE_END:
        service_ends(s, number)
    elif kind == WRAP_UP_END:
        wrap_up_ends(s, number)
    elif kind == PATIENCE_LOST:
        patience_ends(s, number)
    elif kind == MENU_END:
        menu_ends(s, number)
    elif kind == RETURNING_ARRIVAL:
        arrives(s, number)
    elif kind == OVERFLOW_DUE:
        overflow_due(s, number, further)
    elif kind == HOURS_MARK:
        close(s, number)
    elif further == LATE_BREAK:
        late_break_over(s, number)
    else:
        next_staff_change(s)


def finish_work(s: State) -> None:
    """Let all consequences of one event happen, first in first out, before the next event (R15)."""
    done = 0
    while done < len(s.work):
        row, signal = s.work[done]
        done += 1
        is_told(s, row, signal)
    s.work.clear()


def staff_before_the_first_event(s: State) -> None:
    """Bring in who is on duty at the beginning."""
    while s.changes_done[0] < len(s.changes) and s.changes[s.changes_done[0]][0] <= 0.0:
        take_staff_change(s)
    plan_staff_change(s)


def next_staff_change(s: State) -> None:
    """Let the roster's next change happen, and plan the one after it."""
    take_staff_change(s)
    plan_staff_change(s)


def take_staff_change(s: State) -> None:
    """Let one change of the roster happen."""
    _, _, agent, state, length_s = s.changes[s.changes_done[0]]
    s.changes_done[0] += 1
    staff_changes(s, agent, state, length_s)


def plan_staff_change(s: State) -> None:
    """Put the roster's next change on the calendar."""
    if s.changes_done[0] < len(s.changes):
        time_s, kind, agent, _, _ = s.changes[s.changes_done[0]]
        at(s, time_s, kind, agent, PLANNED)


def plan_closing_times(s: State) -> None:
    """Put all closings of all channels on the calendar."""
    for channel in range(len(s.plan.channel_kind)):
        for place in range(s.plan.window_offset[channel], s.plan.window_offset[channel + 1]):
            if s.plan.window_to_s[place] < s.plan.horizon_s:
                at(s, s.plan.window_to_s[place], HOURS_MARK, channel, NO_FURTHER)


# ---- a contact's life -----------------------------------------------------------------------------------------------


def arrives(s: State, row: int) -> None:
    """The door, or the first ring: open? room? then the menu, or the reception."""
    c, channel = s.contacts, s.contacts.channel[row]
    c.arrived_s[row] = s.clock[0]
    if not is_open(s, channel, s.clock[0]):
        finish(s, row, Outcome.CLOSED, tries_when_open(s, row))
    elif not has_room(s, channel):
        finish(s, row, no_room(s, row), tries_after_busy(s, row))
    elif balks(s, row):
        finish(s, row, Outcome.BALKED, tries_after_busy(s, row))
    else:
        enter(s, row)
        if c.menu_s[row] >= 0.0:
            at(s, s.clock[0] + c.menu_s[row], MENU_END, row, NO_FURTHER)
        else:
            is_received(s, row)


def menu_ends(s: State, row: int) -> None:
    """The menu ends the contact, or lets it go on; a channel that has cleared its line lets nobody in."""
    if is_contained(s, row):
        leave(s, row)
        finish(s, row, Outcome.CONTAINED, was_contained(s, row))
    elif is_cleared(s, row):
        leave(s, row)
        finish(s, row, Outcome.DISCONNECTED, tries_after_abandonment(s, row))
    else:
        is_received(s, row)


def is_received(s: State, row: int) -> None:
    """The contact finds an agent, joins a line, or is sent away."""
    c = s.contacts
    c.queued_s[row] = s.clock[0]
    who = receive(s, row)
    if who != WAITS:
        is_told(s, row, who)
        return
    c.queue[row] = c.line[row]
    c.asleep[row] = 1
    if not math.isinf(c.patience_s[row]):
        at(s, c.joined_s[row] + c.patience_s[row], PATIENCE_LOST, row, NO_FURTHER)


def is_told(s: State, row: int, signal: int) -> None:
    """A contact hears that an agent serves it, or why nobody will."""
    if signal < 0:
        goes_unserved(s, row, signal)
        return
    s.contacts.answered_s[row] = s.clock[0]
    at(s, s.clock[0] + handling_s(s, row), SERVICE_END, row, NO_FURTHER)


def patience_ends(s: State, row: int) -> None:
    """A contact that still waits gives up."""
    if s.contacts.line[row] >= 0:
        s.contacts.asleep[row] = 0
        goes_unserved(s, row, LOST_PATIENCE)


def service_ends(s: State, row: int) -> None:
    """The customer goes; the agent has wrap-up to do, or is free. A promised call holds no line."""
    c = s.contacts
    if c.entry[row] != CALL_BACK:
        leave(s, row)
    is_served(s, row)
    if c.wrap_up_s[row] > 0.0:
        at(s, s.clock[0] + c.wrap_up_s[row], WRAP_UP_END, row, NO_FURTHER)
    else:
        wrap_up_ends(s, row)


def wrap_up_ends(s: State, row: int) -> None:
    """The agent is free again."""
    s.contacts.released_s[row] = s.clock[0]
    release(s, s.contacts.agent[row])


# ---- at the door ----------------------------------------------------------------------------------------------------


def no_room(s: State, row: int) -> int:
    """Return what a full channel is called: a busy line, or a full room."""
    phone = s.plan.channel_kind[s.contacts.channel[row]] == ChannelKind.PHONE
    return Outcome.BLOCKED if phone else Outcome.BALKED


def balks(s: State, row: int) -> bool:
    """Whether the contact leaves at the sight of the line."""
    share = balk_share(s, s.contacts.channel[row])
    return share > 0.0 and of_try(s, row, Group.TRY_DOOR, BALK) < share


def is_contained(s: State, row: int) -> bool:
    """Whether the menu ends the contact."""
    return bool(s.contacts.contained_u[row] < s.plan.contained[place(s, row)])


def is_cleared(s: State, row: int) -> bool:
    """Whether the channel has closed meanwhile and lets nobody into the line."""
    channel = s.contacts.channel[row]
    return s.plan.channel_closing[channel] == CLEAR and not is_open(s, channel, s.clock[0])


# ---- service --------------------------------------------------------------------------------------------------------


def handling_s(s: State, row: int) -> float:
    """Return the time from answer to hang-up, and settle search, wrap-up and who served in the log."""
    c = s.contacts
    speed = s.plan.speed[c.agent[row] * len(s.plan.asks_own) + c.reason[row]]
    search_s, talk_s = search_and_talk_s(s, row)
    c.wrap_up_s[row] = 0.0 if c.desk[row] >= 0 else c.wrap_up_s[row] * c.scale[row] / speed
    c.search_s[row] = search_s / speed
    return time_with_agent_s(search_s, talk_s, speed)


def search_and_talk_s(s: State, row: int) -> tuple[float, float]:
    """Return search and talk at speed 1, by who serves."""
    c, p = s.contacts, s.plan
    if c.desk[row] >= 0:
        law = p.desk_law[2 * p.reason_cover[c.reason[row]] + (1 if c.desk[row] == MESSAGE else 0)]
        return 0.0, time_of_leg(s, law, row, Group.LEG_DESK, DESK_TIME)
    if not is_with_colleague(s, row):
        return c.search_work_s[row] * c.scale[row], c.talk_work_s[row] * c.scale[row]
    cover, stranger = p.reason_cover[c.reason[row]], 1 if c.covered_by[row] == BY_SUBSTITUTE else 0
    c.has_file[row] = 1 if of_leg(s, row, Group.LEG_AFTER, HAS_FILE) < p.has_file[2 * cover + stranger] else 0
    search_law = p.cover_search_law[4 * cover + 2 * stranger + (1 - c.has_file[row])]
    talk_law = p.cover_talk_law[2 * cover + stranger]
    talk_s = c.talk_work_s[row] if talk_law < 0 else time_of_leg(s, talk_law, row, Group.LEG, TALK)
    return time_of_leg(s, search_law, row, Group.LEG_AFTER, SEARCH) * c.scale[row], talk_s * c.scale[row]


def is_with_colleague(s: State, row: int) -> bool:
    """Whether somebody else serves for the executive."""
    return s.contacts.covered_by[row] in (BY_BUDDY, BY_SUBSTITUTE)


def is_served(s: State, row: int) -> None:
    """The talk is over: log how it went, and let the case go on."""
    c = s.contacts
    if c.desk[row] == MESSAGE:
        finish(s, row, Outcome.MESSAGE_LEFT, promises_call(s, row))
    elif c.desk[row] == COME_BACK:
        finish(s, row, Outcome.TOLD_TO_COME_BACK, comes_when_told(s, row))
    elif c.solved_u[row] < solved_share(s, row):
        c.solved[row] = Solved.YES
        finish(s, row, Outcome.ANSWERED, (NextStep.NONE, -1))
    else:
        c.solved[row] = Solved.NO
        finish(s, row, Outcome.ANSWERED, comes_unsolved(s, row))


def solved_share(s: State, row: int) -> float:
    """Return the chance that this agent meets the need."""
    c, p = s.contacts, s.plan
    reason = c.reason[row]
    own = p.agent_solved[c.agent[row] * len(p.asks_own) + reason]
    if math.isnan(own):
        own = p.solved[3 * reason]
    return share_solved(own, p.solved[3 * reason + 1], p.solved[3 * reason + 2], c.has_file[row])


# ---- how it ends, and what follows ----------------------------------------------------------------------------------


def goes_unserved(s: State, row: int, signal: int) -> None:
    """A waiting contact leaves: patience lost, sent home, turned away or cut off."""
    if signal == LOST_PATIENCE:
        drop(s, row)
    leave(s, row)
    if signal == LOST_PATIENCE:
        finish(s, row, Outcome.ABANDONED, tries_after_abandonment(s, row))
    elif signal == DISCONNECTED:
        finish(s, row, Outcome.DISCONNECTED, tries_after_abandonment(s, row))
    elif signal == TURNED_AWAY:
        finish(s, row, Outcome.TURNED_AWAY, tries_when_open(s, row))
    elif signal == SENT_HOME:
        finish(s, row, Outcome.TOLD_TO_COME_BACK, comes_when_told(s, row))
    elif signal == MESSAGE_TAKEN:
        finish(s, row, Outcome.MESSAGE_LEFT, promises_call(s, row))


def finish(s: State, row: int, outcome: int, what_follows: tuple[int, int]) -> None:
    """Log the outcome and what follows: the next step and its row."""
    c = s.contacts
    c.ended_s[row] = s.clock[0]
    c.outcome[row] = outcome
    c.cover[row] = c.covered_by[row]
    c.next_step[row], c.next_row[row] = what_follows


def tries_after_abandonment(s: State, row: int) -> tuple[int, int]:
    """Redial, or give up."""
    channel = s.contacts.channel[row]
    return tries_again(s, row, s.plan.again_after_abandonment[channel], s.plan.again_law[channel])


def tries_after_busy(s: State, row: int) -> tuple[int, int]:
    """Redial after a busy line or a full room, or give up."""
    channel = s.contacts.channel[row]
    return tries_again(s, row, s.plan.again_after_busy[channel], s.plan.again_busy_law[channel])


def tries_again(s: State, row: int, share: float, law: int) -> tuple[int, int]:
    """The same person tries again, with the same patience and the same need (R6, R7)."""
    if is_last_try(s, row, s.plan.again_tries[s.contacts.channel[row]]):
        return NextStep.GIVES_UP, -1
    if share <= 0.0 or of_try(s, row, Group.TRY, AGAIN) >= share:
        return NextStep.GIVES_UP, -1
    return NextStep.REDIALS, next_try(s, row, REDIAL, s.clock[0] + time_of_try(s, law, row, Group.TRY, AGAIN_DELAY))


def is_last_try(s: State, row: int, limit: int) -> bool:
    """Whether the leg has had all its tries; -1: there is no limit."""
    return limit >= 0 and s.contacts.try_number[row] + 1 >= limit


def tries_when_open(s: State, row: int) -> tuple[int, int]:
    """Try again after the next opening, or give up (R28)."""
    channel = s.contacts.channel[row]
    if is_last_try(s, row, s.plan.reopen_tries[channel]):
        return NextStep.GIVES_UP, -1
    if of_try(s, row, Group.TRY_DOOR, TRIES_WHEN_OPEN) >= s.plan.reopen_share[channel]:
        return NextStep.GIVES_UP, -1
    spread_s = time_of_try(s, s.plan.reopen_law[channel], row, Group.TRY_DOOR, OPENING_SPREAD)
    at_s = next_opening_s(s, channel, s.clock[0]) + spread_s
    return NextStep.TRIES_WHEN_OPEN, next_try(s, row, RETRY_CLOSED, at_s)


def was_contained(s: State, row: int) -> tuple[int, int]:
    """The menu met the need, or seemed to: then the same person contacts the firm again."""
    channel, share = s.contacts.channel[row], s.plan.false_containment[place(s, row)]
    if share <= 0.0 or of_try(s, row, Group.TRY_DOOR, FALSE_CONTAINMENT) >= share:
        s.contacts.solved[row] = Solved.YES
        return NextStep.NONE, -1
    s.contacts.solved[row] = Solved.NO
    if is_last_try(s, row, s.plan.again_tries[channel]):
        return NextStep.GIVES_UP, -1
    delay_s = time_of_try(s, s.plan.again_law[channel], row, Group.TRY, AGAIN_DELAY)
    return NextStep.REDIALS, next_try(s, row, REDIAL, s.clock[0] + delay_s)


def comes_unsolved(s: State, row: int) -> tuple[int, int]:
    """Served, but not helped: come again, or give up."""
    c = s.contacts
    limit, share = s.plan.return_contacts[c.reason[row]], s.plan.returns[c.reason[row]]
    if limit >= 0 and served_legs(s, row) >= limit:
        return NextStep.GIVES_UP, -1
    if share <= 0.0 or of_leg(s, row, Group.LEG_AFTER, RETURNS) >= share:
        return NextStep.GIVES_UP, -1
    if c.has_file[row] == 0:
        return NextStep.COMES_BACK, next_leg(s, row, when_executive_is_back_s(s, row))
    delay_s = time_of_leg(s, s.plan.return_law[c.reason[row]], row, Group.LEG_AFTER, RETURN_DELAY)
    if s.plan.return_counts[c.reason[row]]:
        return NextStep.COMES_BACK, next_leg(s, row, in_open_days_s(s, row, delay_s))
    return NextStep.COMES_BACK, next_leg(s, row, s.clock[0] + delay_s)


def served_legs(s: State, row: int) -> int:
    """Return how many attempts of the case there were, this one included."""
    return s.contacts.leg[row] + (2 if s.contacts.leg_kind[row] == CALL_BACK_LEG else 1)


def comes_when_told(s: State, row: int) -> tuple[int, int]:
    """Told to come back: on the executive's next planned day, or not at all (R27)."""
    share = s.plan.come_back_share[s.plan.reason_cover[s.contacts.reason[row]]]
    if of_leg(s, row, Group.LEG_AFTER, RETURNS) >= share:
        return NextStep.GIVES_UP, -1
    return NextStep.COMES_BACK, next_leg(s, row, when_executive_is_back_s(s, row))


def when_executive_is_back_s(s: State, row: int) -> float:
    """Return the same time of day on the first open day on which the executive is planned present, plus a delay (R27)."""
    c = s.contacts
    law = s.plan.come_back_law[s.plan.reason_cover[c.reason[row]]]
    delay_s = time_of_leg(s, law, row, Group.LEG_AFTER, RETURN_DELAY)
    for day in range(int(s.clock[0] // DAY_S) + 1, s.plan.days):
        if is_planned_on(s, c.owner[row], day) and opens_on(s, c.channel[row], day):
            return same_time_on_s(s, row, day) + delay_s
    return INFINITY


def in_open_days_s(s: State, row: int, delay_s: float) -> float:
    """Return the same time of day so many open days later: the delay rounded to days, at least one."""
    days_left = max(1, int(delay_s / DAY_S + 0.5))
    for day in range(int(s.clock[0] // DAY_S) + 1, s.plan.days):
        if opens_on(s, s.contacts.channel[row], day):
            days_left -= 1
        if days_left == 0:
            return same_time_on_s(s, row, day)
    return INFINITY


def same_time_on_s(s: State, row: int, day: int) -> float:
    """Return the time of day of a contact's arrival, on another day."""
    arrived_s = s.contacts.arrived_s[row]
    return day * DAY_S + (arrived_s - arrived_s // DAY_S * DAY_S)


def promises_call(s: State, row: int) -> tuple[int, int]:
    """A message is taken: a call waits for the executive from now on (R30)."""
    c = s.contacts
    cover, call = s.plan.reason_cover[c.reason[row]], another(s, row, CALL_BACK, CALL_BACK_LEG, c.leg[row], 0)
    draw_leg(s, call)
    c.patience_s[call] = INFINITY
    if s.plan.call_back_law[cover] >= 0:
        c.talk_work_s[call] = time_of_leg(s, s.plan.call_back_law[cover], call, Group.LEG, TALK)
    c.arrived_s[call] = c.queued_s[call] = c.joined_s[call] = s.clock[0]
    c.covered_by[call] = BY_OWN
    who = ask(s, call, s.plan.own_queue[c.owner[call]])
    if who == WAITS:
        c.queue[call] = c.line[call]
        c.asleep[call] = 1
    else:
        s.work.append((call, who))
    return NextStep.CALL_BACK, call


# ---- new contacts ---------------------------------------------------------------------------------------------------


def first_contact(s: State, day: Day, number: int) -> int:
    """Reserve the row of a case's first contact and write what its day has drawn."""
    row, c = new_row(s), s.contacts
    c.root[row], c.entry[row] = day.root[number], FRESH
    c.reason[row], c.segment[row], c.channel[row] = day.reason[number], day.segment[number], day.channel[number]
    c.customer[row], c.owner[row] = day.customer[number], day.owner[number]
    c.patience_s[row], c.solved_u[row], c.scale[row] = day.patience_s[number], day.solved_u[number], day.scale[number]
    c.menu_s[row], c.contained_u[row] = day.menu_s[number], day.contained_u[number]
    c.talk_work_s[row], c.search_work_s[row] = day.talk_s[number], day.search_s[number]
    c.wrap_up_s[row] = day.wrap_up_s[number]
    return row


def next_try(s: State, row: int, entry: int, at_s: float) -> int:
    """Schedule the same attempt once more and return its row; -1 where the run ends before."""
    if not at_s < s.plan.horizon_s:
        return -1
    c = s.contacts
    again = another(s, row, entry, c.leg_kind[row], c.leg[row], c.try_number[row] + 1)
    c.patience_s[again], c.solved_u[again] = c.patience_s[row], c.solved_u[row]
    c.talk_work_s[again], c.search_work_s[again] = c.talk_work_s[row], c.search_work_s[row]
    c.wrap_up_s[again] = c.wrap_up_s[row]
    return start(s, again, at_s)


def next_leg(s: State, row: int, at_s: float) -> int:
    """Schedule a further attempt of the case and return its row; -1 where the run ends before."""
    if not at_s < s.plan.horizon_s:
        return -1
    again = another(s, row, COMEBACK, NEED_LEG, s.contacts.leg[row] + 1, 0)
    draw_leg(s, again)
    return start(s, again, at_s)


def another(s: State, row: int, entry: int, leg_kind: int, leg: int, try_number: int) -> int:
    """Reserve the row of a further contact of the same case."""
    again, c = new_row(s), s.contacts
    c.root[again], c.lineage[again] = c.root[row], c.lineage[row]
    c.reason[again], c.segment[again], c.channel[again] = c.reason[row], c.segment[row], c.channel[row]
    c.customer[again], c.owner[again], c.scale[again] = c.customer[row], c.owner[row], c.scale[row]
    c.entry[again], c.leg_kind[again], c.leg[again], c.try_number[again] = entry, leg_kind, leg, try_number
    return again


def draw_leg(s: State, row: int) -> None:
    """Draw what all tries of a leg share."""
    c, p, where = s.contacts, s.plan, place(s, row)
    patience_law = p.patience_law[c.segment[row] * len(p.talk_law) + where]
    c.patience_s[row] = INFINITY if patience_law < 0 else time_of_leg(s, patience_law, row, Group.LEG, PATIENCE)
    c.talk_work_s[row] = time_of_leg(s, p.talk_law[where], row, Group.LEG, TALK)
    c.wrap_up_s[row] = time_of_leg(s, p.wrap_up_law[where], row, Group.LEG, WRAP_UP)
    c.search_work_s[row] = time_of_leg(s, p.search_law[where], row, Group.LEG_AFTER, SEARCH)
    c.solved_u[row] = of_leg(s, row, Group.LEG, SOLVED)


def start(s: State, row: int, at_s: float) -> int:
    """Put a coming contact on the calendar and return its row."""
    c = s.contacts
    menu_law = s.plan.menu_law[c.channel[row]]
    if menu_law >= 0:
        c.menu_s[row] = time_of_try(s, menu_law, row, Group.TRY, MENU)
        c.contained_u[row] = of_try(s, row, Group.TRY, CONTAINED)
    at(s, at_s, RETURNING_ARRIVAL, row, NO_FURTHER)
    return row


# ---- the log --------------------------------------------------------------------------------------------------------


def new_row(s: State) -> int:
    """Reserve the next row."""
    row = s.rows[0]
    if row == len(s.contacts.root):
        grow(s.contacts)
    s.rows[0] += 1
    return row


def place(s: State, row: int) -> int:
    """Return where a reason and a channel stand in the plan's columns."""
    return s.contacts.reason[row] * len(s.plan.channel_kind) + s.contacts.channel[row]


def record(s: State, seed: int, replication: int) -> RunLog:
    """Return the columns of the log, without rows that were never used."""
    used, columns = s.rows[0], s.contacts._asdict()
    contacts = {name: np.array(columns[name][:used], np.dtype(code)) for name, code, _, _ in CONTACT_COLUMNS}
    presence: dict[str, NDArray[Any]] = {
        "agent": np.array(s.presence_agent, np.int32),
        "time_s": np.array(s.presence_s, np.float64),
        "state": np.array(s.presence_state, np.int8),
    }
    return RunLog(replication=replication, seed=seed, contacts=contacts, presence=presence)
