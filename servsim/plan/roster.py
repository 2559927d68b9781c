"""The roster of one replication: when each agent is on duty, on a break, away or off (R9, R23).

Duty windows, breaks and absences of the plan are merged (away before break before shift) into changes of state, in the
order in which engines take them. Drawn absences are the only draws, keyed by agent and day. Never knows what agents do.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.draws.philox import blocks, uniforms
from servsim.draws.purpose import ILLNESS, Group, salted, stream
from servsim.rules.clock import DAY_S
from servsim.rules.codes import StaffState
from servsim.rules.order import EventKind
from servsim.scenario.opening import merged

ON, OFF, BREAK, AWAY = int(StaffState.ON), int(StaffState.OFF), int(StaffState.BREAK), int(StaffState.AWAY)
STAFF_ON, STAFF_OFF = int(EventKind.STAFF_ON), int(EventKind.STAFF_OFF)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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


class Changes(NamedTuple):
    """The same as columns (changes,)."""

    time_s: Floats
    kind: Ints
    agent: Ints
    state: Ints
    length_s: Floats


class Roster:
    """Changes of state of all agents, and what is known of the future."""

    def __init__(self, columns: Changes, planned: list[list[Span]]) -> None:
        self.columns = columns
        self.planned = planned
        """By agent, planned presence: duty less planned absences (a drawn illness is not foreseen, R27)."""

    @cached_property
    def changes(self) -> list[Change]:
        """All changes, in the order in which engines take them."""
        return [Change(*row) for row in zip(*(column.tolist() for column in self.columns), strict=True)]

    @cached_property
    def on_times_s(self) -> list[list[float]]:
        """By agent, the times at which duty begins or goes on."""
        offset, times_s = self.on_times()
        return [times_s[a:b].tolist() for a, b in pairwise(offset.tolist())]

    def on_times(self) -> tuple[Ints, Floats]:
        """Return the same in a row: where each agent's times begin (agents + 1,), and the times."""
        on = np.flatnonzero(self.columns.state == ON)
        by_agent = on[np.argsort(self.columns.agent[on], kind="stable")]
        agents = self.columns.agent[by_agent]
        return np.searchsorted(agents, np.arange(len(self.planned) + 1)), self.columns.time_s[by_agent]

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
    return Duties(plan).roster(seed, replication)


NO_CHANGES = Changes(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


class Duties:
    """What all replications of a plan share: duty, breaks and planned absences by agent, and the changes without drawn ones."""

    def __init__(self, plan: Any) -> None:
        """Take the plan, with plain lists."""
        agents = range(len(plan.agent_team))
        ends_s = [a + b for a, b in zip(plan.break_from_s, plan.break_length_s, strict=True)]
        self.plan = plan
        self.duty = _by_agent(plan.duty_agent, plan.duty_from_s, plan.duty_to_s, len(agents))
        self.breaks = _by_agent(plan.break_agent, plan.break_from_s, ends_s, len(agents))
        self.foreseen: list[list[Span]] = [[] for _ in agents]
        self.drawn: list[int] = []
        for row, agent in enumerate(plan.away_agent):
            if math.isnan(plan.away_chance[row]):
                self.foreseen[agent].append((plan.away_from_s[row], plan.away_to_s[row]))
            else:
                self.drawn.append(row)
        self.planned = [_less(self.duty[agent], merged(self.foreseen[agent])) for agent in agents]
        self.changes = [self._changes_of(agent, self.foreseen[agent]) for agent in agents]

    def _changes_of(self, agent: int, away: list[Span]) -> Changes:
        return _changes(agent, self.duty[agent], self.breaks[agent], merged(away))

    def roster(self, seed: int, replication: int) -> Roster:
        """Return the roster of one replication."""
        ill = self._ill(stream(seed, replication))
        own = [self._changes_of(agent, self.foreseen[agent] + ill[agent]) if agent in ill else always for agent, always in enumerate(self.changes)]
        joined = Changes._make(np.concatenate(columns) for columns in zip(*own, strict=True)) if own else NO_CHANGES
        order = np.lexsort((joined.agent, joined.kind, joined.time_s))
        return Roster(Changes._make(column[order] for column in joined), self.planned)

    def _ill(self, k0: int) -> dict[int, list[Span]]:
        """Return, by agent, the drawn absences that happen: one uniform per agent, absence and day, in every world the same (R9)."""
        plan, rows = self.plan, self.drawn
        if not rows:
            return {}
        k1 = np.array([salted(plan.agent_hash[plan.away_agent[row]], Group.AGENT_DAY) for row in rows], np.uint64)
        day = np.array([int(plan.away_from_s[row] // DAY_S) for row in rows], np.uint64)
        u = uniforms(blocks(k0, k1, day, np.array([plan.away_hash[row] for row in rows], np.uint64), 0, 0)[:, ILLNESS])
        found: dict[int, list[Span]] = {}
        for place in np.flatnonzero(u < np.array([plan.away_chance[row] for row in rows])).tolist():
            row = rows[place]
            found.setdefault(plan.away_agent[row], []).append((plan.away_from_s[row], plan.away_to_s[row]))
        return found


def _by_agent(agent: list[int], start: list[float], end: list[float], agents: int) -> list[list[Span]]:
    spans: list[list[Span]] = [[] for _ in range(agents)]
    for who, a, b in zip(agent, start, end, strict=True):
        spans[who].append((a, b))
    return [merged(own) for own in spans]


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


def _changes(agent: int, duty: list[Span], breaks: list[Span], away: list[Span]) -> Changes:
    """Return one agent's changes: away before break before shift; outside the shift everything is off."""
    edges = sorted({t for span in (*duty, *breaks, *away) for t in span if not math.isinf(t)})
    if not edges:
        return NO_CHANGES
    times_s = np.array(edges)
    states = np.where(_covered(duty, times_s), np.where(_covered(away, times_s), AWAY, np.where(_covered(breaks, times_s), BREAK, ON)), OFF)
    changed = np.flatnonzero(states != np.concatenate(([OFF], states[:-1])))
    times_s, states = times_s[changed], states[changed]
    length_s = np.where(states == BREAK, np.append(times_s[1:], np.inf) - times_s, 0.0)
    return Changes(times_s, np.where(states == ON, STAFF_ON, STAFF_OFF), np.full(len(states), agent), states, length_s)


def _covered(spans: list[Span], times_s: Floats) -> NDArray[np.bool_]:
    """Say for each time whether it lies within one of merged spans."""
    if not spans:
        return np.zeros(len(times_s), np.bool_)
    begins_s, ends_s = np.array(spans).T
    place = np.searchsorted(begins_s, times_s, side="right") - 1
    return np.asarray((place >= 0) & (times_s < ends_s[place]))
