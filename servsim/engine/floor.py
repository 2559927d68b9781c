"""The floor: who is on duty, who is idle, who waits where, how many lines are held.

Plain data and what may be done with it. Every method leaves all counts and lines true when it returns (R15): nothing
is changed later by a process that wakes up. The floor wakes contacts; it never logs and never draws. The ids R13 to R30 are those of docs/rules.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from heapq import heappop, heappush
from typing import Any

from servsim.engine.contact import Contact
from servsim.engine.environment import RankedEnvironment
from servsim.engine.log import PRESENCE_OVERTIME
from servsim.plan.roster import Roster
from servsim.rules.clock import DAY_S
from servsim.rules.codes import BY_FIRM, OUTBOUND_PRIORITY, ClosingRule, Cover, Entry, OwnRule, StaffState
from servsim.rules.cover import applies_away, fewest_ahead
from servsim.rules.order import EventKind
from servsim.rules.signal import DISCONNECTED, MESSAGE_TAKEN, SENT_HOME, TURNED_AWAY, WAITS

NEVER = -1.0
Place = tuple[int, float, int, Contact]
"""A contact's place in a line: (-priority, joined less credit, row, contact)."""
ON, OFF, BREAK = StaffState.ON, StaffState.OFF, StaffState.BREAK


class Floor:
    """State of one replication; ``plan`` holds plain lists (``as_lists``)."""

    def __init__(self, plan: Any, env: RankedEnvironment, roster: Roster) -> None:
        self.plan = plan
        self.env = env
        self.roster = roster
        agents, channels = len(plan.agent_team), len(plan.channel_kind)
        queues = len(plan.step_offset) - 1
        self.channels, self.reasons, self.segments = channels, len(plan.asks_own), len(plan.segment_size)
        self.held = [0] * channels
        """Lines or places held, by channel."""
        self.waiting = [0] * channels
        """Contacts waiting in any line, by channel."""
        self.line_length = [0] * channels
        """The same without those who wait for one executive."""
        self.lines: list[list[Place]] = [[] for _ in range(queues)]
        """By queue, a heap of (-priority, joined less credit, row, contact); entries of contacts that left are void."""
        self.own_waiting = [0] * queues
        """Contacts waiting, by queue."""
        self.queue_agent = [-1] * queues
        for agent, queue in enumerate(plan.own_queue):
            if queue >= 0:
                self.queue_agent[queue] = agent
        self.status = [int(OFF)] * agents
        """What the plan says now (StaffState)."""
        self.doing: list[Contact | None] = [None] * agents
        self.idle_since = [NEVER] * agents
        """When the agent became idle; NEVER while busy or absent."""
        self.idle: list[list[tuple[float, int]]] = [[] for _ in range(len(plan.team_first) - 1)]
        """By team, a heap of (idle since, agent); void where ``idle_since`` says otherwise (R17)."""
        self.owed_break_s = [0.0] * agents
        self.break_until_s = [NEVER] * agents
        self.break_length_s = [0.0] * agents
        self.presence: list[tuple[int, float, int]] = []
        """(agent, time, state) of every change."""
        self.shown = [int(OFF)] * agents
        """State last noted in ``presence``."""
        self.queues_of = [
            list(zip(*(plan.agent_queue[lo:hi], plan.agent_queue_step[lo:hi]), strict=True))
            for lo, hi in zip(plan.agent_queue_offset, plan.agent_queue_offset[1:], strict=False)
        ]
        self.agents_of: list[list[int]] = [[] for _ in range(queues)]
        """By queue, the agents who may serve it."""
        for agent, seen in enumerate(self.queues_of):
            for queue in sorted({queue for queue, _ in seen}):
                self.agents_of[queue].append(agent)
        self.length_steps = self._length_steps()

    def _length_steps(self) -> list[list[tuple[int, int]]]:
        """By channel: (length, team) of the teams that help while the line is that long, shortest first."""
        plan = self.plan
        found: list[set[tuple[int, int]]] = [set() for _ in range(self.channels)]
        per_channel = self.reasons * self.segments
        for place, queue in enumerate(plan.queue_of):
            if queue < 0:
                continue
            for step in range(plan.step_offset[queue], plan.step_offset[queue + 1]):
                if plan.step_length[step] > 0:
                    found[place // per_channel].add((plan.step_length[step], plan.step_team[step]))
        return [sorted(steps) for steps in found]

    # ---- doors and lines ----------------------------------------------------------------------------------------

    def is_open(self, channel: int, time_s: float) -> bool:
        """Whether the channel is open: from the opening instant up to, not including, the closing instant."""
        plan = self.plan
        lo, hi = plan.window_offset[channel], plan.window_offset[channel + 1]
        place = bisect_right(plan.window_from_s, time_s, lo, hi) - 1
        return bool(place >= lo and time_s < plan.window_to_s[place])

    def next_opening_s(self, channel: int, time_s: float) -> float:
        """Return when the channel opens next after ``time_s``; inf if never again in the plan."""
        plan = self.plan
        place = bisect_right(plan.window_from_s, time_s, plan.window_offset[channel], plan.window_offset[channel + 1])
        return plan.window_from_s[place] if place < plan.window_offset[channel + 1] else float("inf")

    def opens_on(self, channel: int, day: int) -> bool:
        """Whether an opening of the channel begins on a day, or it is open at midnight."""
        opening_s = self.next_opening_s(channel, day * DAY_S - 0.5)
        return opening_s < (day + 1) * DAY_S or self.is_open(channel, day * DAY_S)

    def has_room(self, channel: int) -> bool:
        """Whether a line or a place is free."""
        capacity: int = self.plan.channel_capacity[channel]
        return capacity < 0 or self.held[channel] < capacity

    def balk_share(self, channel: int) -> float:
        """Chance that somebody leaves at the sight of those who wait."""
        plan, share = self.plan, 0.0
        for place in range(plan.balk_offset[channel], plan.balk_offset[channel + 1]):
            if self.waiting[channel] >= plan.balk_from[place]:
                share = plan.balk_share[place]
        return share

    def enter(self, contact: Contact) -> None:
        """Hold a line or a place."""
        self.held[contact.channel] += 1

    def leave(self, contact: Contact) -> None:
        """Give the line or the place back."""
        self.held[contact.channel] -= 1

    # ---- reception: which line ----------------------------------------------------------------------------------

    def receive(self, contact: Contact) -> int:
        """Send a contact to an idle agent or to its line; return the agent or a signal (WAITS, SENT_HOME ...)."""
        contact.joined_s = self.env.now
        if contact.line >= 0:  # a complaint, or a call by the firm: the line of the team that does it
            contact.cover = Cover.DESK
            return self.ask(contact, contact.line)
        if contact.owner >= 0:
            return self.receive_own(contact)
        contact.cover = Cover.TEAM
        place = (contact.channel * self.reasons + contact.reason) * self.segments + contact.segment
        return self.ask(contact, self.plan.queue_of[place])

    def receive_own(self, contact: Contact) -> int:
        """Follow the first rule that can be followed for an executive who is busy or away (R25)."""
        cover = self.plan.reason_cover[contact.reason]
        away = self.is_away(contact.owner, cover)
        if not away and self.idle_since[contact.owner] != NEVER:
            contact.cover = Cover.OWN
            return self.ask(contact, self.plan.own_queue[contact.owner])
        contact.found_away = contact.found_away or away
        which = 2 * cover + (1 if away else 0)
        rules = self.plan.rule[self.plan.rule_offset[which] : self.plan.rule_offset[which + 1]]
        for rule in rules:
            signal = self.follow(rule, contact, cover)
            if signal is not None:
                return signal
        return self.at_no_time(rules[-1] if rules else OwnRule.COME_BACK, contact)

    def follow(self, rule: int, contact: Contact, cover: int) -> int | None:
        """Follow one rule for own executives, or return ``None`` where it cannot be followed."""
        plan = self.plan
        if rule == OwnRule.WAIT:
            contact.cover = Cover.OWN
            return self.ask(contact, plan.own_queue[contact.owner])
        if rule == OwnRule.BUDDY:
            colleague = self.colleague(contact.owner, cover)
            if colleague < 0:
                return None
            contact.cover = Cover.BUDDY
            return self.ask(contact, plan.own_queue[colleague])
        if rule == OwnRule.SUBSTITUTE:
            queue, limit = plan.substitute_queue[cover], plan.substitute_longest_line[cover]
            if queue < 0 or 0 <= limit <= self.own_waiting[queue] or not self.somebody_comes_today(queue):
                return None
            contact.cover = Cover.SUBSTITUTE
            return self.ask(contact, queue)
        return self.ask_desk(rule, contact, cover)

    def ask_desk(self, rule: int, contact: Contact, cover: int) -> int | None:
        """Go to whoever rebooks or takes messages; at no time where no team does."""
        queue = (self.plan.come_back_queue if rule == OwnRule.COME_BACK else self.plan.message_queue)[cover]
        if queue < 0:
            return self.at_no_time(rule, contact)
        if not self.somebody_comes_today(queue):
            return None
        contact.desk = rule
        contact.cover = Cover.DESK
        return self.ask(contact, queue)

    def at_no_time(self, rule: int, contact: Contact) -> int:
        """A notice on the door, or an answering machine: nobody's time is needed."""
        message = rule == OwnRule.MESSAGE
        contact.desk = OwnRule.MESSAGE if message else OwnRule.COME_BACK
        contact.cover = Cover.DESK
        return MESSAGE_TAKEN if message else SENT_HOME

    def is_away(self, agent: int, cover: int) -> bool:
        """Whether an executive counts as away (R24)."""
        return applies_away(self.state_now(agent), self.break_length_s[agent], self.plan.counts_as_away_s[cover])

    def state_now(self, agent: int) -> int:
        """Return what an agent is in now: a break begins after the contact in hand, and a late one ends later (R23)."""
        if self.status[agent] == BREAK and self.doing[agent] is not None:
            return ON
        if self.status[agent] == ON and self.break_until_s[agent] > self.env.now:
            return BREAK
        return self.status[agent]

    def colleague(self, owner: int, cover: int) -> int:
        """Return the present colleague who covers: the named buddy first, then who has fewest ahead; -1 if none."""
        plan, team = self.plan, self.plan.agent_team[owner]
        limit = plan.buddy_longest_line[cover]
        present = [
            agent
            for agent in range(plan.team_first[team], plan.team_first[team + 1])
            if agent != owner
            and plan.own_queue[agent] >= 0
            and not self.is_away(agent, cover)
            and (limit < 0 or self.own_waiting[plan.own_queue[agent]] < limit)
        ]
        if plan.buddy[owner] in present:
            return int(plan.buddy[owner])
        ahead = [self.own_waiting[plan.own_queue[agent]] + (self.idle_since[agent] == NEVER) for agent in present]
        return fewest_ahead(present, ahead)

    # ---- a contact finds an agent (R18) ---------------------------------------------------------------------------

    def ask(self, contact: Contact, queue: int) -> int:
        """Take an idle agent who sees this line, in order of preference, or wait."""
        agent = self.idle_agent(queue, contact)
        if agent >= 0:
            self.take(agent, contact)
            return agent
        return self.wait_in(contact, queue)

    def idle_agent(self, queue: int, contact: Contact) -> int:
        """Return the agent idle longest of the first team that sees the line at once, or -1."""
        own = self.queue_agent[queue]
        if own >= 0:
            return own if self.idle_since[own] != NEVER else -1
        plan = self.plan
        for step in range(plan.step_offset[queue], plan.step_offset[queue + 1]):
            # A team that helps with long lines takes the one who has waited longest, not the newcomer: see wait_in.
            if plan.step_length[step] == 0 and contact.joined_s + plan.step_after_s[step] <= self.env.now:
                agent = self.longest_idle(plan.step_team[step], queue)
                if agent >= 0:
                    return agent
        return -1

    def line_is_long(self, step: int, contact: Contact) -> bool:
        """Whether a team that helps only with long lines sees this one now; other teams always do."""
        return bool(self.line_length[contact.channel] >= self.plan.step_length[step])

    def longest_idle(self, team: int, queue: int) -> int:
        """Return the agent of a team idle longest who sees the line, or -1 (R17)."""
        heap, since, sees, shared = self.idle[team], self.idle_since, self.plan.sees_queue, self.plan.shared_queues
        while heap and since[heap[0][1]] != heap[0][0]:
            heappop(heap)
        if not heap:
            return -1
        if sees[heap[0][1] * shared + queue]:
            return heap[0][1]
        able = [(at, agent) for at, agent in heap if since[agent] == at and sees[agent * shared + queue]]
        return min(able)[1] if able else -1

    def take(self, agent: int, contact: Contact) -> None:
        """Give a contact to an agent, out of its line if it was in one."""
        if contact.queue >= 0:
            self.drop(contact)
        contact.agent = agent
        self.idle_since[agent] = NEVER
        self.doing[agent] = contact

    def wait_in(self, contact: Contact, queue: int) -> int:
        """Join a line; return WAITS, or the agent whom a long line called, or TURNED_AWAY where nobody will come."""
        if not self.is_open(contact.channel, self.env.now) and contact.entry not in BY_FIRM and not self.somebody_comes_today(queue):
            return TURNED_AWAY
        self.put(contact, queue)
        self.call_overflow_later(contact, queue)
        self.call_for_long_line(contact.channel)
        return contact.agent if contact.agent >= 0 else WAITS

    def put(self, contact: Contact, queue: int) -> None:
        """Enter a contact into a line, ranked by priority, then by joining time less its waiting credit (R16)."""
        contact.queue = queue
        priority, credit_s = self.standing(contact)
        heappush(self.lines[queue], (-priority, contact.joined_s - credit_s, contact.row, contact))
        self.own_waiting[queue] += 1
        if contact.entry in BY_FIRM:  # work, not somebody whom a newcomer sees
            return
        self.waiting[contact.channel] += 1
        if self.queue_agent[queue] < 0:
            self.line_length[contact.channel] += 1

    def standing(self, contact: Contact) -> tuple[int, float]:
        """Return a contact's priority and waiting credit."""
        plan = self.plan
        if contact.entry == Entry.CALL_BACK:
            return plan.call_back_priority[plan.reason_cover[contact.reason]], 0.0
        if contact.entry in BY_FIRM:
            return OUTBOUND_PRIORITY, 0.0
        place = (contact.channel * self.reasons + contact.reason) * self.segments + contact.segment
        return plan.priority[place], plan.credit_s[place]

    def drop(self, contact: Contact) -> None:
        """Take a contact out of its line; its entry in the heap is void from now on."""
        queue = contact.queue
        contact.queue = -1
        self.own_waiting[queue] -= 1
        if contact.entry in BY_FIRM:
            return
        self.waiting[contact.channel] -= 1
        if self.queue_agent[queue] < 0:
            self.line_length[contact.channel] -= 1

    def call_overflow_later(self, contact: Contact, queue: int) -> None:
        """Set the hours at which further teams begin to see this contact (R19)."""
        plan = self.plan
        for step in range(plan.step_offset[queue], plan.step_offset[queue + 1]):
            due_s = contact.joined_s + plan.step_after_s[step]
            if plan.step_after_s[step] > 0.0 and due_s >= self.env.now:
                number = contact.row * 64 + (step - plan.step_offset[queue])
                event = self.env.at(due_s, EventKind.OVERFLOW_DUE, number)
                event.callbacks.append(partial(self.overflow_due, contact, queue, step))

    def overflow_due(self, contact: Contact, queue: int, step: int, _event: Any) -> None:
        """A contact has waited long enough for one more team; an idle agent of it serves at once."""
        if contact.queue != queue or not self.line_is_long(step, contact):
            return
        agent = self.agent_for_overflow(contact, queue, self.plan.step_team[step])
        if agent >= 0:
            self.take(agent, contact)
            self.wake(contact, agent)

    def agent_for_overflow(self, _contact: Contact, queue: int, team: int) -> int:
        """Return the agent of a further team who takes a contact that has waited long enough, or -1."""
        return self.longest_idle(team, queue)

    def call_for_long_line(self, channel: int) -> None:
        """Let idle agents of the teams that help with long lines take whom they now see."""
        for length, team in self.length_steps[channel]:
            while self.line_length[channel] >= length:
                agent = self.longest_idle_who_sees(team)
                if agent < 0:
                    break
                self.look(agent)

    def longest_idle_who_sees(self, team: int) -> int:
        """Return the agent of a team idle longest who sees somebody waiting, or -1."""
        idle = sorted((at, agent) for at, agent in self.idle[team] if self.idle_since[agent] == at)
        return next((agent for _, agent in idle if self.best_waiting(agent) is not None), -1)

    def wake(self, contact: Contact, signal: int) -> None:
        """Tell a waiting contact; one that is only just being received hears it from the caller."""
        if contact.turn is not None:
            self.env.bring_forward(contact.turn, signal)

    # ---- an agent finds a contact (R16, R18) ----------------------------------------------------------------------

    def look(self, agent: int) -> None:
        """An agent is free: take the best of all waiting contacts he may serve, or stand idle."""
        contact = self.best_waiting(agent)
        if contact is None:
            self.stand_idle(agent)
            return
        self.take(agent, contact)
        self.wake(contact, agent)

    def stand_idle(self, agent: int) -> None:
        """Wait for a contact, behind those idle longer."""
        if self.idle_since[agent] == NEVER:
            self.idle_since[agent] = self.env.now
            heappush(self.idle[self.plan.agent_team[agent]], (self.env.now, agent))

    def best_waiting(self, agent: int) -> Contact | None:
        """Return the waiting contact that an agent takes next, or ``None``."""
        best: Place | None = None
        for queue, step in self.queues_of[agent]:
            head = self.head(queue)
            if head is not None and self.sees(step, head[3]) and self.goes_before(agent, head, best):
                best = head
        return None if best is None else best[3]

    def goes_before(self, agent: int, place: Place, best: Place | None) -> bool:
        """Whether an agent takes one contact rather than the best so far."""
        if best is None:
            return True
        longest_only = self.plan.team_picks[self.plan.agent_team[agent]]
        return place[1:3] < best[1:3] if longest_only else place[:3] < best[:3]

    def head(self, queue: int) -> Place | None:
        """Return the first valid entry of a line."""
        line = self.lines[queue]
        while line and line[0][3].queue != queue:
            heappop(line)
        return line[0] if line else None

    def sees(self, step: int, contact: Contact) -> bool:
        """Whether a step of the contact's line is open to its team by now; executives see their own line always."""
        if step < 0:
            return True
        return contact.joined_s + self.plan.step_after_s[step] <= self.env.now and self.line_is_long(step, contact)

    # ---- staff (R23, R26, R29) ------------------------------------------------------------------------------------

    def release(self, agent: int) -> None:
        """An agent has finished a contact: a late break, the next contact, overtime, or home."""
        self.doing[agent] = None
        if self.owed_break_s[agent] > 0.0 and self.status[agent] in (ON, BREAK):
            self.begin_late_break(agent)
        elif self.status[agent] == ON:
            self.look(agent)
        elif not self.stays(agent):
            self.go(agent)

    def begin_late_break(self, agent: int) -> None:
        """Begin a break that had to wait for a contact; it keeps its full length."""
        length_s = self.owed_break_s[agent]
        self.owed_break_s[agent] = 0.0
        self.break_length_s[agent] = length_s
        self.break_until_s[agent] = self.env.now + length_s
        self.note(agent, BREAK)
        event = self.env.at(self.break_until_s[agent], EventKind.STAFF_ON, agent)
        event.callbacks.append(lambda _: self.late_break_over(agent))
        self.receive_again(agent)

    def late_break_over(self, agent: int) -> None:
        """A late break ends; the plan may have sent the agent home meanwhile."""
        if self.break_until_s[agent] == self.env.now and self.status[agent] == ON and self.doing[agent] is None:
            self.note(agent, ON)
            self.look(agent)

    def stays(self, agent: int) -> bool:
        """Whether an agent whose shift has ended takes one more of those who wait inside (R29)."""
        if self.status[agent] != OFF or not self.plan.team_stays[self.plan.agent_team[agent]]:
            return False
        best: Place | None = None
        for queue, step in self.queues_of[agent]:
            first = next((place for place in self.places(queue) if self.is_inside(place[3])), None)
            if first is not None and self.sees(step, first[3]) and self.goes_before(agent, first, best):
                best = first
        if best is None:
            return False
        self.take(agent, best[3])
        self.wake(best[3], agent)
        return True

    def is_inside(self, contact: Contact) -> bool:
        """Whether a waiting contact is inside a channel that has closed; calls by the firm wait for another day."""
        return contact.entry not in BY_FIRM and not self.is_open(contact.channel, self.env.now)

    def staff_changes(self, agent: int, state: int, length_s: float) -> None:
        """The plan changes an agent's state; who serves finishes the contact first (R23)."""
        self.status[agent] = state
        if state == ON:
            self.comes(agent)
        elif state == BREAK:
            self.break_length_s[agent] = length_s
            self.breaks(agent, length_s)
        else:
            self.owed_break_s[agent] = 0.0
            self.break_until_s[agent] = NEVER
            if self.doing[agent] is not None:
                self.note(agent, PRESENCE_OVERTIME)
                self.receive_again(agent)
                self.turn_away_behind(agent)
            else:
                self.go(agent)

    def comes(self, agent: int) -> None:
        """A shift begins, or a break or an absence ends."""
        if self.doing[agent] is not None:
            self.note(agent, ON)
        elif self.break_until_s[agent] <= self.env.now:
            self.note(agent, ON)
            self.look(agent)

    def breaks(self, agent: int, length_s: float) -> None:
        """A planned break begins, at once or after the contact in hand."""
        if self.doing[agent] is None:
            self.go(agent)
        elif self.plan.team_late_break[self.plan.agent_team[agent]] == 0:
            self.owed_break_s[agent] += length_s

    def go(self, agent: int) -> None:
        """An agent leaves the floor: break, absence or home."""
        self.idle_since[agent] = NEVER
        self.note(agent, self.status[agent])
        self.receive_again(agent)
        if self.status[agent] != BREAK:
            self.turn_away_behind(agent)

    def turn_away_behind(self, agent: int) -> None:
        """An agent goes for today: send those away whom nobody else will serve."""
        for queue, _ in self.queues_of[agent]:
            self.turn_away(queue)

    def note(self, agent: int, state: int) -> None:
        """Log a change of presence."""
        if state != self.shown[agent]:
            self.shown[agent] = int(state)
            self.presence.append((agent, self.env.now, int(state)))

    def receive_again(self, agent: int) -> None:
        """The executive goes while people wait in his line: each is received anew, in line order (R26)."""
        queue = self.plan.own_queue[agent]
        if queue < 0 or self.own_waiting[queue] == 0:
            return
        for contact in self.in_line(queue):
            if contact.entry in BY_FIRM or not self.is_away(agent, self.plan.reason_cover[contact.reason]):
                continue
            if self.status[agent] == OFF and self.is_inside(contact) and self.will_stay(agent):
                continue
            self.drop(contact)
            signal = self.receive_own(contact)
            if signal != WAITS:
                self.wake(contact, signal)

    def will_stay(self, agent: int) -> bool:
        """Whether an agent at the end of the shift still finishes those inside: only while a contact is in hand."""
        return self.doing[agent] is not None and bool(self.plan.team_stays[self.plan.agent_team[agent]])

    def places(self, queue: int) -> list[Place]:
        """Return the valid entries of a line in order, each contact once: who left and came again has two (R26)."""
        valid = {entry[2]: entry for entry in self.lines[queue] if entry[3].queue == queue}
        return sorted(valid.values(), key=lambda entry: entry[:3])

    def in_line(self, queue: int) -> list[Contact]:
        """Return the contacts of a line in their order."""
        return [entry[3] for entry in self.places(queue)]

    # ---- closing (R29) --------------------------------------------------------------------------------------------

    def close(self, channel: int) -> None:
        """Closing time: clear the line, or turn away those for whom nobody will come."""
        if self.plan.channel_closing[channel] == ClosingRule.CLEAR:
            for contact in sorted(self.waiting_in(channel), key=lambda contact: contact.row):
                self.drop(contact)
                self.wake(contact, DISCONNECTED)
            return
        for queue in range(len(self.lines)):
            self.turn_away(queue)

    def waiting_in(self, channel: int) -> Iterator[Contact]:
        """Yield everybody who waits in a channel, calls by the firm left out."""
        for queue in range(len(self.lines)):
            yield from (c for c in self.in_line(queue) if c.channel == channel and c.entry not in BY_FIRM)

    def turn_away(self, queue: int) -> None:
        """Send those of a line away who are inside a closed channel and whom nobody will serve."""
        if self.own_waiting[queue] == 0:
            return
        left = [contact for contact in self.in_line(queue) if self.is_inside(contact)]
        if left and not self.somebody_comes_today(queue):
            for contact in left:
                self.drop(contact)
                self.wake(contact, TURNED_AWAY)

    def somebody_comes_today(self, queue: int) -> bool:
        """Whether an agent who serves the line is here, stays, or is still expected today."""
        return any(self.comes_today(agent) for agent in self.agents_of[queue])

    def comes_today(self, agent: int) -> bool:
        """Whether an agent serves now, or will be on duty again before midnight."""
        if self.status[agent] in (ON, BREAK) or (self.status[agent] == OFF and self.will_stay(agent)):
            return True
        return self.roster.next_on_s(agent, self.env.now) < (self.env.now // DAY_S + 1.0) * DAY_S
