"""Expected arrivals of a scenario, interval by interval: the cells that cases are named and drawn by (R1, R2).

Rates come from ``per_hour``, from ``per_day`` with its profile, or from a forecast file. A stretch of a profile lasts
until the next time; the first, at 0:00, begins at opening, and the last ends at closing. One number means all open hours.
It never draws.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from servsim.kept import Kept
from servsim.rules.clock import DAY_S
from servsim.rules.distribution import mean_of
from servsim.rules.portable import power
from servsim.scenario.language import Arrivals, Law, Scenario
from servsim.scenario.opening import date_of, open_days, weekday_of
from servsim.scenario.profile import Stretch, stretches_of
from servsim.scenario.route import channel_shares
from servsim.scenario.volumes import ForecastLine, file_of, read_forecast

Window = tuple[float, float]
MONTH_DAYS = 30.0


class Cell(NamedTuple):
    """The expected cases of one reason in one interval of one day."""

    day: int
    interval: int
    """Number of the interval in its day."""
    from_s: float
    """Seconds on the run's clock; later than the interval's start where the doors open within it."""
    length_s: float
    mean: float
    """Expected number of cases, before the day's busy-ness."""
    scale: float
    """Factor on handling times: a forecast's mean handling time over the scenario's; otherwise that of the time of day."""


_KEPT: Kept[str, list[Cell]] = Kept(40_000, lambda key, cells: len(cells))
"""Cells of reasons by all that they hang on, about 10 MB: checks ask for them before the plan does, and worlds differ in few reasons."""


def cells_of(scenario: Scenario, reason: str) -> list[Cell]:
    """Return the cells of a reason in order of day and interval; cells with nothing to expect are left out.

    Raises
    ------
    ScenarioError
        The forecast file has bad lines.
    """
    arrivals = scenario.reasons[reason].arrivals
    if arrivals is None:
        return []
    if arrivals.file is not None:
        return _grown(arrivals, _forecast_cells(scenario, reason, read_forecast(file_of(arrivals.file, scenario.folder))))
    key = repr((scenario.calendar, arrivals, scenario.reasons[reason].handling_profile, channel_shares(scenario, reason)))
    known = _KEPT.get(key)
    if known is None:
        known = _cells_by_rate(scenario, reason, arrivals)
        _KEPT.put(key, known)
    return known


def _cells_by_rate(scenario: Scenario, reason: str, arrivals: Arrivals) -> list[Cell]:
    days = enumerate(open_days(scenario, channel_shares(scenario, reason)))
    cells = [cell for day, windows in days for cell in _cells_of_day(scenario, arrivals, day, windows)]
    cells = [cell._replace(scale=handling_factor(scenario, reason, cell.day, cell.from_s - cell.day * DAY_S)) for cell in cells]
    return _grown(arrivals, cells)


def _grown(arrivals: Arrivals, cells: list[Cell]) -> list[Cell]:
    """Return the cells with their means grown by so much a month (R47); not touched where nothing grows."""
    if arrivals.growth == 0.0:
        return cells
    return [cell._replace(mean=cell.mean * power(1.0 + arrivals.growth, cell.day / MONTH_DAYS)) for cell in cells]


def handling_factor(scenario: Scenario, reason: str, day: int, time_s: float) -> float:
    """Return the factor on handling times of cases that arrive at a time of day (seconds after midnight)."""
    profiles = scenario.reasons[reason].handling_profile
    profile = () if profiles is None else profiles[weekday_of(scenario, day)]
    place = bisect_right(profile, (time_s, math.inf)) - 1
    return float(profile[place][1]) if place >= 0 else 1.0


def _cells_of_day(scenario: Scenario, arrivals: Arrivals, day: int, windows: list[Window]) -> Iterator[Cell]:
    weekday = weekday_of(scenario, day)
    factor = 1.0 if arrivals.weekdays is None else arrivals.weekdays[weekday]
    profiles = arrivals.profile if arrivals.per_hour is None else arrivals.per_hour
    stretches = stretches_of(None if profiles is None else profiles[weekday], day * DAY_S, windows)
    total = math.fsum((each.to_s - each.from_s) * each.weight for each in stretches)
    if total <= 0.0:
        return
    per_weight = factor / 3600.0 if arrivals.per_hour is not None else factor * (arrivals.per_day or 0.0) / total
    for interval, from_s, to_s, weight in _by_interval(stretches, day * DAY_S, scenario.calendar.interval):
        mean = weight * per_weight
        if mean > 0.0:
            yield Cell(day, interval, from_s, to_s - from_s, mean, 1.0)


def _by_interval(stretches: list[Stretch], midnight_s: float, length_s: float) -> list[tuple[int, float, float, float]]:
    """Return (interval, from, to, weight in it) for each interval that a stretch touches."""
    found: dict[int, tuple[float, float, float]] = {}
    for stretch in stretches:
        first = int((stretch.from_s - midnight_s) // length_s)
        last = int(-(-(stretch.to_s - midnight_s) // length_s))
        for interval in range(first, last):
            begin = max(stretch.from_s, midnight_s + interval * length_s)
            end = min(stretch.to_s, midnight_s + (interval + 1) * length_s)
            known = found.get(interval, (begin, end, 0.0))
            found[interval] = (min(known[0], begin), max(known[1], end), known[2] + (end - begin) * stretch.weight)
    return [(interval, *found[interval]) for interval in sorted(found)]


# ---- forecasts


def forecast_step_s(lines: list[ForecastLine], otherwise_s: float) -> float:
    """Return how long a line of a forecast lasts: the smallest distance of two starts of one date."""
    steps = [b.start_s - a.start_s for a, b in pairwise(lines) if a.date == b.date]
    return min(steps, default=otherwise_s)


def _forecast_cells(scenario: Scenario, reason: str, lines: list[ForecastLine]) -> list[Cell]:
    length_s = scenario.calendar.interval
    parts = max(1, round(forecast_step_s(lines, length_s) / length_s))
    handling_s = mean_handling_s(scenario, reason)
    days = {date_of(scenario, day): day for day in range(scenario.calendar.days)}
    found = []
    for line in lines:
        if line.date in days and line.volume > 0.0:
            untold = math.isnan(line.aht_s) or handling_s == 0.0
            scale = handling_factor(scenario, reason, days[line.date], line.start_s) if untold else line.aht_s / handling_s
            found += _parts_of_line(line, days[line.date], parts, length_s, scale)
    return found


def _parts_of_line(line: ForecastLine, day: int, parts: int, length_s: float, scale: float) -> list[Cell]:
    first = int(line.start_s // length_s)
    numbers = range(first, min(first + parts, int(DAY_S // length_s)))
    return [Cell(day, number, day * DAY_S + number * length_s, length_s, line.volume / len(numbers), scale) for number in numbers]


def law_on(laws: dict[str, Law] | None, channel: str) -> Law | None:
    """Return the law of a channel, or of every channel; ``None`` where nothing is said."""
    return None if laws is None else laws.get(channel, laws.get("*"))


def patience_on(scenario: Scenario, reason: str, segment: str, channel: str) -> Law | None:
    """Return the law of patience of a contact: the reason's own, else the segment's; ``None``: it waits for ever."""
    own = law_on(scenario.reasons[reason].patience, channel)
    return law_on(scenario.segments[segment].patience, channel) if own is None else own


def contained_share(scenario: Scenario, reason: str, channel: str) -> float:
    """Return the share of a reason's contacts that the menu of a channel ends; the reason's own word goes first."""
    menu, own = scenario.channels[channel].menu, scenario.reasons[reason].contained
    if menu is None:
        return 0.0
    return menu.contained if own is None else own


def mean_handling_s(scenario: Scenario, reason: str) -> float:
    """Return the mean handling time of a reason (talk, search and wrap-up) over its channels, at speed 1."""
    shares = channel_shares(scenario, reason)
    return math.fsum(share * handling_on_channel_s(scenario, reason, channel) for channel, share in shares.items())


def handling_on_channel_s(scenario: Scenario, reason: str, channel: str) -> float:
    """Return the mean handling time of a reason on one channel, at speed 1."""
    each = scenario.reasons[reason]
    laws = (law_on(part, channel) for part in (each.talk, each.search, each.wrap_up))
    return math.fsum(mean_of(law) for law in laws if law is not None)
