"""State of the plain event loop: flat columns, one row per contact, agent, queue or channel, and nothing that behaves.

Every column is a list of whole numbers or of floats, so that a compiled engine can hold the same columns as arrays.
Numbers that change alone (the clock, the rows in use) are lists of one element. Nothing here is a rule of the model.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from servsim.draws.purpose import Group, salted, stream
from servsim.engine.log import CLOSING_COLUMNS, CONTACT_COLUMNS, CUSTOMER_COLUMNS
from servsim.plan.people import start_people
from servsim.plan.plan import Plan, as_lists
from servsim.plan.roster import Change, make_roster
from servsim.rules.codes import Cover, Hit, StaffState

NEVER = -1.0
NOBODY = -1
NOWHERE = -1
NEW_ROWS = 4096
"""Rows by which the columns of contacts grow."""


class Contacts(NamedTuple):
    """Columns of contacts: first those of the log, under its names, then what a contact carries while it lives."""

    root: list[int]
    lineage: list[int]
    leg_kind: list[int]
    leg: list[int]
    try_number: list[int]
    entry: list[int]
    reason: list[int]
    segment: list[int]
    channel: list[int]
    customer: list[int]
    owner: list[int]
    agent: list[int]
    cover: list[int]
    has_file: list[int]
    queue: list[int]
    arrived_s: list[float]
    queued_s: list[float]
    answered_s: list[float]
    ended_s: list[float]
    released_s: list[float]
    search_s: list[float]
    patience_s: list[float]
    outcome: list[int]
    next_step: list[int]
    solved: list[int]
    next_row: list[int]

    line: list[int]
    """Line in which the contact waits now, or NOWHERE."""
    asleep: list[int]
    """1 while the contact waits to be told; 0 once it has been told, or hears it from the caller."""
    joined_s: list[float]
    """When it joined a line or found an agent."""
    covered_by: list[int]
    """Who is to serve (Cover); the log has it at the end."""
    desk: list[int]
    """What the desk does for it (OwnRule.COME_BACK or MESSAGE), or -1."""
    menu_s: list[float]
    contained_u: list[float]
    talk_work_s: list[float]
    """At speed 1."""
    search_work_s: list[float]
    wrap_up_s: list[float]
    """At speed 1; from the answer on, as it will be."""
    solved_u: list[float]
    scale: list[float]

    first_s: list[float]
    """What the case carries from contact to contact, where its customer remembers: when its first contact came."""
    friction: list[float]
    """Points so far (R41)."""
    problem: list[int]
    """1 where the case is a problem (R42)."""
    complained: list[int]
    called: list[int]
    """1 once a recovery call was made, or is due."""
    hit: list[int]
    """The last failure by the firm (Hit) ..."""
    legs: list[int]
    """... and how many attempts there had been by then."""
    courtesy: list[float]
    """Points of the team that last answered."""
    remedy: list[float]
    overpaid: list[float]
    noise_u: list[float]
    severity_u: list[float]
    complains_u: list[float]
    surprise_u: list[float]
    found_away: list[int]
    """1 where this contact was received by the list for an executive who is away."""


INITIAL: tuple[float, ...] = (
    *(initial for _, _, initial, _ in CONTACT_COLUMNS),
    NOWHERE, 0, math.nan, Cover.NOBODY, -1, -1.0, 1.0, 0.0, 0.0, 0.0, math.nan, 1.0,
    math.nan, 0.0, 0, 0, 0, int(Hit.NONE), 0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 0,
)  # fmt: skip
"""What a new row holds, column by column."""

assert Contacts._fields[: len(CONTACT_COLUMNS)] == tuple(name for name, _, _, _ in CONTACT_COLUMNS)
assert len(INITIAL) == len(Contacts._fields)


class People(NamedTuple):
    """Columns of customers, by number; empty where nobody remembers. First those of the log, under its names."""

    account: list[float]
    recovery: list[float]
    mood: list[float]
    seen_s: list[float]
    failed_s: list[float]
    hazard: list[float]
    threshold: list[float]
    expected: list[float]
    lost_s: list[float]
    segment: list[int]
    wants_human_u: list[float]


class Closings(NamedTuple):
    """Columns of closed cases, those of the log, in order of closing."""

    root: list[int]
    lineage: list[int]
    row: list[int]
    reason: list[int]
    segment: list[int]
    customer: list[int]
    closed_s: list[float]
    late_s: list[float]
    problem: list[int]
    major: list[int]
    hit: list[int]
    solved: list[int]
    complained: list[int]
    friction: list[float]
    quality: list[float]
    before: list[float]
    after: list[float]
    account: list[float]
    recovery: list[float]
    mood: list[float]
    leaving: list[float]
    remedy: list[float]
    overpaid: list[float]
    lost: list[int]


assert People._fields[: len(CUSTOMER_COLUMNS)] == tuple(name for name, _, _ in CUSTOMER_COLUMNS)
assert Closings._fields == tuple(name for name, _, _ in CLOSING_COLUMNS)


class Ahead(NamedTuple):
    """Calls ahead of absences (R33): the first three columns by row of the call, for these have the first rows of all."""

    notice: list[int]
    """Row of the plan's ``notice_*`` columns."""
    moved_s: list[float]
    """When the customer comes instead if he agrees; infinite: not within the run."""
    too_late: list[int]
    """1 once the customer has come without having been reached."""
    day: list[int]
    """The planned contacts who are called, in order of (day, number of the day) ..."""
    number: list[int]
    row: list[int]
    """... and the row of the call."""
    met: list[int]
    """[planned contacts of these columns who have come, or would have]"""


class State(NamedTuple):
    """Everything that one replication changes, beside the plan."""

    plan: Any
    """The plan with plain lists."""
    clock: list[float]
    """[now]"""
    rows: list[int]
    """[rows of contacts in use]"""
    calendar: list[tuple[float, int, int]]
    """Heap of (time, rank, a further number that the kind of event explains)."""
    work: list[tuple[int, int]]
    """Consequences of the event at hand, first in first out: (contact, what it is told)."""
    contacts: Contacts

    k0: int
    """First key word of all draws."""
    k1: list[int]
    """(groups, R) flattened: second key words."""

    # ---- channels
    held: list[int]
    """(C,) lines or places held."""
    waiting: list[int]
    """(C,) people who wait in any line."""
    line_length: list[int]
    """(C,) the same without those who wait for one executive."""
    length_steps: list[list[tuple[int, int]]]
    """(C,) lists of (length, team): who helps while the line is that long, shortest first."""

    # ---- queues
    lines: list[list[tuple[int, float, int]]]
    """(Q,) lists in line order of (-priority, joined less credit, contact); only those who wait."""
    queue_agent: list[int]
    """(Q,) the executive whose line it is, or NOBODY."""
    seen_by: list[list[int]]
    """(Q,) the agents who may serve the line, by number."""

    # ---- agents
    status: list[int]
    """(A,) what the plan says now (StaffState)."""
    doing: list[int]
    """(A,) contact in hand, or -1."""
    idle_since: list[float]
    """(A,) NEVER while busy or not on duty."""
    owed_break_s: list[float]
    """(A,) break that had to wait for the contact in hand."""
    break_until_s: list[float]
    """(A,) end of a late break."""
    break_length_s: list[float]
    """(A,) length of the break at hand, or of the last one."""
    shown: list[int]
    """(A,) state last written to the presence."""

    # ---- the roster
    changes: list[Change]
    """(time, kind, agent, state, length of a break), in order."""
    changes_done: list[int]
    """[number of changes done]"""
    on_times_s: list[list[float]]
    """(A,) lists of times at which the agent's duty begins or goes on."""
    planned: list[list[tuple[float, float]]]
    """(A,) lists of (from, to): presence as planned."""

    # ---- presence, in order of time
    presence_agent: list[int]
    presence_s: list[float]
    presence_state: list[int]

    # ---- what customers remember
    people: People
    closings: Closings
    ahead: Ahead


def make_state(plan: Plan, seed: int, replication: int) -> State:
    """Return the state before the first event."""
    p = as_lists(plan)
    roster = make_roster(p, seed, replication)
    agents, channels, queues = len(p.agent_team), len(p.channel_kind), len(p.step_offset) - 1
    return State(
        plan=p, clock=[0.0], rows=[0], calendar=[], work=[], contacts=Contacts(*([] for _ in INITIAL)),
        k0=stream(seed, replication), k1=[salted(name, group) for group in Group for name in p.reason_hash],
        held=[0] * channels, waiting=[0] * channels, line_length=[0] * channels, length_steps=_length_steps(p),
        lines=[[] for _ in range(queues)], queue_agent=_queue_agent(p, queues), seen_by=_seen_by(p, queues),
        status=[int(StaffState.OFF)] * agents, doing=[-1] * agents, idle_since=[NEVER] * agents,
        owed_break_s=[0.0] * agents, break_until_s=[NEVER] * agents, break_length_s=[0.0] * agents,
        shown=[int(StaffState.OFF)] * agents, changes=list(roster.changes), changes_done=[0],
        on_times_s=roster.on_times_s, planned=roster.planned, presence_agent=[], presence_s=[], presence_state=[],
        people=_people(plan, seed, replication), closings=Closings(*([] for _ in CLOSING_COLUMNS)), ahead=Ahead([], [], [], [], [], [], [0]),
    )  # fmt: skip


def _people(plan: Plan, seed: int, replication: int) -> People:
    if not plan.remembers:
        return People(*([] for _ in People._fields))
    start = start_people(plan, seed, replication)
    return People(*(start[name].tolist() for name in People._fields))


def _queue_agent(plan: Any, queues: int) -> list[int]:
    found = [NOBODY] * queues
    for agent, queue in enumerate(plan.own_queue):
        if queue >= 0:
            found[queue] = agent
    return found


def _seen_by(plan: Any, queues: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(queues)]
    for agent in range(len(plan.agent_team)):
        for place in range(plan.agent_queue_offset[agent], plan.agent_queue_offset[agent + 1]):
            if agent not in found[plan.agent_queue[place]][-1:]:
                found[plan.agent_queue[place]].append(agent)
    return found


def _length_steps(plan: Any) -> list[list[tuple[int, int]]]:
    """Return, by channel, the teams that help with long lines of any of its queues."""
    per_channel = len(plan.asks_own) * len(plan.segment_size)
    found: list[set[tuple[int, int]]] = [set() for _ in plan.channel_kind]
    for place, queue in enumerate(plan.queue_of):
        if queue >= 0:
            for step in range(plan.step_offset[queue], plan.step_offset[queue + 1]):
                if plan.step_length[step] > 0:
                    found[place // per_channel].add((plan.step_length[step], plan.step_team[step]))
    return [sorted(steps) for steps in found]


def grow(contacts: Contacts) -> None:
    """Append rows of initial values to every column."""
    columns: tuple[list[Any], ...] = contacts
    for column, initial in zip(columns, INITIAL, strict=True):
        column.extend([initial] * NEW_ROWS)
