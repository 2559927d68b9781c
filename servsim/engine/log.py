"""What an engine writes: one row per contact, one row per change of an agent's presence.

Times are seconds from midnight of day 0; a time that did not happen is NaN. The log never computes a measure.
About 110 bytes a contact.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.rules.codes import Entry, LegKind, NextStep, Outcome, Solved

NAN = float("nan")

CONTACT_COLUMNS: tuple[tuple[str, str, float, str], ...] = (
    ("root", "q", 0, "Name of the case: reason 12 bits, day 14, interval 11, number 26."),
    ("lineage", "Q", 0, "0 for a case of its own; else a hash of the case it grew out of."),
    ("leg_kind", "b", LegKind.NEED, "What kind of attempt (LegKind)."),
    ("leg", "i", 0, "Number of the attempt of this kind."),
    ("try_number", "i", 0, "0, then 1, 2 ... for redials and retries of the same attempt."),
    ("entry", "b", Entry.FRESH, "How the contact came about (Entry)."),
    ("reason", "h", 0, "Number of the reason."),
    ("segment", "h", 0, "Number of the segment."),
    ("channel", "h", 0, "Number of the channel."),
    ("customer", "i", -1, "Number of the customer; -1 unknown as a person."),
    ("owner", "i", -1, "Agent whose customer it is, for contacts that ask for their own executive; else -1."),
    ("agent", "i", -1, "Agent who served; -1 nobody."),
    ("cover", "b", 0, "Who was to serve, seen from the contact (Cover)."),
    ("has_file", "b", -1, "1 the colleague or substitute had the file, 0 not, -1 did not matter."),
    ("queue", "i", -1, "Line the contact first waited in; -1 it did not wait."),
    ("arrived_s", "d", NAN, "At the door, or the first ring."),
    ("queued_s", "d", NAN, "Joined a line or found an agent: after menu or reception."),
    ("answered_s", "d", NAN, "An agent began to serve."),
    ("ended_s", "d", NAN, "The customer went: talk over, given up, sent away."),
    ("released_s", "d", NAN, "The agent was free again, after wrap-up."),
    ("search_s", "d", 0.0, "Part of answered to ended in which the agent searched for information."),
    ("patience_s", "d", NAN, "How long the contact would have waited; inf for ever."),
    ("outcome", "b", Outcome.OPEN, "How it ended (Outcome)."),
    ("next_step", "b", NextStep.UNDECIDED, "What followed (NextStep)."),
    ("solved", "b", Solved.NOT_SERVED, "Whether the need was met (Solved)."),
    ("next_row", "q", -1, "Row of the contact that followed; -1 none within the run."),
)
"""(name, array type, value of a new row, meaning), in the order of the file."""

PRESENCE_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("agent", "i", "Number of the agent."),
    ("time_s", "d", "When the presence changed."),
    ("state", "b", "From then on: StaffState OFF, ON, BREAK, AWAY, or OVERTIME (4): working although the plan says off."),
)

PRESENCE_OVERTIME = 4

CLOSING_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("root", "q", "Name of the case."),
    ("lineage", "Q", "0 for a case of its own."),
    ("row", "q", "Row of the contact with which it closed."),
    ("reason", "h", "Number of the reason."),
    ("segment", "h", "Number of the segment."),
    ("customer", "i", "Number of the customer; cases of persons unknown are not here."),
    ("closed_s", "d", "When it closed."),
    ("late_s", "d", "From its first contact to its close."),
    ("problem", "b", "1 a problem: by its reason, or because the firm failed it (R42)."),
    ("major", "b", "1 serious to the customer; always 0 for ordinary cases."),
    ("hit", "b", "The last failure by the firm (Hit)."),
    ("solved", "b", "1 the need was met."),
    ("complained", "b", "1 the customer said so."),
    ("friction", "d", "Points of friction, lateness included."),
    ("quality", "d", "Quality felt, 0 to 100."),
    ("before", "d", "Satisfaction S just before."),
    ("after", "d", "Satisfaction S just after."),
    ("account", "d", "A just after."),
    ("recovery", "d", "R just after; NaN blank."),
    ("mood", "d", "T just after."),
    ("leaving", "d", "Chance to leave on the spot."),
    ("remedy", "d", "Money given to the customer over the case."),
    ("overpaid", "d", "Money given beyond the loss (expected: the share of over-use times the authority)."),
    ("lost", "b", "1 the customer left at this close."),
)
"""Closed cases of known persons, in order of closing; empty where nobody remembers."""

CUSTOMER_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("account", "d", "A at `seen_s`."),
    ("recovery", "d", "R at `seen_s`; NaN blank."),
    ("mood", "d", "T at `seen_s`."),
    ("seen_s", "d", "When the customer's scores were last brought up to date; 0 if never."),
    ("failed_s", "d", "When the last problem closed; -inf none."),
    ("hazard", "d", "Hazard of leaving summed up to `seen_s`."),
    ("threshold", "d", "The hazard at which the customer is lost (unit exponential)."),
    ("expected", "d", "Chances of leaving summed over every step while still here: its mean is the mean number lost."),
    ("lost_s", "d", "When lost; NaN still here at `seen_s`."),
)
"""Every customer of the scenario, by number; empty where nobody remembers. ``servsim.plan.people`` brings them to the horizon."""


class ContactLog:
    """Growing columns of contacts; engines set elements by row number, ``log.answered_s[row] = now``."""

    root: Any
    lineage: Any
    leg_kind: Any
    leg: Any
    try_number: Any
    entry: Any
    reason: Any
    segment: Any
    channel: Any
    customer: Any
    owner: Any
    agent: Any
    cover: Any
    has_file: Any
    queue: Any
    arrived_s: Any
    queued_s: Any
    answered_s: Any
    ended_s: Any
    released_s: Any
    search_s: Any
    patience_s: Any
    outcome: Any
    next_step: Any
    solved: Any
    next_row: Any

    def __init__(self) -> None:
        for name, code, _, _ in CONTACT_COLUMNS:
            setattr(self, name, array(code))

    def __len__(self) -> int:
        return len(self.root)

    def grow(self, rows: int) -> None:
        """Append rows of initial values."""
        for name, code, initial, _ in CONTACT_COLUMNS:
            getattr(self, name).extend(array(code, [initial]) * rows)

    def columns(self, rows: int) -> dict[str, NDArray[Any]]:
        """Return the first rows of every column as numpy arrays (copies), by name."""
        return {name: np.array(getattr(self, name))[:rows] for name, _, _, _ in CONTACT_COLUMNS}


ROWS_AT_ONCE = 1024


class ClosingLog:
    """Growing columns of closed cases."""

    def __init__(self) -> None:
        self.rows: list[Any] = [array(code) for _, code, _ in CLOSING_COLUMNS]
        self.latest: list[tuple[float, ...]] = []
        """Rows that are not in the columns yet: many at once cost a third of one after the other."""

    def append(self, *values: float) -> None:
        """Add one closed case: a value for every column, in the order of ``CLOSING_COLUMNS``."""
        self.latest.append(values)
        if len(self.latest) == ROWS_AT_ONCE:
            self._take_latest()

    def _take_latest(self) -> None:
        for column, values in zip(self.rows, zip(*self.latest, strict=True), strict=False):
            column.extend(values)
        self.latest.clear()

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return every column as a numpy array (a copy), by name."""
        self._take_latest()
        return {name: np.array(column) for (name, _, _), column in zip(CLOSING_COLUMNS, self.rows, strict=True)}


@dataclass(frozen=True, eq=False)
class RunLog:
    """What one replication left; two are equal only if they are one (``first_difference`` compares what they say)."""

    replication: int
    seed: int
    contacts: dict[str, NDArray[Any]]
    """Columns of ``CONTACT_COLUMNS``, each (contacts,)."""
    presence: dict[str, NDArray[Any]]
    """Columns of ``PRESENCE_COLUMNS``, each (changes,), by time."""
    closings: dict[str, NDArray[Any]] = field(default_factory=dict)
    """Columns of ``CLOSING_COLUMNS``, each (closed cases of known persons,); no columns where nobody remembers."""
    customers: dict[str, NDArray[Any]] = field(default_factory=dict)
    """Columns of ``CUSTOMER_COLUMNS``, each (customers,); no columns where nobody remembers."""
