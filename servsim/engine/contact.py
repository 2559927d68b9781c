"""One contact while it lives, and what its case carries: numbers that the engine reads and writes. Has no behaviour."""

from __future__ import annotations

from typing import Any

from servsim.rules.codes import Cover, Entry, Hit, LegKind


class Case:
    """What the case of a known person carries from contact to contact until it closes (R41 to R44)."""

    __slots__ = (
        "called", "complained", "complains_u", "courtesy", "first_s", "friction", "hit", "legs", "noise_u", "overpaid", "problem", "remedy",
        "severity_u", "surprise_u",
    )  # fmt: skip

    first_s: float
    """Arrival of the first contact."""
    friction: float
    """Points counted so far; lateness and anger come at the close."""
    problem: int
    """1 where the need is a problem, or since the firm failed the case."""
    complained: int
    called: int
    """1 once a recovery call was made or is due."""
    hit: int
    """The last failure by the firm (Hit)."""
    legs: int
    """Attempts of the case up to that failure, it included."""
    courtesy: float
    """Points of the team that last answered a contact of the customer's own."""
    remedy: float
    """Money given to the customer."""
    overpaid: float
    """Money given beyond the loss."""
    noise_u: float
    severity_u: float
    complains_u: float
    surprise_u: float

    def __init__(self, first_s: float, problem: int, mind: tuple[float, float, float, float]) -> None:
        self.first_s = first_s
        self.problem = problem
        self.noise_u, self.severity_u, self.complains_u, self.surprise_u = mind
        self.friction = self.courtesy = self.remedy = self.overpaid = 0.0
        self.complained = self.called = self.legs = 0
        self.hit = Hit.NONE


class Contact:
    """One attempt of a case."""

    __slots__ = (
        "agent", "arrived_s", "case", "channel", "contained_u", "cover", "customer", "desk", "entry", "found_away", "has_file", "joined_s",
        "leg", "leg_kind", "line", "lineage", "menu_s", "owner", "patience_s", "queue", "reason", "root", "row", "scale", "search_s",
        "segment", "solved_u", "talk_s", "try_number", "turn", "wrap_up_s",
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
    case: Case | None
    """What the customer will remember; ``None`` for persons unknown, and where nobody remembers."""
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
    line: int
    """Line of the team that takes complaints, makes up for failures or calls ahead; -1 where the line goes by the need."""
    agent: int
    """Who serves, or -1."""
    cover: int
    found_away: bool
    """Whether it was ever received by the list for an executive who is away."""
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
        self.case = None
        self.queue = -1
        self.line = -1
        self.agent = -1
        self.cover = Cover.NOBODY
        self.found_away = False
        self.has_file = -1
        self.desk = -1
        self.turn = None
