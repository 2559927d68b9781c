"""Opening hours on the run's clock: seconds from midnight of day 0.

A window past midnight belongs to the day it begins (R31), also to the day before the first; nothing opens on a closed
date. It never looks at people.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from servsim.rules.clock import DAY_S
from servsim.scenario.language import Scenario
from servsim.scenario.units import Windows

ROUND_THE_CLOCK: Windows = ((0.0, DAY_S),)


def date_of(scenario: Scenario, day: int) -> dt.date:
    """Return the date of a day of the run; day 0 is the first."""
    return scenario.calendar.start + dt.timedelta(days=day)


def weekday_of(scenario: Scenario, day: int) -> int:
    """Return the weekday of a day of the run, Monday 0."""
    return (scenario.calendar.start.weekday() + day) % 7


def is_closed_date(scenario: Scenario, day: int) -> bool:
    """Return whether everything is closed on a day of the run."""
    return bool(scenario.calendar.closed) and date_of(scenario, day) in scenario.calendar.closed


def week_of(scenario: Scenario, channel: str) -> tuple[Windows, ...]:
    """Return a channel's opening hours by weekday, Monday first; a channel without hours is open round the clock."""
    week: tuple[Windows, ...] = (scenario.calendar.hours or {}).get(channel, (ROUND_THE_CLOCK,) * 7)
    return week


def opening_windows(scenario: Scenario, channel: str) -> list[tuple[float, float]]:
    """Return when a channel is open, as (from, to) in seconds on the run's clock, sorted and merged.

    The last window may reach beyond the last day: a channel open round the clock does not close at the run's end.
    """
    week = week_of(scenario, channel)
    days = range(-1, scenario.calendar.days + 1)
    windows = (
        (day * DAY_S + begin, day * DAY_S + end)
        for day in days
        if not is_closed_date(scenario, day)
        for begin, end in week[weekday_of(scenario, day)]
    )
    return within_run(scenario, windows)


def within_run(scenario: Scenario, windows: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return windows merged, without what lies before day 0 and without those that begin after the run's end."""
    horizon_s = scenario.calendar.days * DAY_S
    return [(max(begin, 0.0), end) for begin, end in merged(windows) if end > 0.0 and begin < horizon_s]


def merged(windows: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return windows sorted, with those that touch or overlap made one; empty ones left out."""
    found: list[tuple[float, float]] = []
    for begin, end in sorted(windows):
        if end <= begin:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def cut(windows: Iterable[tuple[float, float]], begin_s: float, end_s: float) -> list[tuple[float, float]]:
    """Return the parts of windows that lie between two times."""
    parts = ((max(begin, begin_s), min(end, end_s)) for begin, end in windows)
    return [(begin, end) for begin, end in parts if begin < end]


def split_by_day(windows: Iterable[tuple[float, float]], days: int) -> list[list[tuple[float, float]]]:
    """Return, for each day of a run, the parts of windows that lie within it; still on the run's clock."""
    found: list[list[tuple[float, float]]] = [[] for _ in range(days)]
    for begin, end in windows:
        for day in range(int(begin // DAY_S), min(days, int(-(-end // DAY_S)))):
            found[day] += cut([(begin, end)], day * DAY_S, (day + 1) * DAY_S)
    return found


def open_days(scenario: Scenario, channels: Iterable[str]) -> list[list[tuple[float, float]]]:
    """Return, for each day of the run, when at least one of the channels is open."""
    every = merged(window for channel in channels for window in opening_windows(scenario, channel))
    return split_by_day(every, scenario.calendar.days)
