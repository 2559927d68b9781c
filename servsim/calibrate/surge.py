"""Surges: quarter hours in which several times the usual number of contacts of one reason comes (an outage, a mailing).

Who calls then asks something else: shorter talks, less patience. Their contacts are set apart as a reason of their own
(``regular_surge``), so that they do not spoil the usual laws, and so that a recorded surge can be replayed.
Never foresees when a surge comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.days import DAY_S, DayGroup, weekday_of
from servsim.record.call_file import RecordedCalls

BIN_S = 900.0
BINS = round(DAY_S / BIN_S)
TIMES_USUAL = 3.0
LEAST_EXCESS = 20.0
LEAST_CONTACTS = 100
"""Fewer contacts in surges give no laws of their own."""
SUFFIX = "_surge"

Floats = NDArray[Any]


@dataclass(frozen=True)
class Usual:
    """The usual number of contacts."""

    weekdays: NDArray[np.int64]
    """(7,) group of each weekday, -1 for none."""
    mean: Floats
    """(groups, reasons, bins) mean number in a quarter hour."""


@dataclass(frozen=True)
class Episode:
    """Adjoining quarter hours with a surge."""

    date: int
    reason: str
    since_s: float
    until_s: float
    contacts: int


def usual_of(calls: RecordedCalls, groups: tuple[DayGroup, ...]) -> Usual:
    """Return the usual number of contacts by group of weekdays, reason and quarter hour."""
    group_of = np.full(7, -1, np.int64)
    for number, group in enumerate(groups):
        group_of[list(group.weekdays)] = number
    mean = np.stack([_mean(calls.where(np.isin(calls.date, g.dates)), len(g.dates)) for g in groups])
    return Usual(group_of, mean)


def _mean(calls: RecordedCalls, days: int) -> Floats:
    reasons = len(calls.reason_names)
    return np.bincount(calls.reason.astype(np.int64) * BINS + _bin(calls), None, reasons * BINS).reshape(reasons, BINS) / max(days, 1)


def _bin(calls: RecordedCalls) -> NDArray[np.int64]:
    return np.minimum(calls.arrived_s // BIN_S, BINS - 1).astype(np.int64)


def in_surge(calls: RecordedCalls, usual: Usual) -> NDArray[np.bool_]:
    """Return which contacts came in a surge of their reason."""
    group, quarter = usual.weekdays[weekday_of(calls.date)], _bin(calls)
    dates, day = np.unique(calls.date, return_inverse=True)
    reasons = len(calls.reason_names)
    cell = (day * reasons + calls.reason) * BINS + quarter
    count = np.bincount(cell, None, len(dates) * reasons * BINS)[cell]
    expected = usual.mean[group, calls.reason, quarter]
    return np.asarray((group >= 0) & (count >= TIMES_USUAL * expected) & (count - expected >= LEAST_EXCESS))


def set_apart(calls: RecordedCalls, usual: Usual, known: tuple[str, ...] | None = None) -> RecordedCalls:
    """Return the contacts with surges as reasons of their own.

    Parameters
    ----------
    known : reasons whose surges have laws; absent: those with at least 100 contacts in surges.
    """
    surge = in_surge(calls, usual)
    counts = np.bincount(calls.reason[surge], None, len(calls.reason_names))
    wanted = [n for n, name in enumerate(calls.reason_names) if (counts[n] >= LEAST_CONTACTS if known is None else name in known)]
    reason = calls.reason.copy()
    names = list(calls.reason_names)
    for number in wanted:
        reason[surge & (calls.reason == number)] = len(names)
        names.append(calls.reason_names[number] + SUFFIX)
    return replace(calls, reason=reason, reason_names=tuple(names))


def episodes(calls: RecordedCalls, usual: Usual) -> tuple[Episode, ...]:
    """Return the surges of a log."""
    surge = in_surge(calls, usual)
    rows = np.unique(np.column_stack([calls.date, calls.reason, _bin(calls)])[surge], axis=0)
    found: list[Episode] = []
    for date, reason, quarter in rows.tolist():
        contacts = int(((calls.date == date) & (calls.reason == reason) & (_bin(calls) == quarter)).sum())
        since, name = quarter * BIN_S, calls.reason_names[reason]
        if found and (found[-1].date, found[-1].reason, found[-1].until_s) == (date, name, since):
            found[-1] = replace(found[-1], until_s=since + BIN_S, contacts=found[-1].contacts + contacts)
        else:
            found.append(Episode(date, name, since, since + BIN_S, contacts))
    return tuple(found)
