"""Room in the columns that grow: contacts, calendar, consequences, presence. Never looks at what stands in them.

A column grows between events only, so that the compiled engine never has to move memory. How many rows one event may
need is bounded by how many contacts wait; should an event ever need more, the run begins anew with more slack, and
comes to the same log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from servsim.engine.loop_state import State

BEGINS, COUNTS, DRAWS, DAY, ENDS = 0, 1, 2, 3, 4
"""Stages of a run: what happens before the first event; for each day, how many cases it has (that many is returned), their
draws, and the day itself; what is left when the last day has no first contacts."""
THROUGH, STOPPED = 0, 1
"""How a stage came back: it is done, or a column must grow before it can go on."""

MORE_SLACK = 64
"""Factor on the slack of a run that begins anew."""
TIMES_ANEW = 4
NEW_ROWS = 2048
"""Rows that are made ready beyond what is needed."""
ROWS_A_WAITING_CONTACT = 4
"""Rows, events or consequences that one event may cause for each contact in a line."""


def has_slack(s: State) -> bool:
    """Whether every growing column has room for whatever one event may cause."""
    slack, in_lines = s.slack[0], s.in_lines[0]
    spare = slack + ROWS_A_WAITING_CONTACT * in_lines
    return (
        s.rows[0] + spare <= len(s.contacts.root)
        and s.events[0] + spare + s.steps_a_contact[0] * in_lines <= len(s.event_s)
        and spare <= len(s.work_row)
        and s.closed[0] + spare <= len(s.closings.root)
        and s.presences[0] + slack <= len(s.presence_s)
        and s.overrun[0] == 0
    )


class Room(NamedTuple):
    """How many rows each group of columns must have before the run may go on."""

    contacts: int
    calendar: int
    work: int
    presence: int
    closings: int


def room_needed(s: State) -> Room:
    """Return room for one event, and for the day's first contacts."""
    slack, in_lines = s.slack[0], s.in_lines[0]
    spare = slack + ROWS_A_WAITING_CONTACT * in_lines
    coming = s.day_cases[0] - s.day_done[0] + len(s.ahead.notice)
    return Room(
        contacts=s.rows[0] + spare + coming,
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
    def take_day(self, number: int) -> None: ...
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
    if not does(store, BEGINS):
        return False
    for number in range(store.state.plan.days):
        store.take_day(number)
        if not does(store, DAY):
            return False
    return does(store, ENDS)


def does(store: Store, stage: int) -> bool:
    """Run one stage, with as many stops for more room as it takes; say whether every event had room."""
    store.make_room()
    while store.advance(stage) == STOPPED:
        if store.state.overrun[0]:
            return False
        store.make_room()
    return not store.state.overrun[0]
