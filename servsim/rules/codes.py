"""Codes of the logs: what a contact was, how it ended, what followed.

The names in lower case are the words that users read in files, tables and figures. Codes marked *reserved* belong to
features that are planned; their numbers never change.
"""

from enum import IntEnum


class ChannelKind(IntEnum):
    """How people reach the firm."""

    COUNTER = 0
    PHONE = 1


class ClosingRule(IntEnum):
    """What happens at closing time to those who wait (R29)."""

    SERVE_INSIDE = 0
    CLEAR = 1


class Entry(IntEnum):
    """How a contact came about; `offered` counts fresh, redial, comeback and retry only (R35)."""

    FRESH = 0
    """The first contact of a case."""
    REDIAL = 1
    """The same attempt again after a busy line, an abandonment or a balk."""
    COMEBACK = 2
    """Another visit or call of a case that was not solved or was told to come back."""
    RETRY_CLOSED = 3
    """The same attempt again after a closed door."""
    CALL_BACK = 4
    """The firm calls: work that queues for an agent."""
    COMPLAINT = 5
    """A customer who was failed says so (R43)."""
    TRANSFER = 6
    """*Reserved.*"""
    ESCALATION = 7
    """*Reserved.*"""
    NOTICE = 8
    """The firm calls ahead of an absence (R33)."""
    RECOVERY = 9
    """The firm calls to make up for a failure (R44)."""
    FOLLOW_UP = 10
    """First contact of a case that grew out of another (R5)."""
    DEFERRED = 11
    """*Reserved.* Work without a customer present."""


BY_FIRM = (Entry.CALL_BACK, Entry.RECOVERY, Entry.NOTICE)
"""Work that queues for an agent: nobody stands in line, no line is held, no patience ends (R30)."""
OUTBOUND_PRIORITY = -1001
"""Priority of recovery calls and calls ahead: below every route's, so that nobody waits behind a call that can be made later."""


class LegKind(IntEnum):
    """What kind of attempt of a case; part of the name of every draw (R6)."""

    NEED = 0
    CALL_BACK = 1
    COMPLAINT = 2
    TRANSFER = 3
    ESCALATION = 4
    NOTICE = 5
    RECOVERY = 6


class Outcome(IntEnum):
    """How one contact ended; law 1 counts them (R40)."""

    OPEN = 0
    ANSWERED = 1
    ABANDONED = 2
    BALKED = 3
    BLOCKED = 4
    CONTAINED = 5
    CLOSED = 6
    TURNED_AWAY = 7
    DISCONNECTED = 8
    MESSAGE_LEFT = 9
    CALLBACK_PROMISED = 10
    """*Reserved.*"""
    TOLD_TO_COME_BACK = 11
    LOST_DEMAND = 12
    """Not a contact: whoever would have come was lost before (R34)."""


class NextStep(IntEnum):
    """What follows a contact."""

    NONE = 0
    """The case is closed: solved."""
    GIVES_UP = 1
    """The case is closed: not solved."""
    REDIALS = 2
    COMES_BACK = 3
    TRIES_WHEN_OPEN = 4
    CALL_BACK = 5
    COMPLAINS = 6
    UNDECIDED = 7
    """The run ended first."""
    RECOVERS = 8
    """The firm will call to make up for it."""
    COMES_OTHER_DAY = 9
    """Reached ahead of an absence, and will come another day."""


class Cover(IntEnum):
    """Who serves, seen from the contact."""

    NOBODY = 0
    """Nobody has been asked for yet, or nobody could be."""
    TEAM = 1
    """Any agent: the contact did not ask for its own executive."""
    OWN = 2
    BUDDY = 3
    SUBSTITUTE = 4
    DESK = 5
    """Somebody who takes a message or rebooks (the secretary)."""


class Solved(IntEnum):
    """Whether the contact met the need."""

    NOT_SERVED = -1
    NO = 0
    YES = 1


class StaffState(IntEnum):
    """What the plan says of an agent (R23, R24)."""

    OFF = 0
    ON = 1
    BREAK = 2
    AWAY = 3


class AgentState(IntEnum):
    """What an agent does, stretch by stretch, in the agents file."""

    OFF = 0
    IDLE = 1
    TALK = 2
    WRAP_UP = 3
    SEARCH = 4
    BREAK = 5
    AWAY = 6
    OVERTIME = 7


class OwnRule(IntEnum):
    """What a contact that asks for its own executive may do when that executive is busy or away (R25)."""

    WAIT = 0
    BUDDY = 1
    SUBSTITUTE = 2
    COME_BACK = 3
    MESSAGE = 4


class Hit(IntEnum):
    """How the firm failed a contact, so that its case is a problem (R42)."""

    NONE = 0
    UNSOLVED = 1
    """Served in a case that is a problem by itself, and not helped."""
    NO_FILE = 2
    """Served by somebody without the file, and not helped."""
    TOLD = 3
    """Sent home because the executive is away."""


def word(code: IntEnum) -> str:
    """Return the word users read for a code: ``Outcome.TOLD_TO_COME_BACK`` -> ``told_to_come_back``."""
    return code.name.lower()
