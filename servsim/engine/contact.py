"""One contact while it lives: the numbers that the engine and the floor read and write. Has no behaviour."""

from __future__ import annotations

from typing import Any

from servsim.rules.codes import Cover, Entry, LegKind


class Contact:
    """One attempt of a case."""

    __slots__ = (
        "agent", "arrived_s", "channel", "contained_u", "cover", "customer", "desk", "entry", "has_file", "joined_s", "leg", "leg_kind",
        "lineage", "menu_s", "owner", "patience_s", "queue", "reason", "root", "row", "scale", "search_s", "segment", "solved_u", "talk_s",
        "try_number", "turn", "wrap_up_s",
    )  # fmt: skip

    row: int
    """Row of the log; reserved when the contact is scheduled (R14)."""
    root: int
    lineage: int
    leg_kind: int
    leg: int
    try_number: int
    entry: int
    reason: int
    segment: int
    channel: int
    customer: int
    owner: int
    """Agent whose customer it is, or -1; only for contacts that ask for their own executive."""
    arrived_s: float
    patience_s: float
    """Length of waiting in line after which the contact gives up; inf for ever."""
    menu_s: float
    """Time in the menu; negative where there is none."""
    contained_u: float
    talk_s: float
    """At speed 1."""
    search_s: float
    wrap_up_s: float
    solved_u: float
    scale: float
    """Factor on handling (a forecast's AHT)."""
    joined_s: float
    """When the contact joined a line or found an agent."""
    queue: int
    """Line in which the contact waits now, or -1."""
    agent: int
    """Who serves, or -1."""
    cover: int
    has_file: int
    desk: int
    """What the desk does for it (OwnRule.COME_BACK or MESSAGE), or -1."""
    turn: Any
    """The event the waiting contact sleeps on; ``None`` while it does not wait."""

    def __init__(self) -> None:
        self.lineage = 0
        self.leg_kind = LegKind.NEED
        self.leg = 0
        self.try_number = 0
        self.entry = Entry.FRESH
        self.queue = -1
        self.agent = -1
        self.cover = Cover.NOBODY
        self.has_file = -1
        self.desk = -1
        self.turn = None
