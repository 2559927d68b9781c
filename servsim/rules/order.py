"""The order of simultaneous events (R13, R14).

At one instant events happen by kind, then by number. Ties are in the customer's favour: an agent who becomes free
at the very second in which patience ends still serves. Every engine imports this file and adds no order of its own.
"""

from enum import IntEnum

NUMBER_BITS = 40


class EventKind(IntEnum):
    """What moves the clock, first to last within one instant. Kinds marked *reserved* belong to later features."""

    STAFF_OFF = 0
    """A shift ends, a break or an absence begins. Number: agent."""
    STAFF_ON = 1
    """A shift begins, a break or an absence ends. Number: agent."""
    SERVICE_END = 2
    """Talk (with its search) ends. Number: contact row."""
    WRAP_UP_END = 3
    """After-call work ends. Number: contact row."""
    MENU_END = 4
    """The menu or the reception lets the contact go on. Number: contact row."""
    OVERFLOW_DUE = 5
    """A waiting contact becomes visible to one more team. Number: contact row * 64 + step."""
    CALL_BACK_DUE = 6
    """*Reserved.* A promised call is dialled."""
    PATIENCE_LOST = 7
    """A waiting contact gives up. Number: contact row."""
    PLANNED_ARRIVAL = 8
    """A case makes its first contact. Number: index in the day's list."""
    RETURNING_ARRIVAL = 9
    """A redial, return or retry. Number: contact row."""
    HOURS_MARK = 10
    """A channel closes. Number: channel."""


def rank(kind: int, number: int) -> int:
    """Return the place of an event among those of its instant, as one integer."""
    return (kind << NUMBER_BITS) | number
