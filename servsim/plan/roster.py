"""The roster of one replication: when each agent is on duty, on a break, away or off (R9, R23).

Duty windows, breaks and absences of the plan are merged (away before break before shift) into changes of state, in the
order in which engines take them. Drawn absences are the only draws, keyed by agent and day. Never knows what agents do.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from servsim.draws.philox import block, uniform
from servsim.draws.purpose import ILLNESS, Group, salted, stream
from servsim.rules.clock import DAY_S
from servsim.rules.codes import StaffState
from servsim.rules.order import EventKind
from servsim.scenario.opening import merged

ON, OFF, BREAK, AWAY = StaffState.ON, StaffState.OFF, StaffState.BREAK, StaffState.AWAY

Span = tuple[float, float]


class Change(NamedTuple):
    """An agent's planned state changes. Sorted by time, then staff off before staff on, then agent."""

    time_s: float
    kind: int
    """EventKind.STAFF_OFF or STAFF_ON."""
    agent: int
    state: int
    """StaffState from now on."""
    length_s: float
    """Planned length of a break; 0 otherwise."""


class Roster:
    """Changes of state of all agents, and what is known of the future."""

    def __init__(self, changes: list[Change], on_times_s: list[list[float]], planned: list[list[Span]]) -> None:
        self.changes = changes
        self.on_times_s = on_times_s
        self.planned = planned
        """By agent, planned presence: duty less planned absences (a drawn illness is not foreseen, R27)."""

    def next_on_s(self, agent: int, now_s: float) -> float:
        """Return when an agent's duty begins or goes on next after now; inf if never."""
        times = self.on_times_s[agent]
        place = bisect_right(times, now_s)
        return times[place] if place < len(times) else math.inf

    def is_planned_on(self, agent: int, day: int) -> bool:
        """Whether the plan has the agent present at some time of a day."""
        spans = self.planned[agent]
        place = bisect_right(spans, (day * DAY_S, math.inf)) - 1
        near = spans[max(place, 0) : place + 2]
        return any(start < (day + 1) * DAY_S and end > day * DAY_S for start, end in near)


def make_roster(plan: Any, seed: int, replication: int) -> Roster:
    """Return the roster of one replication; ``plan`` holds plain lists."""
    agents = range(len(plan.agent_team))
    duty = _by_agent(plan.duty_agent, plan.duty_from_s, plan.duty_to_s, len(agents))
    breaks = _by_agent(plan.break_agent, plan.break_from_s, [a + b for a, b in zip(plan.break_from_s, plan.break_length_s, strict=True)], len(agents))
    foreseen: list[list[Span]] = [[] for _ in agents]
    away: list[list[Span]] = [[] for _ in agents]
    k0 = stream(seed, replication)
    for row, agent in enumerate(plan.away_agent):
        span = (plan.away_from_s[row], plan.away_to_s[row])
        if math.isnan(plan.away_chance[row]):
            foreseen[agent].append(span)
            away[agent].append(span)
        elif _falls_ill(plan, row, agent, k0):
            away[agent].append(span)
    changes: list[Change] = []
    for agent in agents:
        changes.extend(_changes(agent, duty[agent], breaks[agent], merged(away[agent])))
    changes.sort(key=lambda change: change[:3])
    on_times: list[list[float]] = [[] for _ in agents]
    for change in changes:
        if change.state == ON:
            on_times[change.agent].append(change.time_s)
    return Roster(changes, on_times, [_less(duty[agent], merged(foreseen[agent])) for agent in agents])


def _by_agent(agent: list[int], start: list[float], end: list[float], agents: int) -> list[list[Span]]:
    spans: list[list[Span]] = [[] for _ in range(agents)]
    for who, a, b in zip(agent, start, end, strict=True):
        spans[who].append((a, b))
    return [merged(own) for own in spans]


def _falls_ill(plan: Any, row: int, agent: int, k0: int) -> bool:
    """Whether a drawn absence happens: one uniform per agent, absence and day, in every world the same (R9)."""
    k1 = salted(plan.agent_hash[agent], Group.AGENT_DAY)
    day = int(plan.away_from_s[row] // DAY_S)
    return uniform(block(k0, k1, day, plan.away_hash[row], 0, 0)[ILLNESS]) < float(plan.away_chance[row])


def _less(spans: list[Span], holes: list[Span]) -> list[Span]:
    """Return merged spans without the parts that lie in merged holes."""
    left: list[Span] = []
    for start, end in spans:
        for a, b in holes:
            if b <= start or a >= end:
                continue
            if a > start:
                left.append((start, a))
            start = max(start, b)
        if start < end:
            left.append((start, end))
    return left


def _changes(agent: int, duty: list[Span], breaks: list[Span], away: list[Span]) -> Iterator[Change]:
    """Yield one agent's changes: away before break before shift; outside the shift everything is off."""
    edges = sorted({t for span in (*duty, *breaks, *away) for t in span if not math.isinf(t)})
    before = OFF
    for place, time_s in enumerate(edges):
        state = _state_at(time_s, duty, breaks, away)
        if state != before:
            length_s = 0.0
            if state == BREAK:
                ends = (t for t in edges[place + 1 :] if _state_at(t, duty, breaks, away) != BREAK)
                length_s = next(ends) - time_s
            kind = EventKind.STAFF_ON if state == ON else EventKind.STAFF_OFF
            yield Change(time_s, int(kind), agent, int(state), length_s)
            before = state


def _state_at(time_s: float, duty: list[Span], breaks: list[Span], away: list[Span]) -> StaffState:
    if not _covers(duty, time_s):
        return OFF
    if _covers(away, time_s):
        return AWAY
    return BREAK if _covers(breaks, time_s) else ON


def _covers(spans: list[Span], time_s: float) -> bool:
    place = bisect_right(spans, (time_s, math.inf)) - 1
    return place >= 0 and time_s < spans[place][1]
