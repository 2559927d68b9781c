"""Days of a log and what kind of day each is: groups of weekdays that look alike, days with too few contacts, opening hours.

::

    dates -> weekday groups (same hours, like volume) -> normal days | low days (holidays, holes in the log)

Never leaves a day out silently: every low day is in ``DayGroup.low``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.record.call_file import RecordedCalls
from servsim.rules.codes import Outcome
from servsim.scenario import units

DAY_S = 86_400.0
HALF_HOURS = 48
LOW_SHARE = 0.6
"""A day with fewer contacts than this share of its weekday group's median is a holiday or a hole in the log."""
LIKE_VOLUME = 0.7
"""Weekdays are of one group when the smaller median is at least this share of the larger ..."""
LIKE_HOURS_S = 3600.0
"""... and both opening and closing differ by at most this."""
OPEN_ON_SHARE = 0.5
"""A half hour belongs to the opening hours when contacts were answered in it on this share of days."""
LEAST_WEEKDAY_SHARE = 0.05
"""A weekday with a smaller median than this share of the busiest is closed."""

Ints = NDArray[Any]


@dataclass(frozen=True)
class DayGroup:
    """Weekdays that are alike."""

    weekdays: tuple[int, ...]
    """Monday 0."""
    dates: tuple[int, ...]
    """Normal days, proleptic ordinals."""
    low: tuple[tuple[int, int], ...]
    """Days with too few contacts, and how many they had; not estimated from."""
    open_s: float
    close_s: float
    """Seconds after midnight; 86400 = midnight."""

    @property
    def name(self) -> str:
        """The group as a scenario writes it: ``sun-thu``."""
        return units.days_text(self.weekdays)

    @property
    def hours_text(self) -> str:
        """Opening hours as a scenario writes them."""
        if self.open_s <= 0 and self.close_s >= DAY_S:
            return "24 h"
        return f"{clock(self.open_s)}-{clock(self.close_s)}"


def clock(seconds: float) -> str:
    """Return a time of day as a scenario writes it."""
    return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}"


def weekday_of(date: Ints) -> Ints:
    """Return weekdays of proleptic ordinals, Monday 0."""
    return (date.astype(np.int64) - 1) % 7


def in_days(calls: RecordedCalls) -> Iterator[tuple[int, RecordedCalls]]:
    """Yield (date, contacts of that date), dates in order; one sort, so that a year costs little more than a day."""
    order = np.argsort(calls.date, kind="stable")
    ordered = calls if (np.diff(calls.date) >= 0).all() else calls.where(order)  # type: ignore[arg-type]  # An order instead of a choice.
    dates, first = np.unique(ordered.date, return_index=True)
    for date, start, end in zip(dates.tolist(), first.tolist(), [*first[1:].tolist(), len(ordered)], strict=True):
        yield date, _slice(ordered, start, end)


def _slice(calls: RecordedCalls, start: int, end: int) -> RecordedCalls:
    return calls.where(slice(start, end))  # type: ignore[arg-type]


def day_numbers(calls: RecordedCalls) -> tuple[Ints, int]:
    """Return the number of each contact's day among the dates of the log, and how many dates there are."""
    dates, number = np.unique(calls.date, return_inverse=True)
    return number.astype(np.int64), len(dates)


def date_text(date: int) -> str:
    """Return a proleptic ordinal as ``1999-05-23``."""
    return dt.date.fromordinal(int(date)).isoformat()


def group_days(calls: RecordedCalls) -> tuple[DayGroup, ...]:
    """Group the weekdays of a log; the busiest group first.

    Parameters
    ----------
    calls : recorded contacts; who left in the menu does not count.
    """
    sought = calls.seeking_an_agent()
    dates, counts = np.unique(sought.date, return_counts=True)
    weekdays = weekday_of(dates)
    medians = {day: float(np.median(counts[weekdays == day])) for day in range(7) if (weekdays == day).any()}
    most = max(medians.values())
    is_open = [day for day in sorted(medians, key=lambda d: -medians[d]) if medians[day] >= LEAST_WEEKDAY_SHARE * most]
    hours = {day: _hours(sought, dates[weekdays == day]) for day in is_open}
    return tuple(_group(days, sought, dates, counts) for days in _alike(is_open, medians, hours))


def _alike(weekdays: list[int], medians: dict[int, float], hours: dict[int, tuple[float, float]]) -> list[tuple[int, ...]]:
    """Return groups of weekdays, each led by its busiest day."""
    groups: list[list[int]] = []
    for day in weekdays:
        fitting = [g for g in groups if medians[day] >= LIKE_VOLUME * medians[g[0]] and _near(hours[day], hours[g[0]])]
        if fitting:
            fitting[0].append(day)
        else:
            groups.append([day])
    return [tuple(sorted(group)) for group in groups]


def _near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) <= LIKE_HOURS_S for a, b in zip(one, other, strict=True))


def _hours(sought: RecordedCalls, dates: Ints) -> tuple[float, float]:
    """Return opening and closing: the first and last half hour in which contacts were answered on most days."""
    own = np.isin(sought.date, dates) & (sought.outcome == Outcome.ANSWERED)
    half = np.minimum(sought.arrived_s[own] // 1800, HALF_HOURS - 1).astype(np.int64)
    seen = np.unique(sought.date[own].astype(np.int64) * HALF_HOURS + half)
    days_with = np.bincount(seen % HALF_HOURS, minlength=HALF_HOURS)
    usual = np.flatnonzero(days_with >= OPEN_ON_SHARE * len(dates))
    if not len(usual):
        return 0.0, DAY_S
    return float(usual[0] * 1800), float((usual[-1] + 1) * 1800)


def _group(weekdays: tuple[int, ...], sought: RecordedCalls, dates: Ints, counts: Ints) -> DayGroup:
    own = np.isin(weekday_of(dates), weekdays)
    enough = counts >= LOW_SHARE * np.median(counts[own])
    normal, low = own & enough, own & ~enough
    open_s, close_s = _hours(sought, dates[normal])
    left_out = tuple((int(d), int(n)) for d, n in zip(dates[low], counts[low], strict=True))
    return DayGroup(weekdays, tuple(int(d) for d in dates[normal]), left_out, open_s, close_s)
