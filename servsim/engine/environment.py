"""SimPy's environment with an exact order of simultaneous events (R13 to R15).

Two kinds of entries are on the calendar:

- events that move the clock carry ``rank(kind, number)`` as their priority and an absolute time;
- everything that signals at once (a process that starts, a timer brought forward) carries priority -1, so all
  consequences of one event finish, first in first out, before the next event of the same instant.

NOTE: an ordinary ``timeout()`` of a user's own process in this environment runs before the ranked events of its instant.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

import simpy
from simpy.core import EmptySchedule
from simpy.events import NORMAL, Event

from servsim.rules.order import NUMBER_BITS

AT_ONCE = -1


class RankedEnvironment(simpy.Environment):
    """A calendar on which ties are decided by what an event is, never by when it was inserted."""

    def schedule(self, event: Event, priority: int = NORMAL, delay: float = 0) -> None:
        """Put a signal on the calendar; SimPy itself calls this for process starts and ``succeed``."""
        heappush(self._queue, (self._now + delay, AT_ONCE, next(self._eid), event))  # type: ignore[misc]

    def at(self, time_s: float, kind: int, number: int) -> Event:
        """Return an event that happens at an absolute time, in its place among the events of that instant."""
        event = Event(self)
        event._ok = True
        event._value = None
        heappush(self._queue, (time_s, (kind << NUMBER_BITS) | number, next(self._eid), event))  # type: ignore[misc]
        return event

    def bring_forward(self, event: Event, value: Any) -> None:
        """Let an event happen now with a value; its later place on the calendar becomes void."""
        event._ok = True
        event._value = value
        heappush(self._queue, (self._now, AT_ONCE, next(self._eid), event))  # type: ignore[misc]

    def step(self) -> None:
        """Take the next entry of the calendar; a void one (its event has happened) is passed over."""
        try:
            self._now, _, _, event = heappop(self._queue)
        except IndexError:
            raise EmptySchedule from None
        callbacks = event.callbacks
        if callbacks is None:
            return
        event.callbacks = None  # type: ignore[assignment]
        for callback in callbacks:
            callback(event)
        if not event._ok and not hasattr(event, "_defused"):
            raise event._value

    def run_to(self, horizon_s: float) -> None:
        """Run every event before ``horizon_s`` and leave the clock there."""
        queue, step = self._queue, self.step
        while queue and queue[0][0] < horizon_s:
            step()
        self._now = horizon_s
