"""Calendar of the event loop: a binary heap in three columns, first by time, then by rank (R13), then by the further number.

Never lets an event happen.
"""

from __future__ import annotations

from servsim.engine.loop_state import State
from servsim.rules.order import rank


def at(s: State, time_s: float, kind: int, number: int, further: int) -> None:
    """Put an event on the calendar."""
    place = s.events[0]
    if place == len(s.event_s):
        s.overrun[0] = 1
        return
    s.events[0] = place + 1
    rise(s, place, time_s, rank(kind, number), further)


def rise(s: State, place: int, time_s: float, rank_: int, further: int) -> None:
    """Write an event at a free place of the heap, or as far above it as it belongs."""
    while place > 0:
        above = (place - 1) >> 1
        if not goes_first(time_s, rank_, further, s.event_s[above], s.event_rank[above], s.event_further[above]):
            break
        write(s, place, s.event_s[above], s.event_rank[above], s.event_further[above])
        place = above
    write(s, place, time_s, rank_, further)


def take_first(s: State) -> None:
    """Take the first event off the calendar: the way down is freed to its end, and the last event written there.

    The last event belongs near the end of any way down, so that it hardly rises; and a processor guesses no comparison
    wrong where the next place is a sum (``below + is_before``), which makes this twice as quick as going down with it.
    """
    last = s.events[0] - 1
    s.events[0] = last
    place, below = 0, 1
    while below + 1 < last:
        below = below + is_before(s, below + 1, below)
        write(s, place, s.event_s[below], s.event_rank[below], s.event_further[below])
        place, below = below, 2 * below + 1
    if below < last:
        write(s, place, s.event_s[below], s.event_rank[below], s.event_further[below])
        place = below
    rise(s, place, s.event_s[last], s.event_rank[last], s.event_further[last])


def is_before(s: State, one: int, other: int) -> bool:
    """Whether the event at one place of the heap happens before that at another."""
    return goes_first(s.event_s[one], s.event_rank[one], s.event_further[one], s.event_s[other], s.event_rank[other], s.event_further[other])


def goes_first(time_s: float, rank_: int, further: int, other_s: float, other_rank: int, other_further: int) -> bool:
    """Whether one event happens before another."""
    if time_s != other_s:
        return time_s < other_s
    if rank_ != other_rank:
        return rank_ < other_rank
    return further < other_further


def write(s: State, place: int, time_s: float, rank_: int, further: int) -> None:
    """Write an event at a place of the heap."""
    s.event_s[place], s.event_rank[place], s.event_further[place] = time_s, rank_, further
