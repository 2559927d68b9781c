"""State of the event loop: flat columns, one row per contact, agent, queue or channel, and nothing that behaves.

::

    Plan --make_state--> State of lists --(servsim.engine.compiled)--> the same columns as arrays behind a table

Every column is a list of whole numbers or of floats, so that the compiled engine can hold the same columns as arrays.
Numbers that change alone (the clock, the rows in use) are lists of one element. Lists of lists are two columns: where
each begins, and all of them in a row. Columns that grow do so between events (``servsim.engine.loop_room``). Nothing
here is a rule of the model.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np

from servsim.draws.purpose import Group, salted, stream
from servsim.engine.log import CLOSING_COLUMNS, CONTACT_COLUMNS, CUSTOMER_COLUMNS
from servsim.plan.day import Day, Days
from servsim.plan.notice import Call, calls_ahead
from servsim.plan.people import start_people
from servsim.plan.plan import Plan
from servsim.plan.shared import ByPlan, shared_by
from servsim.rules.codes import Cover, Hit, StaffState

NEVER = -1.0
NOBODY = -1
NOWHERE = -1
LEAST_SLACK = 64
NO_RING = 1 << 62
"""Room for any number of living contacts: no row is ever used again."""

Item = TypeVar("Item")


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
    ahead: list[int]
    """Contact just ahead in the line, or -1."""
    behind: list[int]
    """Contact just behind in the line, or -1."""
    priority: list[int]
    """In its line, or in the last one that it was in ..."""
    since_s: list[float]
    """... and since when it counts as waiting there: when it joined, less its waiting credit (R16)."""

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
    NOWHERE, 0, math.nan, Cover.NOBODY, -1, -1.0, 1.0, 0.0, 0.0, 0.0, math.nan, 1.0, -1, -1, 0, 0.0,
    math.nan, 0.0, 0, 0, 0, int(Hit.NONE), 0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 0,
)  # fmt: skip
"""What a new row holds, column by column."""

assert Contacts._fields[: len(CONTACT_COLUMNS)] == tuple(name for name, _, _, _ in CONTACT_COLUMNS)
assert len(INITIAL) == len(Contacts._fields)


START = dict(zip(Contacts._fields, INITIAL, strict=True))
"""The same by name."""
MIND = Contacts._fields[Contacts._fields.index("first_s") :]
"""Columns used only where customers remember."""


def blank(c: Contacts, row: int) -> None:
    """Write what a new row holds, but for what customers remember."""
    for name, value in START.items():
        if name not in MIND:
            getattr(c, name)[row] = value


def blank_mind(c: Contacts, row: int) -> None:
    """Write what a new row holds of what customers remember."""
    for name in MIND:
        getattr(c, name)[row] = START[name]


class Coming(NamedTuple):
    """Columns of the day's first contacts, cell by cell: when each comes, and what the draw of its case says."""

    arrived_s: list[float]
    root: list[int]
    scale: list[float]
    customer: list[int]
    segment: list[int]
    channel: list[int]


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
    """Calls ahead of absences (R33): most columns by row of the call, for these have the first rows of all."""

    due_s: list[float]
    root: list[int]
    """Of the contact that it is about; so are the next five."""
    reason: list[int]
    segment: list[int]
    channel: list[int]
    customer: list[int]
    owner: list[int]
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
    day: Any
    """Columns of ``Day``: first contacts of the day at hand, where they were drawn in bulk."""
    day_drawn: list[int]
    """[1: drawn in bulk; 0: what a contact needs is drawn when it comes]"""
    coming: Coming
    """First contacts of the day at hand."""
    day_number: list[int]
    """[day at hand]"""
    day_begun: list[int]
    """[1: its first contacts are known]"""
    day_order: list[int]
    """Rows of the day's columns in order of arrival, then root."""
    day_bins: list[int]
    """Room to find that order."""
    day_cases: list[int]
    """[first contacts of the day]"""
    day_done: list[int]
    """[those of them that have arrived]"""
    cell_offset: list[int]
    """(days + 1,) where each day's cells begin in the plan's."""
    cell_cases: list[int]
    """Cases of each cell of the day at hand."""
    factor_today: list[float]
    """(day factors,) how busy the day is."""
    clock: list[float]
    """[now]"""
    contacts: Contacts
    rows: list[int]
    """[rows of contacts in use]"""
    rows_end: list[int]
    """[rows that may be used before more room is made]"""
    rows_kept: list[int]
    """[rows that the columns of the log have room for]"""
    ring: list[int]
    """[rows that have room for what a contact carries while it lives: those of contacts long gone are used again]"""
    oldest: list[int]
    """[first row whose contact may still live]"""

    # ---- room
    slack: list[int]
    """[rows that every growing column keeps free for one event]"""
    overrun: list[int]
    """[1: a column was full in the midst of an event, so the run must begin anew with more slack]"""
    steps_a_contact: list[int]
    """[most events that one contact puts on the calendar when it joins a line]"""

    # ---- calendar: a heap of (time, rank, a further number that the kind of event explains)
    event_s: list[float]
    event_rank: list[int]
    event_further: list[int]
    events: list[int]
    """[events on the calendar]"""

    # ---- consequences of the event at hand, first in first out
    work_row: list[int]
    """Contact ..."""
    work_signal: list[int]
    """... and what it is told."""
    works: list[int]
    """[consequences noted]"""

    # ---- draws
    k0: int
    """First key word of all draws."""
    k1: list[int]
    """(groups, R) flattened: second key words."""
    factor_k1: list[int]
    """(day factors,) second key words of how busy a day is."""

    # ---- channels
    windows_begun: list[int]
    """(C,) place behind the channel's last window that had begun when somebody last asked."""
    held: list[int]
    """(C,) lines or places held."""
    waiting: list[int]
    """(C,) people who wait in any line."""
    line_length: list[int]
    """(C,) the same without those who wait for one executive."""
    help_offset: list[int]
    """(C + 1,) into the two columns below."""
    help_length: list[int]
    """While the line is that long (shortest first within a channel) ..."""
    help_team: list[int]
    """... this team helps."""

    # ---- queues
    line_first: list[int]
    """(Q,) contact at the head of the line, or -1."""
    line_last: list[int]
    """(Q,) contact at its end, or -1."""
    line_count: list[int]
    """(Q,) contacts in it."""
    in_lines: list[int]
    """[contacts in all lines]"""
    queue_agent: list[int]
    """(Q,) the executive whose line it is, or NOBODY."""
    seen_offset: list[int]
    """(Q + 1,) into the column below."""
    seen_agent: list[int]
    """The agents who may serve the line, by number."""

    # ---- agents
    status: list[int]
    """(A,) what the plan says now (StaffState)."""
    doing: list[int]
    """(A,) contact in hand, or -1."""
    idle_since: list[float]
    """(A,) NEVER while busy or not on duty."""
    idle_first: list[int]
    """(T,) agent idle longest, or -1."""
    idle_last: list[int]
    """(T,) agent idle shortest, or -1."""
    idle_ahead: list[int]
    """(A,) agent of the team idle just longer, or -1."""
    idle_behind: list[int]
    """(A,) agent of the team idle just shorter, or -1."""
    owed_break_s: list[float]
    """(A,) break that had to wait for the contact in hand."""
    break_until_s: list[float]
    """(A,) end of a late break."""
    break_length_s: list[float]
    """(A,) length of the break at hand, or of the last one."""
    shown: list[int]
    """(A,) state last written to the presence."""

    # ---- the roster's changes, in order
    change_s: list[float]
    change_kind: list[int]
    change_agent: list[int]
    change_state: list[int]
    change_length_s: list[float]
    """Length of a break."""
    changes_done: list[int]
    """[number of changes done]"""
    on_offset: list[int]
    """(A + 1,) into the column below."""
    on_s: list[float]
    """Times at which the agent's duty begins or goes on."""
    planned_offset: list[int]
    """(A + 1,) into the two columns below."""
    planned_from_s: list[float]
    """Presence as planned."""
    planned_to_s: list[float]

    # ---- presence, in order of time
    presence_agent: list[int]
    presence_s: list[float]
    presence_state: list[int]
    presences: list[int]
    """[changes noted]"""

    # ---- what customers remember
    people: People
    closings: Closings
    closed: list[int]
    """[closed cases noted]"""
    ahead: Ahead


def in_lists(state: State) -> State:
    """Return a state whose columns are all lists, for plain Python."""
    lists = {name: column.tolist() for name, column in state._asdict().items() if isinstance(column, np.ndarray)}
    people: Any = (np.asarray(column).tolist() for column in state.people)
    return state._replace(people=People._make(people), **lists)


def make_state(plan: Plan, seed: int, replication: int) -> State:
    """Return the state before the first event; columns that come from arrays are arrays still (``in_lists``)."""
    still = still_by(plan)
    own = {name: column.copy() for name, column in still._asdict().items() if isinstance(column, list)}
    groups = {"closings": _empty(Closings), "contacts": _empty(Contacts), "day": _empty(Day)}
    return still._replace(**own | groups | of_replication(plan, seed, replication))


def of_replication(plan: Plan, seed: int, replication: int) -> dict[str, Any]:
    """Return what the states of two replications differ in before the first event."""
    roster = shared_by(plan).duties.roster(seed, replication)
    calls = calls_ahead(plan, Days(plan, seed, replication), roster) if len(plan.notice_agent) > 0 else []
    changes, (on_offset, on_s) = roster.columns, roster.on_times()
    return {
        "k0": stream(seed, replication), "change_s": changes.time_s, "change_kind": changes.kind, "change_agent": changes.agent,
        "change_state": changes.state, "change_length_s": changes.length_s, "on_offset": on_offset, "on_s": on_s,
        "people": _people(plan, seed, replication), "ahead": _ahead(calls), "coming": _empty(Coming),
    }  # fmt: skip


def _still(plan: Plan) -> State:
    """Return the state before the first event, but for what replications differ in (``of_replication``)."""
    shared = shared_by(plan)
    p, duties = shared.lists, shared.duties
    queues, agents, channels, teams = len(p.step_offset) - 1, len(p.agent_team), len(p.channel_kind), len(p.team_first) - 1
    cell_offset = [bisect_left(p.cell_day, day) for day in range(p.days + 1)]
    help_offset, helps = in_a_row(_length_steps(p))
    seen_offset, seen_agent = in_a_row(_seen_by(p, queues))
    planned_offset, planned = in_a_row(duties.planned)
    return State(
        plan=p, day=_empty(Day), day_drawn=[1], coming=_empty(Coming), day_number=[0], day_begun=[0], day_order=[],
        day_bins=[], day_cases=[0], day_done=[0],
        cell_offset=cell_offset, cell_cases=[0] * max(b - a for a, b in pairwise(cell_offset)), factor_today=[1.0] * len(p.factor_cv),
        clock=[0.0],
        contacts=_empty(Contacts), rows=[0], rows_end=[0], rows_kept=[0], ring=[NO_RING], oldest=[0],
        slack=[LEAST_SLACK + 4 * agents + channels], overrun=[0], steps_a_contact=[_most_steps(p)],
        event_s=[], event_rank=[], event_further=[], events=[0], work_row=[], work_signal=[], works=[0],
        k0=0, k1=[salted(name, group) for group in Group for name in p.reason_hash],
        factor_k1=[salted(name, Group.DAY_FACTOR) for name in p.factor_hash],
        windows_begun=p.window_offset[:channels], held=[0] * channels, waiting=[0] * channels, line_length=[0] * channels,
        help_offset=help_offset, help_length=[length for length, _ in helps], help_team=[team for _, team in helps],
        line_first=[NOBODY] * queues, line_last=[NOBODY] * queues, line_count=[0] * queues, in_lines=[0],
        queue_agent=_queue_agent(p, queues), seen_offset=seen_offset, seen_agent=seen_agent,
        status=[int(StaffState.OFF)] * agents, doing=[-1] * agents, idle_since=[NEVER] * agents,
        idle_first=[NOBODY] * teams, idle_last=[NOBODY] * teams, idle_ahead=[NOBODY] * agents, idle_behind=[NOBODY] * agents,
        owed_break_s=[0.0] * agents, break_until_s=[NEVER] * agents, break_length_s=[0.0] * agents,
        shown=[int(StaffState.OFF)] * agents,
        change_s=[], change_kind=[], change_agent=[], change_state=[], change_length_s=[], changes_done=[0],
        on_offset=[], on_s=[], planned_offset=planned_offset,
        planned_from_s=[begin for begin, _ in planned], planned_to_s=[end for _, end in planned],
        presence_agent=[], presence_s=[], presence_state=[], presences=[0],
        people=_empty(People), closings=_empty(Closings), closed=[0], ahead=_ahead([]),
    )  # fmt: skip


def _empty(kind: Any) -> Any:
    """Return columns of a kind without rows."""
    return kind._make([] for _ in kind._fields)


def in_a_row(lists: list[list[Item]]) -> tuple[list[int], list[Item]]:
    """Return where each list begins in the row of all of them (and where the last ends), and that row."""
    offset = [0]
    for own in lists:
        offset.append(offset[-1] + len(own))
    return offset, [item for own in lists for item in own]


def _most_steps(plan: Any) -> int:
    offset = plan.step_offset
    return max((b - a for a, b in pairwise(offset)), default=0)


still_by = ByPlan(_still)


def _people(plan: Plan, seed: int, replication: int) -> People:
    if not plan.remembers:
        nobody: People = _empty(People)
        return nobody
    start: Any = start_people(plan, seed, replication)
    return People(*(start[name] for name in People._fields))


def _ahead(calls: list[Call]) -> Ahead:
    met = sorted((call.day, call.number, row) for row, call in enumerate(calls))
    return Ahead(
        due_s=[c.due_s for c in calls], root=[c.root for c in calls], reason=[c.reason for c in calls], segment=[c.segment for c in calls],
        channel=[c.channel for c in calls], customer=[c.customer for c in calls], owner=[c.owner for c in calls],
        notice=[c.notice for c in calls], moved_s=[c.moved_s for c in calls], too_late=[0] * len(calls),
        day=[day for day, _, _ in met], number=[number for _, number, _ in met], row=[row for _, _, row in met], met=[0],
    )  # fmt: skip


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
