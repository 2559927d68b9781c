"""The floor of the plain event loop: doors, lines, idle agents, staff, closing, as functions of the state.

Steps have the names they have in ``servsim.engine.floor``; where that keeps heaps with void entries, lines here are
chains (``servsim.engine.loop_line``, ``servsim.engine.loop_idle``), so that the two engines share no shortcut. Every function
leaves all counts and lines true when it returns (R15). Never logs how a contact went, never draws. The ids R13 to R30
are those of docs/rules.md.
"""

from __future__ import annotations

from bisect import bisect_right

from servsim.engine.log import PRESENCE_OVERTIME
from servsim.engine.loop_calendar import at
from servsim.engine.loop_idle import longest_idle, stand_idle, stand_no_longer_idle
from servsim.engine.loop_line import drop, is_by_firm, put, route_place, stands_before, waits_longer
from servsim.engine.loop_room import STEPS_OF_A_CONTACT
from servsim.engine.loop_state import NEVER, NOBODY, State
from servsim.rules.clock import DAY_S
from servsim.rules.codes import ClosingRule, Cover, Entry, LegKind, OwnRule, StaffState
from servsim.rules.cover import applies_away
from servsim.rules.order import EventKind
from servsim.rules.signal import DISCONNECTED, MESSAGE_TAKEN, SENT_HOME, TURNED_AWAY, WAITS

INFINITY = float("inf")
CANNOT_BE_FOLLOWED = -100
"""No signal: the next rule of the list is asked."""
PLANNED, LATE_BREAK = 0, 1
"""Third number of a staff event: a change of the roster, or the end of a late break."""

OFF, ON, BREAK = int(StaffState.OFF), int(StaffState.ON), int(StaffState.BREAK)
CALL_BACK = int(Entry.CALL_BACK)
COMPLAINT_LEG = int(LegKind.COMPLAINT)
WAIT, BUDDY, SUBSTITUTE = int(OwnRule.WAIT), int(OwnRule.BUDDY), int(OwnRule.SUBSTITUTE)
COME_BACK, MESSAGE = int(OwnRule.COME_BACK), int(OwnRule.MESSAGE)
BY_TEAM, BY_OWN, BY_BUDDY = int(Cover.TEAM), int(Cover.OWN), int(Cover.BUDDY)
BY_SUBSTITUTE, BY_DESK = int(Cover.SUBSTITUTE), int(Cover.DESK)
OVERFLOW_DUE, STAFF_ON = int(EventKind.OVERFLOW_DUE), int(EventKind.STAFF_ON)
CLEAR = int(ClosingRule.CLEAR)


# ---- doors and lines ------------------------------------------------------------------------------------------------


def is_open(s: State, channel: int, time_s: float) -> bool:
    """Whether the channel is open: from the opening instant up to, not including, the closing instant."""
    place = windows_begun(s, channel, time_s) - 1
    return bool(place >= s.plan.window_offset[channel] and time_s < s.plan.window_to_s[place])


def is_open_now(s: State, channel: int) -> bool:
    """Whether the channel is open at this moment; remembers how many windows have begun, since time goes on only."""
    place, end = s.windows_begun[channel], s.plan.window_offset[channel + 1]
    while place < end and s.plan.window_from_s[place] <= s.clock[0]:
        place += 1
    s.windows_begun[channel] = place
    return bool(place > s.plan.window_offset[channel] and s.clock[0] < s.plan.window_to_s[place - 1])


def windows_begun(s: State, channel: int, time_s: float) -> int:
    """Return the place behind the channel's last window that has begun by a time."""
    return bisect_right(s.plan.window_from_s, time_s, s.plan.window_offset[channel], s.plan.window_offset[channel + 1])


def next_opening_s(s: State, channel: int, time_s: float) -> float:
    """Return when the channel opens next after ``time_s``; inf if never again in the plan."""
    place = windows_begun(s, channel, time_s)
    return s.plan.window_from_s[place] if place < s.plan.window_offset[channel + 1] else INFINITY


def opens_on(s: State, channel: int, day: int) -> bool:
    """Whether the channel opens on a day, or is open at its midnight."""
    return is_open(s, channel, day * DAY_S) or next_opening_s(s, channel, day * DAY_S) < (day + 1) * DAY_S


def has_room(s: State, channel: int) -> bool:
    """Whether a line or a place is free."""
    capacity: int = s.plan.channel_capacity[channel]
    return capacity < 0 or s.held[channel] < capacity


def balk_share(s: State, channel: int) -> float:
    """Chance that somebody leaves at the sight of those who wait."""
    share = 0.0
    for place in range(s.plan.balk_offset[channel], s.plan.balk_offset[channel + 1]):
        if s.waiting[channel] >= s.plan.balk_from[place]:
            share = s.plan.balk_share[place]
    return share


def enter(s: State, row: int) -> None:
    """Hold a line or a place."""
    s.held[s.contacts.channel[row]] += 1


def leave(s: State, row: int) -> None:
    """Give the line or the place back."""
    s.held[s.contacts.channel[row]] -= 1


# ---- reception: which line ------------------------------------------------------------------------------------------


def receive(s: State, row: int) -> int:
    """Send a contact to an idle agent or to its line; return the agent or a signal (WAITS, SENT_HOME ...)."""
    c = s.contacts
    c.joined_s[row] = s.clock[0]
    if c.leg_kind[row] == COMPLAINT_LEG:
        c.covered_by[row] = BY_DESK
        return ask(s, row, s.plan.complaint_queue)
    if c.owner[row] >= 0:
        return receive_own(s, row)
    c.covered_by[row] = BY_TEAM
    return ask(s, row, s.plan.queue_of[route_place(s, row)])


def receive_own(s: State, row: int) -> int:
    """Follow the first rule that can be followed for an executive who is busy or away (R25)."""
    owner, cover = s.contacts.owner[row], s.plan.reason_cover[s.contacts.reason[row]]
    away = is_away(s, owner, cover)
    if not away and s.idle_since[owner] != NEVER:
        s.contacts.covered_by[row] = BY_OWN
        return ask(s, row, s.plan.own_queue[owner])
    if away and s.plan.remembers:
        s.contacts.found_away[row] = 1
    which = 2 * cover + (1 if away else 0)
    first, end = s.plan.rule_offset[which], s.plan.rule_offset[which + 1]
    for place in range(first, end):
        signal = follow(s, s.plan.rule[place], row, cover)
        if signal != CANNOT_BE_FOLLOWED:
            return signal
    return at_no_time(s, s.plan.rule[end - 1] if end > first else COME_BACK, row)


def follow(s: State, rule: int, row: int, cover: int) -> int:
    """Follow one rule for own executives, or return CANNOT_BE_FOLLOWED."""
    if rule == WAIT:
        s.contacts.covered_by[row] = BY_OWN
        return ask(s, row, s.plan.own_queue[s.contacts.owner[row]])
    if rule == BUDDY:
        return ask_buddy(s, row, cover)
    if rule == SUBSTITUTE:
        return ask_substitute(s, row, cover)
    return ask_desk(s, rule, row, cover)


def ask_buddy(s: State, row: int, cover: int) -> int:
    """Go to a present colleague of the executive's team."""
    agent = colleague(s, s.contacts.owner[row], cover)
    if agent < 0:
        return CANNOT_BE_FOLLOWED
    s.contacts.covered_by[row] = BY_BUDDY
    return ask(s, row, s.plan.own_queue[agent])


def ask_substitute(s: State, row: int, cover: int) -> int:
    """Go to another team, if its line is not too long and it is on duty today."""
    queue, limit = s.plan.substitute_queue[cover], s.plan.substitute_longest_line[cover]
    if queue < 0 or 0 <= limit <= s.line_count[queue] or not somebody_comes_today(s, queue):
        return CANNOT_BE_FOLLOWED
    s.contacts.covered_by[row] = BY_SUBSTITUTE
    return ask(s, row, queue)


def ask_desk(s: State, rule: int, row: int, cover: int) -> int:
    """Go to whoever rebooks or takes messages; at no time where no team does."""
    queue = s.plan.come_back_queue[cover] if rule == COME_BACK else s.plan.message_queue[cover]
    if queue < 0:
        return at_no_time(s, rule, row)
    if not somebody_comes_today(s, queue):
        return CANNOT_BE_FOLLOWED
    s.contacts.desk[row] = rule
    s.contacts.covered_by[row] = BY_DESK
    return ask(s, row, queue)


def at_no_time(s: State, rule: int, row: int) -> int:
    """A notice on the door, or an answering machine: nobody's time is needed."""
    s.contacts.desk[row] = MESSAGE if rule == MESSAGE else COME_BACK
    s.contacts.covered_by[row] = BY_DESK
    return MESSAGE_TAKEN if rule == MESSAGE else SENT_HOME


def is_away(s: State, agent: int, cover: int) -> bool:
    """Whether an executive counts as away (R24)."""
    return applies_away(state_now(s, agent), s.break_length_s[agent], s.plan.counts_as_away_s[cover])


def state_now(s: State, agent: int) -> int:
    """Return what an agent is in now: a break begins after the contact in hand, and a late one ends later (R23)."""
    if s.status[agent] == BREAK and s.doing[agent] >= 0:
        return ON
    if s.status[agent] == ON and s.break_until_s[agent] > s.clock[0]:
        return BREAK
    return s.status[agent]


def colleague(s: State, owner: int, cover: int) -> int:
    """Return the present colleague who covers: the named buddy first, then who has fewest ahead; -1 if none."""
    best, fewest = NOBODY, 0
    team = s.plan.agent_team[owner]
    for agent in range(s.plan.team_first[team], s.plan.team_first[team + 1]):
        if agent == owner or not can_cover(s, agent, cover):
            continue
        if agent == s.plan.buddy[owner]:
            return agent
        ahead = s.line_count[s.plan.own_queue[agent]] + (1 if s.idle_since[agent] == NEVER else 0)
        if best < 0 or ahead < fewest:
            best, fewest = agent, ahead
    return best


def can_cover(s: State, agent: int, cover: int) -> bool:
    """Whether a colleague is here and has a line that is not too long."""
    queue, limit = s.plan.own_queue[agent], s.plan.buddy_longest_line[cover]
    return queue >= 0 and not is_away(s, agent, cover) and (limit < 0 or s.line_count[queue] < limit)


# ---- a contact finds an agent (R18) ---------------------------------------------------------------------------------


def ask(s: State, row: int, queue: int) -> int:
    """Take an idle agent who sees this line, in order of preference, or wait."""
    agent = idle_agent(s, queue, row)
    if agent >= 0:
        take(s, agent, row)
        return agent
    return wait_in(s, row, queue)


def idle_agent(s: State, queue: int, row: int) -> int:
    """Return the agent idle longest of the first team that sees the contact at once, or -1."""
    own = s.queue_agent[queue]
    if own >= 0:
        return own if s.idle_since[own] != NEVER else NOBODY
    for step in range(s.plan.step_offset[queue], s.plan.step_offset[queue + 1]):
        if s.plan.step_length[step] == 0 and s.contacts.joined_s[row] + s.plan.step_after_s[step] <= s.clock[0]:
            agent = longest_idle(s, s.plan.step_team[step], queue)
            if agent >= 0:
                return agent
    return NOBODY


def line_is_long(s: State, step: int, row: int) -> bool:
    """Whether a team that helps only with long lines sees this one now; other teams always do."""
    return bool(s.line_length[s.contacts.channel[row]] >= s.plan.step_length[step])


def take(s: State, agent: int, row: int) -> None:
    """Give a contact to an agent, out of its line if it was in one."""
    if s.contacts.line[row] >= 0:
        drop(s, row)
    s.contacts.agent[row] = agent
    stand_no_longer_idle(s, agent)
    s.doing[agent] = row


def wait_in(s: State, row: int, queue: int) -> int:
    """Join a line; return WAITS, or the agent whom a long line called, or TURNED_AWAY where nobody will come."""
    c = s.contacts
    if not is_open_now(s, c.channel[row]) and not is_by_firm(s, row) and not somebody_comes_today(s, queue):
        return TURNED_AWAY
    put(s, row, queue)
    call_overflow_later(s, row, queue)
    call_for_long_line(s, c.channel[row])
    return c.agent[row] if c.agent[row] >= 0 else WAITS


def call_overflow_later(s: State, row: int, queue: int) -> None:
    """Set the hours at which further teams begin to see this contact (R19)."""
    first = s.plan.step_offset[queue]
    for step in range(first, s.plan.step_offset[queue + 1]):
        due_s = s.contacts.joined_s[row] + s.plan.step_after_s[step]
        if s.plan.step_after_s[step] > 0.0 and due_s >= s.clock[0]:
            at(s, due_s, OVERFLOW_DUE, row * STEPS_OF_A_CONTACT + step - first, queue)


def overflow_due(s: State, number: int, queue: int) -> None:
    """A contact has waited long enough for one more team; an idle agent of it serves at once."""
    row, step = number // STEPS_OF_A_CONTACT, s.plan.step_offset[queue] + number % STEPS_OF_A_CONTACT
    if s.contacts.line[row] != queue or not line_is_long(s, step, row):
        return
    agent = longest_idle(s, s.plan.step_team[step], queue)
    if agent >= 0:
        take(s, agent, row)
        wake(s, row, agent)


def call_for_long_line(s: State, channel: int) -> None:
    """Let idle agents of the teams that help with long lines take whom they now see."""
    for place in range(s.help_offset[channel], s.help_offset[channel + 1]):
        while s.line_length[channel] >= s.help_length[place]:
            agent = longest_idle_who_sees(s, s.help_team[place])
            if agent < 0:
                break
            look(s, agent)


def longest_idle_who_sees(s: State, team: int) -> int:
    """Return the agent of a team idle longest who sees somebody waiting, or -1."""
    agent = s.idle_first[team]
    while agent >= 0 and best_waiting(s, agent) < 0:
        agent = s.idle_behind[agent]
    return agent


def wake(s: State, row: int, signal: int) -> None:
    """Tell a waiting contact, after this event; one that is only just being received hears it from the caller."""
    if s.contacts.asleep[row]:
        s.contacts.asleep[row] = 0
        will_be_told(s, row, signal)


def will_be_told(s: State, row: int, signal: int) -> None:
    """Note that a contact is told something after this event."""
    place = s.works[0]
    if place == len(s.work_row):
        s.overrun[0] = 1
        return
    s.works[0] = place + 1
    s.work_row[place], s.work_signal[place] = row, signal


# ---- an agent finds a contact (R16, R18) ----------------------------------------------------------------------------


def look(s: State, agent: int) -> None:
    """An agent is free: take the best of all waiting contacts he may serve, or stand idle."""
    row = best_waiting(s, agent)
    if row < 0:
        stand_idle(s, agent)
        return
    take(s, agent, row)
    wake(s, row, agent)


def best_waiting(s: State, agent: int) -> int:
    """Return the waiting contact that an agent takes next, or -1."""
    best = -1
    for place in range(s.plan.agent_queue_offset[agent], s.plan.agent_queue_offset[agent + 1]):
        row = s.line_first[s.plan.agent_queue[place]]
        if row >= 0 and sees(s, s.plan.agent_queue_step[place], row) and goes_before(s, agent, row, best):
            best = row
    return best


def goes_before(s: State, agent: int, row: int, best: int) -> bool:
    """Whether an agent takes one contact rather than the best so far (-1: none yet)."""
    if best < 0:
        return True
    if s.plan.team_picks[s.plan.agent_team[agent]]:
        return waits_longer(s, row, best)
    return stands_before(s, row, best)


def sees(s: State, step: int, row: int) -> bool:
    """Whether a step of the contact's line is open to its team by now; executives see their own line always."""
    if step < 0:
        return True
    return s.contacts.joined_s[row] + s.plan.step_after_s[step] <= s.clock[0] and line_is_long(s, step, row)


# ---- staff (R23, R26, R29) ------------------------------------------------------------------------------------------


def release(s: State, agent: int) -> None:
    """An agent has finished a contact: a late break, the next contact, overtime, or home."""
    s.doing[agent] = -1
    if s.owed_break_s[agent] > 0.0 and s.status[agent] in (ON, BREAK):
        begin_late_break(s, agent)
    elif s.status[agent] == ON:
        look(s, agent)
    elif not stays(s, agent):
        go(s, agent)


def begin_late_break(s: State, agent: int) -> None:
    """Begin a break that had to wait for a contact; it keeps its full length."""
    s.break_length_s[agent] = s.owed_break_s[agent]
    s.break_until_s[agent] = s.clock[0] + s.owed_break_s[agent]
    s.owed_break_s[agent] = 0.0
    note(s, agent, BREAK)
    at(s, s.break_until_s[agent], STAFF_ON, agent, LATE_BREAK)
    receive_again(s, agent)


def late_break_over(s: State, agent: int) -> None:
    """A late break ends; the plan may have sent the agent home meanwhile."""
    if s.break_until_s[agent] == s.clock[0] and s.status[agent] == ON and s.doing[agent] < 0:
        note(s, agent, ON)
        look(s, agent)


def stays(s: State, agent: int) -> bool:
    """Whether an agent whose shift has ended takes one more of those who wait inside (R29)."""
    if s.status[agent] != OFF or not s.plan.team_stays[s.plan.agent_team[agent]]:
        return False
    best = -1
    for place in range(s.plan.agent_queue_offset[agent], s.plan.agent_queue_offset[agent + 1]):
        row = first_inside(s, s.plan.agent_queue[place])
        if row >= 0 and sees(s, s.plan.agent_queue_step[place], row) and goes_before(s, agent, row, best):
            best = row
    if best < 0:
        return False
    take(s, agent, best)
    wake(s, best, agent)
    return True


def first_inside(s: State, queue: int) -> int:
    """Return the first of a line who is inside a closed channel, or -1."""
    row = s.line_first[queue]
    while row >= 0 and not is_inside(s, row):
        row = s.contacts.behind[row]
    return row


def is_inside(s: State, row: int) -> bool:
    """Whether a waiting contact is inside a channel that has closed; work by the firm waits for another day."""
    return not is_by_firm(s, row) and not is_open_now(s, s.contacts.channel[row])


def staff_changes(s: State, agent: int, state: int, length_s: float) -> None:
    """The plan changes an agent's state; who serves finishes the contact first (R23)."""
    s.status[agent] = state
    if state == ON:
        comes(s, agent)
    elif state == BREAK:
        breaks(s, agent, length_s)
    else:
        s.owed_break_s[agent] = 0.0
        s.break_until_s[agent] = NEVER
        if s.doing[agent] < 0:
            go(s, agent)
        else:
            note(s, agent, PRESENCE_OVERTIME)
            receive_again(s, agent)
            turn_away_behind(s, agent)


def comes(s: State, agent: int) -> None:
    """A shift begins, or a break or an absence ends."""
    if s.doing[agent] >= 0:
        note(s, agent, ON)
    elif s.break_until_s[agent] <= s.clock[0]:
        note(s, agent, ON)
        look(s, agent)


def breaks(s: State, agent: int, length_s: float) -> None:
    """A planned break begins, at once or after the contact in hand."""
    s.break_length_s[agent] = length_s
    if s.doing[agent] < 0:
        go(s, agent)
    elif s.plan.team_late_break[s.plan.agent_team[agent]] == 0:
        s.owed_break_s[agent] += length_s


def go(s: State, agent: int) -> None:
    """An agent leaves the floor: break, absence or home."""
    stand_no_longer_idle(s, agent)
    note(s, agent, s.status[agent])
    receive_again(s, agent)
    if s.status[agent] != BREAK:
        turn_away_behind(s, agent)


def turn_away_behind(s: State, agent: int) -> None:
    """An agent goes for today: send those away whom nobody else will serve."""
    for place in range(s.plan.agent_queue_offset[agent], s.plan.agent_queue_offset[agent + 1]):
        turn_away(s, s.plan.agent_queue[place])


def note(s: State, agent: int, state: int) -> None:
    """Log a change of presence."""
    if state != s.shown[agent]:
        s.shown[agent] = state
        place = s.presences[0]
        if place == len(s.presence_s):
            s.overrun[0] = 1
            return
        s.presences[0] = place + 1
        s.presence_agent[place], s.presence_s[place], s.presence_state[place] = agent, s.clock[0], state


def receive_again(s: State, agent: int) -> None:
    """The executive goes while people wait in his line: each is received anew, in line order (R26)."""
    queue = s.plan.own_queue[agent]
    if queue < 0:
        return
    row = s.line_first[queue]
    while row >= 0:
        behind = s.contacts.behind[row]
        if looks_elsewhere(s, agent, row):
            drop(s, row)
            signal = receive_own(s, row)
            if signal != WAITS:
                wake(s, row, signal)
        row = behind


def looks_elsewhere(s: State, agent: int, row: int) -> bool:
    """Whether a contact in the line of an executive who goes is received anew; work by the firm waits for him."""
    if is_by_firm(s, row) or not is_away(s, agent, s.plan.reason_cover[s.contacts.reason[row]]):
        return False
    return not (s.status[agent] == OFF and is_inside(s, row) and will_stay(s, agent))


def will_stay(s: State, agent: int) -> bool:
    """Whether an agent at the end of the shift still finishes those inside: only while a contact is in hand."""
    return s.doing[agent] >= 0 and s.plan.team_stays[s.plan.agent_team[agent]] == 1


# ---- closing (R29) --------------------------------------------------------------------------------------------------


def close(s: State, channel: int) -> None:
    """Closing time: clear the line, or turn away those for whom nobody will come."""
    if s.plan.channel_closing[channel] == CLEAR:
        clear(s, channel)
        return
    for queue in range(len(s.line_first)):
        turn_away(s, queue)


def clear(s: State, channel: int) -> None:
    """Cut everybody off who waits in a channel, by row, work by the firm left out."""
    told = s.works[0]
    for queue in range(len(s.line_first)):
        row = s.line_first[queue]
        while row >= 0:
            behind = s.contacts.behind[row]
            if s.contacts.channel[row] == channel and not is_by_firm(s, row):
                drop(s, row)
                wake(s, row, DISCONNECTED)
            row = behind
    sort_by_row(s, told)


def sort_by_row(s: State, start: int) -> None:
    """Put those who will all be told the same in order of row (Shell's sort)."""
    gap = 1
    while gap < s.works[0] - start:
        gap = 3 * gap + 1
    while gap > 0:
        for place in range(start + gap, s.works[0]):
            row, free = s.work_row[place], place
            while free - gap >= start and s.work_row[free - gap] > row:
                s.work_row[free] = s.work_row[free - gap]
                free -= gap
            s.work_row[free] = row
        gap //= 3


def turn_away(s: State, queue: int) -> None:
    """Send those of a line away who are inside a closed channel and whom nobody will serve."""
    row = first_inside(s, queue)
    if row < 0 or somebody_comes_today(s, queue):
        return
    while row >= 0:
        behind = s.contacts.behind[row]
        if is_inside(s, row):
            drop(s, row)
            wake(s, row, TURNED_AWAY)
        row = behind


def somebody_comes_today(s: State, queue: int) -> bool:
    """Whether an agent who serves the line is here, stays, or is still expected today."""
    for place in range(s.seen_offset[queue], s.seen_offset[queue + 1]):  # noqa: SIM110, compiled code knows no generators
        if comes_today(s, s.seen_agent[place]):
            return True
    return False


def comes_today(s: State, agent: int) -> bool:
    """Whether an agent serves now, or will be on duty again before midnight."""
    if s.status[agent] in (ON, BREAK) or (s.status[agent] == OFF and will_stay(s, agent)):
        return True
    return next_on_s(s, agent) < (s.clock[0] // DAY_S + 1.0) * DAY_S


def next_on_s(s: State, agent: int) -> float:
    """Return when an agent's duty begins or goes on next after now; inf if never."""
    end = s.on_offset[agent + 1]
    place = bisect_right(s.on_s, s.clock[0], s.on_offset[agent], end)
    return s.on_s[place] if place < end else INFINITY


def is_planned_on(s: State, agent: int, day: int) -> bool:
    """Whether the plan has the agent present at some time of a day (a drawn absence is not foreseen)."""
    for place in range(s.planned_offset[agent], s.planned_offset[agent + 1]):
        if s.planned_from_s[place] < (day + 1) * DAY_S and s.planned_to_s[place] > day * DAY_S:
            return True
    return False
