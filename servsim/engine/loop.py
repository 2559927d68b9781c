"""The plain event loop: one heap of events, one handler for each kind, flat columns as state.

::

    heap of (time, rank) -> handler of the kind -> work list, first in first out -> next event
                            (state is true here)   (contacts that were told something: answered, or gone)

This is the later compiled engine, uncompiled, and the second witness beside ``servsim.engine.simpy_engine``: the steps
have the same names and both leave the same record of every contact, ties included. Consequences of one event are put on
the work list in the order in which the SimPy engine signals them, and the list is emptied before the next event of the
instant (R15). What customers remember is in ``loop_people``. Never measures anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.draws.name import REASON_SHIFT, leg_word, lineage_of, strip_reason
from servsim.draws.philox import uniform
from servsim.draws.purpose import (
    AGAIN,
    AGAIN_DELAY,
    AGREES,
    BALK,
    CHANNEL,
    CONTAINED,
    DESK_TIME,
    FALSE_CONTAINMENT,
    HAS_FILE,
    LEAD_TIME,
    LEADS_TO,
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
from servsim.engine.loop_calendar import at, goes_first, take_first
from servsim.engine.loop_day import count_cases, draw_cases, expect, put_in_order
from servsim.engine.loop_floor import (
    BY_BUDDY,
    BY_DESK,
    BY_OWN,
    BY_SUBSTITUTE,
    CLEAR,
    COME_BACK,
    INFINITY,
    LATE_BREAK,
    MESSAGE,
    PLANNED,
    ask,
    balk_share,
    close,
    enter,
    has_room,
    is_open_now,
    is_planned_on,
    late_break_over,
    leave,
    next_opening_s,
    opens_on,
    overflow_due,
    receive,
    release,
    staff_changes,
    will_be_told,
)
from servsim.engine.loop_line import drop, is_by_firm
from servsim.engine.loop_luck import (
    of_case,
    of_leg,
    of_try,
    time_from,
    time_of,
    time_of_leg,
    time_of_try,
    uniform_of,
    words_of,
)
from servsim.engine.loop_people import (
    NO_FILE,
    UNHURT,
    breaks_promise,
    bring_up_to_date,
    carry,
    closed_cases,
    comes_to_the_door,
    complains,
    customers_at_horizon,
    draw_luck_of_settling,
    draw_mind,
    feels_contact,
    gives_goodwill,
    how_hit,
    is_forgotten,
    is_lost,
    is_passed_on,
    is_reached,
    knows,
    meets_machine,
    post,
    settles,
)
from servsim.engine.loop_room import (
    BEGINS,
    DAY,
    DAYS,
    STOPPED,
    THROUGH,
    day_by_day,
    has_slack,
    has_slack_again,
    room_needed,
    room_wanted,
    run_through,
)
from servsim.engine.loop_state import INITIAL, State, blank, blank_mind, in_lists, make_state
from servsim.plan.day import Days
from servsim.plan.plan import Plan
from servsim.rules.clock import DAY_S
from servsim.rules.codes import ChannelKind, Entry, Hit, LegKind, NextStep, Outcome, Solved
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
AHEAD = 8
"""Cases that come in between while memory brings one near."""

FRESH, REDIAL, COMEBACK = int(Entry.FRESH), int(Entry.REDIAL), int(Entry.COMEBACK)
RETRY_CLOSED, CALL_BACK = int(Entry.RETRY_CLOSED), int(Entry.CALL_BACK)
COMPLAINT, RECOVERY, NOTICE = int(Entry.COMPLAINT), int(Entry.RECOVERY), int(Entry.NOTICE)
FOLLOW_UP = int(Entry.FOLLOW_UP)
NEED_LEG, CALL_BACK_LEG = int(LegKind.NEED), int(LegKind.CALL_BACK)
COMPLAINT_LEG, RECOVERY_LEG, NOTICE_LEG = int(LegKind.COMPLAINT), int(LegKind.RECOVERY), int(LegKind.NOTICE)
DESK_LEGS = (COMPLAINT_LEG, RECOVERY_LEG, NOTICE_LEG)
"""Attempts whose work goes neither by the channel's talk times nor by who has the file."""
TOLD = int(Hit.TOLD)


def simulate(plan: Plan, seed: int, replication: int) -> RunLog:
    """Run one replication of a plan, uncompiled, and return its log.

    Parameters
    ----------
    plan : what to run.
    seed, replication : name the draws; the same pair gives the same log on every machine and on every engine.
    """
    store = run_through(lambda: Lists(plan, seed, replication))
    return record(store.state, plan, seed, replication)


class Lists:
    """A replication whose columns are lists: run by Python itself."""

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        self.state = in_lists(make_state(plan, seed, replication))
        self.days = Days(plan, seed, replication)

    def live_days(self) -> bool:
        """Run all days."""
        return day_by_day(self, self.take_day)

    def take_day(self, number: int) -> None:
        """Take the first contacts of the next day."""
        s, drawn = self.state, self.days.draw(number)
        for columns in (s.day, s.coming):
            for name in columns._fields:
                getattr(columns, name)[:] = getattr(drawn, name).tolist()
        s.day_number[0], s.day_order[:] = number, range(len(s.day.root))
        s.day_cases[0], s.day_done[0] = len(s.day.root), 0

    def make_room(self) -> None:
        """Lengthen the columns that grow."""
        s, needed = self.state, room_needed(self.state)
        lengthen(s.contacts, INITIAL, needed.contacts)
        s.rows_kept[0] = s.rows_end[0] = len(s.contacts.root)
        lengthen(s.closings, (0,) * len(s.closings), needed.closings)
        lengthen((s.event_s, s.event_rank, s.event_further), (0.0, 0, 0), needed.calendar)
        lengthen((s.work_row, s.work_signal), (0, 0), needed.work)
        lengthen((s.presence_agent, s.presence_s, s.presence_state), (0, 0.0, 0), needed.presence)

    def advance(self, stage: int) -> int:
        """Run a stage; see ``advance``."""
        return advance(self.state, stage)


def lengthen(columns: Sequence[list[Any]], initial: Sequence[float], rows: int) -> None:
    """Append rows of initial values where columns have less than so many."""
    if len(columns[0]) < rows:
        for column, value in zip(columns, initial, strict=True):
            column.extend([value] * (room_wanted(rows) - len(column)))


# ---- what comes from outside ----------------------------------------------------------------------------------------


def advance(s: State, stage: int) -> int:
    """Run the beginning, the day at hand or the end; STOPPED where a column must grow before it can go on."""
    if stage == BEGINS:
        staff_before_the_first_event(s)
        plan_closing_times(s)
        plan_calls_ahead(s)
        return THROUGH
    if stage == DAY:
        return run_day(s)
    if stage == DAYS:
        return run_days(s)
    return run_to(s, s.plan.horizon_s, rank(STAFF_OFF, 0))


def run_days(s: State) -> int:
    """Draw and run day after day."""
    while s.day_number[0] < s.plan.days:
        if not s.day_begun[0] and begin_day(s) == STOPPED:
            return STOPPED
        if run_day(s) == STOPPED:
            return STOPPED
        s.day_number[0] += 1
        s.day_begun[0] = 0
    return THROUGH


def begin_day(s: State) -> int:
    """Draw who comes on a day, and when; STOPPED where they are too many for the columns."""
    if count_cases(s) >= len(s.day_bins):
        return STOPPED
    draw_cases(s)
    put_in_order(s)
    s.day_begun[0], s.day_done[0] = 1, 0
    return THROUGH


def run_day(s: State) -> int:
    """Take the first contacts of a day in their turn among all events."""
    day = s.coming
    while s.day_done[0] < s.day_cases[0]:
        number = s.day_done[0]
        expect(s, number + AHEAD)
        case = s.day_order[number]
        if day.arrived_s[case] >= s.plan.horizon_s:
            return THROUGH
        if run_to(s, day.arrived_s[case], rank(PLANNED_ARRIVAL, number)) == STOPPED:
            return STOPPED
        s.day_done[0] = number + 1
        s.clock[0] = day.arrived_s[case]
        if not comes_another_day(s, number, case):
            arrives(s, first_contact(s, case))
        finish_work(s)
    return THROUGH


def run_to(s: State, time_s: float, place: int) -> int:
    """Take every event before a time and a place among the events of that instant (its rank)."""
    while has_slack(s) or has_slack_again(s):
        if s.events[0] == 0 or not goes_first(s.event_s[0], s.event_rank[0], 0, time_s, place, 0):
            return THROUGH
        rank_, further = s.event_rank[0], s.event_further[0]
        s.clock[0] = s.event_s[0]
        take_first(s)
        handle(s, rank_ >> NUMBER_BITS, rank_ & NUMBER_MASK, further)
        finish_work(s)
    return STOPPED


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
    elif kind == RETURNING_ARRIVAL and is_by_firm(s, number):
        call_is_due(s, number)
    elif kind == RETURNING_ARRIVAL:
        arrives(s, number)
    elif kind == OVERFLOW_DUE:
        overflow_due(s, number, further)
    elif kind == HOURS_MARK:
        closing_time(s, number, further)
    elif further == LATE_BREAK:
        late_break_over(s, number)
    else:
        next_staff_change(s)


def finish_work(s: State) -> None:
    """Let all consequences of one event happen, first in first out, before the next event (R15)."""
    done = 0
    while done < s.works[0]:
        row, signal = s.work_row[done], s.work_signal[done]
        done += 1
        is_told(s, row, signal)
    s.works[0] = 0


def staff_before_the_first_event(s: State) -> None:
    """Bring in who is on duty at the beginning."""
    while s.changes_done[0] < len(s.change_s) and s.change_s[s.changes_done[0]] <= 0.0:
        take_staff_change(s)
    plan_staff_change(s)


def next_staff_change(s: State) -> None:
    """Let the roster's next change happen, and plan the one after it."""
    take_staff_change(s)
    plan_staff_change(s)


def take_staff_change(s: State) -> None:
    """Let one change of the roster happen."""
    change = s.changes_done[0]
    s.changes_done[0] = change + 1
    staff_changes(s, s.change_agent[change], s.change_state[change], s.change_length_s[change])


def plan_staff_change(s: State) -> None:
    """Put the roster's next change on the calendar."""
    change = s.changes_done[0]
    if change < len(s.change_s):
        at(s, s.change_s[change], s.change_kind[change], s.change_agent[change], PLANNED)


def plan_closing_times(s: State) -> None:
    """Put the first closing of every channel on the calendar."""
    for channel in range(len(s.plan.channel_kind)):
        plan_closing(s, channel, s.plan.window_offset[channel])


def plan_closing(s: State, channel: int, window: int) -> None:
    """Put a channel's next closing on the calendar."""
    if window < s.plan.window_offset[channel + 1] and s.plan.window_to_s[window] < s.plan.horizon_s:
        at(s, s.plan.window_to_s[window], HOURS_MARK, channel, window)


def closing_time(s: State, channel: int, window: int) -> None:
    """A channel closes; its next closing is planned."""
    close(s, channel)
    plan_closing(s, channel, window + 1)


# ---- a contact's life -----------------------------------------------------------------------------------------------


def arrives(s: State, row: int) -> None:
    """The door, or the first ring: open? room? then the menu, or the reception."""
    c, channel = s.contacts, s.contacts.channel[row]
    c.arrived_s[row] = s.clock[0]
    if s.plan.remembers and is_lost_before(s, row):
        never_came(s, row)
    elif not is_open_now(s, channel):
        ends(s, row, Outcome.CLOSED)
        goes_on(s, row, tries_when_open(s, row))
    elif not has_room(s, channel):
        ends(s, row, no_room(s, row))
        goes_on(s, row, tries_after_busy(s, row))
    elif balks(s, row):
        ends(s, row, Outcome.BALKED)
        goes_on(s, row, tries_after_busy(s, row))
    else:
        enter(s, row)
        if c.menu_s[row] >= 0.0:
            if s.plan.remembers and c.customer[row] >= 0:
                meets_machine(s, row)
            at(s, s.clock[0] + c.menu_s[row], MENU_END, row, NO_FURTHER)
        else:
            is_received(s, row)


def menu_ends(s: State, row: int) -> None:
    """The menu ends the contact, or lets it go on; a channel that has cleared its line lets nobody in."""
    if is_contained(s, row):
        leave(s, row)
        ends(s, row, Outcome.CONTAINED)
        goes_on(s, row, was_contained(s, row))
    elif is_cleared(s, row):
        leave(s, row)
        ends(s, row, Outcome.DISCONNECTED)
        goes_on(s, row, tries_after_abandonment(s, row))
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
    """The customer goes; the agent has wrap-up to do, or is free. Work by the firm holds no line."""
    c = s.contacts
    if not is_by_firm(s, row):
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


def call_is_due(s: State, row: int) -> None:
    """A recovery call, or a call ahead of an absence, joins the line of those who make it (R33, R44)."""
    c = s.contacts
    c.arrived_s[row] = s.clock[0]
    if c.entry[row] == RECOVERY and is_lost(s, c.customer[row]):
        never_came(s, row)
        return
    c.queued_s[row] = c.joined_s[row] = s.clock[0]
    c.covered_by[row] = BY_DESK
    who = ask(s, row, s.plan.recovery_queue if c.entry[row] == RECOVERY else s.plan.notice_queue[s.ahead.notice[row]])
    if who != WAITS:
        is_told(s, row, who)
        return
    c.queue[row] = c.line[row]
    c.asleep[row] = 1


# ---- calls ahead of an absence (R33) --------------------------------------------------------------------------------


def plan_calls_ahead(s: State) -> None:
    """Reserve the rows of all calls ahead, and put them on the calendar."""
    c, a = s.contacts, s.ahead
    for call in range(len(a.due_s)):
        row = new_row(s)
        c.root[row], c.entry[row], c.leg_kind[row] = a.root[call], NOTICE, NOTICE_LEG
        c.reason[row], c.segment[row], c.channel[row] = a.reason[call], a.segment[call], a.channel[call]
        c.customer[row], c.owner[row], c.patience_s[row] = a.customer[call], a.owner[call], INFINITY
        at(s, a.due_s[call], RETURNING_ARRIVAL, row, NO_FURTHER)


def comes_another_day(s: State, number: int, case: int) -> bool:
    """Whether a planned contact was reached ahead and has agreed; then it is made on a later day, or never."""
    call = call_to(s, number)
    if call < 0:
        return False
    if s.contacts.outcome[call] != Outcome.ANSWERED:
        s.ahead.too_late[call] = 1
        return False
    if not agrees(s, call):
        return False
    if s.ahead.moved_s[call] < s.plan.horizon_s:
        s.contacts.next_row[call] = first_contact(s, case)
        at(s, s.ahead.moved_s[call], RETURNING_ARRIVAL, s.contacts.next_row[call], NO_FURTHER)
    return True


def call_to(s: State, number: int) -> int:
    """Return the row of the call ahead to a planned contact, or -1; planned contacts are asked about in their order."""
    a, place_ = s.ahead, s.ahead.met[0]
    if place_ >= len(a.row) or a.day[place_] != s.day_number[0] or a.number[place_] != number:
        return -1
    a.met[0] += 1
    return a.row[place_]


def agrees(s: State, call: int) -> bool:
    """Whether somebody who is reached ahead agrees to come another day."""
    return bool(of_case(s, call, Group.CASE_NOTICE, AGREES) < s.plan.notice_agrees[s.ahead.notice[call]])


def call_ahead_ends(s: State, call: int) -> None:
    """The customer knows; whether the contact comes another day shows when it would have come."""
    ends(s, call, Outcome.ANSWERED)
    moves = not s.ahead.too_late[call] and agrees(s, call)
    s.contacts.next_step[call] = NextStep.COMES_OTHER_DAY if moves else NextStep.NONE


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
    return s.plan.channel_closing[channel] == CLEAR and not is_open_now(s, channel)


# ---- service --------------------------------------------------------------------------------------------------------


def handling_s(s: State, row: int) -> float:
    """Return the time from answer to hang-up, and settle search, wrap-up and who served in the log."""
    c = s.contacts
    speed = speed_of(s, c.agent[row], c.reason[row])
    search_s, talk_s = search_and_talk_s(s, row)
    c.wrap_up_s[row] = 0.0 if c.desk[row] >= 0 else c.wrap_up_s[row] * c.scale[row] / speed
    c.search_s[row] = search_s / speed
    return time_with_agent_s(search_s, talk_s, speed)


def speed_of(s: State, agent: int, reason: int) -> float:
    """Return an agent's speed now, what an absence has taught included (R46)."""
    speed: float = s.plan.speed[agent * len(s.plan.asks_own) + reason]
    return speed * s.plan.learnt_speed[agent] if s.plan.learnt_s[agent] <= s.clock[0] else speed


def search_and_talk_s(s: State, row: int) -> tuple[float, float]:
    """Return search and talk at speed 1, by who serves."""
    c, p = s.contacts, s.plan
    if c.leg_kind[row] in DESK_LEGS:
        return 0.0, time_of_leg(s, law_of_firms_work(s, row), row, Group.LEG_DESK, DESK_TIME)
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


def law_of_firms_work(s: State, row: int) -> int:
    """Return the law of the time that a complaint, a recovery call or a call ahead takes."""
    kind = s.contacts.leg_kind[row]
    if kind == COMPLAINT_LEG:
        return int(s.plan.complaint_law)
    return int(s.plan.recovery_law if kind == RECOVERY_LEG else s.plan.notice_law[s.ahead.notice[row]])


def is_with_colleague(s: State, row: int) -> bool:
    """Whether somebody else serves for the executive."""
    return s.contacts.covered_by[row] in (BY_BUDDY, BY_SUBSTITUTE)


def is_served(s: State, row: int) -> None:
    """The talk is over: log how it went, and let the case go on."""
    c = s.contacts
    if c.leg_kind[row] == NOTICE_LEG:
        call_ahead_ends(s, row)
    elif c.leg_kind[row] in DESK_LEGS:
        is_heard(s, row)
    elif c.desk[row] == MESSAGE:
        ends(s, row, Outcome.MESSAGE_LEFT)
        goes_on(s, row, leaves_message(s, row))
    elif c.desk[row] == COME_BACK:
        ends(s, row, Outcome.TOLD_TO_COME_BACK)
        goes_on(s, row, is_sent_home(s, row))
    elif c.solved_u[row] < solved_share(s, row):
        c.solved[row] = Solved.YES
        ends(s, row, Outcome.ANSWERED)
        goes_on(s, row, (NextStep.NONE, -1))
    else:
        c.solved[row] = Solved.NO
        ends(s, row, Outcome.ANSWERED)
        goes_on(s, row, is_not_helped(s, row))


def solved_share(s: State, row: int) -> float:
    """Return the chance that this agent meets the need."""
    c, p = s.contacts, s.plan
    reason = c.reason[row]
    own = p.agent_solved[c.agent[row] * len(p.asks_own) + reason]
    if math.isnan(own):
        own = p.solved[3 * reason]
    share = share_solved(own, p.solved[3 * reason + 1], p.solved[3 * reason + 2], c.has_file[row])
    return min(1.0, share + p.learnt_solved[c.agent[row]]) if p.learnt_s[c.agent[row]] <= s.clock[0] else share


def is_heard(s: State, row: int) -> None:
    """A complaint has been heard, or a recovery call made: settled, or not (R43, R44)."""
    c = s.contacts
    ends(s, row, Outcome.ANSWERED)
    if c.leg_kind[row] == RECOVERY_LEG:
        gives_goodwill(s, row)
    if settles(s, row):
        c.solved[row] = Solved.YES
        goes_on(s, row, (NextStep.NONE, -1))
    else:
        c.solved[row] = Solved.NO
        goes_on(s, row, is_not_settled(s, row))


# ---- how it ends, and what follows ----------------------------------------------------------------------------------


def goes_unserved(s: State, row: int, signal: int) -> None:
    """A waiting contact leaves: patience lost, sent home, turned away or cut off."""
    if signal == LOST_PATIENCE:
        drop(s, row)
    leave(s, row)
    if signal == LOST_PATIENCE:
        ends(s, row, Outcome.ABANDONED)
        goes_on(s, row, tries_after_abandonment(s, row))
    elif signal == DISCONNECTED:
        ends(s, row, Outcome.DISCONNECTED)
        goes_on(s, row, tries_after_abandonment(s, row))
    elif signal == TURNED_AWAY:
        ends(s, row, Outcome.TURNED_AWAY)
        goes_on(s, row, tries_when_open(s, row))
    elif signal == SENT_HOME:
        ends(s, row, Outcome.TOLD_TO_COME_BACK)
        goes_on(s, row, is_sent_home(s, row))
    elif signal == MESSAGE_TAKEN:
        ends(s, row, Outcome.MESSAGE_LEFT)
        goes_on(s, row, leaves_message(s, row))


def ends(s: State, row: int, outcome: int) -> None:
    """Log the outcome; a customer who remembers takes the contact's friction along."""
    c = s.contacts
    c.ended_s[row] = s.clock[0]
    c.outcome[row] = outcome
    c.cover[row] = c.covered_by[row]
    if s.plan.remembers and c.customer[row] >= 0:
        feels_contact(s, row)


def goes_on(s: State, row: int, what_follows: tuple[int, int]) -> None:
    """Log what follows, the next step and its row, and close the case where nothing does."""
    c = s.contacts
    step, next_row = what_follows
    if step == NextStep.GIVES_UP and c.leg_kind[row] == COMPLAINT_LEG and c.outcome[row] != Outcome.ANSWERED:
        step, next_row = case_goes_on(s, row)
    c.next_step[row], c.next_row[row] = step, next_row
    if step == NextStep.NONE or step == NextStep.GIVES_UP:
        closes(s, row)


def closes(s: State, row: int) -> None:
    """A case is closed: it is posted, and later needs may grow out of a met one (R42, R5)."""
    c, p = s.contacts, s.plan
    met = c.next_step[row] == NextStep.NONE
    if p.remembers and c.customer[row] >= 0:
        post(s, row, 1 if met else 0)
    if met and p.link_offset[c.reason[row]] < p.link_offset[c.reason[row] + 1]:
        leads_on(s, row)


def is_lost_before(s: State, row: int) -> bool:
    """Whether a customer was lost before this contact; if not, he comes (R34)."""
    customer = s.contacts.customer[row]
    if customer < 0:
        return False
    bring_up_to_date(s, customer)
    if is_lost(s, customer):
        return True
    comes_to_the_door(s, row)
    return False


def never_came(s: State, row: int) -> None:
    """Nobody comes, or is called: the customer was lost before (R34)."""
    c = s.contacts
    c.ended_s[row] = s.clock[0]
    c.outcome[row] = Outcome.LOST_DEMAND
    c.next_step[row] = NextStep.GIVES_UP


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
    if was_without_file(s, row):
        return NextStep.COMES_BACK, next_leg(s, row, when_executive_is_back_s(s, row))
    delay_s = time_of_leg(s, s.plan.return_law[c.reason[row]], row, Group.LEG_AFTER, RETURN_DELAY)
    if s.plan.return_counts[c.reason[row]]:
        return NextStep.COMES_BACK, next_leg(s, row, in_open_days_s(s, row, delay_s))
    return NextStep.COMES_BACK, next_leg(s, row, s.clock[0] + delay_s)


def was_without_file(s: State, row: int) -> bool:
    """Whether who served had no file; for a complaint or a recovery call, at the contact that it is about."""
    c = s.contacts
    return c.has_file[row] == 0 or (c.leg_kind[row] in DESK_LEGS and c.hit[row] == NO_FILE)


def served_legs(s: State, row: int) -> int:
    """Return how many attempts of the case there were, this one included; a complaint or a recovery call is none."""
    c = s.contacts
    if c.leg_kind[row] in DESK_LEGS:
        return c.legs[row]
    return c.leg[row] + (2 if c.leg_kind[row] == CALL_BACK_LEG else 1)


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
    """Return the time of day of a contact's arrival, on another day; after a recovery call that of the case's first contact."""
    arrived_s = s.contacts.first_s[row] if s.contacts.leg_kind[row] == RECOVERY_LEG else s.contacts.arrived_s[row]
    return day * DAY_S + (arrived_s - arrived_s // DAY_S * DAY_S)


def promises_call(s: State, row: int) -> tuple[int, int]:
    """A message is taken: a call waits for the executive from now on (R30)."""
    c = s.contacts
    cover, call = s.plan.reason_cover[c.reason[row]], another(s, row, CALL_BACK, CALL_BACK_LEG, c.leg[row], 0)
    draw_leg(s, call)
    c.patience_s[call] = INFINITY
    if s.plan.call_back_law[cover] >= 0:
        c.talk_work_s[call] = time_of_leg(s, s.plan.call_back_law[cover], call, Group.LEG, TALK)
    c.arrived_s[call] = s.clock[0]
    if knows(s, call) and is_lost(s, c.customer[call]):
        never_came(s, call)
        return NextStep.CALL_BACK, call
    c.queued_s[call] = c.joined_s[call] = s.clock[0]
    c.covered_by[call] = BY_OWN
    who = ask(s, call, s.plan.own_queue[c.owner[call]])
    if who == WAITS:
        c.queue[call] = c.line[call]
        c.asleep[call] = 1
    else:
        will_be_told(s, call, who)
    return NextStep.CALL_BACK, call


# ---- when the firm has failed somebody (R43 to R45) -----------------------------------------------------------------


def is_not_helped(s: State, row: int) -> tuple[int, int]:
    """Served, but not helped: the firm's failure, or an ordinary case that comes again."""
    hit = how_hit(s, row) if knows(s, row) else UNHURT
    return is_failed(s, row, hit) if hit != UNHURT else comes_unsolved(s, row)


def is_sent_home(s: State, row: int) -> tuple[int, int]:
    """Told to come back."""
    return is_failed(s, row, TOLD) if knows(s, row) else comes_when_told(s, row)


def leaves_message(s: State, row: int) -> tuple[int, int]:
    """A message is taken: somebody will call, or everybody forgets it."""
    if knows(s, row) and is_forgotten(s, row):
        breaks_promise(s, row)
        return is_failed(s, row, TOLD)
    return promises_call(s, row)


def is_failed(s: State, row: int, hit: int) -> tuple[int, int]:
    """The firm has failed a contact: the customer complains, is called, or goes on as he would."""
    c = s.contacts
    c.hit[row], c.legs[row], c.problem[row] = hit, served_legs(s, row), 1
    if c.complained[row]:
        return case_goes_on(s, row)
    if complains(s, row):
        c.complained[row] = 1
        return (NextStep.COMPLAINS, complaint(s, row)) if s.plan.complaint_queue >= 0 else case_goes_on(s, row)
    return (NextStep.RECOVERS, recovery_call(s, row)) if is_reached(s, row) else case_goes_on(s, row)


def is_not_settled(s: State, row: int) -> tuple[int, int]:
    """A complaint or a recovery call was of no use: passed on, or the case goes on."""
    if s.contacts.leg_kind[row] == COMPLAINT_LEG and is_passed_on(s, row):
        return NextStep.RECOVERS, recovery_call(s, row)
    return case_goes_on(s, row)


def case_goes_on(s: State, row: int) -> tuple[int, int]:
    """The case goes on as it would have after the contact at which the firm failed; the luck is that of this leg."""
    return comes_when_told(s, row) if s.contacts.hit[row] == TOLD else comes_unsolved(s, row)


def complaint(s: State, row: int) -> int:
    """Schedule a complaint and return its row; -1 where the run ends before."""
    at_s = s.clock[0] + time_of_leg(s, s.plan.complaint_delay_law, row, Group.LEG_AFTER, RETURN_DELAY)
    if not at_s < s.plan.horizon_s:
        return -1
    c, again = s.contacts, another(s, row, COMPLAINT, COMPLAINT_LEG, s.contacts.leg[row], 0)
    patience_law = s.plan.patience_law[c.segment[again] * len(s.plan.talk_law) + place(s, again)]
    c.patience_s[again] = INFINITY if patience_law < 0 else time_of_leg(s, patience_law, again, Group.LEG, PATIENCE)
    draw_luck_of_settling(s, again)
    return start(s, again, at_s)


def recovery_call(s: State, row: int) -> int:
    """Schedule the one recovery call of a case and return its row; -1 where the run ends before."""
    c = s.contacts
    c.called[row] = 1
    at_s = s.clock[0] + time_of_leg(s, s.plan.recovery_delay_law, row, Group.LEG_AFTER, RETURN_DELAY)
    if not at_s < s.plan.horizon_s:
        return -1
    call = another(s, row, RECOVERY, RECOVERY_LEG, c.leg[row], 0)
    c.patience_s[call] = INFINITY
    draw_luck_of_settling(s, call)
    at(s, at_s, RETURNING_ARRIVAL, call, NO_FURTHER)
    return call


# ---- later needs (R5) -----------------------------------------------------------------------------------------------


def leads_on(s: State, row: int) -> None:
    """Let later needs grow out of a case whose need was met, in order of their names."""
    p, reason = s.plan, s.contacts.reason[row]
    for link in range(p.link_offset[reason], p.link_offset[reason + 1]):
        number = link - p.link_offset[reason]
        if uniform_of(s, row, Group.CASE_LINK, LEADS_TO, number) < p.link_share[link]:
            at_s = s.clock[0] + time_of(s, p.link_law[link], row, Group.CASE_LINK, LEAD_TIME, number)
            if at_s < p.horizon_s:
                start(s, later_case(s, row, link), at_s)


def later_case(s: State, row: int, link: int) -> int:
    """Reserve the row of the first contact of a later need: the same customer, another name."""
    later, c, p = new_row(s), s.contacts, s.plan
    c.reason[later], c.entry[later] = p.link_reason[link], FOLLOW_UP
    c.root[later] = (c.reason[later] << REASON_SHIFT) | strip_reason(c.root[row])
    c.lineage[later] = lineage_of(c.root[row], c.lineage[row], p.link_hash[link], 0)
    c.segment[later], c.customer[later] = c.segment[row], c.customer[row]
    c.channel[later] = channel_of(s, later)
    c.owner[later] = owner_of(s, later)
    draw_leg(s, later)
    if knows(s, later):
        draw_mind(s, later)
    return later


def channel_of(s: State, row: int) -> int:
    """Return the channel that a case of its own name takes (R8)."""
    u, channels = of_case(s, row, Group.CASE, CHANNEL), len(s.plan.channel_kind)
    first = s.contacts.reason[row] * channels
    channel = 0
    while channel < channels - 1 and u >= s.plan.channel_upto[first + channel]:
        channel += 1
    return channel


# ---- new contacts ---------------------------------------------------------------------------------------------------


def first_contact(s: State, case: int) -> int:
    """Reserve the row of a case's first contact and write what its name has drawn."""
    row, c, day = new_row(s), s.contacts, s.coming
    c.root[row], c.entry[row], c.reason[row] = day.root[case], FRESH, day.root[case] >> REASON_SHIFT
    c.segment[row], c.channel[row], c.customer[row] = day.segment[case], day.channel[case], day.customer[case]
    c.owner[row], c.scale[row] = owner_of(s, row), day.scale[case]
    if s.day_drawn[0]:
        take_drawn(s, row, case)
    else:
        draw_leg(s, row)
        draw_menu(s, row)
        if knows(s, row):
            draw_mind(s, row)
    return row


def take_drawn(s: State, row: int, case: int) -> None:
    """Write what was drawn for a case, or recorded."""
    c, day = s.contacts, s.day
    c.patience_s[row], c.solved_u[row] = day.patience_s[case], day.solved_u[case]
    c.menu_s[row], c.contained_u[row] = day.menu_s[case], day.contained_u[case]
    c.talk_work_s[row], c.search_work_s[row], c.wrap_up_s[row] = day.talk_s[case], day.search_s[case], day.wrap_up_s[case]
    if s.plan.remembers:
        c.problem[row] = s.plan.problem[c.reason[row]]
        c.noise_u[row], c.severity_u[row] = day.noise_u[case], day.severity_u[case]
        c.complains_u[row], c.surprise_u[row] = day.complains_u[case], day.surprise_u[case]


def owner_of(s: State, row: int) -> int:
    """Return the executive of a contact's customer, where it asks for him, or -1."""
    c, p = s.contacts, s.plan
    return p.owner[c.customer[row]] if p.asks_own[c.reason[row]] > 0 and c.customer[row] >= 0 else -1


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
    if s.plan.remembers:
        carry(c, row, again)
    return again


def draw_leg(s: State, row: int) -> None:
    """Draw what all tries of a leg share."""
    c, p, where = s.contacts, s.plan, place(s, row)
    patience_law, attempt = p.patience_law[c.segment[row] * len(p.talk_law) + where], leg_word(c.leg_kind[row], c.leg[row], 0)
    words = words_of(s, row, Group.LEG, attempt)
    c.patience_s[row] = INFINITY if patience_law < 0 else time_from(s, patience_law, uniform(words[PATIENCE]), row, Group.LEG, PATIENCE, attempt)
    c.talk_work_s[row] = time_from(s, p.talk_law[where], uniform(words[TALK]), row, Group.LEG, TALK, attempt)
    if p.wrap_up_law[where] >= 0:
        c.wrap_up_s[row] = time_from(s, p.wrap_up_law[where], uniform(words[WRAP_UP]), row, Group.LEG, WRAP_UP, attempt)
    if p.search_law[where] >= 0:
        c.search_work_s[row] = time_of(s, p.search_law[where], row, Group.LEG_AFTER, SEARCH, attempt)
    c.solved_u[row] = uniform(words[SOLVED])


def draw_menu(s: State, row: int) -> None:
    """Draw the time in the menu and whether it ends the contact, where there is one."""
    c, law = s.contacts, s.plan.menu_law[s.contacts.channel[row]]
    if law >= 0:
        attempt = leg_word(c.leg_kind[row], c.leg[row], c.try_number[row])
        words = words_of(s, row, Group.TRY, attempt)
        c.menu_s[row] = time_from(s, law, uniform(words[MENU]), row, Group.TRY, MENU, attempt)
        c.contained_u[row] = uniform(words[CONTAINED])


def start(s: State, row: int, at_s: float) -> int:
    """Put a coming contact on the calendar and return its row."""
    if s.contacts.leg_kind[row] != COMPLAINT_LEG:
        draw_menu(s, row)
    at(s, at_s, RETURNING_ARRIVAL, row, NO_FURTHER)
    return row


# ---- the log --------------------------------------------------------------------------------------------------------


def new_row(s: State) -> int:
    """Reserve the next row."""
    row = s.rows[0]
    if row == s.rows_end[0]:
        s.overrun[0] = 1
        return 0
    s.rows[0] = row + 1
    blank(s.contacts, row)
    if s.plan.remembers:
        blank_mind(s.contacts, row)
    return row


def place(s: State, row: int) -> int:
    """Return where a reason and a channel stand in the plan's columns."""
    return s.contacts.reason[row] * len(s.plan.channel_kind) + s.contacts.channel[row]


def record(s: State, plan: Plan, seed: int, replication: int) -> RunLog:
    """Return the columns of the log, without rows that were never used."""
    used, columns = s.rows[0], s.contacts._asdict()
    contacts = {name: np.array(columns[name][:used], np.dtype(code)) for name, code, _, _ in CONTACT_COLUMNS}
    noted = s.presences[0]
    presence: dict[str, NDArray[Any]] = {
        "agent": np.array(s.presence_agent[:noted], np.int32),
        "time_s": np.array(s.presence_s[:noted], np.float64),
        "state": np.array(s.presence_state[:noted], np.int8),
    }
    return RunLog(
        replication=replication, seed=seed, contacts=contacts, presence=presence,
        closings=closed_cases(s), customers=customers_at_horizon(s, plan, seed, replication),
    )  # fmt: skip
