"""Lines of the event loop: every line is a chain of contacts, each of which knows who is ahead and who behind (R16).

Who joins goes to the end and passes those whom he outranks, which for the contacts of one route is nobody. Never decides
which line, never tells anybody anything.
"""

from __future__ import annotations

from servsim.engine.loop_state import NOBODY, NOWHERE, State
from servsim.rules.codes import BY_FIRM, OUTBOUND_PRIORITY, Entry

CALL_BACK = int(Entry.CALL_BACK)
FIRMS_WORK = sum(1 << int(entry) for entry in BY_FIRM)
"""A bit for each entry."""


def is_by_firm(s: State, row: int) -> bool:
    """Whether it is work by the firm: no line held, no patience, nobody who stands in line (R30)."""
    return bool((FIRMS_WORK >> s.contacts.entry[row]) & 1)


def route_place(s: State, row: int) -> int:
    """Return where channel, reason and segment of a contact stand in the plan's columns of routes."""
    c = s.contacts
    return (c.channel[row] * len(s.plan.asks_own) + c.reason[row]) * len(s.plan.segment_size) + c.segment[row]


def priority(s: State, row: int) -> int:
    """Return the priority of a contact in any line: higher goes first."""
    if is_by_firm(s, row):
        return firms_priority(s, row)
    return s.plan.priority[route_place(s, row)]  # type: ignore[no-any-return]


def firms_priority(s: State, row: int) -> int:
    """Return the priority of work by the firm: promised calls have one of their own."""
    if s.contacts.entry[row] != CALL_BACK:
        return OUTBOUND_PRIORITY
    return s.plan.call_back_priority[s.plan.reason_cover[s.contacts.reason[row]]]  # type: ignore[no-any-return]


def waits_since_s(s: State, row: int) -> float:
    """Return since when a contact counts as waiting: when it joined, less its waiting credit."""
    joined_s = s.contacts.joined_s[row]
    return joined_s if is_by_firm(s, row) else joined_s - s.plan.credit_s[route_place(s, row)]


def stands_before(s: State, row: int, other: int) -> bool:
    """Whether a contact of a line goes before another: by priority, then by joining time less its waiting credit (R16)."""
    one, two = s.contacts.priority[row], s.contacts.priority[other]
    return one > two if one != two else waits_longer(s, row, other)


def waits_longer(s: State, row: int, other: int) -> bool:
    """Whether a contact of a line goes before another of the same priority."""
    one_s, two_s = s.contacts.since_s[row], s.contacts.since_s[other]
    return one_s < two_s if one_s != two_s else row < other


def put(s: State, row: int, queue: int) -> None:
    """Enter a contact into a line."""
    s.contacts.priority[row], s.contacts.since_s[row] = priority(s, row), waits_since_s(s, row)
    other = s.line_last[queue]
    while other >= 0 and stands_before(s, row, other):
        other = s.contacts.ahead[other]
    s.contacts.line[row] = queue
    chain(s, queue, row, s.line_first[queue] if other < 0 else s.contacts.behind[other])
    chain(s, queue, other, row)
    s.line_count[queue] += 1
    s.in_lines[0] += 1
    count(s, row, queue, 1)


def drop(s: State, row: int) -> None:
    """Take a contact out of its line."""
    queue = s.contacts.line[row]
    s.contacts.line[row] = NOWHERE
    chain(s, queue, s.contacts.ahead[row], s.contacts.behind[row])
    s.line_count[queue] -= 1
    s.in_lines[0] -= 1
    count(s, row, queue, -1)


def chain(s: State, queue: int, ahead: int, behind: int) -> None:
    """Make two contacts neighbours; NOBODY ahead: the other is first in line; NOBODY behind: last."""
    if ahead == NOBODY:
        s.line_first[queue] = behind
    else:
        s.contacts.behind[ahead] = behind
    if behind == NOBODY:
        s.line_last[queue] = ahead
    else:
        s.contacts.ahead[behind] = ahead


def count(s: State, row: int, queue: int, more: int) -> None:
    """Count a contact in or out of those who wait; work by the firm is nobody who waits."""
    if is_by_firm(s, row):
        return
    channel = s.contacts.channel[row]
    s.waiting[channel] += more
    if s.queue_agent[queue] < 0:
        s.line_length[channel] += more
