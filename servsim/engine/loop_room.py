"""Room in the columns that grow: contacts, calendar, consequences, presence. Never looks at what stands in them.

A column grows between events only, so that the compiled engine never has to move memory. How many rows one event may
need is bounded by how many contacts wait; should an event ever need more, the run begins anew with more slack, and
comes to the same log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from servsim.engine.loop_state import State
from servsim.rules.order import NUMBER_BITS, EventKind

BEGINS, DAY, DAYS, ENDS = 0, 1, 2, 3
"""Stages of a run: what happens before the first event; a day whose first contacts are at hand, or all days, each drawn
when it begins; what is left when the last day has no first contacts."""
NUMBER_MASK = (1 << NUMBER_BITS) - 1
STEPS_OF_A_CONTACT = 64
OVERFLOW_DUE = int(EventKind.OVERFLOW_DUE)
NO_CONTACTS = (int(EventKind.STAFF_OFF), int(EventKind.STAFF_ON), int(EventKind.HOURS_MARK))
"""Events that are about an agent or a channel."""

THROUGH, STOPPED = 0, 1
"""How a stage came back: it is done, or a column must grow before it can go on."""

MORE_SLACK = 64
"""Factor on the slack of a run that begins anew."""
TIMES_ANEW = 4
NEW_ROWS = 2048
"""Rows that are made ready beyond what is needed."""
ROWS_A_WAITING_CONTACT = 4
"""Rows, events or consequences that one event may cause for each contact in a line."""
PART_OF_RING = 4
"""A ring grows when less than one part in so many is free, so that nobody looks for free rows too often."""


def spare_rows(s: State) -> int:
    """Return how many rows, events or consequences one event may cause."""
    return s.slack[0] + ROWS_A_WAITING_CONTACT * s.in_lines[0]


def has_slack(s: State) -> bool:
    """Whether every growing column has room for whatever one event may cause."""
    slack, in_lines = s.slack[0], s.in_lines[0]
    spare = slack + ROWS_A_WAITING_CONTACT * in_lines
    return (
        s.rows[0] + spare <= s.rows_end[0]
        and s.events[0] + spare + s.steps_a_contact[0] * in_lines <= len(s.event_s)
        and spare <= len(s.work_row)
        and s.closed[0] + spare <= len(s.closings.root)
        and s.presences[0] + slack <= len(s.presence_s)
        and s.overrun[0] == 0
    )


def has_slack_again(s: State) -> bool:
    """Forget contacts that are gone; say whether that made room."""
    if s.rows[0] + spare_rows(s) > s.rows_end[0] and s.rows_end[0] < s.rows_kept[0]:
        s.oldest[0] = oldest_living(s)
        if ring_is_full(s):
            return False
        s.rows_end[0] = min(s.rows_kept[0], s.oldest[0] + s.ring[0])
    return has_slack(s)


def ring_is_full(s: State) -> bool:
    """Whether contacts that may still live leave too few rows free."""
    return s.rows[0] + spare_rows(s) + s.ring[0] // PART_OF_RING > s.oldest[0] + s.ring[0]


def oldest_living(s: State) -> int:
    """Return the first row that an event, a line or an agent still knows of; between two events."""
    oldest = s.rows[0]
    for place in range(s.events[0]):
        oldest = min(oldest, row_of(s.event_rank[place] >> NUMBER_BITS, s.event_rank[place] & NUMBER_MASK, oldest))
    for queue in range(len(s.line_first)):
        row = s.line_first[queue]
        while row >= 0:
            oldest = min(oldest, row)
            row = s.contacts.behind[row]
    for agent in range(len(s.doing)):
        if s.doing[agent] >= 0:
            oldest = min(oldest, s.doing[agent])
    return oldest


def row_of(kind: int, number: int, otherwise: int) -> int:
    """Return the contact that an event is about, or another number where it is about none."""
    if kind == OVERFLOW_DUE:
        return number // STEPS_OF_A_CONTACT
    return otherwise if kind in NO_CONTACTS else number


class Room(NamedTuple):
    """How many rows each group of columns must have before the run may go on."""

    contacts: int
    cases: int
    calendar: int
    work: int
    presence: int
    closings: int


def room_needed(s: State) -> Room:
    """Return room for one event, for calls ahead, and for the day's first contacts."""
    slack, in_lines = s.slack[0], s.in_lines[0]
    spare = slack + ROWS_A_WAITING_CONTACT * in_lines
    return Room(
        contacts=s.rows[0] + spare + len(s.ahead.notice),
        cases=s.day_cases[0],
        calendar=s.events[0] + spare + s.steps_a_contact[0] * in_lines + len(s.ahead.notice),
        work=spare,
        presence=s.presences[0] + slack,
        closings=s.closed[0] + spare,
    )


def room_wanted(needed: int) -> int:
    """Return how many rows to make ready where so many are needed, so as not to stop too often."""
    return needed + NEW_ROWS + needed // 8


class Store(Protocol):
    """One replication in the making: a state and what runs it, uncompiled or compiled."""

    @property
    def state(self) -> State: ...
    def live_days(self) -> bool: ...
    def make_room(self) -> None: ...
    def advance(self, stage: int) -> int: ...


AnyStore = TypeVar("AnyStore", bound=Store)


def run_through(make_store: Callable[[], AnyStore]) -> AnyStore:
    """Run one replication to its end and return the store that holds it."""
    slack = 1
    for _ in range(TIMES_ANEW):
        store = make_store()
        store.state.slack[0] *= slack
        if comes_through(store):
            return store
        slack *= MORE_SLACK
    raise RuntimeError("one event needs more rows than there is room for: this is a mistake in servsim's engine")


def comes_through(store: Store) -> bool:
    """Run all days; say whether every event had the room that it needed."""
    return does(store, BEGINS) and store.live_days() and does(store, ENDS)


def day_by_day(store: Store, take_day: Callable[[int], None]) -> bool:
    """Run all days, whose first contacts are drawn in bulk; say whether every event had the room that it needed."""
    for number in range(store.state.plan.days):
        take_day(number)
        if not does(store, DAY):
            return False
    return True


def does(store: Store, stage: int) -> bool:
    """Run one stage, with as many stops for more room as it takes; say whether every event had room."""
    store.make_room()
    while store.advance(stage) == STOPPED:
        if store.state.overrun[0]:
            return False
        store.make_room()
    return not store.state.overrun[0]
